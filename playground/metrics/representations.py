"""How good a representation is, measured without training anything on it: neighbors, rank, alignment and uniformity."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

NEIGHBORS, TEMPERATURE = 20, 0.1
CHUNK = 1000


def knn_accuracy(
    bank: Tensor,
    bank_labels: Tensor,
    queries: Tensor,
    labels: Tensor,
    *,
    k: int = NEIGHBORS,
    temperature: float = TEMPERATURE,
) -> float:
    """The share of queries whose class their nearest neighbors name, a vote counting exp(similarity / temperature).

    Wu et al., "Unsupervised Feature Learning via Non-Parametric Instance Discrimination", 2018 (arXiv 1805.01978),
    section 3.4.

    Args:
        bank: Features (M, D) of labeled examples.
        bank_labels: (M,), int64.
        queries: Features (N, D).
        labels: Theirs, (N,), int64.
        k: How many neighbors vote; all of the bank if it is smaller.
        temperature: How much more the nearest ones count.
    """
    bank, classes = F.normalize(bank, dim=1), int(torch.cat([bank_labels, labels]).max()) + 1
    right = 0
    for part, truth in zip(queries.split(CHUNK), labels.split(CHUNK), strict=True):
        similarity, nearest = (F.normalize(part, dim=1) @ bank.T).topk(min(k, len(bank)), dim=1)  # (n, k)
        votes = torch.zeros(len(part), classes, device=part.device, dtype=part.dtype)
        votes.scatter_add_(1, bank_labels[nearest], (similarity / temperature).exp())
        right += int((votes.argmax(dim=1) == truth).sum())
    return right / len(queries)


def effective_rank(features: Tensor) -> float:
    """How many dimensions features (N, D) use: exp of the entropy of their singular values, 1 to min(N, D).

    Roy & Vetterli, "The effective rank", 2007, equation 3; of centered features, so that a collapse to one point has a
    rank of 1. Without a spread at all it is 1.
    """
    values = torch.linalg.svdvals((features - features.mean(dim=0)).double())
    if not values.sum() > torch.finfo(features.dtype).eps * max(1.0, float(features.abs().max())) * len(features):
        return 1.0
    shares = values / values.sum()
    return float(torch.special.entr(shares).sum().exp())


def alignment(first: Tensor, second: Tensor) -> float:
    """The mean squared distance between the normalized features (N, D) of two views of the same images, 0 to 4.

    Wang & Isola, "Understanding Contrastive Representation Learning through Alignment and Uniformity on the
    Hypersphere", 2020 (arXiv 2005.10242), equation 3 with alpha 2.
    """
    return float((F.normalize(first, dim=1) - F.normalize(second, dim=1)).square().sum(dim=1).mean())


def uniformity(features: Tensor) -> float:
    """The log of the mean of exp(-2 distance^2) over all pairs of normalized features (N, D): 0 where all are alike.

    Wang & Isola, 2020, equation 5 with t = 2; the lower, the more evenly they cover the sphere, -4 at best.
    """
    return float(torch.pdist(F.normalize(features, dim=1)).square().mul(-2).exp().mean().log())


def spread(features: Tensor) -> float:
    """How evenly normalized features (N, D) are spread: 1 where all directions are alike, 0 where all are one point.

    Chen & He, "Exploring Simple Siamese Representation Learning", 2020 (arXiv 2011.10566), section 4.1 and figure 2:
    the mean over dimensions of the standard deviation over images, there 1 / sqrt(D) at best, times sqrt(D).
    """
    deviations = F.normalize(features, dim=1).std(dim=0, correction=0)  # (D,)
    return float(deviations.mean()) * features.shape[1] ** 0.5


def spectrum(features: Tensor) -> Tensor:
    """How far normalized features (N, D) lie apart along each of their principal directions, the farthest first.

    The standard deviations times sqrt(D), (min(N, D),): all 1 on an even sphere, with a tail of zeros where only some
    dimensions are used (Jing et al., "Understanding Dimensional Collapse in Contrastive Self-supervised Learning",
    2021, arXiv 2110.09348, figure 2).
    """
    normal = F.normalize(features, dim=1)
    values = torch.linalg.svdvals((normal - normal.mean(dim=0)).double())
    return (values * (features.shape[1] / len(features)) ** 0.5).float()
