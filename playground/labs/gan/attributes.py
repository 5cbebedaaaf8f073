"""What is in a picture: a linear labeler learns it from real pictures, and answers for generated ones.

Shen et al., "InterFaceGAN: Interpreting the Disentangled Face Representation Learned by GANs", 2020 (arXiv 1907.10786),
labels generated faces likewise, with a deep classifier. Of drawn portraits, which all look the same way, one that is
linear in the pixels of small pictures is right on most attributes, and is fitted in a third of a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.data import Data, unit
from playground.data.images import resize
from playground.metrics.ridge import Ridge

SIDE = 32
"""The pictures that the labeler looks at are this small, in pixels."""
PENALTY = 0.01
"""Of the labeler, see `Ridge.fit`."""
SKILL = 0.5
"""The part of the errors of always giving the most frequent answer that a labeler must not make."""
SIGNIFICANT = 0.05
"""And how probable it may be, at the most, that it is right so often by chance (exact binomial test)."""
VALUES = 64
"""An attribute of more values than these is left out: there are too few pictures of each."""


class Attribute(NamedTuple):
    """One fact about a picture, as the labeler tells it.

    Attributes:
        name: Such as "eyes".
        values: What the answers are called: "open", "glasses".
        accuracy: How often the labeler is right on test pictures, 0 to 1.
        majority: How often the most frequent answer of the training pictures is.
        tested: How many test pictures these are of.
    """

    name: str
    values: tuple[str, ...]
    accuracy: float
    majority: float
    tested: int

    @property
    def learned(self) -> bool:
        """Whether it is told clearly better than by giving the most frequent answer."""
        from scipy.stats import binomtest

        if self.accuracy <= self.majority or (self.accuracy - self.majority) < SKILL * (1 - self.majority):
            return False
        right = round(self.accuracy * self.tested)
        return bool(binomtest(right, self.tested, self.majority, alternative="greater").pvalue < SIGNIFICANT)


class Labeler(NamedTuple):
    """Tells the attributes of pictures.

    It is two, each fitted to half of the training pictures, and scores are their means: nobody knows what is right of
    a generated picture, but where the two agree on one it is at least the data that say so.

    Attributes:
        attributes: Those that it was found to tell; none where data have none, or it has learned none of them.
        dropped: Those that it has not learned.
        halves: From small pictures to a score of each value, about 1 where it is there and 0 where it is not.
    """

    attributes: tuple[Attribute, ...]
    dropped: tuple[Attribute, ...]
    halves: tuple[Ridge, ...]

    @classmethod
    def fit(cls, data: Data) -> Labeler:
        """Learns all attributes of the training pictures, and keeps those that it tells on test pictures."""
        facts = known(data)
        if not facts or not len(data.test) or len(data.train) < 4:
            return cls((), (), ())
        train, test = small(data.train["images"]), small(data.test["images"])
        targets = torch.cat([F.one_hot(data.train[column], len(values)) for column, values in facts.values()], dim=1)
        halves = tuple(Ridge.fit(train[half::2], targets[half::2], penalty=PENALTY) for half in range(2))
        scores = torch.stack([half.predict(test) for half in halves]).mean(dim=0)
        parts = scores.split([len(values) for _, values in facts.values()], dim=1)
        every = [
            _tested(name, values, part, data.train[column], data.test[column])
            for (name, (column, values)), part in zip(facts.items(), parts, strict=True)
        ]
        kept = torch.tensor([one.learned for one in every for _ in one.values])  # (K,)
        return cls(
            tuple(one for one in every if one.learned),
            tuple(one for one in every if not one.learned),
            tuple(half._replace(weight=half.weight[:, kept], offset=half.offset[kept]) for half in halves),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Of the K values of all attributes, "eyes: glasses"."""
        return tuple(f"{one.name}: {value}" for one in self.attributes for value in one.values)

    @property
    def owners(self) -> Tensor:
        """Which attribute each of the K values is of, (K,), int64."""
        return torch.tensor([number for number, one in enumerate(self.attributes) for _ in one.values])

    def value(self, number: int) -> int:
        """Which of its attribute's values the one of `number`, from 0 to K - 1, is, from 0."""
        owners = self.owners
        return number - int((owners < owners[number]).sum())

    def scores(self, images: Tensor) -> Tensor:
        """Pictures (N, C, H, W), uint8, to a score of each value (N, K), where it tells any attribute."""
        return self._each(images).mean(dim=0)

    def answers(self, scores: Tensor) -> Tensor:
        """Scores (..., K) to the value of each attribute with the highest one, (..., attributes), from 0."""
        parts = scores.split([len(one.values) for one in self.attributes], dim=-1)
        return torch.stack([part.argmax(dim=-1) for part in parts], dim=-1)

    def agreement(self, images: Tensor) -> Tensor:
        """For which share of pictures (N, C, H, W), uint8, both halves give the same answer, (attributes,), 0 to 1."""
        one, other = self.answers(self._each(images))
        return (one == other).float().mean(dim=0)

    def _each(self, images: Tensor) -> Tensor:
        pictures = small(images)
        return torch.stack([half.predict(pictures) for half in self.halves])  # (2, N, K)


def known(data: Data) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """What is known of every picture: name to column and names of the values; the class is an attribute as well."""
    return dict(_known(data))


def _known(data: Data) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    for name, values in data.meanings.items():
        if 1 < len(values) <= VALUES:
            yield name, (name, tuple(values))
    classes = tuple(data.spec.classes)
    if "labels" in data.train.columns and 1 < len(classes) <= VALUES and classes not in data.meanings.values():
        yield "class", ("labels", classes)


def small(images: Tensor) -> Tensor:
    """Pictures (N, C, H, W), uint8, as the labeler sees them, (N, C * side * side), in [-1, 1]."""
    return unit(resize(images, min(SIDE, images.shape[-1]))).flatten(1)


def _tested(name: str, values: tuple[str, ...], scores: Tensor, train: Tensor, test: Tensor) -> Attribute:
    """How well scores (M, values) of test pictures tell an attribute whose values are `train` (N,) and `test` (M,)."""
    frequent = train.bincount(minlength=len(values)).argmax()
    accuracy = float((scores.argmax(dim=1) == test).double().mean())
    return Attribute(name, values, accuracy, float((test == frequent).double().mean()), len(test))
