"""What each patch adds to the score of a class in a Vision Transformer, by its attention and the gradient at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from playground.labs.vision.attention import hooked, into_output, weights
from playground.labs.vision.vit import VisionTransformer


class Backward(NamedTuple):
    """One forward pass of images, and one pass back from the logits of their classes.

    Attributes:
        logits: (B, classes).
        labels: (B,), the classes.
        pixels: (B, C, H, W), the gradients at the images.
        maps: The attention maps of each layer, (B, heads, T, T) each, as `attention` has them.
        gradients: Those at the maps.
    """

    logits: Tensor
    labels: Tensor
    pixels: Tensor
    maps: tuple[Tensor, ...]
    gradients: tuple[Tensor, ...]


def backward(network: nn.Module, images: Tensor, labels: Callable[[Tensor], Tensor]) -> Backward:
    """All that two passes through a network tell; one that is no Vision Transformer has no maps.

    Args:
        network: Images to logits (B, classes), in evaluation mode.
        images: (B, C, H, W), normalized as in training.
        labels: The logits to the class of each image, (B,).
    """
    maps: list[Tensor] = []

    def record(_: nn.Module, inputs: tuple[Tensor, ...], _output: Tensor) -> Tensor:
        q, k, v = inputs
        maps.append(weights(q, k))
        return maps[-1] @ v  # the same numbers, by way of a map that has a gradient

    own = hooked(network, record) if isinstance(network, VisionTransformer) else network
    with torch.enable_grad():
        # weights are frozen: it is the image that makes everything a function to be differentiated
        x = images.detach().requires_grad_()
        logits = own(x)
        chosen = labels(logits.detach())
        pixels, *gradients = torch.autograd.grad(logits.gather(1, chosen[:, None]).sum(), [x, *maps])
    return Backward(logits.detach(), chosen, pixels, tuple(one.detach() for one in maps), tuple(gradients))


def relevance(model: VisionTransformer, images: Tensor, labels: Tensor) -> Tensor:
    """The `added_up` relevance (B, grid, grid) of images (B, C, H, W) for their classes (B,)."""
    return added_up(model, backward(model, images, lambda _: labels))


def added_up(model: VisionTransformer, passes: Backward) -> Tensor:
    """Relevance of the patches for a class.

    Chefer, Gur & Wolf, "Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder
    Transformers", 2021 (arXiv 2103.15679): R begins as the identity (equation 1), and each layer adds A' R (equation
    6), where A' is the mean over the heads of the positive part of gradient times attention (equation 5).

    Args:
        model: In evaluation mode.
        passes: What it did with images and their classes.

    Returns:
        (B, grid, grid), not negative: the mean of those rows of R that are classified, which is the class token's, or
        without one those of the patches, less the identity, which is the same for all patches.
    """
    maps = passes.maps
    eye = torch.eye(maps[0].shape[-1], dtype=maps[0].dtype, device=maps[0].device)
    total = eye.expand(len(maps[0]), -1, -1)  # (B, T, T), R
    for attention, gradient in zip(maps, passes.gradients, strict=True):
        total = total + (gradient * attention).clamp(min=0).mean(dim=1) @ total
    return into_output(model, total - eye)
