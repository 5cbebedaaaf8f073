"""The recipes of meta-learning: one class a method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from playground.data import Data, ImageSpec
from playground.flops import of_one_image
from playground.labs.frontiers.meta.episodes import Episodes
from playground.labs.frontiers.meta.network import BLOCKS, FewShot, Learner, Prototypes
from playground.labs.frontiers.meta.objective import (
    FewShotLearning,
    ModelAgnosticMetaLearning,
    PrototypicalLearning,
    Reptile,
)
from playground.metrics.labels import Share
from playground.recipe import ImageRecipe, Recipe, knob
from playground.sampler import Sampler

MOST_WAYS = 10
"""Ways at most of a test that a person can look at."""


class FewShotRecipe(ImageRecipe):
    """What all methods share: classes of which a few examples are there, and others to be tested on."""

    lab: ClassVar[str] = "frontiers"
    columns: ClassVar[tuple[str, ...]] = ("images", "identities")
    labels: ClassVar[Mapping[str, str]] = {
        "accuracy": Share("Accuracy on new classes"),
        "one_shot": Share("Accuracy on new classes, 1 shot"),
        "one_shot_half": "Half-width of its 95% interval",
        "five_shots": Share("Accuracy on new classes, 5 shots"),
        "five_shots_half": "Half-width of its 95% interval (5 shots)",
        "many": Share("Accuracy on new classes, 20 ways, 1 shot"),
        "many_half": "Half-width of its 95% interval (20 ways)",
        "drift": "Distance that inner steps go",
    }

    ways: int = knob(5, "Ways: classes of an episode.", ge=2, le=MOST_WAYS, unit="classes", step=1)
    shots: int = knob(
        1, "Shots: examples of each class that are learned from.", ge=1, le=10, unit="examples", step=1, shown=True
    )
    queries: int = knob(
        5, "Queries: examples of each class that the loss is taken of.", ge=1, le=19, unit="examples", step=1
    )
    batch_size: int = knob(1, "Meta-batch size: episodes of one step.", ge=1, le=64, unit="episodes", step=1)
    turned: bool = knob(True, "Quarter turns of a sign count as further classes.", label="Turned signs as classes")
    rewritten: bool = knob(
        True,
        "Augmentation: each example is turned, sheared, scaled and moved a little, as by another hand.",
        label="Augmentation",
    )
    width: int = knob(32, "Width: features of each of the four convolutions.", ge=8, le=128, unit="features", step=8)
    learning_rate: float = knob(2e-3, "Peak learning rate of Adam.", ge=1e-6, le=1)

    def check(self, spec: ImageSpec) -> None:
        """Four halvings."""
        if spec.size < 2**BLOCKS:
            raise ValueError(f"the side must be {2**BLOCKS} pixels or more, not {spec.size}")

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """How many examples of classes that were never learned from are recognized."""
        return ("accuracy", "rises")

    def flops(self, spec: ImageSpec) -> int:
        """From a picture to its codes, or its logits."""
        return of_one_image(self, spec)

    @property
    def training_ways(self) -> int:
        """Classes of an episode of training."""
        return self.ways

    def sampler(self, data: Data) -> Sampler:
        """Episodes of the training classes."""
        return Episodes(
            data.train,
            ways=self.training_ways,
            shots=self.shots,
            queries=self.queries,
            tasks=self.batch_size,
            turned=self.turned,
            seed=self.seed,
        )

    def shape_of(self, spec: ImageSpec) -> dict[str, Any]:
        """What the network of any method is built of."""
        return {"image_size": spec.size, "channels": spec.channels, "width": self.width}

    def settings(self, network: FewShot, data: Data) -> dict[str, Any]:
        """What the objective of any method takes."""
        return {
            "network": network,
            "data": data,
            "ways": self.ways,
            "shots": self.shots,
            "rewritten": self.rewritten,
            "learning_rate": self.learning_rate,
        }


class PrototypesRecipe(FewShotRecipe):
    """Prototypical networks."""

    what: ClassVar[str] = "protonet"
    title: ClassVar[str] = "Prototypical network"

    more_ways: int = knob(
        20, "Ways of training: classes of an episode that is learned from.", ge=2, le=100, unit="classes", step=1
    )

    @property
    def training_ways(self) -> int:
        """More than in a test, which makes it harder, and codes better (Snell et al., 2017, section 2.7)."""
        return self.more_ways

    def network(self, spec: ImageSpec) -> Prototypes:
        """The network that gives codes."""
        return Prototypes(**self.shape_of(spec))

    def build(self, data: Data) -> FewShotLearning:
        """Cross entropy of the queries, by the prototypes of the support set."""
        return PrototypicalLearning(**self.settings(self.network(data.spec), data))


class LearnerRecipe(FewShotRecipe):
    """What the methods share that learn new classes by gradient descent."""

    inner_rate: float = knob(
        0.1, "Inner learning rate: of gradient descent on new examples.", ge=1e-4, le=10, shown=True
    )
    inner_steps: int = knob(3, "Inner steps of gradient descent on new examples.", ge=1, le=20, unit="steps", step=1)

    def network(self, spec: ImageSpec) -> Learner:
        """The classifier, at the place where learning begins."""
        return Learner(**self.shape_of(spec), ways=self.ways, inner_rate=self.inner_rate, inner_steps=self.inner_steps)


class MAMLRecipe(LearnerRecipe):
    """Model-agnostic meta-learning."""

    what: ClassVar[str] = "maml"
    title: ClassVar[str] = "MAML"

    batch_size: int = knob(4, "Meta-batch size: episodes of one step.", ge=1, le=64, unit="episodes", step=1)
    second_order: bool = knob(
        True, "Second order: gradients go through the inner steps; without, it is first-order MAML.", shown=True
    )
    folded: ClassVar[tuple[str, ...]] = ("shots",)

    def build(self, data: Data) -> FewShotLearning:
        """The loss after the inner steps, as a function of where they began."""
        return ModelAgnosticMetaLearning(second_order=self.second_order, **self.settings(self.network(data.spec), data))


class ReptileRecipe(LearnerRecipe):
    """Reptile."""

    what: ClassVar[str] = "reptile"
    title: ClassVar[str] = "Reptile"

    batch_size: int = knob(4, "Meta-batch size: episodes of one step.", ge=1, le=64, unit="episodes", step=1)
    inner_steps: int = knob(8, "Inner steps of gradient descent on new examples.", ge=1, le=20, unit="steps", step=1)
    learning_rate: float = knob(1.0, "Meta step: the part of the way that weights move at first.", ge=1e-3, le=2)

    def build(self, data: Data) -> FewShotLearning:
        """Weights move to where learning has taken them."""
        return Reptile(**self.settings(self.network(data.spec), data))


RECIPES: dict[str, Recipe] = {
    "protonet-signs": PrototypesRecipe(data="signs"),
    "maml-signs": MAMLRecipe(data="signs"),
    "reptile-signs": ReptileRecipe(data="signs"),
    "protonet-omniglot": PrototypesRecipe(data="omniglot-small"),
    "maml-omniglot": MAMLRecipe(data="omniglot-small"),
    "reptile-omniglot": ReptileRecipe(data="omniglot-small"),
    "protonet-emoji": PrototypesRecipe(data="emoji", image_size=32, queries=1, turned=False),
    "maml-emoji": MAMLRecipe(data="emoji", image_size=32, queries=1, turned=False),
}
