"""The Neural Turing Machine: a controller that writes to a memory and reads from it, by content and by location.

Graves, Wayne & Danihelka, "Neural Turing Machines", 2014 (arXiv 1410.5401); the numbers of equations are theirs. The
memory begins at a constant, which learns faster than a random or a learned one (Collier & Beel, "Implementing Neural
Turing Machines", 2018, arXiv 1807.08518).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.frontiers.memory.network import Map, SequenceNetwork
from playground.precision import full_precision

Controller = Literal["lstm", "feedforward"]
START = 1e-6
"""What every number of the memory begins at."""
FOCUS, REST, SHARP = 8.0, 1.0, 2.0
"""How the heads begin: at the first location, whose logit lies so far above the others'; nearly at rest, by the logit
of no shift; and sharp, by what is added to gamma's. Weights that have spread over all locations cannot be shifted, and
find no way back."""
SHIFTS = 3
"""A head may move by one location forward, stay, or move back by one."""
LEAST = 1e-30
"""What a weight counts as at least where its logarithm is taken."""


def similarity(keys: Tensor, memory: Tensor) -> Tensor:
    """Equation 6, the cosine between keys (B, H, M) and the rows of a memory (B, N, M): (B, H, N)."""
    lengths = keys.norm(dim=2, keepdim=True) * memory.norm(dim=2)[:, None]  # (B, H, N)
    return (keys @ memory.transpose(1, 2)) / lengths.clamp(min=1e-8)


def by_content(keys: Tensor, strength: Tensor, memory: Tensor) -> Tensor:
    """Equation 5: the weights (B, H, N) that keys (B, H, M) of a `strength` beta (B, H, 1) give to the locations."""
    return (strength * similarity(keys, memory)).softmax(dim=2)


def interpolated(before: Tensor, content: Tensor, gate: Tensor) -> Tensor:
    """Equation 7: weights (B, H, N) by content where the `gate` g (B, H, 1) is 1, those of the step before where 0."""
    return torch.lerp(before, content, gate)


def shifted(weights: Tensor, shifts: Tensor) -> Tensor:
    """Equation 8, a circular convolution: the weights (B, H, N) moved forward by one, not at all, and back by one.

    `shifts` s (B, H, 3) say how much of each, in this order.
    """
    around = torch.cat([weights[..., -1:], weights, weights[..., :1]], dim=2)  # (B, H, N + 2)
    return (around.unfold(2, SHIFTS, 1) @ shifts[..., None])[..., 0]  # (B, H, N)


def sharpened(weights: Tensor, gamma: Tensor) -> Tensor:
    """Equation 9: weights (B, H, N) to the power of `gamma` (B, H, 1), which is at least 1, with sum 1 again."""
    return (gamma * weights.clamp(min=LEAST).log()).softmax(dim=2)


def written(memory: Tensor, weights: Tensor, erase: Tensor, add: Tensor) -> Tensor:
    """Equations 3 and 4: a memory (B, N, M) of which is erased, and to which is added, at `weights` (B, N).

    `erase` e (B, M) is from 0 to 1; `add` a is (B, M).
    """
    erased = torch.addcmul(memory, memory, weights[:, :, None] * erase[:, None], value=-1)  # M (1 - w e)
    return torch.baddbmm(erased, weights[:, :, None], add[:, None])


def read(memory: Tensor, weights: Tensor) -> Tensor:
    """Equation 2: what a memory (B, N, M) holds at `weights` (B, N): (B, M)."""
    return (weights[:, None] @ memory)[:, 0]


class State(NamedTuple):
    """What goes on from step to step: `hidden` and `cell` (B, width), the last of which only an LSTM has."""

    memory: Tensor  # (B, N, M)
    weights: Tensor  # (B, 2, N): those of the read head and of the write head
    reading: Tensor  # (B, M)
    hidden: Tensor
    cell: Tensor


class NeuralTuringMachine(SequenceNetwork):
    """One read head and one write head; a step reads before it writes, both as addressed in this step."""

    def __init__(
        self,
        *,
        channels: int,
        bits: int,
        locations: int = 48,
        size: int = 16,
        width: int = 32,
        controller: Controller = "lstm",
    ) -> None:
        """A memory of `locations` N with `size` M numbers each, and a controller with a layer of `width`."""
        super().__init__()
        self.locations, self.size, self.width, self.lstm = locations, size, width, controller == "lstm"
        self.inputs = nn.Linear(channels, width * (4 if self.lstm else 1))
        self.back = nn.Linear(size + (width if self.lstm else 0), self.inputs.out_features, bias=False)
        # by column: keys of both heads, added; erased, gates of both; strengths, sharpness of both; shifts of both
        self.parts = (2 * size, size, size + 2, 4, 2 * SHIFTS)
        self.heads = nn.Linear(width, sum(self.parts))
        self.start = nn.Parameter(torch.zeros(2, locations))  # of which the softmax is where both heads begin
        with torch.no_grad():
            self.start[:, 0] = FOCUS
            *_, positive, shifts = self.heads.bias.split(self.parts)
            positive[2:] += SHARP
            shifts[1::SHIFTS] += REST
        self.outputs = nn.Linear(width + size, bits)

    @full_precision  # what is sharpened in every step must not be rounded in every step
    def looked_into(self, inputs: Tensor) -> tuple[Tensor, list[Map]]:
        """The logits (B, T, bits), and what the heads write to and read from in each step."""
        state = self.begin(len(inputs))
        outputs, weights = [], []
        for shown in self.inputs(inputs).unbind(dim=1):  # (B, 4 width)
            state = self.step(shown, state)
            outputs.append(torch.cat([state.hidden, state.reading], dim=1))
            weights.append(state.weights)
        both = torch.stack(weights, dim=2)  # (B, 2, T, N)
        maps = [Map("Write weights", "write", both[:, 1]), Map("Read weights", "read", both[:, 0])]
        return self.outputs(torch.stack(outputs, dim=1)), maps

    def begin(self, batch: int) -> State:
        """Before the first step."""
        zeros = self.start.new_zeros
        memory = torch.full_like(zeros(batch, self.locations, self.size), START)
        weights = self.start.softmax(dim=1).expand(batch, -1, -1)
        return State(memory, weights, zeros(batch, self.size), zeros(batch, self.width), zeros(batch, self.width))

    def step(self, shown: Tensor, state: State) -> State:
        """One step, which is shown `inputs` of its vector, (B, 4 width) or (B, width)."""
        hidden, cell = self.control(shown, state)
        keys, add, sigmoids, positive, shifts = self.heads(hidden).split(self.parts, dim=1)
        sigmoids, positive = sigmoids.sigmoid(), F.softplus(positive)
        erase, gate = sigmoids[:, :-2], sigmoids[:, -2:, None]
        strength, gamma = positive[:, :2, None], 1 + positive[:, 2:, None]
        content = by_content(keys.unflatten(1, (2, -1)), strength, state.memory)  # (B, 2, N)
        weights = interpolated(state.weights, content, gate)
        weights = shifted(weights, shifts.unflatten(1, (2, -1)).softmax(dim=2))
        weights = sharpened(weights, gamma)
        reading = read(state.memory, weights[:, 0])
        return State(written(state.memory, weights[:, 1], erase, add), weights, reading, hidden, cell)

    def control(self, shown: Tensor, state: State) -> tuple[Tensor, Tensor]:
        """The controller, which is also shown what was read in the step before."""
        if not self.lstm:
            return torch.tanh(shown + self.back(state.reading)), state.cell
        gates = shown + self.back(torch.cat([state.reading, state.hidden], dim=1))  # (B, 4 width)
        into, forget, out = gates[:, self.width :].sigmoid().chunk(3, dim=1)
        cell = torch.addcmul(forget * state.cell, into, gates[:, : self.width].tanh())
        return out * cell.tanh(), cell
