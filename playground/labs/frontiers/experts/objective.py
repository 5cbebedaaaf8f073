"""Classification by experts, and what keeps all of them in use."""

from __future__ import annotations

from typing import Any

import torch

from playground.data import Split, unit
from playground.labs.frontiers.experts.mixture import balance, z_loss
from playground.labs.frontiers.experts.transformer import MoeTransformer, routed, routings
from playground.labs.vision.classify import Classify
from playground.objective import Batch, Moment, Phase, Terms
from playground.optim import hidden, muon_and_adamw


class ClassifyByExperts(Classify):
    """Cross entropy, the load-balancing loss and the router's z-loss."""

    shown: MoeTransformer

    def __init__(self, *, balance: float, z_loss: float, **classify: Any) -> None:
        """`balance` and `z_loss` are what these losses weigh, each a mean over routers; see `Classify` for the rest."""
        super().__init__(**classify)
        self.balance, self.z_loss = balance, z_loss

    def phases(self) -> list[Phase]:
        """As of any classifier, but Muon leaves the routers alone: it would move all experts' scores alike."""
        routers = {id(router.score.weight) for router in self.shown.routers}
        matrices = [matrix for matrix in hidden(self.shown) if id(matrix) not in routers]
        rates = {"lr": self.learning_rate, "weight_decay": self.weight_decay}
        return [Phase("classify", muon_and_adamw(self.shown, matrices, **rates, fused=True))]

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Those of `Classify`, both losses of the routers, the share of choices that found no room, and the loads.

        "load_1" (experts,) is of the first router, and so on.
        """
        with routings(self.shown) as found:
            terms = super().loss(phase, batch, moment)
        even = torch.stack([balance(routing) for routing in found]).mean()
        size = torch.stack([z_loss(routing) for routing in found]).mean()
        dropped = torch.stack([1 - routing.kept.float().mean() for routing in found]).mean()
        return {
            **terms,
            "objective": terms["loss"] + self.balance * even + self.z_loss * size,
            "balance": even,
            "z_loss": size,
            "dropped": dropped,
            **{f"load_{number}": routing.load for number, routing in enumerate(found, 1)},
        }

    def evaluate(self, split: Split) -> dict[str, float]:
        """That of a classifier, and how the choices of all tokens are spread, each of the router where it is worst.

        "least" and "most" are the loads of the experts that are asked least and most, as multiples of an equal share;
        "used" is how many are asked for at least a hundredth of the tokens.
        """
        loads = torch.stack(
            [
                torch.stack([routing.load for routing in routed(self.shown, unit(images))[1]]) * len(images)
                for images in split["images"].split(500)
            ]
        ).sum(dim=0) / len(split)  # (routers, experts)
        equal = loads * loads.shape[1]
        used = (loads * self.shown.routers[0].top >= 0.01).sum(dim=1)
        spread = {"least": float(equal.min()), "most": float(equal.max()), "used": float(used.min())}
        return {**super().evaluate(split), **spread}
