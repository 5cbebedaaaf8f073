"""Whether a generator has memorized its training images."""

from __future__ import annotations

from torch import Tensor

from playground.metrics.generated import nearest


def copied(generated: Tensor, held_out: Tensor, train: Tensor) -> float:
    """How probable it is that a generated image is nearer to a training image than a held-out real one is.

    Meehan, Chaudhuri & Dasgupta, "A Non-Parametric Test to Detect Data-Copying in Generative Models", 2020 (arXiv
    2004.05675), definition 2.1: the Mann-Whitney statistic of the distances to the nearest training image, as a share
    of all pairs. Near 1 the generator copies, at 1/2 it draws as the data do, near 0 it stays away from them.

    Args:
        generated: Features (N, F).
        held_out: Features (M, F).
        train: Features (T, F).
    """
    ours, theirs = (nearest(images, train)[1][:, 0] for images in (generated, held_out))
    gaps = theirs[None, :] - ours[:, None]  # (N, M)
    return float(((gaps > 0).double() + 0.5 * (gaps == 0)).mean())
