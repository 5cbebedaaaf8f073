"""Predicting the next character by experts."""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data import Data, Split
from playground.labs.frontiers.experts.characters import CharacterTransformer, written
from playground.labs.frontiers.experts.losses import RouterLosses, optimizers, spread
from playground.labs.frontiers.experts.network import routed, routings
from playground.media import Text
from playground.objective import Batch, Moment, Objective, Phase, Terms
from playground.precision import full_precision

PROMPT, WRITTEN, TEMPERATURE = "The ", 120, 0.7
"""What a preview begins with, how many characters it goes on, and the temperature of its softmax."""
AT_ONCE = 64
"""Passages that are evaluated together."""


@full_precision
def cross_entropy(logits: Tensor, characters: Tensor) -> Tensor:
    """Of each character (B, T) its surprise (nats), given logits (B, T, symbols)."""
    return F.cross_entropy(logits.transpose(1, 2), characters.long(), reduction="none")


class PredictByExperts(Objective):
    """The cross entropy of the next character, and the losses of the routers."""

    shown: CharacterTransformer
    quick_examples = 150

    def __init__(
        self,
        *,
        network: CharacterTransformer,
        data: Data,
        losses: RouterLosses,
        learning_rate: float,
        weight_decay: float,
    ) -> None:
        """The preview is what the network writes."""
        super().__init__()
        self.shown, self.spec, self.losses = network, data.spec, losses
        self.learning_rate, self.weight_decay = learning_rate, weight_decay

    def phases(self) -> list[Phase]:
        """One phase, two optimizers."""
        return [Phase("predict", optimizers(self.shown, lr=self.learning_rate, weight_decay=self.weight_decay))]

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Cross entropy (nats a character) and the accuracy (0 to 1) on the batch, and what `RouterLosses` adds."""
        read, following = batch["characters"][:, :-1], batch["characters"][:, 1:]
        with routings(self.shown) as found:
            logits = self.shown(read)
        right = (logits.argmax(dim=2) == following).float().mean()
        return self.losses.added({"loss": cross_entropy(logits, following).mean(), "accuracy": right}, found)

    def preview(self, rng: Generator) -> Text:
        """How it goes on after `PROMPT`."""
        begun = self.spec.numbers(PROMPT).to(self.shown.head.weight.device)
        return Text(self.spec.text(written(self.shown, begun, WRITTEN, TEMPERATURE, rng)))

    def evaluate(self, split: Split) -> dict[str, float]:
        """Cross entropy (nats a character) and accuracy (0 to 1), and how the choices are spread, see `spread`."""
        loss = right = loads = torch.zeros(())
        for passages in split["characters"].split(AT_ONCE):
            logits, found = routed(self.shown, passages[:, :-1])
            following = passages[:, 1:]
            loss = loss + cross_entropy(logits, following).sum()
            right = right + (logits.argmax(dim=2) == following).sum()
            loads = loads + torch.stack([routing.load for routing in found]) * len(passages)
        count = len(split) * (split["characters"].shape[1] - 1)
        told = {"loss": float(loss / count), "accuracy": float(right / count)}
        return {**told, **spread(loads / len(split), self.shown.routers[0].top)}
