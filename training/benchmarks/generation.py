"""How good and how fast the generators are, compared with public recipes that train as long on the same images.

Evaluated by the Frechet distance to test images of the embedded Fashion-MNIST, with as many generated ones, in the
features of `cnn-fashion`. All models train in one process, one after the other, and only training counts as time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Generator, Tensor, nn

from playground.data import Data, ImageSpec, packs
from playground.labs import recipe
from playground.labs.diffusion.denoise import Denoiser
from playground.labs.diffusion.recipes import DiffusionRecipe
from playground.labs.diffusion.sampling import Settings, sample_images
from playground.labs.gan.conditional import Gan
from playground.labs.gan.samples import draw, seeds, sheet
from playground.metrics.features import Features
from playground.metrics.generated import fid_name, floor, generation_metrics
from playground.objective import Objective
from playground.pictures import encode, grid
from playground.recipe import Recipe
from playground.runs.store import Store
from training.benchmarks import Row
from training.benchmarks.references import Draw, dcgan, ddpm, unet2d
from training.trainer import Trainer

STORE = Store(Path("runs"))
GAN, DIFFUSION = "cgan-fashion", "diffusion-fashion"
PLAIN = {"path": "linear", "parameterization": "epsilon", "levels": "uniform", "weighting": "output"}
"""The objective of DDPM in the words of our recipe."""
N = 500
"""How many images each model samples, since diffusers' network takes minutes for them; all are evaluated at one n."""
BASELINES = {"our GAN": "DCGAN", "our diffusion": "DDPM"}
"""Whose best distance is the goal for which of ours; the baselines train first."""


def rows(seconds: float = 60, seeds: int = 1, n: int = N) -> Iterator[Row]:
    """Times first, then the distances of `n` images after `seconds` of training, for the seeds 0 to `seeds` - 1."""
    yield from _times()
    yield from _distances(seconds, range(seeds), n)


def _times() -> Iterator[Row]:
    spec = packs.spec("fashion")
    gan, denoiser = _untrained(GAN, spec), _untrained(DIFFUSION, spec)
    assert isinstance(gan, Gan) and isinstance(denoiser, Denoiser)
    corners = seeds(0, gan.generator.latent)
    asked = torch.zeros(1, 1, dtype=torch.long) if gan.generator.choices else None

    def surface() -> None:
        encode(grid(sheet(gan, corners, side=4, asked=asked), 4), "jpeg")

    def samples(steps: int = 8) -> None:
        noise = torch.randn(16, spec.channels, spec.size, spec.size)
        labels = torch.arange(16) % len(spec.classes)
        encode(grid(sample_images(denoiser, noise, labels, Settings(steps=steps, guidance=2.0)), 4), "jpeg")

    how = "pictures generated, tiled, as a JPEG; untrained weights cost the same"
    yield Row(f"4 x 4 sheet ({GAN})", [1000 * _seconds(surface) for _ in range(30)], "ms", "<= 50", how)
    how = f"DPM-Solver++ with guidance 2, so 16 evaluations; {how}"
    yield Row(
        f"16 pictures in 8 steps ({DIFFUSION})", [1000 * _seconds(samples) for _ in range(15)], "ms", "<= 300", how
    )
    yield from _versus_diffusers(denoiser.network, spec)


