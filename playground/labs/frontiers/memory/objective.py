"""Answering with bits: cross entropy where they are asked for, and how many are wrong at each length."""

from __future__ import annotations

from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.nn.utils import clip_grad_norm_
from torch.optim import Adam

from playground.data import Data, Split
from playground.labs.frontiers.memory.lengths import by_length, shown, wrong_bits
from playground.labs.frontiers.memory.network import SequenceNetwork
from playground.media import Sheet
from playground.objective import Batch, Moment, Objective, Phase, Terms
from playground.precision import full_precision

LARGEST = 1.0
"""The largest norm of a gradient; a longer one is scaled down to it (Pascanu et al., 2013, arXiv 1211.5063)."""
MULTIPLES = (1, 2, 4)
"""Of the greatest length in training, those lengths that an error is told of."""
PIXEL = 4
"""The side of a number in a preview."""
WRONG = (213, 94, 0)


@full_precision
def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """The mean over bits (nats), of logits and targets (n, bits)."""
    return F.binary_cross_entropy_with_logits(logits, targets.float())


class Answering(Objective):
    """Binary cross entropy of the bits that are asked for, with Adam and clipped gradients."""

    shown: SequenceNetwork
    quick_examples = 320

    def __init__(self, *, network: SequenceNetwork, data: Data, learning_rate: float) -> None:
        """The preview shows the first test sequences of the lengths in `MULTIPLES`, where there are such."""
        super().__init__()
        self.shown, self.learning_rate, self.longest = network, learning_rate, data.spec.longest
        lengths = data.test["lengths"].tolist()
        rows = [lengths.index(length) for length in self.told(data.test)]
        fixed = data.test.at(torch.tensor(rows or [0]))
        for name in ("inputs", "targets", "asked"):
            self.register_buffer(f"fixed_{name}", fixed[name], persistent=False)

    def told(self, split: Split) -> list[int]:
        """The lengths of `split` that an error is told of."""
        there = set(split["lengths"].tolist())
        return [length for length in (times * self.longest for times in MULTIPLES) if length in there]

    def phases(self) -> list[Phase]:
        """One phase with Adam, which clips the gradient before each of its steps."""
        optimizer = Adam(self.shown.parameters(), lr=self.learning_rate)
        optimizer.register_step_pre_hook(self._clip)
        return [Phase("answer", [optimizer])]

    def _clip(self, *_: Any) -> None:
        clip_grad_norm_(self.shown.parameters(), LARGEST)

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The cross entropy (nats a bit), and the share of wrong bits, on the batch."""
        asked = batch["asked"].bool()  # (B, T)
        logits, targets = self.shown(shown(batch["inputs"]))[asked], batch["targets"][asked]  # (n, bits)
        wrong = (logits > 0) != targets.bool()
        return {"loss": cross_entropy(logits, targets), "error": wrong.float().mean()}

    def evaluate(self, split: Split) -> dict[str, float]:
        """Shares of wrong bits: "error" over all lengths of the training, "error.10" and so on at one length."""
        wrong, lengths = wrong_bits(self.shown, split), split["lengths"]
        each = by_length(wrong, lengths)
        return {"error": float(wrong[lengths <= self.longest].mean())} | {
            f"error.{length}": each[length] for length in self.told(split)
        }

    def preview(self, rng: Generator) -> Sheet:
        """Of each fixed sequence what is shown, what is asked for, and the answer, in which wrong bits are orange."""
        inputs, targets, asked = self.fixed_inputs, self.fixed_targets, self.fixed_asked.bool()
        steps = int(asked.any(dim=0).nonzero()[-1]) + 1
        answers = self.shown(shown(inputs[:, :steps])).sigmoid() * 255  # (N, T, bits)
        blank = ~asked[:, :steps, None]
        wanted = (targets[:, :steps] * 255).masked_fill(blank, 0)
        given = answers.round().to(torch.uint8).masked_fill(blank, 0)
        wrong = ((given > 127) != (wanted > 127)) & ~blank
        line = torch.full_like(wanted[:, :, :1], 96)
        gray = torch.cat([inputs[:, :steps], line, wanted, line, given], dim=2).transpose(1, 2)  # (N, rows, T)
        images = gray[:, None].repeat(1, 3, 1, 1)
        ink = torch.tensor(WRONG, dtype=torch.uint8, device=gray.device)[:, None, None]
        answer = images[:, :, -wrong.shape[2] :]
        answer.copy_(torch.where(wrong.transpose(1, 2)[:, None], ink, answer))
        return Sheet(images.repeat_interleave(PIXEL, 2).repeat_interleave(PIXEL, 3), 1)

    fixed_inputs: Tensor
    fixed_targets: Tensor
    fixed_asked: Tensor
