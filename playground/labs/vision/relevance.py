"""What each patch adds to the score of a class in a Vision Transformer, by its attention and the gradient at it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.labs.vision.attention import into_output, weights
from playground.labs.vision.vit import Attend, VisionTransformer
from playground.shadow import shadow


def attention_gradients(
    model: VisionTransformer, images: Tensor, labels: Tensor
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """All attention maps A, and the gradients of the classes' logits at them.

    Args:
        model: In evaluation mode.
        images: (B, C, H, W), normalized as in training.
        labels: (B,), the class of each image.

    Returns:
        Maps and gradients of each layer, (B, heads, T, T) each, as `attention` has them.
    """
    maps: list[Tensor] = []

    def record(_: nn.Module, inputs: tuple[Tensor, ...], _output: Tensor) -> Tensor:
        q, k, v = inputs
        maps.append(weights(q, k))
        return maps[-1] @ v  # the same numbers, by way of a map that has a gradient

    own = shadow(model)
    for module in own.modules():
        if isinstance(module, Attend):
            module.register_forward_hook(record)
    with torch.enable_grad():
        # weights are frozen: it is the image that makes everything a function to be differentiated
        scores = own(images.detach().requires_grad_()).gather(1, labels[:, None])
        gradients = torch.autograd.grad(scores.sum(), maps)
    return tuple(one.detach() for one in maps), gradients


def relevance(model: VisionTransformer, images: Tensor, labels: Tensor) -> Tensor:
    """Relevance of the patches for a class.

    Chefer, Gur & Wolf, "Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder
    Transformers", 2021 (arXiv 2103.15679): R begins as the identity (equation 1), and each layer adds A' R (equation
    6), where A' is the mean over the heads of the positive part of gradient times attention (equation 5).

    Args:
        model: In evaluation mode.
        images: (B, C, H, W), normalized as in training.
        labels: (B,), the class of each image.

    Returns:
        (B, grid, grid), not negative: the class token's row of R; without one, the mean over the rows, less the
        identity, which is the same for all patches.
    """
    maps, gradients = attention_gradients(model, images, labels)
    eye = torch.eye(maps[0].shape[-1], dtype=images.dtype, device=images.device)
    total = eye.expand(len(images), -1, -1)  # (B, T, T), R
    for attention, gradient in zip(maps, gradients, strict=True):
        total = total + (gradient * attention).clamp(min=0).mean(dim=1) @ total
    return into_output(model, total - eye)
