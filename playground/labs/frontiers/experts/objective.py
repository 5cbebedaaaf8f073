"""Classification by experts, and what keeps all of them in use."""

from __future__ import annotations

from typing import Any

import torch

from playground.data import Split, unit
from playground.labs.frontiers.experts.losses import RouterLosses, optimizers, spread
from playground.labs.frontiers.experts.network import routed, routings
from playground.labs.frontiers.experts.transformer import MoeTransformer
from playground.labs.vision.classify import Classify
from playground.objective import Batch, Moment, Phase, Terms


class ClassifyByExperts(Classify):
    """Cross entropy, and the losses of the routers."""

    shown: MoeTransformer

    def __init__(self, *, losses: RouterLosses, **classify: Any) -> None:
        """See `Classify` for the rest."""
        super().__init__(**classify)
        self.losses = losses

    def phases(self) -> list[Phase]:
        """As of any classifier, but for the routers."""
        return [
            Phase("classify", optimizers(self.shown, lr=self.learning_rate, weight_decay=self.weight_decay)),
        ]

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Those of `Classify`, and what `RouterLosses` adds."""
        with routings(self.shown) as found:
            terms = super().loss(phase, batch, moment)
        return self.losses.added(terms, found)

    def evaluate(self, split: Split) -> dict[str, float]:
        """That of a classifier, and how the choices of all patches are spread, see `spread`."""
        loads = torch.stack(
            [
                torch.stack([routing.load for routing in routed(self.shown, unit(images))[1]]) * len(images)
                for images in split["images"].split(500)
            ]
        ).sum(dim=0) / len(split)  # (routers, experts)
        return {**super().evaluate(split), **spread(loads, self.shown.routers[0].top)}
