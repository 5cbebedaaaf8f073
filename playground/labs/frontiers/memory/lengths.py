"""Batches of one length each, short ones first; and how many bits are wrong, by length."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from playground.data import Split
from playground.labs.frontiers.memory.network import SequenceNetwork
from playground.objective import Batch, Moment
from playground.randomness import seeded

AT_ONCE = 256
"""Sequences that are evaluated together."""


class OneLength:
    """Each step looks at random sequences of one length, drawn evenly from those whose turn has come.

    A curriculum (Bengio et al., "Curriculum Learning", 2009): the shortest come first, and a length once it has come
    stays, as forgetting it would cost more (Zaremba & Sutskever, "Learning to Execute", 2014, arXiv 1410.4615).
    """

    def __init__(self, split: Split, *, batch_size: int, seed: int, curriculum: float) -> None:
        """All lengths of `split` have come when the part `curriculum` of the training is done, from the start if 0."""
        lengths = split["lengths"]
        self.parts = [_cut(split.at((lengths == length).nonzero()[:, 0])) for length in lengths.unique().tolist()]
        self.batch_size, self.seed, self.curriculum = batch_size, seed, curriculum

    def reached(self, progress: float) -> int:
        """How many lengths may be drawn at `progress`, from 0 to 1."""
        if progress >= self.curriculum:
            return len(self.parts)
        return 1 + int(progress / self.curriculum * (len(self.parts) - 1))

    def __call__(self, moment: Moment) -> Batch:
        """The batch of a step, without the empty steps at its end."""
        rng = seeded(Generator(), self.seed, "lengths", moment.step)
        part = self.parts[int(torch.randint(self.reached(moment.progress), (), generator=rng))]
        rows = torch.randint(len(part), (self.batch_size,), generator=rng)
        return part.batch(rows.to(part["lengths"].device))


def _cut(split: Split) -> Split:
    """Sequences of one length without the steps after the last that is asked for."""
    steps = int(split["asked"][0].nonzero()[-1]) + 1
    return Split({name: values if values.ndim == 1 else values[:, :steps] for name, values in split.columns.items()})


def shown(inputs: Tensor) -> Tensor:
    """The column `inputs`, uint8, from 0 to 1."""
    return inputs.float() / 255


def wrong_bits(network: SequenceNetwork, split: Split) -> Tensor:
    """The share of the bits that were asked for that a network gets wrong, for each sequence: (N,).

    Sequences of several lengths go through together, as no step sees a later one.
    """
    return torch.cat([_wrong_bits(network, split.at(slice(at, at + AT_ONCE))) for at in range(0, len(split), AT_ONCE)])


def _wrong_bits(network: SequenceNetwork, split: Split) -> Tensor:
    steps = int(split["asked"].any(dim=0).nonzero()[-1]) + 1
    wrong = (network(shown(split["inputs"][:, :steps])) > 0) != split["targets"][:, :steps].bool()  # (N, T, bits)
    asked = split["asked"][:, :steps, None].bool()
    return (wrong & asked).sum(dim=(1, 2)) / (asked.sum(dim=(1, 2)) * wrong.shape[2])


def by_length(wrong: Tensor, lengths: Tensor) -> dict[int, float]:
    """The mean of `wrong` (N,) for each of the `lengths` (N,), in their order."""
    return {length: float(wrong[lengths == length].mean()) for length in lengths.unique().tolist()}
