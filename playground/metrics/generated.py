"""How far generated images are from real ones: distances between their distributions in the features of a network.

All functions are pure, draw no randomness of their own and compute in float64. The two distances are those of
torchmetrics, imported at first use: that takes seconds and 150 MB, which the page does not need and workers spend as
they warm up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Generator, Tensor, nn

from playground.compat import torchvision_operators
from playground.data import ImageSpec, Split
from playground.errors import PlaygroundError
from playground.metrics.classified import inception_score
from playground.metrics.features import Features, features_name
from playground.trained import Trained

RELIABLE = 2000
"""How many images of each kind a stated distance should rest on.

The distance is biased upwards by what n images miss of the true moments: real Fashion-MNIST against real comes out as
4.7 at n = 40, 0.78 at 250, 0.13 at 1,000 and 0.09 at 2,000 (noise is at 84). Below the 64 features of our networks the
covariances are singular besides. So compare equal n alone, with `floor` for reference.
"""
NEIGHBORS = 3
"""The k of the manifolds behind precision and recall, as the paper has it."""
DENSITY_NEIGHBORS = 5
"""The k of the neighborhoods behind density and coverage, as the paper has it."""
CHUNK = 1000


class TooFew(PlaygroundError):
    """A distance between distributions needs more images."""


def fid_name(spec: ImageSpec) -> str:
    """What the Frechet distance for images of `spec` is called, `fid_cnn-fashion` for gray ones; loads nothing."""
    return f"fid_{features_name(spec)}"


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) of two sets of features; 0 for equal moments.

    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017 (arXiv 1706.08500), equation 6.

    Args:
        real: (N, F).
        fake: (M, F).

    Raises:
        TooFew: With less than two of either.
    """
    _require(2, real, fake)
    metric = torchmetrics()[0](feature=_Precomputed(real.shape[1])).set_dtype(torch.float64)
    metric.update(real.double(), real=True)
    metric.update(fake.double(), real=False)
    return max(0.0, float(metric.compute()))  # rounding alone takes it below zero


def kernel_distance(real: Tensor, fake: Tensor) -> float:
    """Squared maximum mean discrepancy under the kernel (x.y / F + 1)^3; its estimate is unbiased, so it may be < 0.

    Bińkowski et al., "Demystifying MMD GANs", 2018 (arXiv 1801.01401), section 4. The mean over random subsets that it
    is usually taken as has the same expectation; ours is one set of all images, so that nothing is left to chance.
    Sets that hold exactly as many of every class, as ours of real images do, come out a little below 0.

    Args:
        real: (N, F).
        fake: (M, F); as many of the larger set as of the smaller one are used, the first ones.

    Raises:
        TooFew: With less than two of either.
    """
    _require(2, real, fake)
    n = min(len(real), len(fake))
    return float(torchmetrics()[1](real[:n].double(), fake[:n].double()))


def precision_recall(real: Tensor, fake: Tensor, k: int = NEIGHBORS) -> tuple[float, float]:
    """The part of the fakes that lies where real ones are (precision), and the other way round (recall), 0 to 1.

    Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019 (arXiv
    1904.06991), equations 1 and 2: a set covers the balls around its members that reach to their `k`-th neighbor in
    the set. Both depend on n, so compare equal n alone. A real image far from all others has a large ball: precision
    flatters what is nothing like an image, and tells little without the Frechet distance.

    Args:
        real: (N, F).
        fake: (M, F).
        k: Which neighbor sets the radius.

    Raises:
        TooFew: With `k` or less of either.
    """
    return float(covered(fake, real, k).double().mean()), float(covered(real, fake, k).double().mean())


def covered(points: Tensor, centers: Tensor, k: int = NEIGHBORS) -> Tensor:
    """Which of `points` (N, F) lie in at least one ball around `centers` (M, F) that reaches to its `k`-th neighbor.

    Returns:
        (N,), bool.

    Raises:
        TooFew: With `k` centers or less.
    """
    radii = _radii(centers, k)
    return torch.cat([(distances <= radii).any(dim=1) for distances in _distances(points, centers)])


def neighborhoods(real: Tensor, fake: Tensor, k: int = DENSITY_NEIGHBORS) -> Tensor:
    """How many fakes lie in the ball around each real one that reaches to its `k`-th neighbor among the real ones.

    Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020 (arXiv 2002.09797). With N real
    and M fake ones, the sum over k M is their density (equation 4): 1 is expected where both are from one distribution,
    and more where the fakes crowd. The share that is not 0 is their coverage (equation 5), see `expected_coverage`.
    All balls are around the real ones, so a fake far from all others counts for nothing, which flatters precision.

    Args:
        real: (N, F).
        fake: (M, F).
        k: Which neighbor sets the radius.

    Returns:
        (N,), int64.

    Raises:
        TooFew: With `k` or less of the real ones.
    """
    radii = _radii(real, k)
    return torch.stack([(distances <= radii).sum(dim=0) for distances in _distances(fake, real)]).sum(dim=0)


