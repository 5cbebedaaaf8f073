"""Saliency maps of any image classifier: pure functions, networks and tensors in, tensors out."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def saliency(network: nn.Module, images: Tensor, labels: Tensor | None = None) -> Tensor:
    """The gradient of a class's logit at each pixel.

    Simonyan, Vedaldi & Zisserman, "Deep Inside Convolutional Networks", 2013 (arXiv 1312.6034), section 3.1: the
    absolute derivative, the largest of the channels. The gradients of the weights are not touched.

    Args:
        network: Images to logits (B, classes), in evaluation mode.
        images: (B, C, H, W), normalized as in training.
        labels: (B,), the class of each image; by default the predicted one.

    Returns:
        (B, H, W), not negative.
    """
    with torch.enable_grad():
        x = images.detach().requires_grad_()
        logits = network(x)
        scores = logits.amax(dim=1) if labels is None else logits.gather(1, labels[:, None])[:, 0]  # (B,)
        (gradient,) = torch.autograd.grad(scores.sum(), x)  # (B, C, H, W)
    return strongest(gradient)


def strongest(gradient: Tensor) -> Tensor:
    """The largest absolute value of the channels of a gradient (B, C, H, W): (B, H, W)."""
    return gradient.abs().amax(dim=1)
