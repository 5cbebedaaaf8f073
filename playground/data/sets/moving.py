"""Clips of emoji and shapes that move; what moves in the test clips moves in no other."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from playground.data.cards import digest, read_card
from playground.data.columns import Data, Split
from playground.data.motion import FRAMES, MEANINGS, SIDE, SIZE, SPEEDS, clip_spec, in_motion
from playground.data.sets import emoji, sprites
from playground.data.source import Progress, Source

N_TRAIN, N_TEST, SEED = 3_000, 600, 0
SHAPES = {"train": ("square", "ellipse"), "test": ("heart",)}
LIGHT, DARK = (0.8, 1.0), (0.0, 0.2)
"""The brightness of a ground's color channels."""
SPEC = clip_spec("moving", channels=3)


def shapes(names: tuple[str, ...], n: int, rng: Generator) -> tuple[Tensor, list[str]]:
    """Shapes of any color and orientation on grounds that are light or dark: (n, 3, size, size), uint8, and names."""
    chosen = torch.randint(len(names), (n,), generator=rng)
    indices = torch.tensor([sprites.SHAPES.index(name) for name in names])[chosen]
    middle, orientation = torch.full((n,), 0.5), math.tau * torch.rand(n, generator=rng)
    inside = sprites.draw(indices, torch.full((n,), 0.36), orientation, middle, middle, SIZE) / 255  # (n, 1, H, W)
    light = torch.rand(n, 1, 1, 1, generator=rng) < 0.5
    low, high = (torch.where(light, LIGHT[end], DARK[end]) for end in (0, 1))
    ground = low + (high - low) * torch.rand(n, 3, 1, 1, generator=rng)
    ink = torch.rand(n, 3, 1, 1, generator=rng) * 0.65
    ink = torch.where(light, ink, 1 - ink)
    images = ground + (ink - ground) * inside  # (n, 3, H, W)
    return (images * 255).round().to(torch.uint8), [names[index] for index in chosen]


def clips(drawings: Split, names: tuple[str, ...], n: int, rng: Generator) -> Split:
    """`n` clips, of drawings and shapes by turns: see `in_motion`."""
    rows = torch.randint(len(drawings), (n - n // 2,), generator=rng)
    geometric, called = shapes(names, n // 2, rng)
    order = torch.argsort(torch.cat([torch.arange(0, n, 2), torch.arange(1, n, 2)]))
    pictures = torch.cat([drawings["images"][rows], geometric])[order]  # (n, C, H, W)
    titles = [drawings.names[row] for row in rows.tolist()] + called
    return in_motion(pictures, tuple(titles[index] for index in order.tolist()), rng)


def load(progress: Progress) -> Data:
    """3,000 + 600 clips whose facts are drawn evenly and independently; the label is the direction at the start."""
    rng, drawings = Generator().manual_seed(SEED), emoji.load(progress).resized(SIZE)
    return Data(
        spec=SPEC,
        train=clips(drawings.train, SHAPES["train"], N_TRAIN, rng),
        test=clips(drawings.test, SHAPES["test"], N_TEST, rng),
        hash=definition(),
        meanings=MEANINGS,
    )


def definition() -> str:
    """SHA-256 of what the clips are drawn from, which stands for a file's: pixels may round apart by one."""
    shape = (SIZE, FRAMES, SIDE)
    facts = ("moving-1", read_card("emoji").hash, SEED, N_TRAIN, N_TEST, SPEEDS, SHAPES, LIGHT, DARK, shape)
    return digest([repr(facts).encode()])


SOURCES = (Source(spec=SPEC, columns=("clips", "images", "labels", "speed", "bounce"), load=load),)
