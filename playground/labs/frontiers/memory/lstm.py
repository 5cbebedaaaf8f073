"""A long short-term memory network, whose memory is its cells and nothing else.

Hochreiter & Schmidhuber, "Long Short-Term Memory", 1997, with the forget gate of Gers, Schmidhuber & Cummins, 2000.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.labs.frontiers.memory.network import Map, SequenceNetwork


class Lstm(SequenceNetwork):
    """One layer of LSTM cells, and a linear layer to the bits."""

    def __init__(self, *, channels: int, bits: int, width: int = 128) -> None:
        """`width` is the number of cells."""
        super().__init__()
        self.cells = nn.LSTM(channels, width, batch_first=True)
        self.outputs = nn.Linear(width, bits)

    def forward(self, inputs: Tensor) -> Tensor:
        """Inputs (B, T, channels) to logits (B, T, bits)."""
        return self.outputs(self.cells(inputs)[0])  # (B, T, width), then (B, T, bits)

    def looked_into(self, inputs: Tensor) -> tuple[Tensor, list[Map]]:
        """The logits, and what is in the cells after each step, as the gates let it out: tanh of the cell state."""
        state, hidden, cells = None, [], []
        for shown in inputs.split(1, dim=1):  # (B, 1, channels)
            out, state = self.cells(shown, state)
            hidden.append(out)
            cells.append(state[1][0])  # (B, width)
        logits = self.outputs(torch.cat(hidden, dim=1))
        return logits, [Map("Cell state", "state", torch.stack(cells, dim=1).tanh())]
