"""A hybrid: convolutions below, which know that near pixels belong together, and a transformer above, which sees all.

Xiao et al., "Early Convolutions Help Transformers See Better", 2021 (arXiv 2106.14881), in place of the cut into
patches. The convolutions are a residual network of their own, as CoAtNet stacks convolution and attention (Dai et al.,
2021, arXiv 2106.04803).
"""

from __future__ import annotations

from torch import Tensor, nn

from playground.labs.vision.resnet9 import ResNet9
from playground.labs.vision.vit import VisionTransformer
from playground.layout import channels_last

STRIDE = 4
"""How many pixels of a side one token stands for: the stem has two stages, and each halves the picture."""


class Stem(nn.Module):
    """A residual network of two stages, whose features become a token at each place."""

    def __init__(self, *, channels: int, stem_width: int, stem_depth: int, width: int) -> None:
        """The stages have `stem_width` channels and twice as many, tokens `width` numbers."""
        super().__init__()
        widths = (stem_width, 2 * stem_width)
        self.convolutions = ResNet9(channels=channels, classes=0, widths=widths, depth=stem_depth)
        self.project = nn.Conv2d(self.convolutions.num_features, width, 1)
        channels_last(self)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) to (B, width, H / 4, W / 4)."""
        return self.project(self.convolutions.maps(images))


class Hybrid(VisionTransformer):
    """A Vision Transformer whose tokens come from a small convolutional network; the mean of them is classified."""

    def __init__(
        self,
        *,
        image_size: int = 28,
        channels: int = 1,
        classes: int = 10,
        stem_width: int = 32,
        stem_depth: int = 1,
        width: int = 64,
        depth: int = 3,
        heads: int = 4,
        mlp_ratio: float = 2.0,
    ) -> None:
        """The image's side must be a multiple of 4; `classes` of 0 leaves out the head."""
        super().__init__(
            image_size=image_size,
            patch_size=STRIDE,
            channels=channels,
            classes=classes,
            width=width,
            depth=depth,
            heads=heads,
            mlp_ratio=mlp_ratio,
            class_token=False,
        )
        self.patches = Stem(channels=channels, stem_width=stem_width, stem_depth=stem_depth, width=width)
