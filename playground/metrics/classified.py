"""What a classifier finds: of test images whether it is right, of generated ones which classes, and how surely."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.data import Split, unit


def inception_score(logits: Tensor) -> float:
    """exp(mean KL(p(y | x) || p(y))): high where a classifier is sure of each image, and all its classes come up.

    Salimans et al., "Improved Techniques for Training GANs", 2016 (arXiv 1606.03498), section 4. The classifier is ours
    and no Inception network, so it compares with no number from elsewhere; and no real image is looked at.

    Args:
        logits: Of generated images (N, classes).

    Returns:
        From 1 to the number of classes.
    """
    p = logits.double().softmax(dim=1)  # (N, classes)
    marginal = p.mean(dim=0)
    divergences = torch.special.xlogy(p, p).sum(dim=1) - torch.special.xlogy(p, marginal).sum(dim=1)
    return float(divergences.mean().exp())


def classes_covered(generated: Tensor, real: Tensor) -> int:
    """How many classes come up among generated images, as a classifier labels them.

    A class counts if its share of them is a tenth or more of its share of the real ones.

    Args:
        generated: The classes (N,) that generated images look like.
        real: Those of real ones (M,).
    """
    count = int(real.max()) + 1
    shares = (torch.bincount(generated, minlength=count)[:count] / len(generated)).double()
    fair = torch.bincount(real, minlength=count) / len(real)
    return int(((shares >= fair.double() / 10) & (fair > 0)).sum())


def classification(network: nn.Module, split: Split) -> dict[str, float]:
    """Accuracy (0 to 1) and cross entropy (nats) of a network in evaluation mode on all images of `split`."""
    correct, loss = 0.0, 0.0
    for images, labels in zip(split["images"].split(500), split["labels"].split(500), strict=True):
        logits = network(unit(images))
        correct += float((logits.argmax(dim=1) == labels).sum())
        loss += float(F.cross_entropy(logits, labels, reduction="sum"))
    return {"accuracy": correct / len(split), "loss": loss / len(split)}
