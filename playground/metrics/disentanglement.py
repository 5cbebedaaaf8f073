"""Is each factor that the data were drawn from held by one dimension of the code? Two scores that train no predictor.

The mutual information gap: Chen et al., "Isolating Sources of Disentanglement in Variational Autoencoders", 2018
(arXiv 1802.04942), equation 6. The FactorVAE score: Kim & Mnih, "Disentangling by Factorising", 2018 (arXiv
1802.05983), section 4. Both as disentanglement_lib computes them for Locatello et al., "Challenging Common Assumptions
in the Unsupervised Learning of Disentangled Representations", 2019 (arXiv 1811.12359); `factor_prediction` has the
scores that train predictors.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

BINS = 20
"""Equal ones, between the least and the greatest value of a dimension."""
DEAD = 0.05
"""A dimension whose standard deviation over the data is less is dead, where the prior's is 1."""
BATCH = 64
"""Rows that share a factor's value, for one vote."""
TRAIN_VOTES, TEST_VOTES = 10_000, 5_000
VOTES_AT_ONCE = 1_000


@dataclass(frozen=True)
class Information:
    """How much each dimension of a code tells of each factor.

    Attributes:
        nats: The mutual information I(z_d; v_f), (D, F), float64, 0 or more.
        entropy: That of each factor, H(v_f) in nats, (F,), float64, more than 0.
    """

    nats: Tensor
    entropy: Tensor

    @property
    def shares(self) -> Tensor:
        """The mutual information as a share of the factor's entropy, (D, F), from 0 to 1."""
        return self.nats / self.entropy

    @property
    def holders(self) -> Tensor:
        """The dimension that tells most of each factor, (F,), int64."""
        return self.nats.argmax(dim=0)

    @property
    def gaps(self) -> Tensor:
        """By how much the best dimension's share exceeds the second best's, (F,), from 0 to 1."""
        best, second = F.pad(self.shares, (0, 0, 0, 1)).topk(2, dim=0).values  # a dead dimension joins in, for D = 1
        return best - second

    @property
    def mig(self) -> float:
        """The mutual information gap: the mean of the gaps, from 0 to 1."""
        return float(self.gaps.mean())


def information(codes: Tensor, factors: Tensor) -> Information:
    """The mutual information of every dimension, cut into `BINS` equal bins, with every factor.

    Estimated from the counts, so of N rows even a dimension that knows nothing tells about (BINS - 1)(K - 1) / 2N nats
    of a factor with K values; and where the values are 6 or 8 equal parts of what is drawn continuously, as of sprites,
    even the factor itself tells 0.93 of it, as `BINS` is no multiple of them. Bins are as wide as a dimension varies,
    so one that is dead by `DEAD` is counted by the little that it varies, whatever its scale; only a constant one tells
    0. With D = 1 the gap is all that the one tells.

    Args:
        codes: (N, D), float: the mean codes of N images.
        factors: (N, F), int64, from 0: the values of what the images were drawn from.

    Raises:
        ValueError: As `checked` says.
    """
    codes, factors = checked(codes, factors)
    low, high = codes.aminmax(dim=0)  # (D,)
    edges = low[:, None] + (high - low)[:, None] / BINS * torch.arange(BINS)  # (D, BINS), where bins begin
    bins = torch.searchsorted(edges, codes.T.contiguous(), right=True) - 1  # (D, N)
    in_bin = F.one_hot(bins, BINS).double().mT  # (D, BINS, N)
    nats, entropy = [], []
    for values in factors.T:
        joint = in_bin @ F.one_hot(values).double() / len(codes)  # (D, BINS, K)
        of_bin, of_value = joint.sum(dim=2), joint.sum(dim=1)  # (D, BINS), (D, K)
        apart = torch.special.entr(of_bin).sum(dim=1) + torch.special.entr(of_value).sum(dim=1)
        nats.append((apart - torch.special.entr(joint).sum(dim=(1, 2))).clamp(min=0))  # (D,)
        entropy.append(torch.special.entr(of_value[0]).sum())
    return Information(torch.stack(nats, dim=1), torch.stack(entropy))


