"""What a data set is: columns of tensors in memory, of which batches are the chosen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import torch
from torch import Tensor

from playground.data.images import resize
from playground.data.spec import ImageSpec

N_EXAMPLES = 24
"""How many examples views offer to look at."""
PICTURES = ("images", "others")
"""The columns that another size in pixels is asked of."""


@dataclass(frozen=True)
class Split:
    """Columns of equal length.

    Attributes:
        columns: Name -> tensor, each (N, ...). By convention `images` are (N, C, H, W), uint8; `others` the images of
            a second domain, likewise; `clips` (N, T, C, H, W), uint8; `points` (N, 2), float32; `rolls` and
            `onsets` (N, frames, voices), uint8, see `RollSpec`; `inputs`, `targets` and `asked`, see `SequenceSpec`;
            `characters` (N, length), uint8, see `TextSpec`; `labels` (N,), int64, indices into `Spec.classes`;
            `identities` (N,), int64, what each is an image of, none of which is in both parts of a data set;
            `captions` (N, K, L), uint8, up to K texts each, see `texts.captions`; all
            further facts (N,), int64, what they stand for being in `Data.meanings`.
        names: One name an example, or none at all.
    """

    columns: Mapping[str, Tensor]
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Checks the lengths.

        Raises:
            ValueError: When there is no column, or two differ in length.
        """
        lengths = {name: len(values) for name, values in self.columns.items()}
        if self.names:
            lengths["names"] = len(self.names)
        if not self.columns or len(set(lengths.values())) > 1:
            raise ValueError(f"a split needs columns of one length, and these are {lengths}")

    def __len__(self) -> int:
        """How many examples there are."""
        return len(next(iter(self.columns.values())))

    def __getitem__(self, column: str) -> Tensor:
        """One column, (N, ...)."""
        return self.columns[column]

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        """All columns at `indices`, int64 on the split's device."""
        return {name: values[indices] for name, values in self.columns.items()}

    def at(self, indices: Tensor | slice) -> Self:
        """The examples at `indices`, int64 or a slice, with all that is known of them."""
        rows = range(len(self))[indices] if isinstance(indices, slice) else indices.tolist()
        names = tuple(self.names[i] for i in rows) if self.names else ()
        return replace(self, columns={name: values[indices] for name, values in self.columns.items()}, names=names)

    def first(self, n: int) -> Self:
        """The first `n` examples."""
        return self.at(slice(n))

    def repeated(self, n: int) -> Self:
        """All examples as often, one after another, as it takes to have `n` of them."""
        return self.at(torch.arange(len(self)).repeat(-(-n // len(self)))) if n > len(self) else self

    def to(self, device: torch.device | str) -> Self:
        """The same examples in the memory of `device`."""
        return replace(self, columns={name: values.to(device) for name, values in self.columns.items()})

    def resized(self, size: int) -> Self:
        """The same with all columns of images at `size` x `size` pixels, averaged over the area when they shrink."""
        return replace(
            self,
            columns={
                name: resize(values, size) if name in PICTURES else values for name, values in self.columns.items()
            },
        )


@dataclass(frozen=True)
class Data:
    """A data set, as objectives and views use it.

    Attributes:
        spec: A `Spec`: kind, shape and classes.
        train: What networks learn from.
        test: What they are evaluated on; shares no example with `train`.
        hash: SHA-256 in hex of the files that it was read from; of the values where the same data come in several
            forms, of the definition where they are drawn by our code.
        meanings: For columns of facts, the names that the values stand for.
        examples: Up to `N_EXAMPLES` examples to look at, which are there even where the data are not; by default the
            first test examples, classes in turn.
    """

    spec: Any
    train: Split
    test: Split
    hash: str
    meanings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: Split = None  # type: ignore[assignment]  # filled in below

    def __post_init__(self) -> None:
        """Chooses the examples where none are given."""
        if self.examples is None:
            object.__setattr__(self, "examples", interleaved(self.test, len(self.spec.classes)))

    def resized(self, size: int) -> Data:
        """The same data with images of `size` x `size` pixels."""
        if not isinstance(self.spec, ImageSpec) or self.spec.size == size:
            return self
        parts = {name: getattr(self, name).resized(size) for name in ("train", "test", "examples")}
        return replace(self, spec=self.spec.sized(size), **parts)

    def to(self, device: torch.device | str) -> Data:
        """The same data in the memory of `device`."""
        return replace(self, **{name: getattr(self, name).to(device) for name in ("train", "test", "examples")})


def factors(split: Split, meanings: Mapping[str, tuple[str, ...]]) -> tuple[Tensor, tuple[str, ...]]:
    """The columns of facts side by side, (N, F), int64, and their names, in the order of `Data.meanings`.

    Raises:
        ValueError: When there are no meanings: the data have no known factors.
    """
    if not meanings:
        raise ValueError(f"these data have no columns of facts, only {', '.join(split.columns)}")
    return torch.stack([split[name] for name in meanings], dim=1), tuple(meanings)


def interleaved(split: Split, classes: int, n: int = N_EXAMPLES) -> Split:
    """The first `n` examples of a split: all firsts of their classes, then all seconds, and so on."""
    if "labels" not in split.columns or not classes:
        return split.first(n)
    labels = split["labels"]
    ranks = torch.zeros_like(labels)
    for label in range(classes):
        of_label = labels == label
        ranks[of_label] = torch.arange(int(of_label.sum()), device=labels.device)
    return split.at(torch.argsort(ranks * classes + labels, stable=True)[:n])
