"""What each pixel adds to the score of a class: pure functions, networks and tensors in, tensors out.

The score is the logit of the class. Both methods compare with a baseline that says nothing: the gray in the middle of
the range, which is 0 once images are normalized. Both are signed: what is positive speaks for the class.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.labs.vision.effort import LARGE

STEPS = 32
"""Places on the way from the baseline to the image."""
PIXELS, COPIES = 2**17, 8
"""Pixels of a batch that goes through a network at once: more of them fit no cache and are no faster. But large images
are many tokens each, whose matrix products are faster by a fifth for eight images than for two."""


def integrated_gradients(network: nn.Module, images: Tensor, labels: Tensor, *, steps: int = STEPS) -> Tensor:
    """The gradient at each pixel, averaged on the straight way from gray to the image, times what changes on that way.

    Sundararajan, Taly & Yan, "Axiomatic Attribution for Deep Networks", 2017 (arXiv 1703.01365), equation 1, by the
    midpoint rule. The sum over all pixels is the score of the image less that of gray (their completeness), up to the
    error of the rule.

    Args:
        network: Images to logits (B, classes), in evaluation mode.
        images: x, (B, C, H, W), normalized as in training; the baseline x' is 0.
        labels: (B,), the class of each image.
        steps: Gradients that are averaged.

    Returns:
        (B, H, W), in logits a pixel, summed over the channels.
    """
    alphas = (torch.arange(steps, dtype=images.dtype, device=images.device) + 0.5) / steps
    total = torch.zeros_like(images)
    for some in alphas.split(at_once(images)):
        with torch.enable_grad():
            x = (some.view(-1, 1, 1, 1, 1) * images).flatten(0, 1).requires_grad_()  # (alphas * B, C, H, W)
            scores = network(x).gather(1, labels.repeat(len(some))[:, None])
            (gradient,) = torch.autograd.grad(scores.sum(), x)
        total += gradient.unflatten(0, (len(some), -1)).sum(dim=0)
    return (images * total / steps).sum(dim=1)  # (B, H, W)


@torch.no_grad()
def occlusion(network: nn.Module, images: Tensor, labels: Tensor, *, side: int, stride: int) -> Tensor:
    """By how much the score falls while a gray square covers a pixel, the mean of all squares that cover it.

    Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2014 (arXiv 1311.2901), section 4.2.

    Args:
        network: Images to logits (B, classes), in evaluation mode.
        images: (B, C, H, W), normalized as in training; the square is filled with 0.
        labels: (B,), the class of each image.
        side: Of the square, in pixels, at most that of the image; at the right and lower edges it may be cut off.
        stride: By how many pixels it slides, at most `side`, so that every pixel is covered.

    Returns:
        (B, H, W), in logits: the score of the image less that of the covered one.
    """
    masks = squares(*images.shape[2:], side=side, stride=stride).to(images)  # (S, H, W), 1 where covered
    score = network(images).gather(1, labels[:, None])  # (B, 1)
    falls = []
    for some in masks.split(at_once(images)):
        covered = (images * (1 - some)[:, None, None]).flatten(0, 1)  # (some * B, C, H, W)
        scores = network(covered).gather(1, labels.repeat(len(some))[:, None])
        falls.append(score - scores.view(len(some), -1).T)  # (B, some)
    return torch.einsum("bs,shw->bhw", torch.cat(falls, dim=1), masks) / masks.sum(dim=0)


def squares(height: int, width: int, *, side: int, stride: int) -> Tensor:
    """Squares that slide over an image, (S, height, width), 1 within and 0 around, row by row."""
    rows, columns = (_slid(length, side, stride) for length in (height, width))
    return (rows[:, None, :, None] * columns[None, :, None, :]).flatten(0, 1)


def _slid(length: int, side: int, stride: int) -> Tensor:
    """Intervals of `side` along a line, (N, length); the last one reaches its end, and may be cut off there."""
    count = 1 + max(0, -(-(length - side) // stride))
    starts = stride * torch.arange(count)[:, None]
    at = torch.arange(length)
    return ((at >= starts) & (at < starts + side)).float()


def at_once(images: Tensor) -> int:
    """How many copies of a batch of images (B, C, H, W) go through a network at once."""
    batch, _, height, width = images.shape
    return max(1, PIXELS // (batch * height * width), COPIES // batch if height >= LARGE else 1)
