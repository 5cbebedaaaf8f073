"""StyleGAN2, small enough for a processor: mapping network, synthesis network modulated by styles, and discriminator.

Karras, Laine & Aila, "A Style-Based Generator Architecture for Generative Adversarial Networks", 2018 (arXiv
1812.04948): the mapping network, noise, style mixing, truncation. Karras et al., "Analyzing and Improving the Image
Quality of StyleGAN", 2019 (arXiv 1912.04958): modulated convolutions, summed outputs of all resolutions, residual
discriminator. Karras et al., "Training Generative Adversarial Networks with Limited Data", 2020 (arXiv 2006.06676),
appendix C: two mapping layers suffice for small images.

Notation: z: noise; w: latent code, (B, latent); ws: one w a layer, (B, layers, latent).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Generator, Tensor, nn

from playground.labs.gan.conditional import Gan, LatentGenerator, ProjectionDiscriminator
from playground.labs.gan.dcgan import ChannelsLast
from playground.labs.gan.equalized import EqualizedConv2d, EqualizedEmbedding, EqualizedLinear, PixelNorm
from playground.labs.gan.minibatch import MinibatchDeviation
from playground.labs.gan.modulation import Activation, Blur, StyledConv, ToRgb, upsampled
from playground.labs.gan.resolutions import channels_at, sides
from playground.precision import full_precision

MAPPING_RATE = 0.01
"""How fast the mapping network learns, as a part of the learning rate (2018, appendix C)."""
AVERAGE_DECAY = 0.995
"""How much of the average of w stays when it takes in a batch."""


def mixed(first: Tensor, second: Tensor, crossover: Tensor) -> Tensor:
    """Style mixing (2018, section 3.1): layers before the crossover take one code, the others another.

    Args:
        first: Codes ws (B, layers, latent) of the coarse layers.
        second: Those of the fine ones.
        crossover: (B,), how many layers take the first.

    Returns:
        (B, layers, latent).
    """
    coarse = torch.arange(first.shape[1], device=first.device) < crossover[:, None]  # (B, layers)
    return torch.where(coarse[:, :, None], first, second)


def summed(contributions: Sequence[Tensor]) -> Tensor:
    """What resolutions add (B, C, S, S), from the smallest, as one image of the last one's side (2019, figure 7 b)."""
    image, *others = contributions
    for other in others:
        image = upsampled(image) + other
    return image


