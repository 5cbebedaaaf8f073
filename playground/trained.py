"""A trained network that something else needs: a teacher, a frozen encoder, the features of a metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from playground.recipe import Recipe


@dataclass(frozen=True)
class Trained:
    """A network with what it was trained on.

    Attributes:
        name: The id of the run that it comes from, such as `cnn-fashion`.
        network: In evaluation mode, without gradients.
        spec: The `Spec` of its data.
    """

    name: str
    network: nn.Module
    spec: Any


@dataclass(frozen=True)
class Snapshot(Trained):
    """The network of a run that a view is given besides its own.

    Attributes:
        step: Of the snapshot.
        recipe: Of the run.
    """

    step: int
    recipe: Recipe
