"""The Vision Transformer, pre-norm, with the parts that later ones added.

Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020 (arXiv 2010.11929), equations 1 to 4; layer scale from Touvron
et al., "Going deeper with Image Transformers", 2021 (arXiv 2103.17239); registers from Darcet et al., "Vision
Transformers Need Registers", 2023 (arXiv 2309.16588), section 2.2.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.inner import Inner, chained
from playground.labs.vision.classifier import Classifier
from playground.labs.waves import angles, sinusoids, turned
from playground.precision import scaled_dot_product_attention

Positions = Literal["learned", "sin-cos", "rotary", "none"]
"""What tells where a patch lies: a learned vector or one of waves, added; a turn of its queries and keys; nothing."""


class Attend(nn.Module):
    """Scaled dot-product attention, softmax(q k^T / sqrt(d)) v; a module, so that a view can read q and k."""

    def __init__(self, *, causal: bool = False) -> None:
        """A `causal` one lets each token see itself and those before it."""
        super().__init__()
        self.causal = causal

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Mixes the values: q, k, v and the result are (B, heads, T, d)."""
        return scaled_dot_product_attention(q, k, v, is_causal=self.causal)


class Attention(nn.Module):
    """Multi-head self-attention (Vaswani et al., 2017, section 3.2.2)."""

    def __init__(self, *, width: int, heads: int, causal: bool = False) -> None:
        """`width` must be a multiple of `heads`; `causal` is of `Attend`."""
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide a width of {width}")
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.attend = Attend(causal=causal)
        self.project = nn.Linear(width, width)

    def split(self, x: Tensor, turns: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens (B, T, width) to queries, keys and values, each (B, heads, T, d); `turns` are rotary positions."""
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)  # (B, T, 3, heads, d)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # 3 x (B, heads, T, d)
        return (q, k, v) if turns is None else (turned(q, turns), turned(k, turns), v)

    def join(self, mixed: Tensor) -> Tensor:
        """What the heads give, (B, heads, T, d), to tokens (B, T, width)."""
        return self.project(mixed.transpose(1, 2).flatten(2))

    def forward(self, x: Tensor, turns: Tensor | None = None) -> Tensor:
        """Tokens (B, T, width) to tokens of the same shape."""
        return self.join(self.attend(*self.split(x, turns)))


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x)) (equations 2 and 3)."""

    def __init__(
        self, *, width: int, heads: int, mlp_ratio: float, layer_scale: bool = False, causal: bool = False
    ) -> None:
        """With `layer_scale` each branch is multiplied by a learned vector that starts near zero.

        `causal` is of `Attend`.
        """
        super().__init__()
        hidden = int(width * mlp_ratio)
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attention = Attention(width=width, heads=heads, causal=causal)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.scale1 = nn.Parameter(torch.full((width,), 1e-5)) if layer_scale else None
        self.scale2 = nn.Parameter(torch.full((width,), 1e-5)) if layer_scale else None

    def forward(self, x: Tensor, turns: Tensor | None = None) -> Tensor:
        """Tokens (B, T, width) to tokens of the same shape; `turns` are rotary positions."""
        return self.within_tokens(self.with_attention(x, self.attention(self.norm1(x), turns)))

    def with_attention(self, x: Tensor, branch: Tensor) -> Tensor:
        """Adds what attention gives to the tokens; both (B, T, width)."""
        return x + (branch if self.scale1 is None else branch * self.scale1)

    def within_tokens(self, x: Tensor) -> Tensor:
        """The second half: each of the tokens (B, T, width) by itself."""
        branch = self.mlp(self.norm2(x))
        return x + (branch if self.scale2 is None else branch * self.scale2)

    def inner(self) -> list[Inner]:
        """The hidden units of the perceptron."""
        return chained(self, "mlp")


class VisionTransformer(Classifier):
    """Patches as tokens, transformer blocks, and a linear head on the class token or the mean of the patches.

    The mean of the patches learns faster on few images (Beyer et al., "Better plain ViT baselines for ImageNet-1k",
    2022, arXiv 2205.01580); then there is no class token.

    Attributes:
        num_features: How many numbers `features` gives for an image.
        prefix: How many tokens come before the patches: the class token, if there is one, then the registers.
        positions: Codes (1, located + patches, width) that are added: learned, or waves; None where none are.
        located: How many tokens of the prefix, all or none, have a code too.
        classified: Which tokens the head reads, or the mean of.
    """

    positions: Tensor | None
    classified: slice

    def __init__(
        self,
        *,
        image_size: int = 28,
        patch_size: int = 4,
        channels: int = 1,
        classes: int = 10,
        width: int = 64,
        depth: int = 4,
        heads: int = 4,
        mlp_ratio: float = 4.0,
        layer_scale: bool = False,
        class_token: bool = True,
        registers: int = 0,
        positions: Positions = "learned",
        prefix_located: bool = True,
    ) -> None:
        """For square images of `image_size` pixels, a multiple of `patch_size`.

        Args:
            image_size: Side of an image.
            patch_size: Side of a patch.
            channels: Of the images.
            classes: 0 leaves out the head.
            width: Features of a token: a multiple of `heads`, for waves of 4, for rotary positions of 4 a head.
            depth: Number of blocks.
            heads: Of each block.
            mlp_ratio: Hidden features of an MLP, in widths.
            layer_scale: Whether each branch is multiplied by a learned vector.
            class_token: Whether there is one.
            registers: Tokens that stand for no patch, in which the network can keep what it wants.
            positions: How a patch knows where it lies.
            prefix_located: Whether learned positions have codes for the tokens before the patches too.
        """
        super().__init__()
        if image_size % patch_size:
            raise ValueError(f"patches of {patch_size} pixels do not tile a picture of {image_size}")
        self.num_features = width
        self.image_size, self.patch_size, self.grid = image_size, patch_size, image_size // patch_size
        self.patches: nn.Module = nn.Conv2d(channels, width, kernel_size=patch_size, stride=patch_size)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width)) if class_token else None
        self.registers = nn.Parameter(torch.zeros(1, registers, width)) if registers else None
        self.prefix = int(class_token) + registers
        self.classified = slice(0, 1) if class_token else slice(self.prefix, None)
        self.located = self.prefix if positions == "learned" and prefix_located else 0
        self.blocks: nn.Sequential = nn.Sequential(
            *[Block(width=width, heads=heads, mlp_ratio=mlp_ratio, layer_scale=layer_scale) for _ in range(depth)]
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes) if classes else nn.Identity()
        self.rotary = width // heads if positions == "rotary" else 0
        if self.rotary % 4 or positions == "sin-cos" and width % 4:
            raise ValueError(f"{positions} positions need a multiple of 4 features, not {self.rotary or width}")
        if positions == "learned":
            self.positions = nn.Parameter(torch.zeros(1, self.located + self.grid**2, width))
        else:
            self.register_buffer("positions", sinusoids(width, self.grid) if positions == "sin-cos" else None)
        self._initialize()

    def _initialize(self) -> None:
        """Truncated normals of 0.02, zero biases, and a head of zeros: uniform predictions at first."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        if isinstance(self.positions, nn.Parameter):
            nn.init.trunc_normal_(self.positions, std=0.02)
        for token in (self.class_token, self.registers):
            if token is not None:
                nn.init.normal_(token, std=1e-6)
        if isinstance(self.head, nn.Linear):
            nn.init.zeros_(self.head.weight)

    def embed(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) to tokens (B, T, width): those of the prefix, then the patches (equation 1).

        Images of another size than `image_size`, such as small crops, get positions between those there are.
        """
        patches = self.patches(images)  # (B, width, rows, columns)
        positions = self.positions_at(*patches.shape[2:])  # (1, located + patches, width), or None
        x = patches.flatten(2).transpose(1, 2)  # (B, patches, width)
        if positions is not None:
            x = x + positions[:, self.located :]
        if self.prefix:
            first = torch.cat([token for token in (self.class_token, self.registers) if token is not None], dim=1)
            if positions is not None and self.located:
                first = first + positions[:, : self.located]  # (1, prefix, width)
            x = torch.cat([first.expand(len(x), -1, -1), x], dim=1)  # (B, prefix + patches, width)
        return x

    def positions_at(self, rows: int, columns: int) -> Tensor | None:
        """The `positions` for a grid of patches, bicubic between those there are where it is another.

        As DINO does it for its small crops (Caron et al., 2021, arXiv 2104.14294).
        """
        if self.positions is None or rows == columns == self.grid:
            return self.positions
        first, rest = self.positions[:, : self.located], self.positions[:, self.located :]
        table = rest.transpose(1, 2).unflatten(2, (self.grid, self.grid))  # (1, width, grid, grid)
        table = F.interpolate(table, size=(rows, columns), mode="bicubic", align_corners=False)
        return torch.cat([first, table.flatten(2).transpose(1, 2)], dim=1)

    def tokens(self, images: Tensor) -> Tensor:
        """All tokens behind the last norm: images (B, C, H, W), normalized as in training, to (B, T, width)."""
        x = self.embed(images)
        turns = None
        if self.rotary:
            rows, columns = (side // self.patch_size for side in images.shape[2:])
            turns = angles(self.rotary, rows, columns).to(x.device)  # (patches, d / 2)
        for block in self.blocks:
            x = block(x, turns)
        return self.norm(x)

    def pooled(self, tokens: Tensor) -> Tensor:
        """What the head sees of the tokens (B, T, width): the class token, or the mean of the patches, (B, width)."""
        return tokens[:, self.prefix :].mean(dim=1) if self.class_token is None else tokens[:, 0]

    def features(self, images: Tensor) -> Tensor:
        """What the head sees: images (B, C, H, W), normalized as in training, to (B, num_features)."""
        return self.pooled(self.tokens(images))

    def read(self, tokens: Tensor) -> Tensor:
        """The logits (B, classes) that the tokens (B, T, width) behind the last norm stand for (equation 4)."""
        return self.head(self.pooled(tokens))

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to logits (B, classes)."""
        return self.read(self.tokens(images))
