"""Token merging (ToMe): each block makes one of the patches that are most alike, so that later blocks do less.

Bolya et al., "Token Merging: Your ViT But Faster", 2022 (arXiv 2210.09461), section 3. A trained network takes it as it
is; nothing is learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.errors import PlaygroundError
from playground.labs.vision.vit import Block, VisionTransformer
from playground.precision import scaled_dot_product_attention


class CannotMerge(PlaygroundError):
    """The network's tokens cannot be merged."""


@dataclass(frozen=True)
class Matching:
    """Which tokens of the one half of T tokens, those at even places, go into which of the other.

    Attributes:
        kept: Those that stay, in their order, (B, ceil(T / 2) - r), counted within their half.
        merged: Those that go, (B, r).
        into: Where each of these goes, counted within the other half, (B, r).
    """

    kept: Tensor
    merged: Tensor
    into: Tensor

    def summed(self, x: Tensor) -> Tensor:
        """Tokens (B, T, width) to (B, T - r, width): those that stay, then the other half with what went into it."""
        even, odd = x[:, 0::2], x[:, 1::2]
        odd = odd.scatter_add(1, _across(self.into, x), even.gather(1, _across(self.merged, x)))
        return torch.cat([even.gather(1, _across(self.kept, x)), odd], dim=1)

    def places(self, tokens: int) -> Tensor:
        """Where each of T `tokens` is afterwards, (B, T)."""
        batch, kept = self.kept.shape
        places = self.kept.new_empty(batch, tokens)
        places[:, 1::2] = kept + torch.arange(tokens // 2, device=places.device)
        even = places[:, 0::2]
        even.scatter_(1, self.kept, torch.arange(kept, device=places.device).expand(batch, -1))
        even.scatter_(1, self.merged, kept + self.into)
        return places


def bipartite_soft_matching(keys: Tensor, r: int) -> Matching:
    """The `r` tokens of the one half that are most like one of the other (section 3, "Bipartite Soft Matching").

    Alike is what the cosine of their keys says; `keys` are (B, T, d). Of T tokens, at most T / 2 go.
    """
    keys = F.normalize(keys, dim=-1)
    r = min(r, keys.shape[1] // 2)
    if r == 0:
        kept = torch.arange((keys.shape[1] + 1) // 2, device=keys.device).expand(len(keys), -1)
        return Matching(kept, kept[:, :0], kept[:, :0])
    best, into = (keys[:, 0::2] @ keys[:, 1::2].transpose(1, 2)).max(dim=-1)  # (B, ceil(T / 2))
    order = best.argsort(dim=-1, descending=True, stable=True)
    return Matching(order[:, r:].sort(dim=-1).values, order[:, :r], into.gather(1, order[:, :r]))


@torch.no_grad()
def merging(network: VisionTransformer, images: Tensor, r: int) -> tuple[Tensor, list[Tensor]]:
    """One forward pass in which each block merges `r` patches, between its attention and its MLP (figure 1).

    A merged token is the mean of the patches in it, and counts in attention as many times ("proportional attention",
    equation 1), and in the mean that is classified. Class token and registers take no part.

    Args:
        network: In evaluation mode.
        images: (B, C, H, W), normalized as in training.
        r: How many patches a block saves; 0 is the plain network.

    Returns:
        The logits (B, classes), and behind each block the token that each patch is part of, (B, patches).

    Raises:
        CannotMerge: For rotary positions.
    """
    if network.rotary:
        raise CannotMerge("Rotary codes turn a token by its one place, and a merged token has many; none are merged.")
    first, x = network.embed(images).split_with_sizes([network.prefix, network.grid**2], dim=1)
    sizes = x.new_ones(*x.shape[:2], 1)  # (B, patches, 1)
    owner = torch.arange(x.shape[1], device=x.device).expand(len(x), -1)  # (B, patches)
    owners = []
    for block in network.blocks:
        assert isinstance(block, Block)
        tokens = torch.cat([first, x], dim=1)  # (B, prefix + T, width)
        q, k, v = block.attention.split(block.norm1(tokens))  # (B, heads, prefix + T, d)
        bias = F.pad(sizes.log(), (0, 0, network.prefix, 0)).transpose(1, 2)[:, None]  # (B, 1, 1, prefix + T)
        attended = scaled_dot_product_attention(q, k, v, attn_mask=bias)
        first, x = block.with_attention(tokens, block.attention.join(attended)).tensor_split([network.prefix], dim=1)
        matching = bipartite_soft_matching(k[:, :, network.prefix :].mean(dim=1), r)
        owner = matching.places(x.shape[1]).gather(1, owner)
        owners.append(owner)
        total = matching.summed(sizes)
        x, sizes = matching.summed(x * sizes) / total, total  # (B, T - r, width)
        first, x = block.within_tokens(torch.cat([first, x], dim=1)).tensor_split([network.prefix], dim=1)
    whole = torch.cat([first, x.gather(1, _across(owner, x))], dim=1)  # (B, prefix + patches, width)
    return network.read(network.norm(whole)), owners


class TokenMerging(nn.Module):
    """A trained network in each block of which `r` patches go into others."""

    def __init__(self, network: VisionTransformer, r: int) -> None:
        """The network stays as it is."""
        super().__init__()
        self.network, self.r = network, r

    @staticmethod
    def most(network: nn.Module) -> int:
        """The largest `r` that makes a difference, half of the patches; 0 where the tokens cannot be merged."""
        if not isinstance(network, VisionTransformer) or network.rotary:
            return 0
        return network.grid**2 // 2

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to logits (B, classes)."""
        return merging(self.network, images, self.r)[0]


def _across(places: Tensor, x: Tensor) -> Tensor:
    """Places (B, n) as an index of tokens `x` (B, T, width), (B, n, width)."""
    return places[..., None].expand(-1, -1, x.shape[2])
