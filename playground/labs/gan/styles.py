"""Style mixing: which layers of StyleGAN2 decide what, seen by giving some of them another picture's code.

Karras, Laine & Aila, "A Style-Based Generator Architecture for Generative Adversarial Networks", 2018 (arXiv
1812.04948): section 3.1 and figure 3 (style mixing), section 3.2 and figure 4 (noise), appendix B (truncation).

Notation: w: latent code; ws: one w a layer, (B, layers, latent). Layers are counted from 0 here, from 1 on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Generator, Tensor

from playground.data import ImageSpec, as_images
from playground.labs.gan.asked import Asked
from playground.labs.gan.layers import groups
from playground.labs.gan.samples import difference, of_all, seeds
from playground.labs.gan.stylegan import StyleGan, SynthesisNetwork, mixed
from playground.pictures import tiled
from playground.view import Answer, Options, Part, View, option

LAYERS = 14
"""Of the largest network that can be trained here, for images of 256 pixels."""
PSIS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.2)
"""What the strip of truncations shows."""
PAIRS = 8
"""Over so many pairs of seeds it is averaged what a layer changes."""


class Sources(Asked):
    """Two pictures, A and B, from which layers take their codes."""

    a: int = option(9, "The seed of picture A.", label="Picture A", ge=0, le=2**31 - 1, control="seed")
    b: int = option(28, "The seed of picture B.", label="Picture B", ge=0, le=2**31 - 1, control="seed")

    def codes(self, network: StyleGan) -> Tensor:
        """The codes of A and of B, ws (2, layers, latent)."""
        z = torch.cat([seeds(number, network.generator.latent, n=1) for number in (self.a, self.b)])
        return codes(network, z, self.asked(network))


class Range(Options):
    """Which layers take the code of B."""

    first: int = option(
        1,
        "The first layer that takes B's code; 1 is the coarsest.",
        label="B from layer",
        ge=1,
        le=LAYERS,
        step=1,
    )
    last: int = option(3, "The last layer that takes B's code.", label="B to layer", ge=0, le=LAYERS, step=1)

    def taken(self, layers: int) -> Tensor:
        """Whether each layer takes it, (layers,); none does where the last one comes before the first."""
        number = torch.arange(1, layers + 1)
        return (number >= self.first) & (number <= self.last)


class Truncation(Options):
    """How far codes go from their average."""

    psi: float = option(
        1.0,
        "Truncation: at 0 every picture is that of the average code, at 1 its own; in between, variety is given up for "
        "quality.",
        label="Truncation ψ",
        ge=0,
        le=1.2,
        step=0.05,
    )


class Noise(Options):
    """The noise that every convolution adds."""

    noise: Literal["fixed", "fresh", "off"] = option(
        "fixed",
        "The noise in every layer: always the same, drawn from a seed, or none.",
        label="Noise",
        names={"fixed": "fixed", "fresh": "from a seed", "off": "none"},
    )
    grain: int = option(
        0, "The seed that fresh noise is drawn from.", label="Noise seed", ge=0, le=2**31 - 1, control="seed"
    )

    def drawn(self, synthesis: SynthesisNetwork) -> list[Tensor]:
        """One tensor a convolution, the same for all images of a batch."""
        if self.noise == "fresh":
            return synthesis.fresh_noise(1, Generator().manual_seed(self.grain))
        return synthesis.no_noise() if self.noise == "off" else synthesis.fixed_noise()


class Strips(Noise, Truncation, Sources):
    """What the strips of mixtures depend on."""


class Mixture(Noise, Range, Sources):
    """What a mixture depends on, before its truncation."""

    def mixture(self, network: StyleGan) -> Tensor:
        """Its codes ws (1, layers, latent)."""
        a, b = self.codes(network)
        return swapped(a, b, self.taken(len(a)))[None]


class Styles(Noise, Truncation, Range, Sources):
    """All that can be set."""


class Mixed(Strips, Mixture):
    """What the large picture depends on."""


def codes(network: StyleGan, z: Tensor, asked: Tensor | None) -> Tensor:
    """Noise (N, latent), all asked for the same (1, K), to ws (N, layers, latent), one code for all layers."""
    generator = network.generator
    return generator.broadcast(generator.mapping(z, of_all(asked, len(z))))


def swapped(a: Tensor, b: Tensor, taken: Tensor) -> Tensor:
    """The codes `a` (..., layers, latent), those of `b` in the layers that are `taken` (..., layers)."""
    return torch.where(taken[..., None], b, a)


def crossovers(a: Tensor, b: Tensor) -> Tensor:
    """Mixtures at every crossover, from all layers of `a` (layers, latent) to none: (layers + 1, layers, latent)."""
    counts = torch.arange(len(a), -1, -1)
    return mixed(a.expand(len(counts), -1, -1), b.expand(len(counts), -1, -1), counts)


def one_layer_each(a: Tensor, b: Tensor) -> Tensor:
    """The codes `a` (..., layers, latent) with one layer after the other from `b`: (..., layers, layers, latent)."""
    layers = a.shape[-2]
    return swapped(a.unsqueeze(-3), b.unsqueeze(-3), torch.eye(layers, dtype=torch.bool))


def reached(sides: Sequence[int]) -> list[list[int]]:
    """The resolutions at which each layer's code is used: a convolution's, an output's, or both."""
    layers = range(2 * len(sides))
    return [[sides[i] for i in sorted({layer // 2, (layer + 1) // 2}) if i < len(sides)] for layer in layers]


def mixed_view(network: StyleGan, spec: ImageSpec, options: Mixed, inputs: Mapping[str, Any]) -> Answer:
    """The `picture` (C, H, W), uint8, of some layers from B and the others from A."""
    generator = network.generator
    ws = generator.truncated(options.mixture(network), options.psi)
    return Answer({"picture": as_images(generator.synthesis(ws, options.drawn(generator.synthesis)))[0]})


def strips_view(network: StyleGan, spec: ImageSpec, options: Strips, inputs: Mapping[str, Any]) -> Answer:
    """All crossovers from A to B, then A with each layer alone from B, side by side as a `jpeg`.

    In words how many `layers` there are, the `sides` that each of them reaches, and the `groups`: the first and the
    last layer of each, counted from 1.
    """
    generator = network.generator
    synthesis = generator.synthesis
    a, b = generator.truncated(options.codes(network), options.psi)
    ws = torch.cat([crossovers(a, b), one_layer_each(a, b)])  # (2 layers + 1, layers, latent)
    named = {name: [layers[0] + 1, layers[-1] + 1] for name, (layers, _) in groups(synthesis).items()}
    return Answer(
        {"jpeg": tiled(as_images(synthesis(ws, options.drawn(synthesis))), len(ws))},
        {"layers": synthesis.layers, "sides": reached(synthesis.sides), "groups": named},
    )


def truncation_view(network: StyleGan, spec: ImageSpec, options: Mixture, inputs: Mapping[str, Any]) -> Answer:
    """The mixture at each of `psis`, side by side as a `jpeg`."""
    generator = network.generator
    ws = options.mixture(network)
    ws = torch.cat([generator.truncated(ws, psi) for psi in PSIS])  # (psis, layers, latent)
    images = as_images(generator.synthesis(ws, options.drawn(generator.synthesis)))
    return Answer({"jpeg": tiled(images, len(images))}, {"psis": list(PSIS)})


def influence_view(network: StyleGan, spec: ImageSpec, options: Asked, inputs: Mapping[str, Any]) -> Answer:
    """How much each layer alone changes a picture, `values` (layers,): the mean over `pairs` of seeds, untruncated."""
    z = seeds(0, network.generator.latent, n=2 * PAIRS)
    a, b = codes(network, z, options.asked(network)).chunk(2)
    synthesis = network.generator.synthesis
    others = synthesis(one_layer_each(a, b).flatten(0, 1)).unflatten(0, (PAIRS, -1))  # (pairs, layers, C, H, W)
    return Answer({"values": difference(others, synthesis(a)[:, None]).mean(dim=0)}, {"pairs": PAIRS})


def trace_view(network: StyleGan, spec: ImageSpec, options: Strips, inputs: Mapping[str, Any]) -> Answer:
    """What the coarse, the middle and the fine layers of B change in A, as shares of the sum: `values`."""
    generator = network.generator
    synthesis = generator.synthesis
    named = {name: layers for name, (layers, _) in groups(synthesis).items() if name != "all"}
    a, b = generator.truncated(options.codes(network), options.psi)
    taken = torch.tensor([[layer in layers for layer in range(len(a))] for layers in named.values()])
    images = synthesis(torch.cat([a[None], swapped(a, b, taken)]), options.drawn(synthesis))
    values = difference(images[1:], images[:1])
    names = [name.capitalize() for name in named]
    return Answer({"values": values / values.sum().clamp(min=1e-12)}, {"names": names, "shares": True})


STYLES = View(
    name="styles",
    title="Styles",
    question="Which layer decides what?",
    about="Every layer of the generator takes a latent code, its style: here some take that of picture A, the others "
    "that of B.",
    needs=StyleGan,
    painter="gan/styles.js",
    options=Styles,
    parts={
        "mixed": Part(mixed_view, options=Mixed),
        "strips": Part(strips_view, options=Strips, heavy=True),
        "truncation": Part(truncation_view, options=Mixture, heavy=True),
        "influence": Part(influence_view, options=Asked, heavy=True),
    },
    trace=Part(trace_view, options=Strips),
)
