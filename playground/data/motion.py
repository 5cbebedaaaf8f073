"""Pictures that move over a plain ground: along a line, at a known speed, off the walls or through them.

The idea is that of Moving MNIST (Srivastava et al., "Unsupervised Learning of Video Representations using LSTMs", 2015,
arXiv 1502.04681): what comes next follows from what was seen.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from playground.data.columns import Data, Split
from playground.data.images import resize
from playground.data.spec import ClipSpec

DIRECTIONS = ("right", "up and right", "up", "up and left", "left", "down and left", "down", "down and right")
"""Where a picture sets off to, counterclockwise in steps of 45 degrees."""
SPEEDS = (0.5, 1.0, 2.0, 3.0)
"""Those that clips to learn from have, in pixels a frame."""
WALLS = ("passes through the walls", "bounces off the walls")
MEANINGS = {"speed": tuple(f"{speed:g} pixels a frame" for speed in SPEEDS), "bounce": WALLS}
SIDE = 14
"""Of the picture that moves, in pixels."""
SIZE, FRAMES = 32, 10
"""Of a clip: the side of its frames in pixels, and how many there are."""
CHUNK = 500
CLIPS, TESTS, SEED = 1_500, 300, 0
"""Of a data set of images: how many clips to learn from and to test on, and the seed of their motion."""


def clip_spec(name: str, *, channels: int) -> ClipSpec:
    """That of clips whose classes are the directions."""
    return ClipSpec(name=name, channels=channels, size=SIZE, frames=FRAMES, classes=DIRECTIONS)


def in_motion(pictures: Tensor, names: tuple[str, ...], rng: Generator) -> Split:
    """A clip of each of N pictures (N, C, h, w), uint8, whose facts are drawn evenly and independently.

    Returns:
        The columns `clips` (N, T, C, SIZE, SIZE), uint8; `images`, what moves; and the facts, each (N,), int64: the
        direction at the start as `labels`, `speed` and `bounce`, see `MEANINGS`.
    """
    n = len(pictures)
    direction, speed, bounce = (
        torch.randint(high, (n,), generator=rng) for high in (len(DIRECTIONS), len(SPEEDS), len(WALLS))
    )
    start = torch.rand(n, 2, generator=rng)
    parts = []
    for part in torch.arange(n).split(CHUNK):
        motion = {"direction": direction[part], "speed": torch.tensor(SPEEDS)[speed[part]]}
        walls = {"bounce": bounce[part].bool(), "start": start[part]}
        parts.append(moved(pictures[part], **motion, **walls, frames=FRAMES, size=SIZE))
    columns = {"images": pictures, "labels": direction, "speed": speed, "bounce": bounce}
    return Split({"clips": torch.cat(parts), **columns}, names)


def animated(data: Data) -> Data:
    """Clips of the images of any data set, `CLIPS` to learn from and `TESTS` of test images; the first images move.

    Few images move several times each, in other ways.
    """
    rng = Generator().manual_seed(SEED)

    def clips(split: Split, n: int) -> Split:
        chosen = split.first(n).repeated(n).first(n)
        return in_motion(resize(chosen["images"], SIZE), chosen.names, rng)

    return Data(
        spec=clip_spec(data.spec.name, channels=data.spec.channels),
        train=clips(data.train, CLIPS),
        test=clips(data.test, TESTS),
        hash=data.hash,
        meanings=MEANINGS,
    )


def moved(
    pictures: Tensor, *, direction: Tensor, speed: Tensor, bounce: Tensor, start: Tensor, frames: int, size: int
) -> Tensor:
    """Clips of pictures that move, each over a ground of the color of its own border, which it blends into.

    Between pixels a picture is interpolated bilinearly. With w(d) = max(0, 1 - |d|) a pixel (x, y) of a frame is the
    ground plus the sum over i and j of w(x - left - i) w(y - top - j) times what the pixel (i, j) of the picture
    differs from it, which is two products of matrices.

    Args:
        pictures: (N, C, h, w), uint8, of any size; each moves as a square of `SIDE` pixels.
        direction: (N,), int64, indices into `DIRECTIONS`.
        speed: (N,), pixels a frame, 0 or more.
        bounce: (N,), bool: whether the picture turns back at a wall; if not, it leaves there and enters opposite.
        start: (N, 2), where its left and its upper edge begin, parts of the way that is free, in [0, 1].
        frames: T, how many there are, the first one at the start.
        size: The side of the walls, and of a frame, in pixels; more than `SIDE`.

    Returns:
        (N, T, C, size, size), uint8.
    """
    small = resize(pictures, SIDE).float()  # (N, C, SIDE, SIDE)
    edges = [pictures[:, :, 0], pictures[:, :, -1], pictures[:, :, :, 0], pictures[:, :, :, -1]]
    ground = torch.cat(edges, dim=2).float().median(dim=2).values[:, :, None, None]  # (N, C, 1, 1)
    angle = direction * (math.tau / len(DIRECTIONS))
    velocity = speed[:, None] * torch.stack([angle.cos(), -angle.sin()], dim=1)  # (N, 2), downwards
    time = torch.arange(frames, device=pictures.device)
    free = size - SIDE
    place = free * start[:, None] + velocity[:, None] * time[:, None]  # (N, T, 2)
    reflected = free - (place.remainder(2 * free) - free).abs()
    place = torch.where(bounce[:, None, None], reflected, place)
    pixel = torch.arange(size, device=pictures.device)[:, None] - torch.arange(SIDE, device=pictures.device)
    apart = pixel - place[..., None, None]  # (N, T, 2, size, SIDE)
    apart = (apart + size / 2).remainder(size) - size / 2  # the shorter way, through a wall or not
    weight = (1 - apart.abs()).clamp(min=0)
    across, down = weight.unbind(dim=2)  # each (N, T, size, SIDE)
    sprite = (small - ground)[:, None]  # (N, 1, C, SIDE, SIDE)
    frames_of = down[:, :, None] @ sprite @ across[:, :, None].mT  # (N, T, C, size, size)
    return (frames_of + ground[:, None]).round().clamp(0, 255).to(torch.uint8)
