"""Pictures that move over a plain ground: along a line, at a known speed, off the walls or through them."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from playground.data.images import resize

DIRECTIONS = ("right", "up and right", "up", "up and left", "left", "down and left", "down", "down and right")
"""Where a picture sets off to, counterclockwise in steps of 45 degrees."""
SPEEDS = (0.5, 1.0, 2.0, 3.0)
"""Those that clips to learn from have, in pixels a frame."""
SIDE = 14
"""Of the picture that moves, in pixels."""


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
