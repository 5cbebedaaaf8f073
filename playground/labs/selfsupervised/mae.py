"""The masked autoencoder: most patches of an image are hidden, and their pixels are to be guessed from the others.

He et al., "Masked Autoencoders Are Scalable Vision Learners", 2021 (arXiv 2111.06377), section 3. The encoder sees the
visible patches alone; a small decoder sees what became of them and, in the place of each hidden one, the same mask
token. Once the training is over, the encoder sees all patches.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Generator, Tensor, nn

from playground.data import Split, as_images, unit
from playground.labs.selfsupervised.pretrain import Pretrain
from playground.labs.selfsupervised.representation import BATCH, Encodes
from playground.labs.vision.vit import Block, VisionTransformer
from playground.labs.waves import sinusoids
from playground.media import Sheet
from playground.objective import Batch, Moment, Terms
from playground.optim import hidden

EPS = 1e-6
GRAY = 128
"""What a hidden pixel is shown as."""


def patchify(images: Tensor, size: int) -> Tensor:
    """Images (B, C, H, W) to patches (B, P, size * size * C), row by row; within each the channels come last."""
    x = images.unflatten(3, (-1, size)).unflatten(2, (-1, size))  # (B, C, rows, size, columns, size)
    return x.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)  # (B, P, size * size * C)


def unpatchify(patches: Tensor, size: int) -> Tensor:
    """What `patchify` made of square images back to these, (B, C, H, W)."""
    grid = math.isqrt(patches.shape[1])
    x = patches.unflatten(2, (size, size, -1)).unflatten(1, (grid, grid))  # (B, rows, columns, size, size, C)
    return x.permute(0, 5, 1, 3, 2, 4).flatten(4).flatten(2, 3)  # (B, C, H, W)


def random_mask(count: int, patches: int, *, ratio: float, rng: Generator) -> Tensor:
    """Random masks (count, patches), bool, True where a patch is hidden; so many in each (section 3, "Masking").

    int(patches * (1 - ratio)) patches stay visible; `ratio` is in [0, 1].
    """
    order = torch.rand(count, patches, generator=rng, device=rng.device).argsort(dim=1)
    return order.argsort(dim=1) >= int(patches * (1 - ratio))


class Decoder(nn.Module):
    """Visible patches as tokens to the pixels of all patches.

    Attributes:
        mask_token: What stands in the place of a hidden patch, (1, 1, width).
    """

    positions: Tensor

    def __init__(self, *, features: int, width: int, depth: int, heads: int, grid: int, pixels: int) -> None:
        """`features` are the encoder's, `pixels` the numbers of a patch."""
        super().__init__()
        self.embed = nn.Linear(features, width)
        self.mask_token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.register_buffer("positions", sinusoids(width, grid), persistent=False)
        self.blocks = nn.Sequential(
            *[Block(width=width, heads=heads, mlp_ratio=2.0, layer_scale=False) for _ in range(depth)]
        )
        self.norm = nn.LayerNorm(width, eps=EPS)
        self.predict = nn.Linear(width, pixels)

    def forward(self, tokens: Tensor, visible: Tensor) -> Tensor:
        """Tokens (B, V, features) of the patches `visible`, (B, V), to all patches (B, P, pixels)."""
        x = self.mask_token.expand(len(tokens), self.positions.shape[1], -1)  # (B, P, width)
        x = x.scatter(1, _rows(visible, x.shape[2]), self.embed(tokens).to(x.dtype)) + self.positions
        return self.predict(self.norm(self.blocks(x)))  # (B, P, pixels)


class MaskedAutoencoder(Encodes):
    """An encoder without a class token, whose features are the mean of all patches, and a decoder.

    Attributes:
        normalized: Whether a patch is predicted less its mean and over its standard deviation.
    """

    encoder: VisionTransformer

    def __init__(
        self, *, encoder: VisionTransformer, channels: int, width: int, depth: int, heads: int, normalized: bool
    ) -> None:
        """`channels` are the images', `width`, `depth` and `heads` the decoder's."""
        super().__init__(encoder=encoder)
        pixels = channels * encoder.patch_size**2
        self.decoder = Decoder(
            features=encoder.num_features, width=width, depth=depth, heads=heads, grid=encoder.grid, pixels=pixels
        )
        self.normalized = normalized

    def forward(self, images: Tensor, masked: Tensor) -> Tensor:
        """What the decoder makes of images of which the encoder sees the visible patches alone.

        Args:
            images: (B, C, H, W) in [-1, 1].
            masked: (B, P), bool, True where a patch is hidden; as many in each row.

        Returns:
            (B, P, C * patch_size ** 2), as `patchify` orders them.
        """
        return self.decoder(*self.encoded(images, masked))

    def encoded(self, images: Tensor, masked: Tensor) -> tuple[Tensor, Tensor]:
        """What the encoder makes of the visible patches, (B, V, width), and which these are, (B, V); see `forward`."""
        visible = masked.logical_not().nonzero()[:, 1].view(len(masked), -1)  # (B, V)
        tokens = self.encoder.embed(images)  # (B, P, width)
        tokens = tokens.gather(1, _rows(visible, tokens.shape[2]))  # (B, V, width)
        return self.encoder.norm(self.encoder.blocks(tokens)), visible

    def reconstructed(self, images: Tensor, masked: Tensor) -> Tensor:
        """The same as images (B, C, H, W) in [-1, 1]; `normalized` patches get their true mean and deviation."""
        patches = self(images, masked)
        if self.normalized:
            mean, deviation = _statistics(patchify(images, self.encoder.patch_size))
            patches = mean + deviation * patches
        return unpatchify(patches, self.encoder.patch_size).clamp(-1, 1)


