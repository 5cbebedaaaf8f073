"""The layers of a synthesis network by what they decide, and the weights that turn a code into their styles."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from playground.labs.gan.equalized import EqualizedLinear
from playground.labs.gan.modulation import StyledConv, ToRgb
from playground.labs.gan.stylegan import SynthesisNetwork

GROUPS = ("coarse", "middle", "fine")


class Group(NamedTuple):
    """Layers that follow one another.

    Attributes:
        numbers: Of their codes ws.
        sides: The smallest and the largest side, in pixels, of what they draw.
    """

    numbers: range
    sides: tuple[int, int]


def groups(synthesis: SynthesisNetwork) -> dict[str, Group]:
    """All layers, and a third of the resolutions each, by name (Karras et al., 2018, section 3.1).

    Of 64 pixels, 4 and 8 are coarse, 16 and 32 middle, and 64 is fine, as in the paper; a network of fewer than three
    resolutions has no more groups than these.
    """
    sides = synthesis.sides
    found = {"all": Group(range(synthesis.layers), (sides[0], sides[-1]))}
    parts = torch.arange(len(sides)).tensor_split(len(GROUPS))
    for name, part in zip(GROUPS, parts, strict=True):
        if len(part):
            first, last = int(part[0]), int(part[-1])
            end = synthesis.layers if last == len(sides) - 1 else 2 * last + 1
            found[name] = Group(range(max(0, 2 * first - 1), end), (sides[first], sides[last]))
    return found


def style_weights(synthesis: SynthesisNetwork, numbers: range) -> Tensor:
    """The matrix A that turns a code w into the styles of the layers that take codes `numbers`, (styles, latent)."""
    taken: list[tuple[int, StyledConv | ToRgb]] = []
    for number, layer in enumerate(synthesis.convolutions):
        assert isinstance(layer, StyledConv)
        taken.append((number, layer))
    for number, layer in enumerate(synthesis.to_rgb):
        assert isinstance(layer, ToRgb)
        taken.append((2 * number + 1, layer))
    return torch.cat([_scaled(layer.convolution.style) for number, layer in taken if number in numbers])


def _scaled(style: EqualizedLinear) -> Tensor:
    return style.weight * (style.scale * style.rate)  # (channels, latent)
