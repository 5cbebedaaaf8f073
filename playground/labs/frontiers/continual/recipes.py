"""The recipes of continual learning: one class a method, and joint training beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from playground.data import Data, ImageSpec
from playground.flops import of_one_image
from playground.labs.frontiers.continual.importance import ElasticWeights, SynapticIntelligence
from playground.labs.frontiers.continual.network import Scenario, TaskClassifier
from playground.labs.frontiers.continual.objective import Finetune
from playground.labs.frontiers.continual.rehearsal import Replay, WithoutForgetting
from playground.labs.frontiers.continual.tasks import AllAtOnce, TasksInTurn
from playground.metrics.labels import Share
from playground.recipe import ImageRecipe, Recipe, knob
from playground.sampler import Sampler

MOST_TASKS = 10


class ContinualRecipe(ImageRecipe):
    """What all methods share: the classes are cut into tasks, which come one after the other."""

    lab: ClassVar[str] = "frontiers"
    columns: ClassVar[tuple[str, ...]] = ("images", "labels")
    labels: ClassVar[Mapping[str, str]] = {
        "accuracy": Share("Accuracy over all tasks"),
        "so_far": Share("Accuracy over the tasks so far"),
        "forgetting": Share("Forgetting (accuracy lost since a task was learned)"),
        "kept": "What earlier tasks add to the loss",
        "objective": "Loss and what earlier tasks add",
        **{f"task.{number}": Share(f"Accuracy on task {number}") for number in range(1, MOST_TASKS + 1)},
    }

    scenario: Scenario = knob(
        "class",
        "Scenario: at a test the task is known (task), does not matter (domain), or has to be told as well (class).",
        shown=True,
    )
    tasks: int = knob(
        5,
        "Tasks of equal size that the classes are cut into, in their order: so many at most.",
        ge=1,
        le=MOST_TASKS,
        unit="tasks",
        step=1,
    )
    width: int = knob(16, "Width: channels of the first maps.", ge=4, le=64, unit="features", step=4)
    learning_rate: float = knob(1e-3, "Learning rate of Adam, the same throughout.", ge=1e-6, le=1)

    def parts(self, spec: ImageSpec) -> int:
        """How many tasks of equal size, two classes or more, the classes of `spec` can be cut into, `tasks` at most."""
        classes = len(spec.classes)
        return max(
            (tasks for tasks in range(1, self.tasks + 1) if classes % tasks == 0 and classes >= 2 * tasks), default=1
        )

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """The accuracy over all tasks, on the test set."""
        return ("accuracy", "rises")

    def network(self, spec: ImageSpec) -> TaskClassifier:
        """The network for images of `spec`."""
        return TaskClassifier(
            image_size=spec.size,
            channels=spec.channels,
            classes=len(spec.classes),
            tasks=self.parts(spec),
            scenario=self.scenario,
            width=self.width,
        )

    def flops(self, spec: ImageSpec) -> int:
        """From a picture to its logits."""
        return of_one_image(self, spec)

    def sampler(self, data: Data) -> Sampler:
        """The tasks in turn."""
        tasks = data.train["labels"] // (len(data.spec.classes) // self.parts(data.spec))
        return TasksInTurn(data.train, tasks, batch_size=self.batch_size, seed=self.seed)

    def build(self, data: Data) -> Finetune:
        """Cross entropy on one task after the other."""
        return Finetune(**self.settings(data))

    def settings(self, data: Data) -> dict[str, Any]:
        """What the objective of any method takes."""
        return {"network": self.network(data.spec), "data": data, "learning_rate": self.learning_rate}


class FinetuneRecipe(ContinualRecipe):
    """Each task is learned from where the one before has left the network; nothing guards the earlier ones."""

    what: ClassVar[str] = "finetune"
    title: ClassVar[str] = "Finetuning"


class JointRecipe(ContinualRecipe):
    """All tasks at once: what a method against forgetting could reach at most."""

    what: ClassVar[str] = "joint"
    title: ClassVar[str] = "Joint training"

    def sampler(self, data: Data) -> Sampler:
        """Examples of all tasks."""
        return AllAtOnce(data.train, batch_size=self.batch_size, seed=self.seed)


class EwcRecipe(ContinualRecipe):
    """Elastic weight consolidation: weights that earlier tasks need, by their Fisher information, are held in place."""

    what: ClassVar[str] = "ewc"
    title: ClassVar[str] = "Elastic weight consolidation"
    labels: ClassVar[Mapping[str, str]] = {**ContinualRecipe.labels, "kept": "Penalty on moved weights"}

    strength: float = knob(5000, "Strength of the penalty on moved weights (lambda).", ge=0, le=1e7, shown=True)
    fisher: Literal["exact", "empirical"] = knob(
        "exact", "Fisher information: over the network's own answers (exact) or over the right ones (empirical)."
    )
    fisher_examples: int = knob(
        200, "Pictures of each task that its Fisher information is computed from.", ge=1, le=5000, unit="pictures"
    )

    def build(self, data: Data) -> ElasticWeights:
        """The penalty of each task that has ended."""
        settings = self.settings(data)
        return ElasticWeights(strength=self.strength, kind=self.fisher, examples=self.fisher_examples, **settings)


class SiRecipe(ContinualRecipe):
    """Synaptic intelligence: weights that have brought the loss down on their way are held in place."""

    what: ClassVar[str] = "si"
    title: ClassVar[str] = "Synaptic intelligence"
    labels: ClassVar[Mapping[str, str]] = EwcRecipe.labels

    strength: float = knob(300, "Strength of the penalty on moved weights (c).", ge=0, le=1e5, shown=True)

    def build(self, data: Data) -> SynapticIntelligence:
        """The penalty on important weights."""
        return SynapticIntelligence(strength=self.strength, **self.settings(data))


class LwfRecipe(ContinualRecipe):
    """Learning without forgetting: of the new pictures it goes on saying what it said before the task."""

    what: ClassVar[str] = "lwf"
    title: ClassVar[str] = "Learning without forgetting"
    labels: ClassVar[Mapping[str, str]] = {**ContinualRecipe.labels, "kept": "Distillation loss"}

    strength: float = knob(1, "Weight of the distillation loss (lambda).", ge=0, le=1000, shown=True)

    def build(self, data: Data) -> WithoutForgetting:
        """Distillation from the network as the last task has left it."""
        return WithoutForgetting(strength=self.strength, **self.settings(data))


class ReplayRecipe(ContinualRecipe):
    """Experience replay: pictures of earlier tasks are kept in a small memory and learned again."""

    what: ClassVar[str] = "replay"
    title: ClassVar[str] = "Experience replay"
    labels: ClassVar[Mapping[str, str]] = {**ContinualRecipe.labels, "kept": "Loss on the memory"}

    memory: int = knob(
        20, "Memory: pictures of each class that are kept.", ge=1, le=500, unit="pictures", step=1, shown=True
    )

    def build(self, data: Data) -> Replay:
        """A memory beside the batches."""
        return Replay(room=self.memory, **self.settings(data))


RECIPES: dict[str, Recipe] = {
    "finetune-fashion": FinetuneRecipe(),
    "ewc-fashion": EwcRecipe(),
    "si-fashion": SiRecipe(),
    "lwf-fashion": LwfRecipe(),
    "replay-fashion": ReplayRecipe(),
    "joint-fashion": JointRecipe(),
    "replay-emoji": ReplayRecipe(data="emoji", image_size=32, tasks=3),
}
