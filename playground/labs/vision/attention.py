"""Attention read out of a Vision Transformer: pure functions, networks and tensors in, tensors out."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from playground.labs.vision.vit import Attend, VisionTransformer
from playground.shadow import shadow


@torch.no_grad()
def recorded(model: VisionTransformer, images: Tensor, record: Callable[[Tensor, Tensor, Tensor], None]) -> Tensor:
    """One forward pass of images (B, C, H, W) that shows what each block attends with.

    Args:
        model: In evaluation mode.
        images: Normalized as in training.
        record: Is given q, k and v (B, heads, T, d) of every block in turn; the `prefix` of the model comes first, its
            class token ahead, then the patches row by row.

    Returns:
        The logits (B, classes).
    """
    return hooked(model, lambda _attend, inputs, _values: record(*inputs))(images)


def hooked(
    model: VisionTransformer, hook: Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor | None]
) -> nn.Module:
    """A private `shadow` of a model, each of whose blocks calls `hook` with what it attends with, as a forward hook."""
    own = shadow(model)
    for module in own.modules():
        if isinstance(module, Attend):
            module.register_forward_hook(hook)
    return own


def weights(q: Tensor, k: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(d)) of q and k (..., T, d): (..., T, T), each row sums to 1 (Vaswani et al., equation 1)."""
    return (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(dim=-1)


def attention(model: VisionTransformer, images: Tensor) -> tuple[Tensor, Tensor]:
    """One forward pass, with its attention maps.

    Args:
        model: In evaluation mode.
        images: (B, C, H, W), normalized as in training.

    Returns:
        The logits (B, classes), and the attention of every query: (B, layers, heads, T, T); tokens stand as in
        `recorded`; each row sums to 1.
    """
    maps: list[Tensor] = []
    logits = recorded(model, images, lambda q, k, _v: maps.append(weights(q, k)))
    return logits, torch.stack(maps, dim=1)


def rollout(maps: Tensor) -> Tensor:
    """Attention followed through all layers, half of every token being its own residual.

    Abnar & Zuidema, "Quantifying Attention Flow in Transformers", 2020 (arXiv 2005.00928), section 3.

    Args:
        maps: (B, layers, heads, T, T).

    Returns:
        (B, T, T); row t says how much each input token flows into token t of the last layer; rows sum to 1.
    """
    mean = maps.mean(dim=2)  # (B, layers, T, T)
    eye = torch.eye(mean.shape[-1], dtype=mean.dtype, device=mean.device)
    layers = 0.5 * (mean + eye)
    flow = layers[:, 0]
    for layer in range(1, layers.shape[1]):
        flow = layers[:, layer] @ flow
    return flow


def into_output(model: VisionTransformer, flow: Tensor) -> Tensor:
    """What flows from each patch into what is classified, the mean of several tokens: `VisionTransformer.classified`.

    Args:
        model: The model that `flow` is from.
        flow: (B, T, T); row t says what flows from each input token into token t of the last layer.

    Returns:
        (B, grid, grid).
    """
    output = flow[:, model.classified].mean(dim=1)  # (B, T)
    return output[:, model.prefix :].unflatten(1, (model.grid, model.grid))


def output_rollout(model: VisionTransformer, maps: Tensor) -> Tensor:
    """Attention `rollout` of maps (B, layers, heads, T, T) into the output: (B, grid, grid), not negative."""
    return into_output(model, rollout(maps))


def attention_rollout(model: VisionTransformer, images: Tensor) -> Tensor:
    """The `output_rollout` (B, grid, grid) of one forward pass of images (B, C, H, W)."""
    return output_rollout(model, attention(model, images)[1])
