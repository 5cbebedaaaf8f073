"""The Vision Transformer, pre-norm, with a class token.

Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020 (arXiv 2010.11929), equations 1 to 4; layer scale from Touvron
et al., "Going deeper with Image Transformers", 2021 (arXiv 2103.17239), as DINOv2 uses it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.vision.classifier import Classifier


class Attend(nn.Module):
    """Scaled dot-product attention, softmax(q k^T / sqrt(d)) v; a module, so that a view can read q and k."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Mixes the values: q, k, v and the result are (B, heads, T, d)."""
        return F.scaled_dot_product_attention(q, k, v)


class Attention(nn.Module):
    """Multi-head self-attention (Vaswani et al., 2017, section 3.2.2)."""

    def __init__(self, *, width: int, heads: int) -> None:
        """`width` must be a multiple of `heads`."""
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide a width of {width}")
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.attend = Attend()
        self.project = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (B, T, width) to tokens of the same shape."""
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)  # (B, T, 3, heads, d)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # 3 x (B, heads, T, d)
        mixed = self.attend(q, k, v)  # (B, heads, T, d)
        return self.project(mixed.transpose(1, 2).reshape(batch, tokens, width))  # (B, T, width)


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x)) (equations 2 and 3)."""

    def __init__(self, *, width: int, heads: int, mlp_ratio: float, layer_scale: bool) -> None:
        """With `layer_scale` each branch is multiplied by a learned vector that starts near zero."""
        super().__init__()
        hidden = int(width * mlp_ratio)
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attention = Attention(width=width, heads=heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.scale1 = nn.Parameter(torch.full((width,), 1e-5)) if layer_scale else None
        self.scale2 = nn.Parameter(torch.full((width,), 1e-5)) if layer_scale else None

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (B, T, width) to tokens of the same shape."""
        branch = self.attention(self.norm1(x))
        x = x + (branch if self.scale1 is None else branch * self.scale1)
        branch = self.mlp(self.norm2(x))
        return x + (branch if self.scale2 is None else branch * self.scale2)


class VisionTransformer(Classifier):
    """Patches as tokens, transformer blocks, and a linear head on the class token or the mean of the patches.

    The mean of the patches learns faster on few images (Beyer et al., "Better plain ViT baselines for ImageNet-1k",
    2022, arXiv 2205.01580); then there is no class token.

    Attributes:
        num_features: How many numbers `features` gives for an image.
    """

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
    ) -> None:
        """The image's side must be a multiple of the patch's; `classes` of 0 leaves out the head."""
        super().__init__()
        if image_size % patch_size:
            raise ValueError(f"patches of {patch_size} pixels do not tile a picture of {image_size}")
        self.num_features = width
        self.image_size, self.patch_size, self.grid = image_size, patch_size, image_size // patch_size
        self.patches: nn.Module = nn.Conv2d(channels, width, kernel_size=patch_size, stride=patch_size)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width)) if class_token else None
        self.positions = nn.Parameter(torch.zeros(1, int(class_token) + self.grid**2, width))
        self.blocks = nn.Sequential(
            *[Block(width=width, heads=heads, mlp_ratio=mlp_ratio, layer_scale=layer_scale) for _ in range(depth)]
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes) if classes else nn.Identity()
        self._initialize()

    def _initialize(self) -> None:
        """Truncated normals of 0.02, zero biases, and a head of zeros: uniform predictions at first."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)
        nn.init.trunc_normal_(self.positions, std=0.02)
        if self.class_token is not None:
            nn.init.normal_(self.class_token, std=1e-6)
        if isinstance(self.head, nn.Linear):
            nn.init.zeros_(self.head.weight)

    def embed(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) to tokens (B, T, width): the class token, if there is one, then the patches (eq. 1).

        Images of another size than `image_size`, such as small crops, get positions between the learned ones.
        """
        patches = self.patches(images)  # (B, width, rows, columns)
        positions = self.positions_at(*patches.shape[2:])  # (1, T, width)
        x = patches.flatten(2).transpose(1, 2)  # (B, patches, width)
        if self.class_token is not None:
            x = torch.cat([self.class_token.expand(len(x), -1, -1), x], dim=1)  # (B, 1 + patches, width)
        return x + positions

    def positions_at(self, rows: int, columns: int) -> Tensor:
        """The positions (1, T, width) for a grid of patches, bicubic between the learned ones where it is another.

        As DINO does it for its small crops (Caron et al., 2021, arXiv 2104.14294).
        """
        if rows == columns == self.grid:
            return self.positions
        classes = self.positions.shape[1] - self.grid**2  # 1 with a class token, else 0
        first, rest = self.positions[:, :classes], self.positions[:, classes:]
        table = rest.transpose(1, 2).unflatten(2, (self.grid, self.grid))  # (1, width, grid, grid)
        table = F.interpolate(table, size=(rows, columns), mode="bicubic", align_corners=False)
        return torch.cat([first, table.flatten(2).transpose(1, 2)], dim=1)

    def features(self, images: Tensor) -> Tensor:
        """What the head sees: images (B, C, H, W), normalized as in training, to (B, num_features)."""
        x = self.norm(self.blocks(self.embed(images)))  # (B, T, width)
        return x.mean(dim=1) if self.class_token is None else x[:, 0]  # (B, width)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to logits (B, classes) (equation 4)."""
        return self.head(self.features(images))  # (B, classes)