def expected_coverage(real: int, fake: int, k: int = DENSITY_NEIGHBORS) -> float:
    """The coverage of `real` samples by `fake` ones of the same distribution, whatever it is (Naeem et al.)."""
    none = 1.0
    for i in range(1, k + 1):
        none *= (real - i) / (real + fake - i)
    return 1 - none


def generation_metrics(generated: Tensor, real: Tensor, features: Features) -> dict[str, float]:
    """All of the above of generated images against real ones, under names that say the features.

    Args:
        generated: Images (N, C, H, W), uint8, or their features (N, F), floating.
        real: As many others, likewise; the first N are used where there are more.
        features: What they are measured in.

    Returns:
        `fid_*`, `kid_*` (both fall as images get better), `precision_*`, `recall_*` and `score_*`, in the manner of the
        inception score (all rise), `*` being their name.

    Raises:
        TooFew: With three images or less.
    """
    n = min(len(generated), len(real))
    fakes, reals = _embedded(generated[:n], features), _embedded(real[:n], features)
    precision, recall = precision_recall(reals, fakes)
    return {
        f"fid_{features.name}": frechet_distance(reals, fakes),
        f"kid_{features.name}": kernel_distance(reals, fakes),
        f"precision_{features.name}": precision,
        f"recall_{features.name}": recall,
        f"score_{features.name}": inception_score(features.classified(fakes)),
    }


def floor(real: Tensor, features: Features, *, rng: Generator, others: Tensor | None = None) -> dict[str, float]:
    """`generation_metrics` of real images against real ones: no generator can be expected to do better at that n.

    Args:
        real: Images (N, C, H, W), uint8, or their features (N, F), floating.
        features: What they are measured in.
        rng: Chooses the images.
        others: Other real images or their features, such as those of the training; N of them, or all where there are
            less, stand for the generated ones. Without any, one random half of `real` is compared with the other.

    Returns:
        The numbers of `generation_metrics`, and as `n` how many images stood on each side.
    """
    if others is None:
        order = torch.randperm(len(real), generator=rng)
        n = len(real) // 2
        first, second = real[order[:n]], real[order[n : 2 * n]]
    else:
        n = min(len(real), len(others))
        first, second = others[torch.randperm(len(others), generator=rng)[:n]], real
    return {**generation_metrics(first, second, features), "n": float(n)}


@dataclass(frozen=True)
class Neighbors:
    """Images with their features, to find the nearest of.

    Attributes:
        split: The images and what is known of them, M in all.
        features: What they are compared in.
        embedded: (M, F).
    """

    split: Split
    features: Features
    embedded: Tensor

    @classmethod
    def of(cls, split: Split, trained: Trained) -> Neighbors:
        """Embeds the column `images`; a few thousand a second, so keep the result."""
        features = Features.of(trained)
        return cls(split, features, features.embed(split["images"]))

    def nearest(self, images: Tensor, k: int = 1) -> tuple[Tensor, Tensor]:
        """The `k` images nearest to each of images (N, C, H, W), uint8; see `nearest`."""
        return nearest(self.features.embed(images), self.embedded, k)


def nearest(queries: Tensor, references: Tensor, k: int = 1) -> tuple[Tensor, Tensor]:
    """The nearest neighbors in feature space, by Euclidean distance, nearest first.

    Args:
        queries: Features (N, F).
        references: Features (M, F).
        k: How many, at most M.

    Returns:
        Their indices in `references` (N, k), int64, and their distances (N, k), float64.
    """
    _require(k, references)
    rows = [distances.topk(k, dim=1, largest=False) for distances in _distances(queries, references)]
    return torch.cat([row.indices for row in rows]), torch.cat([row.values for row in rows])


@cache
def torchmetrics() -> tuple[Any, Any]:
    """Its Frechet distance, a class, and its kernel distance, a function."""
    torchvision_operators()
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.kid import poly_mmd

    return FrechetInceptionDistance, poly_mmd


class _Precomputed(nn.Module):
    """Takes the place of the network in torchmetrics: the features are computed already."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.num_features = width

    def forward(self, features: Tensor) -> Tensor:
        return features


def _embedded(values: Tensor, features: Features) -> Tensor:
    return values if values.ndim == 2 and values.is_floating_point() else features.embed(values)


def _distances(a: Tensor, b: Tensor) -> Iterator[Tensor]:
    """Euclidean distances of a (N, F) to b (M, F), float64, a few rows (rows, M) at a time."""
    b = b.double()
    for first in range(0, len(a), CHUNK):
        yield torch.cdist(a[first : first + CHUNK].double(), b, compute_mode="donot_use_mm_for_euclid_dist")


def _radii(centers: Tensor, k: int) -> Tensor:
    """How far each of (M, F) is from its `k`-th neighbor among them, (M,), float64."""
    _require(k + 1, centers)
    return torch.cat(  # the nearest of all is the point itself
        [distances.topk(k + 1, dim=1, largest=False).values[:, k] for distances in _distances(centers, centers)]
    )


def _require(minimum: int, *sets: Tensor) -> None:
    fewest = min(len(features) for features in sets)
    if fewest < minimum:
        raise TooFew(f"This needs at least {minimum} pictures of each kind; there are {fewest}.")
