"""How close the shipped CycleGAN comes to the true drawings of held-out emoji, and what that is worth.

It is compared with the image as it is, with color transfer, and with the same generators trained on true pairs. A
classifier that had no part in any of them says which style an image is in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import Adam

from playground.data import Split, packs, unit
from playground.data.sets.emoji_styles import drawings
from playground.labs.translation.color import ColorTransfer
from playground.labs.translation.compare import compared, directions, likeness, translated
from playground.labs.translation.cyclegan import CycleGAN, Discriminator
from playground.labs.translation.recipes import CycleGanRecipe
from playground.metrics.features import Features, features_name
from playground.runs.reader import Run
from playground.runs.store import PRETRAINED, Store
from training.benchmarks import Row

NAME = "cyclegan-emoji"
SECONDS = 600
"""How long the supervised upper bound learns, both directions together."""
CLASSIFIER_SECONDS = 60
"""How long the style classifier trains."""
UNITS = {
    "l1": "L1 to the true drawing, 0 to 1",
    "ssim": "SSIM to the true drawing",
    "features": "distance of features to the true drawing, 1 is another emoji",
    "taken": "classified as the target style",
}
Translate = Callable[[str, Tensor], Tensor]
"""Direction and images (N, C, H, W), uint8, to images in the other style."""


def rows(seconds: float = SECONDS) -> Iterator[Row]:
    """Distances to the true drawings and how often the target style is recognized, on all held-out pairs."""
    run = Run(NAME, PRETRAINED / NAME, shipped=True)
    recipe, step = run.recipe, run.nearest(None)
    assert isinstance(recipe, CycleGanRecipe)
    data = recipe.load(packs)
    features = Features.of(Store(Path("runs")).trained(features_name(data.spec)))
    train, test = data.train, data.test
    network = run.network(step)
    assert isinstance(network, CycleGAN)
    paired, steps, pairs = supervised(recipe, seconds=seconds)
    maps = {
        "ab": ColorTransfer(source=train["images"], target=train["others"]),
        "ba": ColorTransfer(source=train["others"], target=train["images"]),
    }
    classifier = StyleClassifier(train, width=recipe.discriminator_width, seed=recipe.seed, seconds=CLASSIFIER_SECONDS)
    n = f"{len(test)} held-out pairs, mean of both directions"
    supervision = f"the same generators, L1 on {pairs:,} true training pairs, {seconds:g} s, {steps:,} steps; {n}"
    methods: dict[str, tuple[Translate, str]] = {
        "CycleGAN, unpaired": (_by(network), f"the shipped run at step {step:,}; {n}"),
        "the picture untouched": (lambda _, images: images, n),
        "color transfer": (lambda way, images: maps[way](images), f"mean and covariance of the training colors; {n}"),
        "supervised with true pairs": (_by(paired), supervision),
    }
    for what, (translate, how) in methods.items():
        for name, value in _measured(translate, test, classifier, features).items():
            yield Row(f"{what}: {UNITS[name]}", [value], "%" if name == "taken" else "", how=how)
    percentages = [classifier.percentage(images, way[0]) for way, images, _ in directions(test)]
    how = f"the style classifier trained {CLASSIFIER_SECONDS:g} s on the training drawings; {n}"
    yield Row("true drawings: classified as their own style", [sum(percentages) / 2], "%", how=how)
    yield Row("CycleGAN, there and back: L1 to the original", [compared(network, test, features)["cycle"]], "", how=n)


class StyleClassifier:
    """A small network that had no part in any training and tells drawings of A from drawings of B."""

    def __init__(self, train: Split, *, width: int, seed: int, seconds: float) -> None:
        """Learns from the training drawings of both domains."""
        rng, channels = Generator().manual_seed(seed), train["images"].shape[1]
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = Discriminator(channels=channels, width=width)
        optimizer = Adam(self.network.parameters(), lr=1e-3)
        start = time.perf_counter()
        while (progress := (time.perf_counter() - start) / seconds) < 1:
            optimizer.param_groups[0]["lr"] = 1e-3 * (1 - progress)
            indices = torch.randint(len(train), (16,), generator=rng)
            both = torch.cat([train["images"][indices], train["others"][indices]])  # (32, C, H, W)
            if torch.rand((), generator=rng) < 0.5:
                both = both.flip(-1)
            optimizer.zero_grad(set_to_none=True)
            F.binary_cross_entropy_with_logits(self.scores(both), torch.arange(2.0).repeat_interleave(16)).backward()
            optimizer.step()

    def scores(self, images: Tensor) -> Tensor:
        """How much images (N, C, H, W), uint8, look as if they were drawn in B, (N,): logits, the mean of patches."""
        return self.network(unit(images)).mean(dim=(1, 2, 3))

    @torch.no_grad()
    def percentage(self, images: Tensor, style: str) -> float:
        """The percentage of images that are classified as drawings of the domain "a" or "b"."""
        drawn_in_b = self.scores(images) > 0
        return 100 * float((drawn_in_b if style == "b" else ~drawn_in_b).float().mean())


def supervised(recipe: CycleGanRecipe, *, seconds: float) -> tuple[CycleGAN, int, int]:
    """The generators of `recipe` taught with true pairs: the networks, the steps they took, and how many pairs."""
    noto, twemoji = drawings(packs.load("emoji", recipe.spec(packs).size).train)
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network = recipe.network(recipe.spec(packs))
    optimizer = Adam([*network.g.parameters(), *network.f.parameters()], lr=recipe.learning_rate, betas=(0.5, 0.999))
    rng = Generator().manual_seed(recipe.seed)
    start, step = time.perf_counter(), 0
    while (progress := (time.perf_counter() - start) / seconds) < 1:
        optimizer.param_groups[0]["lr"] = recipe.learning_rate * min(1.0, 2 * (1 - progress))
        indices = torch.randint(len(noto), (recipe.batch_size,), generator=rng)
        a, b = unit(noto["images"][indices]), unit(twemoji["images"][indices])
        if recipe.flip and torch.rand((), generator=rng) < 0.5:
            a, b = a.flip(-1), b.flip(-1)
        optimizer.zero_grad(set_to_none=True)
        (F.l1_loss(network.g(a), b) + F.l1_loss(network.f(b), a)).backward()
        optimizer.step()
        step += 1
    return network, step, len(noto)


def _by(network: CycleGAN) -> Translate:
    network.eval().requires_grad_(False)
    return lambda way, images: translated(network.generators(way)[0], images)


def _measured(translate: Translate, test: Split, classifier: StyleClassifier, features: Features) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for way, images, truth in directions(test):
        output = translate(way, images)
        values = {**likeness(output, truth, features), "taken": classifier.percentage(output, way[1])}
        for name, value in values.items():
            metrics[name] = metrics.get(name, 0.0) + value / 2
    return metrics
