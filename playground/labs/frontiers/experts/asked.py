"""Who is asked for what, of any network with experts: what the views of it share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.labs.frontiers.experts.mixture import Routing
from playground.labs.frontiers.experts.network import RoutedNetwork
from playground.view import Answer, Options, option


class Chosen(Options):
    """Which of the routers is looked at."""

    router: int = option(0, "The router, counted from 0; the last one if there are fewer.", ge=0, le=99)


class Highlighted(Chosen):
    """The router, and an expert that is brought out."""

    expert: int = option(-1, "The expert whose tokens are brought out, counted from 0; -1 is none.", ge=-1, le=99)
    strength: float = option(
        0.6,
        "How strongly the colors of the experts cover what is below.",
        label="Colors of the experts",
        ge=0,
        le=1,
        step=0.05,
    )


class Asked(NamedTuple):
    """Where the tokens of N examples go: T tokens an example, R routers.

    Attributes:
        chosen: (R, N, T, top), the experts asked, the first choice first.
        gates: (R, N, T, top).
        probabilities: (R, N, T, experts).
    """

    chosen: Tensor
    gates: Tensor
    probabilities: Tensor

    @classmethod
    def of(cls, chunks: Iterable[tuple[int, list[Routing]]], prefix: int = 0) -> Self:
        """What the routers did with examples, some at a time: how many these were, and the routings.

        The first `prefix` tokens of each example are left out.
        """
        chunks = list(chunks)

        def of_tokens(name: str) -> Tensor:
            batches = []
            for count, routings in chunks:
                values = torch.stack([getattr(routing, name) for routing in routings])  # (R, count * T, ...)
                batches.append(values.unflatten(1, (count, -1))[:, :, prefix:])  # (R, count, T, ...)
            return torch.cat(batches, dim=1)

        return cls(*map(of_tokens, cls._fields))

    @property
    def shares(self) -> Tensor:
        """What share of its choices each token of each example gives to each expert, (R, N, T, experts)."""
        return F.one_hot(self.chosen, self.probabilities.shape[-1]).float().mean(dim=3)

    def by_label(self, labels: Tensor, count: int) -> Tensor:
        """The load of each expert by the label, of `count`, of the example that it comes from.

        Args:
            labels: (N,), int64.
            count: How many labels there are.

        Returns:
            (R, experts, count), shares of all choices.
        """
        of_label = F.one_hot(labels, count).float()  # (N, count)
        return torch.einsum("rne,nk->rek", self.shares.mean(dim=2), of_label) / len(labels)


def load_view(network: RoutedNetwork, spec: Any, options: Chosen, inputs: Mapping[str, Any]) -> Answer:
    """The load of the experts of one router, over test examples: `values` (experts,), which sum to 1."""
    shares = inputs["prepared"].shares
    load = shares[min(options.router, len(shares) - 1)].mean(dim=(0, 1))
    return Answer({"values": load}, {"names": [f"Expert {number + 1}" for number in range(len(load))], "shares": True})
