"""The VQ-VAE: an autoencoder whose code is a small grid of entries of a codebook, with a prior over such grids.

van den Oord et al., "Neural Discrete Representation Learning", 2017 (arXiv 1711.00937). Symbols as there: z_e the
encoder's output, e_k the k-th of K codes, z_q the code that is nearest to z_e. The layers are those of section 4.1,
fewer and narrower.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from playground.labs.vae.prior import Prior
from playground.layout import channels_last
from playground.precision import full_precision

STRIDE = 4
"""How many pixels of a side one code stands for."""
DECAY = 0.99
"""How much of the codebook's moving averages stays in a step: gamma of appendix A.1."""
EPS = 1e-5


class Codebook(nn.Module):
    """K vectors, each the moving average of what is nearest to it, or weights that an optimizer steps.

    Attributes:
        codes: (K, D), e. Of averages, the sums m = N e of appendix A.1 follow from these and the counts.
        counts: (K,), N: how often each code was chosen in a step, as a moving average.
    """

    codes: Tensor
    counts: Tensor

    def __init__(self, *, size: int, dimensions: int, averaged: bool) -> None:
        """With `averaged`, the codes are buffers that `follow` moves; else parameters."""
        super().__init__()
        self.averaged = averaged
        codes = torch.randn(size, dimensions)
        if averaged:
            self.register_buffer("codes", codes)
        else:
            self.codes = nn.Parameter(codes)
        self.register_buffer("counts", torch.zeros(size))

    @full_precision
    def nearest(self, z: Tensor) -> Tensor:
        """The indices (B, h, w) of the codes with the least distance to vectors (B, D, h, w) (equations 1 and 2)."""
        flat = z.movedim(1, -1).flatten(0, 2)  # (B * h * w, D)
        # |z - e|^2 without |z|^2, which is the same for all codes
        distances = torch.addmm(self.codes.square().sum(dim=1), flat, self.codes.T, alpha=-2)  # (B * h * w, K)
        return distances.argmin(dim=1).view(len(z), *z.shape[2:])  # (B, h, w)

    def forward(self, indices: Tensor) -> Tensor:
        """The codes (B, D, h, w) of indices (B, h, w)."""
        return F.embedding(indices, self.codes).movedim(-1, 1)

    @torch.no_grad()
    def follow(self, z: Tensor, indices: Tensor, *, restart_below: float, rng: Generator) -> None:
        """Moves counts and averages by one step (appendix A.1), then restarts the codes that are hardly used.

        A restarted code becomes a random output of the encoder, as in Jukebox (Dhariwal et al., 2020, arXiv 2005.00341,
        section 3.1) and SoundStream (Zeghidour et al., 2021, arXiv 2107.03312, section III-C). Its count is twice the
        limit, so that it has some steps to gain what lies near it. All counts begin at 0: the codes of a fresh book
        start from the first batch.

        Args:
            z: What the encoder gave, (B, D, h, w).
            indices: The codes that were nearest, (B, h, w).
            restart_below: Restarts codes whose count is below this share of the mean one; 0 restarts none.
            rng: Draws the outputs at which codes restart.
        """
        vectors, chosen = z.movedim(1, -1).flatten(0, 2), indices.flatten()  # (n, D), (n,)
        n = torch.bincount(chosen, minlength=len(self.codes)).to(self.counts)  # (K,)
        self.counts.lerp_(n, 1 - DECAY)
        codes = self.codes.detach()
        if self.averaged:
            sums = torch.zeros_like(codes).index_add_(0, chosen, vectors.to(codes))  # (K, D)
            # m' / N' with m' = gamma N e + (1 - gamma) sums, written as what it adds to e
            codes = codes + (1 - DECAY) * (sums - n[:, None] * codes) / self.counts.clamp(min=EPS)[:, None]
        limit = restart_below * len(vectors) / len(codes)
        rare = self.counts < limit
        starts = torch.randint(len(vectors), (len(codes),), generator=rng, device=vectors.device)
        self.codes.copy_(torch.where(rare[:, None], vectors[starts].to(codes), codes))
        self.counts.masked_fill_(rare, 2 * limit)


