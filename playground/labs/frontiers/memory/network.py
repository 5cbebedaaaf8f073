"""What all networks of this topic share: they are shown a sequence, and give logits of bits in each of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn


@dataclass(frozen=True)
class Map:
    """What a network does with its memory in each step, as a view shows it.

    Attributes:
        title: What it is called: "Write weights".
        kind: From 0 to 1, shares of N locations that are written to ("write") or read from ("read"), or of T steps that
            are read from ("attention"); or from -1 to 1 the "state" of N cells.
        values: (B, T, N).
    """

    title: str
    kind: Literal["write", "read", "attention", "state"]
    values: Tensor


class SequenceNetwork(nn.Module):
    """A network of sequences; `looked_into` is what views call, `forward` what is trained."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Inputs (B, T, channels), from 0 to 1, to the logits of bits (B, T, bits); no step sees a later one."""
        return self.looked_into(inputs)[0]

    def looked_into(self, inputs: Tensor) -> tuple[Tensor, list[Map]]:
        """The logits, and what was done with the memory."""
        raise TypeError(f"{type(self).__name__} does not say what it does with its memory")