def masked_error(prediction: Tensor, images: Tensor, masked: Tensor, *, size: int, normalized: bool) -> Tensor:
    """The mean squared error on hidden patches (section 3, "Reconstruction target").

    Args:
        prediction: (B, P, C * size ** 2).
        images: (B, C, H, W).
        masked: (B, P), True where a patch counts.
        size: The side of a patch.
        normalized: Whether the target is each patch less its mean, over its standard deviation.
    """
    target = patchify(images, size)
    if normalized:
        mean, deviation = _statistics(target)
        target = (target - mean) / deviation
    return (prediction - target)[masked].square().mean()


class MaskedPretrain(Pretrain):
    """Trains a masked autoencoder on one crop of each image."""

    shown: MaskedAutoencoder

    def __init__(self, *, mask_ratio: float, **shared: Any) -> None:
        """`mask_ratio` of the patches is hidden; `shared` is what `Pretrain` takes."""
        super().__init__(**shared)
        self.mask_ratio = mask_ratio

    def matrices(self) -> list[nn.Parameter]:
        """The encoder's and the decoder's."""
        return super().matrices() + hidden(self.shown.decoder)

    def mask(self, count: int, rng: Generator) -> Tensor:
        """Random masks (count, P), True where a patch is hidden."""
        return random_mask(count, self.shown.encoder.grid**2, ratio=self.mask_ratio, rng=rng)

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The error on hidden patches, of pixels from -1 to 1 or normalized ones."""
        images = self.augmentation(batch["images"], moment.rng)
        masked = self.mask(len(images), moment.rng)
        size, normalized = self.shown.encoder.patch_size, self.shown.normalized
        return {"loss": masked_error(self.shown(images, masked), images, masked, size=size, normalized=normalized)}

    def preview(self, rng: Generator) -> Sheet:
        """Some pictures, each as it is, with its patches hidden, and with these reconstructed."""
        masked = self.mask(len(self.queries), rng)
        hidden_pixels = shown_mask(masked, self.shown.encoder.patch_size)
        guess = torch.where(
            hidden_pixels, as_images(self.shown.reconstructed(unit(self.queries), masked)), self.queries
        )
        rows = torch.stack([self.queries, self.queries.masked_fill(hidden_pixels, GRAY), guess], dim=1)
        return Sheet(rows.flatten(0, 1), columns=rows.shape[1])

    def evaluate(self, split: Split) -> dict[str, float]:
        """What `Pretrain` measures, and `masked_mse`, the error on hidden pixels from 0 to 1."""
        rng, size, total = Generator(split["images"].device).manual_seed(0), self.shown.encoder.patch_size, 0.0
        for part in split["images"].split(BATCH):
            images, masked = unit(part), self.mask(len(part), rng)
            error = (self.shown.reconstructed(images, masked).float() - images) / 2
            total += float(error[shown_mask(masked, size).expand_as(error)].square().mean()) * len(part)
        return {"masked_mse": total / len(split), **super().evaluate(split)}


def shown_mask(masked: Tensor, size: int) -> Tensor:
    """A mask of patches (B, P) as one of pixels (B, 1, H, W)."""
    return unpatchify(masked[:, :, None].expand(-1, -1, size * size), size)


def _statistics(patches: Tensor) -> tuple[Tensor, Tensor]:
    """The mean and the standard deviation of each patch (B, P, pixels), both (B, P, 1)."""
    return patches.mean(dim=2, keepdim=True), (patches.var(dim=2, keepdim=True) + EPS).sqrt()


def _rows(indices: Tensor, width: int) -> Tensor:
    """Indices (B, V) of tokens for `gather` and `scatter`, (B, V, width)."""
    return indices[:, :, None].expand(-1, -1, width)
