"""The MLP-Mixer: perceptrons across patches, and perceptrons across features, in turn.

Tolstikhin et al., "MLP-Mixer: An all-MLP Architecture for Vision", 2021 (arXiv 2105.01601), equation 1.
"""

from __future__ import annotations

from torch import Tensor, nn

from playground.inner import Inner, chained
from playground.labs.vision.classifier import Classifier
from playground.layout import channels_last


def mlp(width: int, hidden: int) -> nn.Sequential:
    """Two layers with a GELU between them; `width` numbers come in and go out."""
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))


class Mix(nn.Module):
    """x + across patches, then x + across features, each of a norm of x."""

    def __init__(
        self, *, patches: int, width: int, token_hidden: int, channel_hidden: int, token_mixing: bool = True
    ) -> None:
        """For `patches` of `width` features; without `token_mixing` patches do not meet."""
        super().__init__()
        self.token_mixing = token_mixing
        if token_mixing:
            self.norm1 = nn.LayerNorm(width, eps=1e-6)
            self.tokens = mlp(patches, token_hidden)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.channels = mlp(width, channel_hidden)

    def forward(self, x: Tensor) -> Tensor:
        """Patches (B, T, width) to the same shape."""
        if self.token_mixing:
            x = x + self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)  # (B, T, width)
        return x + self.channels(self.norm2(x))

    def inner(self) -> list[Inner]:
        """The hidden units of its perceptrons."""
        return [*(chained(self, "tokens") if self.token_mixing else []), *chained(self, "channels")]


class MlpMixer(Classifier):
    """Patches, `depth` blocks, the mean, and a linear head; what is learned of a patch depends on its place."""

    def __init__(
        self,
        *,
        image_size: int = 28,
        patch_size: int = 4,
        channels: int = 1,
        classes: int = 10,
        width: int = 64,
        depth: int = 4,
        token_mixing: bool = True,
        token_ratio: float = 0.5,
        channel_ratio: float = 4.0,
    ) -> None:
        """The image's side must be a multiple of the patch's; `classes` of 0 leaves out the head.

        Hidden layers are `token_ratio` and `channel_ratio` widths wide; without `token_mixing`, those across patches
        are left out.
        """
        super().__init__()
        if image_size % patch_size:
            raise ValueError(f"patches of {patch_size} pixels do not tile a picture of {image_size}")
        self.patches = nn.Conv2d(channels, width, kernel_size=patch_size, stride=patch_size)
        sizes = {"token_hidden": int(width * token_ratio), "channel_hidden": int(width * channel_ratio)}
        places = (image_size // patch_size) ** 2
        self.blocks = nn.Sequential(
            *[Mix(patches=places, width=width, token_mixing=token_mixing, **sizes) for _ in range(depth)]
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.add_head(width, classes)
        channels_last(self)

    def features(self, images: Tensor) -> Tensor:
        """What the head sees: images (B, C, H, W), normalized as in training, to (B, num_features)."""
        x = self.patches(images).flatten(2).transpose(1, 2)  # (B, T, width)
        return self.norm(self.blocks(x)).mean(dim=1)  # (B, width)
