"""A hybrid: convolutions below, which know that near pixels belong together, and a transformer above, which sees all.

Xiao et al., "Early Convolutions Help Transformers See Better", 2021 (arXiv 2106.14881), in place of the cut into
patches; with residual blocks between, as CoAtNet stacks convolution and attention (Dai et al., 2021, arXiv 2106.04803).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.vision.convolution import MatrixConv2d
from playground.labs.vision.resnet import Basic
from playground.labs.vision.vit import VisionTransformer
from playground.layout import channels_last

STRIDE = 4
"""How many pixels of a side one token stands for."""


class Stem(nn.Module):
    """Two convolutions that each halve the picture, residual blocks between them, and a token at each place."""

    def __init__(self, *, channels: int, stem_width: int, stem_depth: int, width: int) -> None:
        """Blocks have `stem_width` channels, tokens `width` numbers."""
        super().__init__()
        self.conv1 = nn.Conv2d(channels, stem_width, 3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(stem_width)
        self.blocks = nn.Sequential(
            *[Basic(inputs=stem_width, width=stem_width, stride=1) for _ in range(stem_depth)],
            MatrixConv2d(inputs=stem_width, outputs=width, stride=2),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )
        self.project = nn.Conv2d(width, width, 1)
        channels_last(self)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) to (B, width, H / 4, W / 4)."""
        x = F.relu(self.norm1(self.conv1(images)))  # (B, stem_width, H / 2, W / 2)
        return self.project(self.blocks(x))  # (B, width, H / 4, W / 4)


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
