"""Generator and discriminator that grow: from images of 4 pixels a side to 8, 16 and so on.

Karras et al., "Progressive Growing of GANs for Improved Quality, Stability, and Variation", 2017 (arXiv 1710.10196):
figure 1 and section 2 for growth, figure 2 for fading in, section 4 for the normalizations, table 2 for the layers.
Large structure is learned first, by small networks, and detail is then added to it. Three things differ: a class is
told by projection, a hyperbolic tangent keeps images in [-1, 1], and the channels are fewer.

Images always come and go at the full side, whatever the side that the networks have grown to. The generator repeats its
pixels, and the discriminator averages those that it is given, so that all that looks at a GAN works at every stage. For
a penalty on its gradient the discriminator is a function of the full image too: the same gamma then weighs native
pixels by the square of their share of the full side, as is usual when gamma is chosen for a size.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from playground.labs.gan.conditional import Gan, LatentGenerator, ProjectionDiscriminator
from playground.labs.gan.dcgan import ChannelsLast
from playground.labs.gan.equalized import RECTIFIED, SLOPE, EqualizedConv2d, EqualizedLinear, PixelNorm
from playground.labs.gan.minibatch import MinibatchDeviation
from playground.labs.gan.pyramid import Pyramid, enlarged, faded, reduced
from playground.labs.gan.resolutions import channels_at, sides


class GrowingLayers(Pyramid):
    """The generator's: codes through features of ever larger sides to colors."""

    def __init__(self, *, code: int, image_size: int, channels: int, width: int) -> None:
        """`code` is the length of the codes."""
        super().__init__(image_size=image_size, channels=channels, width=width)
        side = self.sides[0]
        start = channels_at(side, width)
        self.first = nn.Sequential(
            PixelNorm(),  # codes lie on a sphere
            EqualizedLinear(code, start * side**2, gain=RECTIFIED),  # (B, start * side^2)
            nn.Unflatten(1, (start, side, side)),  # (B, start, side, side)
            ChannelsLast(),
            nn.LeakyReLU(SLOPE),
            PixelNorm(),
            *_normalized(start, start),
        )

    def block(self, below: int, side: int) -> nn.Sequential:
        """Features of side `below` to those of `side`."""
        before, after = channels_at(below, self.width), channels_at(side, self.width)
        return nn.Sequential(
            nn.Upsample(scale_factor=2),  # (B, before, side, side)
            *_normalized(before, after),  # (B, after, side, side)
            *_normalized(after, after),
        )

    def end(self, side: int) -> nn.Sequential:
        """Features to colors, "toRGB"."""
        return nn.Sequential(EqualizedConv2d(channels_at(side, self.width), self.channels, 1), nn.Tanh())

    def forward(self, codes: Tensor) -> Tensor:
        """(B, code) to images (B, C, H, W) in [-1, 1], at the full side."""
        x = self.first(codes)  # (B, start, side, side)
        features = [x]
        for block in self.blocks.values():
            features.append(block(features[-1]))  # (B, channels, 2 side, 2 side)
        images = self.ends[str(self.side)](features[-1])  # (B, C, side, side)
        if self.below is not None:
            smaller = self.ends[str(self.below)](features[-2])  # (B, C, side / 2, side / 2)
            images = faded(enlarged(smaller, self.side), images, self.alpha)
        return enlarged(images, self.sides[-1])  # (B, C, H, W)


