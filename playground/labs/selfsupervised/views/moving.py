"""How a visitor's picture moves, in the views that have one of clips."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from playground.data.motion import DIRECTIONS, moved
from playground.view import Options, option

Direction = Literal["right", "up and right", "up", "up and left", "left", "down and left", "down", "down and right"]


class Heading(Options):
    """Where the picture moves to, and how fast."""

    direction: Direction = option("right", "Where the picture moves to at first.", label="Direction")
    speed: float = option(2, "In pixels a frame.", label="Speed", ge=0, le=4, step=0.25, unit="pixels a frame")


class Movement(Heading):
    """How the picture moves, at the walls too."""

    bounce: bool = option(
        True,
        "Whether the picture turns back at a wall; else it passes through, and comes in opposite.",
        label="Bounces off the walls",
    )


def moving(picture: Tensor, heading: Heading, *, bounce: bool, frames: int, size: int) -> Tensor:
    """The clip (frames, C, size, size), uint8, of a picture (C, h, w); it starts at the wall or corner behind it."""
    words = heading.direction.split()
    behind = [("left" in words) - ("right" in words), ("up" in words) - ("down" in words)]
    return moved(
        picture[None],
        direction=torch.tensor([DIRECTIONS.index(heading.direction)]),
        speed=torch.tensor([heading.speed]),
        bounce=torch.tensor([bounce]),
        start=0.5 + torch.tensor([behind]) / 2,
        frames=frames,
        size=size,
    )[0]
