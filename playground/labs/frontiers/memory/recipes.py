"""The recipes of sequences that have to be remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from playground.data import Data, SequenceSpec
from playground.labs.frontiers.memory.lengths import OneLength
from playground.labs.frontiers.memory.lstm import Lstm
from playground.labs.frontiers.memory.network import SequenceNetwork
from playground.labs.frontiers.memory.ntm import Controller, NeuralTuringMachine
from playground.labs.frontiers.memory.objective import Answering
from playground.labs.frontiers.memory.transformer import MemoryTransformer
from playground.metrics.labels import Share
from playground.recipe import Recipe, knob
from playground.sampler import Sampler

LENGTHS = (6, 10, 12, 20, 40)
"""At which an error is told, of any of the tasks."""


class SequenceRecipe(Recipe):
    """What all networks share: random sequences that are asked for after they were shown."""

    lab: ClassVar[str] = "frontiers"
    kinds: ClassVar[tuple[str, ...]] = ("sequences",)
    columns: ClassVar[tuple[str, ...]] = ("inputs", "targets", "asked", "lengths")
    labels: ClassVar[Mapping[str, str]] = {
        "loss": "Cross entropy (nats a bit)",
        "error": Share("Wrong bits, lengths of the training"),
        **{f"error.{length}": Share(f"Wrong bits, length {length}") for length in LENGTHS},
    }

    data: str = knob("copy", "The task that it learns.", control="name", shown=True)
    batch_size: int = knob(16, "Batch size: sequences in one step, all of one length.", ge=1, le=512, unit="sequences")
    curriculum: float = knob(
        0.0,
        "Curriculum: the part of the training after which the longest sequences have come; at 0 they come at once.",
        ge=0,
        le=1,
        step=0.1,
    )
    learning_rate: float = knob(5e-3, "Peak learning rate of Adam.", ge=1e-6, le=1)

    def watched(self, spec: SequenceSpec) -> tuple[str, str]:
        """The share of wrong bits over the lengths of the training."""
        return ("error", "falls")

    def sampler(self, data: Data) -> Sampler:
        """Sequences of one length, the shortest first."""
        return OneLength(data.train, batch_size=self.batch_size, seed=self.seed, curriculum=self.curriculum)

    def network(self, spec: SequenceSpec) -> SequenceNetwork:
        """The network for sequences of `spec`."""
        raise TypeError(f"{type(self).__name__} does not say how to build its network")

    def build(self, data: Data) -> Answering:
        """Cross entropy of the bits that are asked for."""
        return Answering(network=self.network(data.spec), data=data, learning_rate=self.learning_rate)


class NtmRecipe(SequenceRecipe):
    """A network that writes to a memory and reads from it, by content and by location."""

    what: ClassVar[str] = "ntm"
    title: ClassVar[str] = "Neural Turing machine"

    controller: Controller = knob(
        "lstm",
        "Controller: an LSTM counts and remembers by itself, too; feed-forward, the memory is all that it has.",
        shown=True,
    )
    locations: int = knob(48, "Memory locations (N).", ge=4, le=256, unit="locations")
    size: int = knob(16, "Numbers that a location holds (M).", ge=2, le=128, unit="numbers")
    width: int = knob(
        32,
        "Width of the controller: a wide LSTM remembers by itself and leaves the memory be.",
        ge=8,
        le=256,
        unit="features",
    )

    def network(self, spec: SequenceSpec) -> NeuralTuringMachine:
        """The network for sequences of `spec`."""
        return NeuralTuringMachine(
            channels=spec.channels,
            bits=spec.bits,
            locations=self.locations,
            size=self.size,
            width=self.width,
            controller=self.controller,
        )


class LstmRecipe(SequenceRecipe):
    """A network whose memory is its cells: it grows with them and not without more weights."""

    what: ClassVar[str] = "lstm"
    title: ClassVar[str] = "LSTM"

    width: int = knob(128, "Width: cells.", ge=8, le=512, unit="cells", shown=True)

    def network(self, spec: SequenceSpec) -> Lstm:
        """The network for sequences of `spec`."""
        return Lstm(channels=spec.channels, bits=spec.bits, width=self.width)


class TransformerRecipe(SequenceRecipe):
    """A transformer that sees the last few steps, and looks up what it needs of all that were before."""

    what: ClassVar[str] = "transformer"
    title: ClassVar[str] = "Transformer with a memory"

    window: int = knob(
        4,
        "Attention window: steps that are seen without looking them up; 128 is plain causal attention.",
        ge=1,
        le=128,
        unit="steps",
        shown=True,
    )
    top: int = knob(
        4, "Keys that are looked up in the memory in each step (k); at 0 there is no memory.", ge=0, le=128, shown=True
    )
    width: int = knob(64, "Width: numbers that describe a step.", ge=8, le=256, unit="features")
    depth: int = knob(2, "Depth: blocks in a row.", ge=1, le=8, unit="blocks", step=1)
    heads: int = knob(4, "Heads of attention.", ge=1, le=16, unit="heads")
    learning_rate: float = knob(1e-3, "Peak learning rate of Adam.", ge=1e-6, le=1)

    def check(self, spec: SequenceSpec) -> None:
        """Each head has pairs of features, which its positions turn."""
        if self.width % (2 * self.heads):
            raise ValueError(f"a width of {self.width} cannot be cut into {self.heads} heads of even size")

    def network(self, spec: SequenceSpec) -> MemoryTransformer:
        """The network for sequences of `spec`."""
        return MemoryTransformer(
            channels=spec.channels,
            bits=spec.bits,
            width=self.width,
            depth=self.depth,
            heads=self.heads,
            window=self.window,
            top=self.top,
        )


RECIPES: dict[str, Recipe] = {
    f"{kind.what}-{task}": kind(data=task)
    for task in ("copy", "recall", "sort")
    for kind in (NtmRecipe, LstmRecipe, TransformerRecipe)
}
