"""What becomes of the clients' changes on their way to the server: clipped, in noise, or masked."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

BITS = 32
"""Masked numbers are whole numbers modulo 2 to the power of this."""
SCALE = 2**20
"""What one is in whole numbers."""


@dataclass(frozen=True)
class Privacy:
    """How the server's mean of changes comes about.

    Attributes:
        clip: The greatest Euclidean norm of a client's change; a longer one is shortened. None is no limit.
        noise: The standard deviation of the noise in the sum of the clients' changes, in units of `clip`: with it all
            clients weigh the same (McMahan et al., "Learning Differentially Private Recurrent Language Models", 2018,
            arXiv 1710.06963, algorithm 1).
        secure: Whether the server is given nothing but the sum (Bonawitz et al., "Practical Secure Aggregation for
            Privacy-Preserving Machine Learning", 2017, section 4.0.1), see `masked`.
    """

    clip: float | None = None
    noise: float = 0.0
    secure: bool = False

    def __post_init__(self) -> None:
        """Noise has a meaning beside a limit only."""
        if self.noise and self.clip is None:
            raise ValueError("noise hides a client where its change is clipped: give a clip, too")

    def mean(self, changes: list[list[Tensor]], shares: Tensor, rng: Generator) -> list[Tensor]:
        """The mean of some clients' `changes`, each a list of tensors, weighted by `shares` that sum to 1."""
        flat = torch.stack([torch.cat([part.flatten() for part in change]) for change in changes])  # (clients, n)
        if self.clip is not None:
            flat = flat * (self.clip / flat.norm(dim=1, keepdim=True).clamp(min=1e-12)).clamp(max=1)
        if self.noise and self.clip is not None:
            shares = torch.full_like(shares, 1 / len(shares))
        weighted = flat * shares.to(flat)[:, None]
        total = opened(masked(weighted, rng)) if self.secure else weighted.sum(dim=0)
        if self.noise and self.clip is not None:
            sigma = self.noise * self.clip / len(flat)
            total = total + sigma * torch.randn(total.shape, generator=rng, device=total.device, dtype=total.dtype)
        parts = total.split([part.numel() for part in changes[0]])
        return [part.view_as(like) for part, like in zip(parts, changes[0], strict=True)]


def masked(values: Tensor, rng: Generator) -> Tensor:
    """What each client sends to the server: (clients, n), int64, modulo 2^32.

    Its numbers as whole ones, plus a mask for every pair that it is in. The two of a pair draw the same mask, which one
    adds and the other subtracts, so that in the sum of all nothing is left of them, while each alone looks like noise.
    Who drops out before the round is in no pair; the paper's secret sharing, by which the others replace one that drops
    out later, is not here.
    """
    whole = (values.double() * SCALE).round().long()  # (clients, n)
    sent = whole.clone()
    clients, n = values.shape
    for one in range(clients):
        for other in range(one + 1, clients):
            mask = torch.randint(2**BITS, (n,), generator=rng, device=values.device)
            sent[one] += mask
            sent[other] -= mask
    return sent % 2**BITS


def opened(sent: Tensor) -> Tensor:
    """The sum (n,), float32, of what clients masked and `sent` (clients, n); exact to half of `SCALE` for each."""
    total = sent.sum(dim=0) % 2**BITS
    return (torch.where(total >= 2 ** (BITS - 1), total - 2**BITS, total).double() / SCALE).float()
