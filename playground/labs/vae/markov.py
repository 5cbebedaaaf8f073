"""First-order Markov chains over music: the baselines that a model of it is read beside.

A chain knows how often one frame follows another and nothing else: no beat, no phrase, no key. There are two. The chain
over whole frames takes each chord and each step to the next from the music that it was fitted to. So whatever rule
speaks of one frame or of two in a row, as those of ranges, crossings and parallels do, it keeps as that music does, by
construction: a model can equal it there, and be better only in what takes longer. The chains of one voice each, which
know nothing of one another, show what music that copies no chord has to learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

PITCHES = 128
"""How many values a voice takes, those of MIDI; one of them is `SILENCE`."""


@dataclass(frozen=True)
class MarkovChain:
    """The transitions between frames, each as likely as it was frequent; nothing is smoothed.

    Attributes:
        states: (S, V), int64, the frames that were seen, each once; the V pitches of a frame are one state.
        first: (N,), int64, the states that rolls began with.
        followers: (M,), int64, what came after a state, once for each time, sorted by that state.
        counts: (S,), int64, how many followers each state has; none if it only ended rolls.
    """

    states: Tensor
    first: Tensor
    followers: Tensor
    counts: Tensor

    @classmethod
    def fit(cls, rolls: Tensor) -> MarkovChain:
        """Counts the transitions in rolls (N, T, V), integers, see `RollSpec`; T is at least 2 and V at most 9."""
        places = PITCHES ** torch.arange(rolls.shape[2])
        keys, index = torch.unique((rolls * places).sum(dim=2), return_inverse=True)  # (S,), (N, T)
        states = keys[:, None] // places % PITCHES  # (S, V)
        before, after = index[:, :-1].flatten(), index[:, 1:].flatten()
        order = before.argsort(stable=True)
        return cls(states, index[:, 0], after[order], before.bincount(minlength=len(states)))

    def sample(self, n: int, frames: int, rng: Generator) -> Tensor:
        """Walks that begin as rolls do, and begin anew where a state has no follower.

        Args:
            n: How many.
            frames: The length of each.
            rng: Draws the first states and what follows.

        Returns:
            (n, frames, V), int64.
        """
        ends = self.counts.cumsum(0)
        walk = [self._begin(n, rng)]
        while len(walk) < frames:
            count = self.counts[walk[-1]]
            drawn = (torch.rand(n, generator=rng, dtype=torch.float64) * count).long()
            following = self.followers[ends[walk[-1]] - 1 - drawn]
            walk.append(torch.where(count > 0, following, self._begin(n, rng)))
        return self.states[torch.stack(walk, dim=1)]  # (n, frames, V)

    def _begin(self, n: int, rng: Generator) -> Tensor:
        return self.first[torch.randint(len(self.first), (n,), generator=rng)]


def voices_apart(rolls: Tensor, n: int, frames: int, rng: Generator) -> Tensor:
    """`n` samples (n, frames, V) of one chain for each voice of rolls (N, T, V)."""
    return torch.cat([MarkovChain.fit(voice).sample(n, frames, rng) for voice in rolls.split(1, dim=2)], dim=2)