def factor_vae_score(codes: Tensor, factors: Tensor, *, rng: Generator, dead: float = DEAD) -> float:
    """How often the factor that rows share is named by the dimension that varies least among them, from 0 to 1.

    For a vote one factor and a value of it are chosen, `BATCH` rows that have it are drawn, and the vote goes to the
    dimension with the least variance there relative to that over all rows. The factor that most of `TRAIN_VOTES` gave a
    dimension is what it names; the score is the share of `TEST_VOTES` further ones where that is right: 1 / F by
    chance, and 0 where all dimensions are dead.

    disentanglement_lib draws new images for each vote; here rows of the table are drawn, with replacement.

    Args:
        codes: (N, D), float, as of `information`.
        factors: (N, F), int64, from 0; every value that occurs has two rows or more.
        rng: On the CPU.
        dead: Dimensions with a lower standard deviation over all rows get no vote; constant ones never do.

    Raises:
        ValueError: As `checked` says, or when a value has one row only, among which nothing varies.
    """
    codes, factors = checked(codes, factors)
    deviation = codes.std(dim=0)
    codes = (codes / deviation)[:, (deviation >= dead) & (deviation > 0)]  # (N, live)
    lone = [f for f, values in enumerate(factors.T) if (values.bincount() == 1).any()]
    if lone:
        raise ValueError(f"every value of a factor needs two rows or more, and in columns {lone} one has a single row")
    if not codes.shape[1]:
        return 0.0
    train, test = (_votes(codes, factors, count, rng) for count in (TRAIN_VOTES, TEST_VOTES))
    named = train.argmax(dim=1)  # (live,)
    return float(test.gather(1, named[:, None]).sum() / test.sum())


def _votes(codes: Tensor, factors: Tensor, count: int, rng: Generator) -> Tensor:
    """How many votes each dimension of the normalized codes (N, D) got from each factor, (D, F), int64."""
    width, n_factors = codes.shape[1], factors.shape[1]
    chosen = torch.randint(n_factors, (count,), generator=rng)
    votes = torch.zeros(width, n_factors, dtype=torch.int64)
    for f, values in enumerate(factors.T):
        order, sizes = values.argsort(stable=True), values.bincount()  # the rows of a value stand side by side
        starts = sizes.cumsum(dim=0) - sizes
        rows = torch.randint(len(codes), (int((chosen == f).sum()),), generator=rng)
        for value in values[rows].split(VOTES_AT_ONCE):
            draw = torch.randint(2**40, (len(value), BATCH), generator=rng) % sizes[value, None]
            drawn = codes[order[starts[value, None] + draw]]  # (votes, BATCH, D)
            votes[:, f] += drawn.var(dim=1).argmin(dim=1).bincount(minlength=width)
    return votes


def checked(codes: Tensor, factors: Tensor) -> tuple[Tensor, Tensor]:
    """Codes (N, D) as float64 and factors (N, F), int64, both on the CPU.

    Raises:
        ValueError: When they are no such tables of equal length, a code is not finite, a factor's value is negative, or
            a factor has one value only.
    """
    codes, factors = codes.detach().cpu().double(), factors.cpu()
    if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors) or not codes.numel() or not factors.numel():
        shapes = f"{tuple(codes.shape)} and {tuple(factors.shape)}"
        raise ValueError(f"codes (N, D) and factors (N, F) need the same N and a column or more, these are {shapes}")
    if not codes.isfinite().all():
        raise ValueError("codes must be finite, and some are infinite or no numbers")
    if factors.dtype != torch.int64 or factors.min() < 0:
        raise ValueError("factors must be int64, 0 or more")
    single = [f for f, values in enumerate(factors.T) if (values == values[0]).all()]
    if single:
        raise ValueError(f"every factor needs two values or more, and columns {single} have one")
    return codes, factors
