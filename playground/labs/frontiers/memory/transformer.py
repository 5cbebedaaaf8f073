"""A causal transformer with a short window, and a memory of all keys and values that have left it, read by top-k.

Wu, Rabe, Hutchins & Szegedy, "Memorizing Transformers", 2022 (arXiv 2203.08913). There one layer reads the memory and a
gate mixes in what it finds; here each layer has one, and what is looked up stands under the same softmax as the window
(Bertsch et al., "Unlimiformer", 2023, arXiv 2305.01625), so that with k as large as the memory it is full attention.
Gradients flow into the memory, which holds no more than one sequence. Positions are rotary (Su et al., "RoFormer",
2021, arXiv 2104.09864): attention sees how far back a step lies, and no step has a number of its own.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.labs.frontiers.memory.network import Map, SequenceNetwork

SLOWEST = 100.0
"""How many steps the slowest pair of features takes for a radian."""


def rotated(x: Tensor) -> Tensor:
    """Queries or keys (B, H, T, D), of even D, each pair of features turned by an angle proportional to its step."""
    steps, features = x.shape[2:]
    speed = SLOWEST ** -torch.linspace(0, 1, features // 2, device=x.device, dtype=x.dtype)  # radians a step
    angle = torch.arange(steps, device=x.device, dtype=x.dtype)[:, None] * speed  # (T, D / 2)
    first, second = x.chunk(2, dim=3)
    cos, sin = angle.cos(), angle.sin()
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=3)


def allowed(scores: Tensor, window: int, top: int) -> Tensor:
    """Which steps may be attended to.

    Args:
        scores: (B, H, T, T), of each query for each key.
        window: A step sees itself and the `window` - 1 steps before.
        top: Of all steps before these, the memory, it sees as many that score highest.

    Returns:
        (B, H, T, T), bool.
    """
    steps = scores.shape[-1]
    at = torch.arange(steps, device=scores.device)
    back = at[:, None] - at  # (T, T), how far a key lies back
    near = (back >= 0) & (back < window)
    if not top:
        return near.expand_as(scores)
    old = back >= window
    remembered = scores.detach().masked_fill(~old, -torch.inf)
    found = remembered.topk(min(top, steps), dim=3).indices  # (B, H, T, k)
    looked_up = torch.zeros_like(scores, dtype=torch.bool).scatter_(3, found, True) & old
    return near | looked_up


class Attention(nn.Module):
    """Multi-head attention to a window and to a memory."""

    def __init__(self, *, width: int, heads: int, window: int, top: int) -> None:
        """Reads `top` keys of the memory in each step, or has none if that is 0."""
        super().__init__()
        self.heads, self.window, self.top = heads, window, top
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Steps (B, T, width) to the same shape, and the weights of attention (B, H, T, T)."""
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # each (B, H, T, D)
        scores = rotated(q) @ rotated(k).transpose(2, 3) * q.shape[3] ** -0.5  # (B, H, T, T)
        weights = scores.masked_fill(~allowed(scores, self.window, self.top), -torch.inf).softmax(dim=3)
        return self.out((weights @ v).transpose(1, 2).flatten(2)), weights  # (B, T, width)


class Block(nn.Module):
    """x + attention(norm(x)), then x + perceptron(norm(x))."""

    def __init__(self, *, width: int, heads: int, window: int, top: int) -> None:
        """The hidden layer is twice as wide as the features."""
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width=width, heads=heads, window=window, top=top)
        self.perceptron = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Steps (B, T, width) to the same shape, and the weights of attention (B, H, T, T)."""
        attended, weights = self.attention(self.norm1(x))
        x = x + attended
        return x + self.perceptron(self.norm2(x)), weights


class MemoryTransformer(SequenceNetwork):
    """Blocks of attention to the window and to the memory, and a linear layer to the bits."""

    def __init__(
        self,
        *,
        channels: int,
        bits: int,
        width: int = 64,
        depth: int = 2,
        heads: int = 4,
        window: int = 4,
        top: int = 4,
    ) -> None:
        """`width` must be a multiple of twice the number of `heads`."""
        super().__init__()
        self.inputs = nn.Linear(channels, width)
        self.blocks = nn.ModuleList(
            [Block(width=width, heads=heads, window=window, top=top) for _ in range(depth)],
        )
        self.norm = nn.LayerNorm(width)
        self.outputs = nn.Linear(width, bits)

    def looked_into(self, inputs: Tensor) -> tuple[Tensor, list[Map]]:
        """The logits, and which steps each step attends to: for each block, the mean over its heads."""
        x, maps = self.inputs(inputs), []
        for number, block in enumerate(self.blocks, 1):
            x, weights = block(x)
            maps.append(Map(f"Attention of block {number}", "attention", weights.mean(dim=1)))
        return self.outputs(self.norm(x)), maps