class GrowingFeatures(Pyramid):
    """The discriminator's: colors through features of ever smaller sides to one vector an image."""

    def __init__(self, *, image_size: int, channels: int, width: int) -> None:
        """The vector has as many numbers as there are channels at the smallest side, and length about 1.

        So a layer of N(0, 1) weights after it has an equalized learning rate too.
        """
        super().__init__(image_size=image_size, channels=channels, width=width)
        side = self.sides[0]
        start = channels_at(side, width)
        self.scale = start**-0.5
        self.last = nn.Sequential(
            MinibatchDeviation(),  # (B, start + 1, side, side)
            EqualizedConv2d(start + 1, start, 3, gain=RECTIFIED),  # (B, start, side, side)
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),  # (B, start * side^2)
            EqualizedLinear(start * side**2, start, gain=RECTIFIED),  # (B, start)
            nn.LeakyReLU(SLOPE),
        )

    def block(self, below: int, side: int) -> nn.Sequential:
        """Features of `side` to those of the side `below`."""
        before, after = channels_at(side, self.width), channels_at(below, self.width)
        return nn.Sequential(
            *_rectified(before, before, 3),
            *_rectified(before, after, 3),  # (B, after, side, side)
            nn.AvgPool2d(2),  # (B, after, side / 2, side / 2)
        )

    def end(self, side: int) -> nn.Sequential:
        """Colors to features, "fromRGB"."""
        return nn.Sequential(ChannelsLast(), *_rectified(self.channels, channels_at(side, self.width), 1))

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] at the full side to features (B, start)."""
        x = self.ends[str(self.side)](reduced(images, self.side))  # (B, channels, side, side)
        for side, below in pairwise(reversed(self.sides[: len(self.blocks) + 1])):
            x = self.blocks[str(side)](x)  # (B, channels, side / 2, side / 2)
            if side == self.side:
                x = faded(self.ends[str(below)](reduced(images, below)), x, self.alpha)
        return self.last(x) * self.scale  # (B, start)


class GrowingGenerator(LatentGenerator):
    """Codes to images of the full side, as fine as the generator has grown."""

    layers: GrowingLayers

    def __init__(self, *, image_size: int, channels: int, choices: Sequence[int], latent: int, width: int) -> None:
        """`width` is the number of channels up to 16 pixels."""
        super().__init__(latent=latent, choices=choices)
        self.layers = GrowingLayers(code=self.code, image_size=image_size, channels=channels, width=width)


class GrowingDiscriminator(ProjectionDiscriminator):
    """Images of the full side to logits; it sees no more of them than the side that it has grown to."""

    features: GrowingFeatures

    def __init__(self, *, image_size: int, channels: int, choices: Sequence[int], width: int) -> None:
        """`width` is the number of channels up to 16 pixels, and of the features."""
        super().__init__(width=channels_at(sides(image_size)[0], width), choices=choices)
        self.features = GrowingFeatures(image_size=image_size, channels=channels, width=width)
        nn.init.normal_(self.real.weight)
        if self.embedding is not None:
            nn.init.normal_(self.embedding.weight, std=len(choices) ** -0.5)


class GrowingGan(Gan):
    """A generator and a discriminator that grow together."""

    generator: GrowingGenerator
    discriminator: GrowingDiscriminator

    def __init__(self, *, generator: GrowingGenerator, discriminator: GrowingDiscriminator) -> None:
        """Takes both at the smallest side."""
        super().__init__(generator=generator, discriminator=discriminator)

    @property
    def sides(self) -> list[int]:
        """All sides from the smallest to the full one."""
        return self.generator.layers.sides

    @property
    def side(self) -> int:
        """The one that both have grown to."""
        return self.generator.layers.side

    @property
    def stage(self) -> int:
        """How often they have grown."""
        return self.sides.index(self.side)

    @property
    def alpha(self) -> Tensor:
        """The weight of the newest blocks, a scalar."""
        return self.generator.layers.alpha

    def grow(self) -> None:
        """Both get a block for twice the side, at alpha 0."""
        self.generator.layers.grow()
        self.discriminator.features.grow()

    def fade(self, alpha: float) -> None:
        """Sets the weight of the newest blocks."""
        self.generator.layers.alpha.fill_(alpha)
        self.discriminator.features.alpha.fill_(alpha)

    def seen(self, images: Tensor) -> Tensor:
        """Real images (B, C, H, W) as they are at this side, enlarged: while it fades in, blended as generated ones.

        Figure 2: "During a resolution transition, we interpolate between two resolutions of the real images".
        """
        fine = enlarged(reduced(images, self.side), self.sides[-1])
        if not self.stage:
            return fine
        return faded(enlarged(reduced(images, self.sides[self.stage - 1]), self.sides[-1]), fine, self.alpha)


def _rectified(inputs: int, outputs: int, kernel: int) -> list[nn.Module]:
    return [EqualizedConv2d(inputs, outputs, kernel, gain=RECTIFIED), nn.LeakyReLU(SLOPE)]


def _normalized(inputs: int, outputs: int) -> list[nn.Module]:
    return [*_rectified(inputs, outputs, 3), PixelNorm()]