class SynthesisNetwork(nn.Module):
    """A learned constant through styled convolutions, two a resolution; each resolution adds its part to the image.

    Attributes:
        sides: The sides of the resolutions, from the smallest.
        layers: How many codes it takes. Convolution i takes number i; the output of resolution r takes number
            2 r + 1, as does the first convolution of the next one.
        widths: How many channels come out of each convolution.
    """

    def __init__(self, *, image_size: int, channels: int, latent: int, width: int) -> None:
        """`latent` is the width of w, `width` the number of channels at the smallest sides."""
        super().__init__()
        self.sides = sides(image_size)
        self.layers = 2 * len(self.sides)
        sizes = [channels_at(side, width) for side in self.sides]
        self.constant = nn.Parameter(torch.randn(1, sizes[0], self.sides[0], self.sides[0]))
        convolutions = [StyledConv(sizes[0], sizes[0], latent=latent, side=self.sides[0], number=0)]
        for stage, (before, after) in enumerate(pairwise(sizes), start=1):
            at, side = 2 * stage - 1, self.sides[stage]
            convolutions += [
                StyledConv(before, after, latent=latent, side=side, number=at, upsample=True),
                StyledConv(after, after, latent=latent, side=side, number=at + 1),
            ]
        self.convolutions = nn.ModuleList(convolutions)
        self.widths = [len(layer.bias) for layer in convolutions]
        self.to_rgb = nn.ModuleList(ToRgb(size, channels, latent=latent) for size in sizes)

    def fixed_noise(self) -> list[Tensor]:
        """The noise of every convolution that snapshots are shown with, (1, 1, S, S) each."""
        return [layer.noise for layer in self._convolutions()]

    def fresh_noise(self, count: int, rng: Generator) -> list[Tensor]:
        """New noise of every convolution for `count` images, (count, 1, S, S) each."""
        return [torch.randn(count, *noise.shape[1:], generator=rng, device=rng.device) for noise in self.fixed_noise()]

    def no_noise(self) -> list[Tensor]:
        """Zero for every convolution."""
        return [noise.new_zeros(()) for noise in self.fixed_noise()]

    def forward(
        self, ws: Tensor, noise: Sequence[Tensor] | None = None, kept: Sequence[Tensor] | None = None
    ) -> Tensor:
        """Codes (B, layers, latent) to images (B, C, H, W), about in [-1, 1] and not cut off.

        `noise` holds one tensor a convolution, see `fixed_noise`, which is used where none is given; `kept` switches
        channels off, see `features`.
        """
        return summed(self.contributions(ws, noise, kept))

    def contributions(
        self, ws: Tensor, noise: Sequence[Tensor] | None = None, kept: Sequence[Tensor] | None = None
    ) -> list[Tensor]:
        """What each resolution adds to the image, (B, C, S, S) each; the image is what they are `summed` to."""
        return self.added(self.features(ws, noise, kept), ws)

    def features(
        self, ws: Tensor, noise: Sequence[Tensor] | None = None, kept: Sequence[Tensor] | None = None
    ) -> Iterator[Tensor]:
        """What comes out of each convolution, (B, width, S, S), one after the other.

        `kept` holds what the channels of each of them are multiplied by, (B or 1, width): 0 switches one off.
        """
        x = self.constant.expand(len(ws), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        noises = self.fixed_noise() if noise is None else noise
        for number, (layer, at) in enumerate(zip(self._convolutions(), noises, strict=True)):
            x = layer(x, ws[:, number], at)  # (B, width, S, S)
            if kept is not None:
                x = x * kept[number][:, :, None, None]
            yield x

    def added(self, features: Iterable[Tensor], ws: Tensor) -> list[Tensor]:
        """What each resolution makes of its last `features` and adds to the image, (B, C, S, S) each."""
        return [self.to_rgb[n // 2](x, ws[:, n + 1]) for n, x in enumerate(features) if n % 2 == 0]

    def _convolutions(self) -> list[StyledConv]:
        return [layer for layer in self.convolutions if isinstance(layer, StyledConv)]


class StyleGenerator(LatentGenerator):
    """Noise z to a code w, and w, given to every layer, to an image."""

    w_average: Tensor
    """The running average of w (latent,), which truncation pulls codes to."""

    def __init__(
        self, *, image_size: int, channels: int, choices: Sequence[int], latent: int, width: int, depth: int = 2
    ) -> None:
        """`latent` is the width of z and of w, `width` the number of channels, `depth` that of the mapping network."""
        super().__init__(latent=latent, choices=choices, embedding_dim=latent)
        layers: list[nn.Module] = []
        for number in range(depth):
            layers += [EqualizedLinear(self.code if number == 0 else latent, latent, rate=MAPPING_RATE), Activation()]
        self.normalize, self.layers = PixelNorm(), nn.Sequential(*layers)
        self.synthesis = SynthesisNetwork(image_size=image_size, channels=channels, latent=latent, width=width)
        self.register_buffer("w_average", torch.zeros(latent))

    def mapping(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Noise (B, latent), and labels (B, K) if conditional, to codes w (B, latent), float32 at least."""
        return full_precision(self.layers)(self.normalize(self.embedded(z, labels)))

    def broadcast(self, w: Tensor) -> Tensor:
        """One code w (B, latent) for all layers, ws (B, layers, latent)."""
        return w[:, None].expand(-1, self.synthesis.layers, -1)

    def truncated(self, w: Tensor, psi: float) -> Tensor:
        """Codes (..., latent) nearer to their average: w_average + psi (w - w_average) (2018, appendix B)."""
        return self.w_average + psi * (w - self.w_average)

    @torch.no_grad()
    def track(self, w: Tensor) -> None:
        """Takes codes w (B, latent) of a batch into their running average."""
        self.w_average.lerp_(w.mean(dim=0).to(self.w_average.dtype), 1 - AVERAGE_DECAY)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Noise (B, latent) and labels (B, K) to images (B, C, H, W) in [-1, 1], with the fixed noise."""
        return self.synthesis(self.broadcast(self.mapping(z, labels))).clamp(-1, 1)


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut, all blurred before they halve the side (2019, section 4.1)."""

    def __init__(self, before: int, after: int) -> None:
        """Channels of what comes in and of what goes out."""
        super().__init__()
        self.shortcut = nn.Sequential(Blur(padding=1), EqualizedConv2d(before, after, 1, stride=2, bias=False))
        self.layers = nn.Sequential(
            EqualizedConv2d(before, before, 3),
            Activation(),
            Blur(padding=2),  # (B, before, H + 1, W + 1)
            EqualizedConv2d(before, after, 3, stride=2),  # (B, after, H / 2, W / 2)
            Activation(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) to (B, after, H / 2, W / 2)."""
        return (self.layers(x) + self.shortcut(x)) * 0.5**0.5


class StyleDiscriminator(ProjectionDiscriminator):
    """Images to features through residual blocks, with the minibatch deviation before the last layers."""

    def __init__(self, *, image_size: int, channels: int, choices: Sequence[int], width: int) -> None:
        """`width` is the number of channels at the smallest sides, and of features."""
        small, *larger = sides(image_size)
        last, *sizes = [channels_at(side, width) for side in (small, *larger)]
        super().__init__(width=last, choices=choices)
        self.real = EqualizedLinear(last, 1, bias=False)
        if choices:
            self.embedding = EqualizedEmbedding(choices, last)
        sizes = [*reversed(sizes), last]
        self.features = nn.Sequential(
            ChannelsLast(),
            EqualizedConv2d(channels, sizes[0], 1),  # (B, sizes[0], H, W)
            Activation(),
            *[ResidualBlock(before, after) for before, after in pairwise(sizes)],  # (B, last, small, small)
            MinibatchDeviation(),  # (B, last + 1, small, small)
            EqualizedConv2d(last + 1, last, 3),
            Activation(),
            nn.Flatten(),  # (B, last * small^2)
            EqualizedLinear(last * small**2, last),
            Activation(),
        )


class StyleGan(Gan):
    """StyleGAN2's two networks; what looks into latent codes asks for it."""

    generator: StyleGenerator
    discriminator: StyleDiscriminator