@torch.no_grad()
def _versus_diffusers(ours: nn.Module, spec: ImageSpec) -> Iterator[Row]:
    theirs = unet2d(spec.channels, spec.size, parameters=_count(ours), classes=len(spec.classes) + 1).eval()
    for batch in (1, 16, 64):
        x, level = torch.randn(batch, spec.channels, spec.size, spec.size), torch.zeros(batch)
        labels = torch.zeros(batch, dtype=torch.long)
        pairs = [(_seconds(ours, x, level, labels), _seconds(theirs, x, level, labels)) for _ in range(30)]
        ratios = sorted(a / b for a, b in pairs[3:])  # the first calls choose their kernels
        spread = [ratios[len(ratios) // 4], median(ratios), ratios[3 * len(ratios) // 4]]
        how = f"{_count(ours):,} and {_count(theirs):,} parameters, in turns; the spread is that of the quartiles"
        yield Row(f"U-Net forward, ours / diffusers' (batch {batch})", spread, "x", "<= 1", how)


def _distances(seconds: float, numbers: range, n: int) -> Iterator[Row]:
    data = packs.load("fashion")
    n = min(n, len(data.test))
    yield from _floor(data, n)
    fid = fid_name(data.spec)
    best: dict[str, float] = {}
    for name, train in _models(data, seconds).items():
        results: dict[str, list[dict[str, float]]] = {}
        conditional = name.startswith("our") and "without labels" not in name
        for seed in numbers:
            for variant, sample in train(seed).items():
                values = _metrics(sample(n), data, conditional=conditional)
                summary = ", ".join(f"{key} {value:.3g}" for key, value in values.items())
                print(f"(seed {seed}, {name}{variant}: {summary})", file=sys.stderr, flush=True)
                results.setdefault(name + variant, []).append(values)
        for model, trials in results.items():
            best[model] = median(trial[fid] for trial in trials)
            goal = ""
            if baseline := BASELINES.get(model):
                goal = f"<= {min(value for other, value in best.items() if other.startswith(baseline)):.3g}"
            keys = {key.removesuffix(fid.removeprefix("fid")): key for key in trials[0] if key != fid}
            medians = ", ".join(f"{label} {median(trial[key] for trial in trials):.3g}" for label, key in keys.items())
            how = f"{seconds:g} s, seeds {numbers.start} to {numbers.stop - 1}, n = {n:,}; medians: {medians}"
            yield Row(f"Frechet distance, {model}", [trial[fid] for trial in trials], "", goal, how)
            if model in BASELINES:
                shares = [100 * trial["right class"] for trial in trials]
                yield Row(f"right class, {model}", shares, "%", ">= 90", "by cnn-fashion; real ones: see above")


def _floor(data: Data, n: int) -> Iterator[Row]:
    """What real images reach."""
    trials = [
        floor(data.test["images"][:n], _features(), rng=Generator().manual_seed(seed), others=data.train["images"])
        for seed in range(3)
    ]
    fid = fid_name(data.spec)
    how = f"{trials[0]['n']:,.0f} training pictures against as many test pictures, three draws"
    yield Row("Frechet distance, real pictures", [trial[fid] for trial in trials], "", how=how)
    accuracy = _metrics(data.test["images"], data, conditional=True)["right class"]
    yield Row("right class, real pictures", [100 * accuracy], "%", how=f"{len(data.test):,} test pictures")


def _models(data: Data, seconds: float) -> dict[str, Callable[[int], dict[str, Draw]]]:
    """What trains with a seed, by name; each gives one or more ways of drawing images, by what sets them apart."""
    gan, diffusion = recipe(GAN), recipe(DIFFUSION)
    assert isinstance(diffusion, DiffusionRecipe)
    count = _count(_untrained(DIFFUSION, data.spec))
    images = data.train["images"]

    def reference(make: Callable[..., Draw], seed: int, **options: Any) -> dict[str, Draw]:
        return {"": make(images, seconds=seconds, seed=seed, **options)}

    def ours(chosen: Recipe, variants: dict[str, Settings | None], seed: int) -> dict[str, Draw]:
        objective = trained(chosen.changed(seconds=seconds, steps=None, seed=seed), data)
        return {variant: partial(_sample, objective, data, settings) for variant, settings in variants.items()}

    eight = Settings(guidance=diffusion.guidance)
    fifty = Settings(sampler="ddim", steps=50, guidance=diffusion.guidance)
    theirs = WithUnet2d(**diffusion.model_dump())
    return {
        "DCGAN, 2e-4": partial(reference, dcgan),
        "DCGAN, 1e-3": partial(reference, dcgan, rate=1e-3),
        "our GAN": partial(ours, gan, {"": None}),
        "DDPM with UNet2DModel, DDIM-50, 1e-3": partial(reference, ddpm, parameters=count, rate=1e-3),
        "our diffusion": partial(ours, diffusion, {"": eight, ", DDIM-50": fifty}),
        "our diffusion without its average (ema 0)": partial(ours, diffusion.changed(ema=0), {"": eight}),
        "our diffusion without labels": partial(ours, diffusion.changed(conditional=False), {"": eight}),
        "our diffusion with DDPM's objective": partial(
            ours, diffusion.changed(**PLAIN), {"": eight, ", DDIM-50": fifty}
        ),
        "our diffusion with UNet2DModel": partial(ours, theirs, {"": eight}),
    }


class WithUnet2d(DiffusionRecipe):
    """Our recipe, only that the network is diffusers', with about as many parameters."""

    def network(self, spec: ImageSpec) -> Denoiser:
        """The denoiser for images of `spec`."""
        own = super().network(spec)
        classes = len(spec.classes) if self.conditional else 0
        theirs = unet2d(spec.channels, spec.size, parameters=_count(own), classes=classes + 1)
        own.network = _Adapted(theirs, classes)
        return own


class _Adapted(nn.Module):
    """diffusers' network under the signature of ours: levels become its times, from 0 to 1000."""

    def __init__(self, network: Any, classes: int) -> None:
        super().__init__()
        self.network, self.classes = network, classes

    def forward(self, x: Tensor, level: Tensor, condition: Tensor | None = None) -> Tensor:
        if condition is None:
            condition = torch.full((len(x),), self.classes)
        return self.network(x, (level + 2) * 250, condition).sample


def trained(chosen: Recipe, data: Data) -> Objective:
    """The loop's own steps, without previews, snapshots and evaluations."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(chosen.seed)
        objective = chosen.build(data, **STORE.used_by(chosen, data.spec))
    training = Trainer(chosen, objective, data, torch.device("cpu"))
    start = time.perf_counter()
    while training.progress < 1:
        training.one_step()
        training.seconds = time.perf_counter() - start
    return objective.eval()


@torch.no_grad()
def _sample(objective: Objective, data: Data, settings: Settings | None, n: int) -> Tensor:
    """`n` images (N, C, H, W), uint8, of the classes of the first test images; `settings` for a diffusion model."""
    network, labels, rng = objective.shown, data.test["labels"][:n], Generator().manual_seed(1)
    if isinstance(network, Gan):
        z = torch.randn(n, network.generator.latent, generator=rng)
        return draw(network, z, labels if network.generator.choices else None)
    assert isinstance(network, Denoiser) and settings is not None
    noise = torch.randn(n, data.spec.channels, data.spec.size, data.spec.size, generator=rng)
    classes = getattr(network.network, "classes", 0)
    return sample_images(network, noise, labels if classes else None, settings)


def _metrics(images: Tensor, data: Data, *, conditional: bool) -> dict[str, float]:
    values = generation_metrics(images, data.test["images"][: len(images)], _features())
    if conditional:
        predicted = _features().logits(images).argmax(dim=1)
        values["right class"] = float((predicted == data.test["labels"][: len(images)]).double().mean())
    return values


@cache
def _features() -> Features:
    return Features.of(STORE.trained("cnn-fashion"))


@cache
def _untrained(name: str, spec: ImageSpec) -> nn.Module:
    return recipe(name).network(spec).eval().requires_grad_(False)


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _seconds(work: Callable[..., Any], *inputs: Any) -> float:
    start = time.perf_counter()
    work(*inputs)
    return time.perf_counter() - start
