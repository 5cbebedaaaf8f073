"""What generator and discriminator of a progressive GAN have in common: sides, and a stack of blocks that grows.

Karras et al., "Progressive Growing of GANs for Improved Quality, Stability, and Variation", 2017 (arXiv 1710.10196):
section 2 and figure 2 for growth and for fading in.

Notation: alpha is the weight of the newest block, 0 when it has just been added and 1 when it is all there.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.gan.resolutions import sides


def reduced(images: Tensor, side: int) -> Tensor:
    """Images (B, C, H, W) to (B, C, side, side), each pixel the mean of those that it stands for."""
    return F.avg_pool2d(images, images.shape[-1] // side)


def enlarged(images: Tensor, side: int) -> Tensor:
    """Images (B, C, H, W) to (B, C, side, side), each pixel repeated."""
    return F.interpolate(images, scale_factor=float(side // images.shape[-1]))


def faded(below: Tensor, newest: Tensor, alpha: Tensor) -> Tensor:
    """From `below` at alpha 0 to `newest` at 1, both exact (figure 2b)."""
    return torch.lerp(below, newest, alpha.to(newest.dtype))


class Pyramid(nn.Module):
    """What grows: a stack of blocks, one a side, and at its end the layers that turn features into colors or back.

    Attributes:
        sides: All that it may grow to.
        blocks: By side, all but the smallest; the newest is the one that alpha weighs.
        ends: By side; those of the side that has been reached, and of the one below, which it fades in from.
        alpha: A scalar, part of the state: a snapshot from the middle of a fade is rebuilt exactly.
    """

    alpha: Tensor

    def __init__(self, *, image_size: int, channels: int, width: int) -> None:
        """Begins at the smallest side for images of `channels`; `width` as in `channels_at`."""
        super().__init__()
        self.sides, self.channels, self.width = sides(image_size), channels, width
        self.blocks, self.ends = nn.ModuleDict(), nn.ModuleDict({str(self.sides[0]): self.end(self.sides[0])})
        self.register_buffer("alpha", torch.ones(()))

    @property
    def side(self) -> int:
        """The one that it has grown to."""
        return self.sides[len(self.blocks)]

    @property
    def below(self) -> int | None:
        """The side before; nothing at the smallest one."""
        return self.sides[len(self.blocks) - 1] if len(self.blocks) else None

    def grow(self) -> None:
        """Adds a block for twice the side, at alpha 0: the function that is computed stays the same.

        Raises:
            ValueError: When it has its full side already.
        """
        if self.side == self.sides[-1]:
            raise ValueError(f"it has grown to its full side of {self.side} pixels already")
        before, after = self.side, self.sides[len(self.blocks) + 1]
        if self.below is not None:
            del self.ends[str(self.below)]
        self.blocks[str(after)] = self.block(before, after)
        self.ends[str(after)] = self.end(after)
        self.alpha.zero_()

    def block(self, below: int, side: int) -> nn.Module:
        """Fresh layers between features of the two sides."""
        raise TypeError(f"{type(self).__name__} has no blocks")

    def end(self, side: int) -> nn.Module:
        """Fresh layers between features of `side` and colors."""
        raise TypeError(f"{type(self).__name__} has no ends")
