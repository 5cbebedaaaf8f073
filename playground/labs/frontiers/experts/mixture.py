"""A mixture of experts in place of a perceptron: a router sends each token to a few of many small perceptrons.

Fedus, Zoph & Shazeer, "Switch Transformers", 2021 (arXiv 2101.03961), section 2; with more than one expert a token as
in Lepikhin et al., "GShard", 2020 (arXiv 2006.16668), section 2.2; the z-loss of a router from Zoph et al., "ST-MoE",
2022 (arXiv 2202.08906), section 3.3.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.inner import Inner, chained
from playground.precision import full_precision


class Routing(NamedTuple):
    """Which experts N tokens ask.

    Attributes:
        logits: (N, experts), of the softmax that says how well each expert suits each token.
        chosen: (N, top), the experts that suit best, the best one first.
        gates: (N, top), what the answers of these are multiplied by.
        kept: (N, top), whether an expert had room for the token; what it had not is left out of the sum.
    """

    logits: Tensor
    chosen: Tensor
    gates: Tensor
    kept: Tensor

    @property
    def probabilities(self) -> Tensor:
        """The softmax of the logits, (N, experts)."""
        return self.logits.softmax(dim=1)

    @property
    def load(self) -> Tensor:
        """The share of all choices that falls on each expert, (experts,), in the type of the logits; they sum to 1."""
        chosen = F.one_hot(self.chosen.flatten(), self.logits.shape[1])  # (N * top, experts)
        return chosen.to(self.logits.dtype).mean(dim=0)


class Router(nn.Module):
    """Scores every expert for every token, always in float32; a module, so that losses and views can read it."""

    def __init__(self, *, width: int, experts: int, top: int, capacity: float | None) -> None:
        """For tokens of `width` features; `top` of `experts` are asked.

        With a `capacity` an expert takes no more than so many times an equal share of the tokens of a batch, while the
        network is in training mode.

        Raises:
            ValueError: When more experts are asked than there are.
        """
        super().__init__()
        if top > experts:
            raise ValueError(f"{top} of {experts} experts cannot be asked")
        self.experts, self.top, self.capacity = experts, top, capacity
        self.score = nn.Linear(width, experts, bias=False)

    def forward(self, tokens: Tensor) -> Routing:
        """Where N tokens (N, width) go.

        The gate of an only choice is its probability, so that the router learns from what the expert gives (Switch,
        equation 2); those of several sum to 1 (GShard, algorithm 1).
        """
        logits = full_precision(self.score)(tokens)  # (N, experts)
        gates, chosen = logits.softmax(dim=1).topk(self.top, dim=1)  # (N, top)
        if self.top > 1:
            gates = gates / gates.sum(dim=1, keepdim=True)
        return Routing(logits, chosen, gates, self._room(chosen))

    def _room(self, chosen: Tensor) -> Tensor:
        """Whether experts have room, (N, top): all first choices are served before second ones, in their order."""
        if self.capacity is None or not self.training:
            return torch.ones_like(chosen, dtype=torch.bool)
        most = math.ceil(self.capacity * chosen.numel() / self.experts)
        asked = F.one_hot(chosen.T.flatten(), self.experts)  # (top * N, experts)
        place = (asked.cumsum(dim=0) * asked).sum(dim=1)  # (top * N,), counted from 1
        return (place <= most).unflatten(0, (self.top, -1)).T  # (N, top)


class MixtureOfExperts(nn.Module):
    """The sum of what the chosen experts make of a token, each times its gate."""

    def __init__(self, *, width: int, hidden: int, experts: int, top: int, capacity: float | None) -> None:
        """Each expert is a perceptron from `width` to `hidden` to `width` features; see `Router` for the others."""
        super().__init__()
        self.router = Router(width=width, experts=experts, top=top, capacity=capacity)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width)) for _ in range(experts)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (..., width) to tokens of the same shape; nothing comes of those that no expert had room for."""
        tokens = x.flatten(0, -2)  # (N, width)
        routing: Routing = self.router(tokens)
        asked = torch.where(routing.kept, routing.chosen, -1)  # (N, top)
        rows, answers = [], []
        for number, expert in enumerate(self.experts):
            asking, rank = (asked == number).nonzero(as_tuple=True)
            if len(asking):  # an expert that nobody asks gets no gradient
                rows.append(asking)
                answers.append(expert(tokens[asking]) * routing.gates[asking, rank, None])
        mixed = torch.cat(answers)  # (all that is kept, width)
        return torch.zeros_like(tokens, dtype=mixed.dtype).index_add(0, torch.cat(rows), mixed).view_as(x)

    def inner(self) -> list[Inner]:
        """The hidden units of all experts."""
        return [one for number in range(len(self.experts)) for one in chained(self, f"experts.{number}")]


def balance(routing: Routing) -> Tensor:
    """The load-balancing loss: 1 where all experts are asked alike, as much as there are experts where but one is.

    N sum_i f_i P_i, where f_i is the share of choices that fall on expert i and P_i its mean probability (Switch,
    equations 4 to 6).
    """
    return len(routing.load) * (routing.load * routing.probabilities.mean(dim=0)).sum()


def z_loss(routing: Routing) -> Tensor:
    """The mean square of log sum exp of the logits: it keeps them small (ST-MoE, equation 5)."""
    return routing.logits.logsumexp(dim=1).square().mean()
