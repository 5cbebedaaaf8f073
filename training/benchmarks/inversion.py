"""How well StyleGAN2 draws held-out faces once their latent codes were searched, and how long the search takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from playground.data import Data
from playground.data.images import resize
from playground.labs.gan.invert import ROUNDS, STEPS, Inversion, candidates, invert_view
from playground.labs.gan.stylegan import StyleGan
from playground.labs.vae.latent import decoded, encoded
from playground.labs.vae.vae import VAE
from playground.metrics.features import Features, features_name
from playground.metrics.generated import nearest
from playground.runs.store import PRETRAINED, Store
from playground.view import Answer
from training.benchmarks import Row

GENERATOR, AUTOENCODER = "stylegan-faces", "tcvae-faces"
FACES = 50
Reconstruct = Callable[[Tensor], Tensor]
"""Images (N, C, H, W), uint8, to others that are to be like them."""


def rows(n: int = FACES) -> Iterator[Row]:
    """Mean absolute and feature distances of `n` held-out faces from what stands for them, all at the VAE's size."""
    store = Store(Path("runs"), PRETRAINED)
    run = store.get(GENERATOR)
    network, data = run.network(run.nearest(None)), run.recipe.load(store.data)
    assert isinstance(network, StyleGan)
    features = Features.of(store.trained(features_name(run.spec)))
    faces = data.test["images"][:n]
    seconds: list[float] = []
    methods: dict[str, Reconstruct] = {
        f"StyleGAN2, {ROUNDS * STEPS} steps in W+": lambda images: inverted(network, data, images, "w+", seconds),
        f"StyleGAN2, {ROUNDS * STEPS} steps in W": lambda images: inverted(network, data, images, "w", []),
        "the nearest training picture": lambda images: _nearest(images, data, features),
        f"{AUTOENCODER}, encoded and decoded": lambda images: _decoded(store, images),
        "another held-out face": lambda images: images.roll(1, dims=0),
    }
    side = store.get(AUTOENCODER).spec.size
    how = f"{n} held-out faces at {side} pixels, {GENERATOR} at step {run.nearest(None):,}"
    target = resize(faces, side)
    for what, reconstruct in methods.items():
        found = resize(reconstruct(faces), side)
        l1 = (found.float() - target.float()).abs().mean(dim=(1, 2, 3)) / 255
        apart = (features.embed(found) - features.embed(target)).norm(dim=1)
        yield Row(f"{what}: mean absolute difference, 0 to 1", l1.tolist(), "", how=how)
        yield Row(f"{what}: distance in features of {features.name}", apart.tolist(), "", how=how)
    yield Row(f"search of {ROUNDS * STEPS} steps in W+", seconds, "s", "<= 10", "one picture at 64 pixels, one thread")


def inverted(network: StyleGan, data: Data, images: Tensor, space: str, seconds: list[float]) -> Tensor:
    """What the view draws in the end of each picture; how long each took is added to `seconds`."""
    prepared = candidates(network, data.spec, {})
    found = []
    for image in images:
        answer: Answer | None = None
        start = time.perf_counter()
        for number in range(ROUNDS + 1):
            options = Inversion.model_validate({"round": number, "space": space})
            inputs = {"picture": image, "prepared": prepared, "answer": answer}
            answer = invert_view(network, data.spec, options, inputs)
        seconds.append(time.perf_counter() - start)
        assert answer is not None
        found.append(answer.tensors["picture"])
    return torch.stack(found)


def _nearest(images: Tensor, data: Data, features: Features) -> Tensor:
    indices, _ = nearest(features.embed(images), features.embed(data.train["images"]))
    return data.train["images"][indices[:, 0]]


@torch.no_grad()
def _decoded(store: Store, images: Tensor) -> Tensor:
    run = store.get(AUTOENCODER)
    network = run.network(run.nearest(None))
    assert isinstance(network, VAE)
    return decoded(network, encoded(network, resize(images, run.spec.size)).mean)
