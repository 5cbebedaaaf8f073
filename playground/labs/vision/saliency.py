"""What any classifier of pictures looks at: pure functions, networks and tensors in, tensors out."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def saliency(network: nn.Module, images: Tensor) -> Tensor:
    """How strongly each pixel moves the logit of the class that the network gives.

    Simonyan, Vedaldi & Zisserman, "Deep Inside Convolutional Networks", 2013 (arXiv 1312.6034), section 3.1: the
    absolute derivative, the largest of the channels. Nothing is left behind in the gradients of the weights.

    Args:
        network: Pictures to logits (B, classes), in evaluation mode.
        images: (B, C, H, W), normalized as in training.

    Returns:
        (B, H, W), not negative.
    """
    with torch.enable_grad():
        x = images.detach().requires_grad_()
        score = network(x).amax(dim=1).sum()
        (slope,) = torch.autograd.grad(score, x)  # (B, C, H, W)
    return slope.abs().amax(dim=1)  # (B, H, W)
