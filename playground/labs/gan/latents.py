"""Latent codes w of StyleGAN2: those of training, that of a seed, moved in some layers, and what is drawn of them."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Generator, Tensor

from playground.data import as_images
from playground.labs.gan.asked import Asked
from playground.labs.gan.layers import Group, groups
from playground.labs.gan.samples import seeds
from playground.labs.gan.stylegan import StyleGan
from playground.view import BadOption, Options, option

TOGETHER = 50
"""Images that are drawn at once: more of them do not fit into a processor's cache, and take twice as long each."""


class Face(Asked):
    """A picture by its seed."""

    seed: int = option(
        9, "The same number stands for the same picture.", label="Seed", ge=0, le=2**31 - 1, control="seed"
    )

    def code(self, network: StyleGan) -> Tensor:
        """Its code w, (1, latent)."""
        z = seeds(self.seed, network.generator.latent, n=1)
        return network.generator.mapping(z, self.asked(network))


class Layered(Options):
    """The layers that take part."""

    layers: Literal["all", "coarse", "middle", "fine"] = option(
        "all",
        "The layers that are given the moved code; all others keep the picture's own. Directions without labels are "
        "found in their weights alone.",
        label="Layers",
    )

    def group(self, network: StyleGan) -> Group:
        """The layers that are meant.

        Raises:
            BadOption: When the network has too few resolutions for that.
        """
        found = groups(network.generator.synthesis)
        if self.layers not in found:
            raise BadOption(f"This network has no {self.layers} layers; there are {', '.join(found)}.")
        return found[self.layers]


@torch.no_grad()
def codes(network: StyleGan, n: int, *, seed: int) -> Tensor:
    """`n` codes w (n, latent) as the training draws them; a conditional network is asked for all values in turn.

    Those of a network that has diverged are 0 where they are not finite.
    """
    generator = network.generator
    z = torch.randn(n, generator.latent, generator=Generator().manual_seed(seed))
    turns = [torch.arange(n) % count for count in generator.choices]
    return generator.mapping(z, torch.stack(turns, dim=1) if turns else None).nan_to_num(0.0, 0.0, 0.0)


def edited(network: StyleGan, w: Tensor, shifts: Tensor, group: Group) -> Tensor:
    """Codes for all layers, of which those of a group are shifted.

    Abdal et al., "Image2StyleGAN: How to Embed Images Into the StyleGAN Latent Space?", 2019 (arXiv 1904.03189), call
    the space of one code a layer W+.

    Args:
        network: Whose layers.
        w: (B or 1, latent).
        shifts: (B or 1, latent), which are added to w.
        group: The layers that take the sum.

    Returns:
        ws (B, layers, latent).
    """
    w, shifts = torch.broadcast_tensors(w, shifts)
    ws = network.generator.broadcast(w).clone()  # (B, layers, latent)
    ws[:, group.numbers.start : group.numbers.stop] += shifts[:, None]
    return ws


@torch.no_grad()
def rendered(network: StyleGan, ws: Tensor) -> Tensor:
    """Codes ws (N, layers, latent) to images (N, C, H, W), uint8, with the fixed noise."""
    synthesis = network.generator.synthesis
    return torch.cat([as_images(synthesis(chunk).clamp(-1, 1)) for chunk in ws.split(TOGETHER)])
