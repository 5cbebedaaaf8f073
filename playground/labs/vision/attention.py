"""Attention read out of a Vision Transformer: pure functions, networks and tensors in, tensors out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from playground.labs.vision.vit import Attend, VisionTransformer


@contextmanager
def recorded(model: nn.Module) -> Iterator[list[Tensor]]:
    """Collects, while it is open, the attention of every `Attend` in the order of the calls, each (B, heads, T, T)."""
    found: list[Tensor] = []

    def record(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        q, k, _v = inputs
        found.append((q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(dim=-1))

    hooks = [module.register_forward_pre_hook(record) for module in model.modules() if isinstance(module, Attend)]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def attention(model: VisionTransformer, images: Tensor) -> tuple[Tensor, Tensor]:
    """One forward pass, looked at from inside.

    Args:
        model: In evaluation mode.
        images: (B, C, H, W), normalised as in training.

    Returns:
        The logits (B, classes), and what every query looks at: (B, layers, heads, T, T); the class token, where the
        model has one, comes first, then the patches row by row; each row sums to 1.
    """
    with recorded(model) as maps:
        logits = model(images)
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


def seen(model: VisionTransformer, maps: Tensor) -> Tensor:
    """How much of each patch flows into the answer: the `rollout` into what the model reads its classes off.

    Args:
        model: The model that `maps` are from.
        maps: (B, layers, heads, T, T).

    Returns:
        (B, grid, grid), not negative.
    """
    flow = rollout(maps)  # (B, T, T)
    answer = flow.mean(dim=1) if model.class_token is None else flow[:, 0, 1:]  # (B, patches)
    return answer.unflatten(1, (model.grid, model.grid))


def attended(model: VisionTransformer, images: Tensor) -> Tensor:
    """How much of each patch of pictures (B, C, H, W) flows into the answer: `seen` of one forward pass."""
    return seen(model, attention(model, images)[1])
