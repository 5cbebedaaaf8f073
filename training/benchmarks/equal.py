"""A VAE, a GAN and a diffusion model on equal terms: the same pictures and classes, as long a training, and one judge.

Only training counts as time, that of the processor on each thread. Each is looked at on its way, by some hundred
pictures, and at the end by as many as there are test pictures: how near they are to real ones, how sharp, how many of
the real ones are like one of theirs, and how near the training pictures are, as a memory would be.
"""

from __future__ import annotations

import argparse
import base64
import sys
import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data import Data, packs
from playground.labs import recipe
from playground.labs.diffusion.denoise import Denoiser
from playground.labs.diffusion.sampling import Settings, sample_images
from playground.labs.gan.conditional import Gan
from playground.labs.gan.samples import draw
from playground.labs.vae.bound import importance_weighted_bound
from playground.labs.vae.latent import decoded
from playground.labs.vae.vae import VAE
from playground.metrics.features import Features
from playground.metrics.generated import fid_name, generation_metrics, nearest
from playground.metrics.labels import LABELS, Share
from playground.objective import Objective
from playground.pictures import sheet
from playground.recipe import Recipe
from playground.runs.experiment import ENDING, Arm, Experiment, Point, Trial
from playground.runs.folder import write_whole
from playground.runs.store import PRETRAINED, Store
from training.ship import processor
from training.trainer import Trainer

NAME, TITLE = "vae-gan-diffusion", "VAE, GAN and diffusion on equal terms"
ARMS: dict[str, dict[str, Any]] = {
    "cvae-fashion": {"latent": 20, "convolutional": True},
    "cgan-fashion": {},
    "diffusion-fashion": {},
}
"""Recipes, and what is changed of them."""
LOOKS = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0)
"""Seconds of training after which a model is looked at, as long as they are not over."""
ON_THE_WAY = 500
"""By how many pictures; at the end by `RELIABLE`, or all test pictures."""
BOUND, BOUNDED = 50, 500
"""Samples of each posterior that the bound is estimated with, and for how many pictures."""
SHOWN = 8
"""How many pictures are shown, above those of the training that are nearest."""
LABELED = {
    **LABELS,
    "sharpness": "Sharpness, 1 is that of test pictures",
    "nearest": "Distance to the nearest training picture, 1 is that of test pictures",
    "bound": "Bound of the Bernoulli cross entropy, which compares with no likelihood (nats)",
}


def equal(options: argparse.Namespace) -> int:
    """`python -m training equal`."""
    data, store = packs.load("fashion"), Store(options.runs)
    judge = Judge(data, Features.of(store.trained("cnn-fashion")))
    arms = []
    for name, knobs in ARMS.items():
        chosen = recipe(name).changed(**knobs, seconds=options.seconds, steps=None)
        trials: list[Trial] = []
        for seed in reversed(range(options.seeds)):  # what is shown is of the first one
            trial, pictures, parameters = tried(chosen.changed(seed=seed), data, judge, store)
            print(f"({name}, seed {seed}: {trial.final})", file=sys.stderr, flush=True)
            trials.insert(0, trial)
        arms.append(
            Arm(
                name=chosen.title,
                recipe=name,
                knobs={key: value for key, value in chosen.model_dump().items() if key != "seed"},
                parameters=parameters,
                batch=chosen.batch_size,
                trials=tuple(trials),
                sheet=base64.b64encode(sheet(judge.beside_nearest(pictures[:SHOWN]), SHOWN)).decode(),
            )
        )
    experiment = Experiment(
        name=NAME,
        title=TITLE,
        labs=("vae", "gan", "diffusion"),
        data="Fashion-MNIST, small",
        watched=(fid_name(data.spec), "falls"),
        labels=LABELED,
        shares=tuple(key for key, label in LABELED.items() if isinstance(label, Share)),
        machine=f"{processor()}, {torch.get_num_threads()} thread{'s' * (torch.get_num_threads() != 1)}",
        arms=tuple(arms),
    )
    target = options.out or PRETRAINED / f"{NAME}{ENDING}"
    write_whole(target, f"{experiment.model_dump_json()}\n".encode())
    print(f"{target}: {target.stat().st_size:,} bytes")
    return 0


