"""Inside StyleGAN2's generator: what each resolution adds to the picture, and what each channel draws.

Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2019 (arXiv 1912.04958): section 4 and figure 8
measure how much each resolution contributes. Bau et al., "GAN Dissection: Visualizing and Understanding Generative
Adversarial Networks", 2018 (arXiv 1811.10597), section 3.2: a channel's effect is what changes without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from playground.data import ImageSpec, as_images
from playground.labs.gan.latents import Face
from playground.labs.gan.modulation import upsampled
from playground.labs.gan.samples import difference
from playground.labs.gan.stylegan import StyleGan, SynthesisNetwork, summed
from playground.view import Answer, Part, View, option

OFF = 300
"""Characters of the list of channels that are off, at most."""


class Seed(Face):
    """The picture that is looked into, always with the fixed noise."""

    def codes(self, network: StyleGan) -> Tensor:
        """Its codes ws (1, layers, latent)."""
        return network.generator.broadcast(self.code(network))


class Layer(Seed):
    """The resolution whose channels are shown."""

    side: int = option(16, "The resolution whose channels are shown, the nearest one that there is.", ge=4, le=256)


class Switches(Seed):
    """Which channels are switched off."""

    off: str = option(
        "",
        "The channels that are switched off, as resolution and number: 16.0-32.5.",
        pattern=r"^([0-9]{1,3}\.[0-9]{1,3}(-[0-9]{1,3}\.[0-9]{1,3})*)?$",
        max_length=OFF,
    )

    def kept(self, synthesis: SynthesisNetwork) -> list[Tensor] | None:
        """One factor a channel of every convolution, (1, width) each; None where nothing is off.

        What this network does not have is passed over: another run may have other resolutions.
        """
        off = [tuple(map(int, pair.split("."))) for pair in self.off.split("-") if pair]
        masks = [synthesis.constant.new_ones(1, width) for width in synthesis.widths]
        for side, channel in off:
            number = 2 * synthesis.sides.index(side) if side in synthesis.sides else None
            if number is not None and channel < synthesis.widths[number]:
                masks[number][:, channel] = 0
        return masks if any(not mask.all() for mask in masks) else None


class Inside(Switches, Layer):
    """All that can be set."""


def enlarged(images: Tensor, side: int) -> Tensor:
    """Images (B, C, S, S) as the sum of all resolutions takes them up, (B, C, side, side)."""
    while images.shape[-1] < side:
        images = upsampled(images)
    return images


def shares(parts: Sequence[Tensor]) -> Tensor:
    """How much of one picture's variance each resolution brings in, (resolutions,); they sum to 1.

    The variance over the pixels of each color is the sum of the covariances of what is added with the whole. A part
    that takes away what others add has a negative share.

    Args:
        parts: What the resolutions add, (1, C, S, S) each, from the smallest.
    """
    layers = torch.cat([enlarged(part, parts[-1].shape[-1]) for part in parts])  # (resolutions, C, S, S)
    layers = layers - layers.mean(dim=(2, 3), keepdim=True)
    whole = layers.sum(dim=0)  # (C, S, S)
    return (layers * whole).sum(dim=(1, 2, 3)) / whole.square().sum().clamp(min=1e-12)


def visible(values: Tensor) -> tuple[Tensor, float]:
    """Signed values (C, H, W) as an image, uint8, in which gray is 0, and how many times enlarged they are there."""
    gain = 1 / max(1e-6, float(values.abs().max()))
    return as_images(values * gain), gain


def picture_view(network: StyleGan, spec: ImageSpec, options: Switches, inputs: Mapping[str, Any]) -> Answer:
    """A picture as the sum of what its resolutions add, with some channels off.

    Returns:
        The `picture` (C, H, W), uint8; where channels are off, also `before`, with all of them, and the `change` from
        it, signed. By the number of a resolution `part0`... (C, S, S), what it adds, signed, and `sum0`..., all up to
        it, at its own side. In words the `sides`, the `shares` of the variance, the `gains` of the parts, that of the
        change, `gain`, and its mean absolute `size` as a share of a pixel's range.
    """
    synthesis, ws = network.generator.synthesis, options.codes(network)
    kept = options.kept(synthesis)
    parts = synthesis.contributions(ws, kept=kept)
    image = summed(parts)
    tensors = {"picture": as_images(image)[0]}
    words: dict[str, Any] = {"sides": synthesis.sides, "shares": shares(parts).tolist(), "gains": []}
    for number, part in enumerate(parts):
        tensors[f"part{number}"], gain = visible(part[0])
        tensors[f"sum{number}"] = as_images(summed(parts[: number + 1]))[0]
        words["gains"].append(gain)
    if kept is not None:
        before = synthesis(ws)
        tensors["before"] = as_images(before)[0]
        tensors["change"], words["gain"] = visible((image.clamp(-1, 1) - before.clamp(-1, 1))[0])
        words["size"] = float(difference(image, before))
    return Answer(tensors, words)


def channels_view(network: StyleGan, spec: ImageSpec, options: Layer, inputs: Mapping[str, Any]) -> Answer:
    """The channels of the last convolution of one resolution, all others being on.

    Returns:
        `maps` (channels, S, S), uint8: the activation of each from 0 to its own largest value, negative ones as 0;
        `effects` (channels,), the mean absolute difference in the picture without it, as a share of a pixel's range. In
        words the `side`.
    """
    synthesis, ws = network.generator.synthesis, options.codes(network)
    side = min(synthesis.sides, key=lambda one: abs(one - options.side))
    number = 2 * synthesis.sides.index(side)
    features = list(synthesis.features(ws))
    maps = features[number][0].clamp(min=0)  # (channels, S, S)
    peaks = maps.amax(dim=(1, 2), keepdim=True).clamp(min=1e-6)
    width = len(maps)
    kept = [ws.new_ones(1, one) for one in synthesis.widths]
    kept[number] = 1 - torch.eye(width)  # (channels, channels): one off in each image
    effects = difference(synthesis(ws.expand(width, -1, -1), kept=kept), summed(synthesis.added(features, ws)))
    return Answer({"maps": (255 * maps / peaks).round().byte(), "effects": effects}, {"side": side})


def trace_view(network: StyleGan, spec: ImageSpec, options: Seed, inputs: Mapping[str, Any]) -> Answer:
    """How much of the picture's variance each resolution brings in, with all channels on: `values` (resolutions,)."""
    synthesis = network.generator.synthesis
    names = [f"{side} px" for side in synthesis.sides]
    return Answer({"values": shares(synthesis.contributions(options.codes(network)))}, {"names": names, "shares": True})


INSIDE = View(
    name="inside",
    title="Inside",
    question="What does each resolution add?",
    about="The picture is the sum of what all resolutions draw. Choose one to see its channels, and switch some off.",
    needs=StyleGan,
    painter="gan/inside.js",
    options=Inside,
    parts={
        "picture": Part(picture_view, options=Switches),
        # a map has a scale of its own, on which rounding shows where a channel is hardly active
        "channels": Part(channels_view, options=Layer, heavy=True, ambiguous=("maps",)),
    },
    trace=Part(trace_view, options=Seed),
)