class Residual(nn.Module):
    """ReLU, 3 x 3, ReLU, 1 x 1, added to the input."""

    def __init__(self, *, width: int) -> None:
        """Half of the `width` is used between the two convolutions."""
        super().__init__()
        self.conv1 = nn.Conv2d(width, width // 2, 3, padding=1)
        self.conv2 = nn.Conv2d(width // 2, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, h, w) to the same shape."""
        return x + self.conv2(F.relu(self.conv1(F.relu(x))))


def encoder(*, channels: int, width: int, dimensions: int) -> nn.Sequential:
    """Images (B, C, H, W) to vectors (B, D, H / 4, W / 4)."""
    return nn.Sequential(
        nn.Conv2d(channels, width // 2, 4, stride=2, padding=1),  # (B, width / 2, H / 2, W / 2)
        nn.ReLU(),
        nn.Conv2d(width // 2, width, 4, stride=2, padding=1),  # (B, width, H / 4, W / 4)
        Residual(width=width),
        Residual(width=width),
        nn.ReLU(),
        nn.Conv2d(width, dimensions, 1),  # (B, D, H / 4, W / 4)
    )


def decoder(*, channels: int, width: int, dimensions: int) -> nn.Sequential:
    """Codes (B, D, h, w) to images (B, C, 4 h, 4 w)."""
    return nn.Sequential(
        nn.Conv2d(dimensions, width, 3, padding=1),  # (B, width, h, w)
        Residual(width=width),
        Residual(width=width),
        nn.ReLU(),
        nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1),  # (B, width / 2, 2 h, 2 w)
        nn.ReLU(),
        nn.ConvTranspose2d(width // 2, channels, 4, stride=2, padding=1),  # (B, C, 4 h, 4 w)
    )


class Coded(NamedTuple):
    """What `VQVAE.forward` gives of images: all that the loss needs.

    Attributes:
        decoded: (B, C, H, W), about [-1, 1]; its gradient reaches the encoder as if nothing had been quantized.
        z: (B, D, h, w), z_e(x).
        codes: (B, D, h, w), z_q(x); a gradient reaches the codebook where that is a parameter.
        indices: (B, h, w).
    """

    decoded: Tensor
    z: Tensor
    codes: Tensor
    indices: Tensor


class VQVAE(nn.Module):
    """Encoder, codebook and decoder, and the prior over grids of indices, from which pictures are sampled."""

    def __init__(
        self,
        *,
        image_size: int,
        channels: int,
        codes: int = 128,
        dimensions: int = 16,
        width: int = 48,
        averaged: bool = True,
        prior_width: int = 64,
        prior_depth: int = 2,
    ) -> None:
        """The side must be a multiple of 4, `width` even.

        `codes` is K, `dimensions` is D; see `Codebook` for `averaged` and `Prior` for the rest.
        """
        super().__init__()
        if image_size % STRIDE:
            raise ValueError(f"a VQ-VAE needs a side that is a multiple of {STRIDE}, not {image_size}")
        self.side = image_size // STRIDE
        self.encoder = encoder(channels=channels, width=width, dimensions=dimensions)
        self.codebook = Codebook(size=codes, dimensions=dimensions, averaged=averaged)
        self.decoder = decoder(channels=channels, width=width, dimensions=dimensions)
        self.prior = Prior(tokens=self.side**2, codes=codes, width=prior_width, depth=prior_depth)
        channels_last(self)

    def encode(self, x: Tensor) -> Tensor:
        """The indices (B, h, w) of images (B, C, H, W) in [-1, 1]."""
        return self.codebook.nearest(self.encoder(x))

    def decode(self, indices: Tensor) -> Tensor:
        """The images of indices (B, h, w): brightness (B, C, H, W) in [0, 1]."""
        return (self.decoder(self.codebook(indices)) / 2 + 0.5).clamp(0, 1)

    def forward(self, x: Tensor) -> Coded:
        """Images (B, C, H, W) in [-1, 1], through the codebook with the straight-through estimator (section 3.2)."""
        z = self.encoder(x)  # (B, D, h, w)
        indices = self.codebook.nearest(z)  # (B, h, w)
        codes = self.codebook(indices)  # (B, D, h, w)
        return Coded(self.decoder(straight_through(z, codes)), z, codes, indices)

    def sample(self, n: int, rng: Generator, *, temperature: float = 1.0, given: Tensor | None = None) -> Tensor:
        """Grids of indices (n, h, w) drawn from the prior, which begin with the rows `given`, (rows, w).

        Below a `temperature` of 1, likelier ones are drawn.
        """
        first = None if given is None else given.flatten()
        return self.prior.sample(n, rng, temperature=temperature, given=first).view(n, self.side, self.side)


@torch.no_grad()
def drawn(network: VQVAE, indices: Tensor) -> Tensor:
    """Grids of indices (N, h, w) as images (N, C, H, W), uint8."""
    return (network.decode(indices) * 255).round().to(torch.uint8)


def straight_through(z: Tensor, codes: Tensor) -> Tensor:
    """The value of `codes`, whose gradient goes to `z` unchanged and to the codes not at all."""
    return z + (codes - z).detach()


def perplexity(indices: Tensor, codes: int) -> Tensor:
    """How many codes are used, were all used alike: exp of the entropy of their frequencies, from 1 to `codes`."""
    frequencies = torch.bincount(indices.flatten(), minlength=codes) / indices.numel()  # (K,)
    return torch.special.entr(frequencies).sum().exp()
