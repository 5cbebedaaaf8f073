"""What a label is worth: accuracy against the number of labeled pictures, for features and for training from scratch.

Chen et al., SimCLR, 2020 (arXiv 2002.05709), table 7, compare the same with 1 and 10% of the labels. All methods are
given the same draws of labels, so that their differences are not those of the draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch import Generator, Tensor

from playground.data import Data, Split
from playground.metrics.probes import balanced, mean_and_interval, probe_accuracy

FRACTIONS = (0.01, 0.05, 0.1, 1.0)
"""Of the training pictures, those that have labels."""
DRAWS = 5
"""How often labels are drawn for each fraction; of all of them there is one draw."""
MOST, MOST_TEST = 12_000, 2_000
"""How many training and test pictures are used, the first ones, at most."""
REFERENCES = Path(__file__).parent / "references"
"""What `python -m training scratch` wrote, a file a data set."""


class Reference(BaseModel):
    """What is reached without pretraining, on data of one hash and size: written by `training/benchmarks/scratch.py`.

    Attributes:
        counts: Labeled pictures, one number for each of `FRACTIONS`.
        scratch: Test accuracies of a network that was trained from scratch on these labels alone, a list for each of
            the counts, by the seed of the draw.
        pixels: The same for a linear probe of the pixels.
        steps: Optimization steps of each training, by count.
        seconds: Training time of each network in seconds, by count, the mean of all draws.
        knobs: What differs from the recipe.
        code: Version of the playground.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str
    data_hash: str
    size: int
    counts: list[int]
    scratch: list[list[float]]
    pixels: list[list[float]]
    steps: list[int]
    seconds: list[float]
    recipe: str
    knobs: dict[str, float | bool]
    machine: str
    command: str
    code: str


def reference(data: Data) -> Reference | None:
    """What was measured on exactly these data, if anything was."""
    path = REFERENCES / f"{data.spec.name}.json"
    if not path.is_file():
        return None
    known = Reference.model_validate_json(path.read_text(encoding="utf-8"))
    return known if (known.data_hash, known.size) == (data.hash, data.spec.size) else None


def used(data: Data) -> tuple[Split, Split]:
    """The training and the test pictures that are used."""
    return data.train.first(MOST), data.test.first(MOST_TEST)


def counts(total: int) -> list[int]:
    """How many of `total` pictures have labels, one number for each of `FRACTIONS`, at least 1."""
    return [max(1, round(fraction * total)) for fraction in FRACTIONS]


def drawn(labels: Tensor, count: int, draw: int) -> Tensor:
    """The numbers (count,), int64, of the pictures that have labels, of all `labels` (N,), in the draw of that seed."""
    return balanced(labels.cpu(), count, Generator().manual_seed(draw))


def draws_of(count: int, total: int) -> int:
    """How many draws of `count` of `total` labels there are: `DRAWS`, and one of all of them."""
    return 1 if count == total else DRAWS


def probed(train: Tensor, train_labels: Tensor, test: Tensor, test_labels: Tensor, count: int) -> list[float]:
    """The accuracies, in [0, 1], of linear probes of features (N, F) with `count` labels, one a draw."""
    draws = [drawn(train_labels, count, draw) for draw in range(draws_of(count, len(train)))]
    return [probe_accuracy(train[one], train_labels[one], test, test_labels) for one in draws]


def intervals(accuracies: Sequence[Sequence[float]]) -> Tensor:
    """Mean, and how far its 95% interval reaches to either side, (K, 2), of K times some accuracies."""
    return torch.tensor([mean_and_interval(values) for values in accuracies]).view(-1, 2)
