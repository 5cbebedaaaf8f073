"""Episodes: small tasks of classification whose classes change each time, as few-shot learning trains and is tested.

Vinyals et al., "Matching Networks for One Shot Learning", 2016 (arXiv 1606.04080), section 2.2. Notation: an episode
has `ways` classes; of each there are `shots` examples to learn from, the support set, and `queries` to recognize.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from playground.data import Split
from playground.objective import Batch, Moment
from playground.randomness import seeded
from playground.recipe import InvalidRecipe

TURNS = 4


def grouped(split: Split, least: int) -> list[Tensor]:
    """The rows of each identity in `split` that has `least` examples or more, each (n,), int64, on the CPU."""
    identities = split["identities"].cpu()
    rows = [(identities == identity).nonzero()[:, 0] for identity in identities.unique()]
    return [of_one for of_one in rows if len(of_one) >= least]


def affordable(split: Split, shots: int) -> int:
    """As many shots, `shots` at most, as the identities with most examples have and leave one to ask for."""
    return max(1, min(shots, int(split["identities"].bincount().max()) - 1))


def drawn(groups: Sequence[Tensor], *, ways: int, each: int, rng: Generator) -> Tensor:
    """An episode: the rows (ways, each), int64, of `each` examples of as many different groups, all at random.

    Where there are fewer groups, or one has fewer examples, it has as many ways, or examples of each, as there are.
    """
    chosen = [groups[i] for i in torch.randperm(len(groups), generator=rng)[:ways].tolist()]
    each = min(each, *(len(group) for group in chosen))
    return torch.stack([group[torch.randperm(len(group), generator=rng)[:each]] for group in chosen])


def fixed(split: Split, *, ways: int, shots: int, queries: int, count: int, seed: int = 0) -> list[Tensor]:
    """`count` episodes of a split as `drawn` gives them, the same at every call; none where no two classes serve."""
    groups, rng = grouped(split, shots + 1), seeded(Generator(), seed, "episodes")
    return [drawn(groups, ways=ways, each=shots + queries, rng=rng) for _ in range(count)] if len(groups) > 1 else []


class Episodes:
    """A batch of episodes for each step; its column "images" is (tasks, ways, shots + queries, C, H, W), uint8."""

    def __init__(
        self, split: Split, *, ways: int, shots: int, queries: int, tasks: int, turned: bool, seed: int
    ) -> None:
        """`turned`: an identity turned by a quarter, a half or three quarters is another class (Santoro et al., 2016).

        Raises:
            InvalidRecipe: When fewer than two identities have more than `shots` examples.
        """
        self.split, self.ways, self.tasks, self.seed = split, ways, tasks, seed
        self.turns = TURNS if turned else 1
        groups = grouped(split, shots + 1)
        if len(groups) < 2:
            raise InvalidRecipe(
                f"No two classes have the {shots + 1} examples that an episode with {shots} shots needs of each; "
                "choose fewer shots, or other data."
            )
        self.each = min(shots + queries, *(len(group) for group in groups))
        self.groups = groups * self.turns  # class i + k * len(groups) is class i, turned k times

    def __call__(self, moment: Moment) -> Batch:
        """The episodes of a step."""
        rng = seeded(Generator(), self.seed, "episodes", moment.step)
        return {"images": torch.stack([self._episode(rng) for _ in range(self.tasks)])}

    def _episode(self, rng: Generator) -> Tensor:
        chosen = torch.randperm(len(self.groups), generator=rng)[: self.ways].tolist()
        images, ways = self.split["images"], []
        for number in chosen:
            group = self.groups[number]
            rows = group[torch.randperm(len(group), generator=rng)[: self.each]]
            turns = number // (len(self.groups) // self.turns)
            ways.append(images[rows.to(images.device)].rot90(turns, dims=(2, 3)))  # (each, C, H, W)
        return torch.stack(ways)