def tried(chosen: Recipe, data: Data, judge: Judge, store: Store) -> tuple[Trial, Tensor, int]:
    """One training: its numbers, what it generates at the end, and how many numbers it trains."""
    points: list[Point] = []
    for step, seconds, objective, ended in looks(chosen, data, store):
        n = len(judge.real) if ended else ON_THE_WAY
        labels = data.test["labels"][:n]
        pictures = generated(objective, labels)
        values = judge.values(pictures, labels, objective)
        points.append(Point(step=step, seconds=seconds, values=values))
    trial = Trial(
        run="",
        seed=chosen.seed,
        state="done",
        step=step,
        seconds=seconds,
        points=tuple(points[:-1]),
        final=points[-1].values,
        n=n,
        threads=torch.get_num_threads(),
    )
    return trial, pictures, sum(p.numel() for p in objective.parameters() if p.requires_grad)


def looks(chosen: Recipe, data: Data, store: Store) -> Iterator[tuple[int, float, Objective, bool]]:
    """Trains, and stops at each of `LOOKS` and at the end: step, seconds, what is trained, and whether it is over."""
    with torch.random.fork_rng():
        torch.manual_seed(chosen.seed)
        objective = chosen.build(data, **store.used_by(chosen, data.spec))
    training = Trainer(chosen, objective, data, torch.device("cpu"))
    left = [seconds for seconds in LOOKS if seconds < (chosen.seconds or 0)]
    while training.progress < 1:
        start = time.process_time()  # whatever else runs on the machine
        training.one_step()
        training.seconds += (time.process_time() - start) / torch.get_num_threads()
        if left and training.seconds >= left[0]:
            left.pop(0)
            yield training.step, training.seconds, objective.eval(), False
            objective.train()
    yield training.step, training.seconds, objective.eval(), True


@torch.no_grad()
def generated(objective: Objective, labels: Tensor) -> Tensor:
    """Pictures (N, C, H, W), uint8, of classes (N,), from the same noise each time."""
    network, rng, n = objective.shown, Generator().manual_seed(1), len(labels)
    if isinstance(network, VAE):
        return decoded(network, torch.randn(n, network.latent, generator=rng), labels)
    if isinstance(network, Gan):
        return draw(network, torch.randn(n, network.generator.latent, generator=rng), labels)
    assert isinstance(network, Denoiser)
    spec = packs.spec("fashion")
    noise = torch.randn(n, spec.channels, spec.size, spec.size, generator=rng)
    return sample_images(network, noise, labels, Settings(guidance=2.0))


class Judge:
    """Looks at generated pictures, whoever generated them."""

    def __init__(self, data: Data, features: Features) -> None:
        """Knows the pictures of `data` by their features."""
        self.data, self.features = data, features
        self.real = features.embed(data.test["images"])
        self.known = features.embed(data.train["images"])
        self.usual = float(nearest(self.real, self.known)[1].median())
        self.usual_edges = edges(data.test["images"])

    def values(self, pictures: Tensor, labels: Tensor, objective: Objective) -> dict[str, float]:
        """All numbers of pictures (N, C, H, W) that were to be of classes (N,)."""
        embedded = self.features.embed(pictures)
        values = generation_metrics(embedded, self.real, self.features)
        values["as_asked"] = float((self.features.logits(pictures).argmax(dim=1) == labels).double().mean())
        values["sharpness"] = edges(pictures) / self.usual_edges
        values["nearest"] = float(nearest(embedded, self.known)[1].median()) / self.usual
        if isinstance(objective.shown, VAE):
            images, classes = (self.data.test[column][:BOUNDED] for column in ("images", "labels"))
            rng = Generator().manual_seed(0)
            bound = importance_weighted_bound(objective.shown, images, rng, labels=classes, samples=BOUND)
            values["bound"] = float(bound.mean())
        return values

    def beside_nearest(self, pictures: Tensor) -> Tensor:
        """Pictures (N, C, H, W), and after them the training picture that is nearest to each."""
        found = nearest(self.features.embed(pictures), self.known)[0][:, 0]
        return torch.cat([pictures, self.data.train["images"][found]])


def edges(images: Tensor) -> float:
    """How sharp images (N, C, H, W), uint8, are: the mean size of the Laplacian of brightness, 0 to 255."""
    kernel = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])[None, None]
    return float(F.conv2d(images.float().flatten(0, 1)[:, None], kernel).abs().mean())
