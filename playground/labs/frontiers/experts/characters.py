"""A causal transformer that reads characters and predicts the next one, in every second block of which are experts.

Vaswani et al., "Attention Is All You Need", 2017 (arXiv 1706.03762), section 3.1, the decoder alone; pre-norm, with
rotary positions in half of each head's features.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from playground.labs.frontiers.experts.network import RoutedNetwork
from playground.labs.vision.vit import Block
from playground.labs.waves import angles


class CharacterTransformer(RoutedNetwork):
    """Characters as tokens, transformer blocks, and a linear head on each token.

    Attributes:
        length: How many characters it has seen at once in training; what comes before these is not looked at.
    """

    def __init__(
        self,
        *,
        symbols: int,
        length: int,
        width: int,
        depth: int,
        heads: int,
        mlp_ratio: float,
        experts: int,
        top: int,
        capacity: float | None,
    ) -> None:
        """`width` must be a multiple of four times the number of `heads`.

        `experts`, `top` and `capacity` are of `MixtureOfExperts`. In training, whether an expert has room for a second
        choice depends on first choices further behind.
        """
        super().__init__()
        if width % (4 * heads):
            raise ValueError(f"rotary positions need a multiple of 4 features a head, not {width} / {heads}")
        self.length, self.rotary = length, width // heads
        self.embedding = nn.Embedding(symbols, width)
        self.blocks = nn.Sequential(
            *[Block(width=width, heads=heads, mlp_ratio=mlp_ratio, causal=True) for _ in range(depth)]
        )
        self.mix(width=width, hidden=int(width * mlp_ratio), experts=experts, top=top, capacity=capacity)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, symbols)
        self._initialize()

    def _initialize(self) -> None:
        """Truncated normals of 0.02, zero biases, and a head of zeros: uniform predictions at first."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.trunc_normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        nn.init.zeros_(self.head.weight)

    def forward(self, characters: Tensor) -> Tensor:
        """Numbers of symbols (B, T) to logits (B, T, symbols) of the character after each."""
        x = self.embedding(characters.long())
        turns = angles(self.rotary, 1, characters.shape[1]).to(x.device)  # (T, d / 2)
        for block in self.blocks:
            x = block(x, turns)
        return self.head(self.norm(x))


@torch.no_grad()
def written(network: CharacterTransformer, begun: Tensor, count: int, temperature: float, rng: Generator) -> Tensor:
    """How a network goes on: numbers (T,) of at least one symbol to (T + count,).

    Each next character is drawn from the softmax of its logits over the `temperature`, above 0.
    """
    text = begun
    for _ in range(count):
        logits = network(text[None, -network.length :])[0, -1]
        drawn = torch.multinomial((logits / temperature).softmax(dim=0), 1, generator=rng)
        text = torch.cat([text, drawn.to(text.dtype)])
    return text
