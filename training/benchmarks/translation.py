"""How close the shipped CycleGAN comes to the true drawings of held-out emoji, and what that is worth.

Beside it stand what costs nothing (the picture as it is), what knows colours alone, and what had the true pairs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import Adam

from playground.data import TwoDomains, load, unit
from playground.labs.translation.colour import ColourTransfer
from playground.labs.translation.compare import directions, l1, likeness, translated
from playground.labs.translation.cyclegan import CycleGAN
from playground.labs.translation.domains import drawings
from playground.labs.translation.recipes import CycleGanRecipe
from playground.runs.reader import Run
from playground.runs.store import PRETRAINED
from training.benchmarks import Row

NAME = "cyclegan-emoji"
SECONDS = 600
"""How long the supervised upper bound learns, both directions together."""
Translate = Callable[[str, Tensor], Tensor]
"""Direction and pictures (N, C, H, W), uint8, to pictures in the other style."""


def rows(seconds: float = SECONDS) -> Iterator[Row]:
    """L1, SSIM and distance of features to the true drawings: the mean of both directions on all held-out pairs."""
    run = Run(NAME, PRETRAINED / NAME, shipped=True)
    recipe, step = run.recipe, run.nearest(None)
    assert isinstance(recipe, CycleGanRecipe)
    data = recipe.load()
    network = recipe.network(run.info.spec)
    network.load_state_dict(run.weights(step))
    network.eval().requires_grad_(False)
    train, test = data.train, data.test
    assert isinstance(train, TwoDomains) and isinstance(test, TwoDomains)

    untouched = _measured(lambda _, images: images, test)
    goals = {name: f"{'>=' if name == 'ssim' else '<='} {value:.4g}" for name, value in untouched.items()}
    n = f"{len(test)} held-out pairs, both directions"
    shipped = _measured(lambda direction, images: translated(network.way(direction)[0], images), test)
    yield from _rows(
        "CycleGAN, unpaired", shipped, f"the shipped run at step {step:,}; {n}; asked: no worse than untouched", goals
    )
    cycle = [
        float(l1(translated(network.way(there)[1], translated(network.way(there)[0], images)), images).mean())
        for there, images, _ in directions(test)
    ]
    yield Row("CycleGAN, there and back: L1 to the original", [sum(cycle) / 2], "", how=n)
    yield from _rows("the picture untouched", untouched, n)
    maps = {
        "ab": ColourTransfer(source=train.images, target=train.others),
        "ba": ColourTransfer(source=train.others, target=train.images),
    }
    coloured = _measured(lambda direction, images: maps[direction](images), test)
    yield from _rows("colour transfer", coloured, f"mean and covariance of the training sets' colours; {n}")
    paired, steps, pairs = supervised(recipe, seconds=seconds)
    bound = _measured(lambda direction, images: translated(paired.way(direction)[0], images), test)
    told = f"the same generators, L1 on {pairs:,} true training pairs, {seconds:g} s, {steps:,} steps; {n}"
    yield from _rows("supervised upper bound", bound, told)


def supervised(recipe: CycleGanRecipe, *, seconds: float) -> tuple[CycleGAN, int, int]:
    """The generators of `recipe` taught with true pairs: the networks, the steps they took, and how many pairs."""
    noto, twemoji = drawings(load("emoji", size=recipe.spec().size).train)
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network = recipe.network(recipe.spec())
    adam = Adam([*network.g.parameters(), *network.f.parameters()], lr=recipe.learning_rate, betas=(0.5, 0.999))
    rng = Generator().manual_seed(recipe.seed)
    began, step = time.perf_counter(), 0
    while (spent := (time.perf_counter() - began) / seconds) < 1:
        adam.param_groups[0]["lr"] = recipe.learning_rate * min(1.0, 2 * (1 - spent))
        chosen = torch.randint(len(noto), (recipe.batch_size,), generator=rng)
        a, b = unit(noto.images[chosen]), unit(twemoji.images[chosen])
        if recipe.flip and torch.rand((), generator=rng) < 0.5:
            a, b = a.flip(-1), b.flip(-1)
        adam.zero_grad(set_to_none=True)
        (F.l1_loss(network.g(a), b) + F.l1_loss(network.f(b), a)).backward()
        adam.step()
        step += 1
    return network.eval().requires_grad_(False), step, len(noto)


def _measured(translate: Translate, test: TwoDomains) -> dict[str, float]:
    found: dict[str, float] = {}
    for direction, images, truth in directions(test):
        for name, value in likeness(translate(direction, images), truth, load("emoji").spec).items():
            found[name] = found.get(name, 0.0) + value / 2
    return found


def _rows(what: str, values: dict[str, float], how: str, goals: dict[str, str] | None = None) -> Iterator[Row]:
    units = {"l1": "L1, 0 to 1", "ssim": "SSIM", "features": "distance of features, 1 is another emoji"}
    for name, value in values.items():
        yield Row(f"{what}: {units[name]}", [value], "", (goals or {}).get(name, ""), how)
