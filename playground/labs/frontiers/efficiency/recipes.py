"""The recipes of small networks that learn from larger ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from playground.data import Data, ImageSpec
from playground.labs.frontiers.efficiency.distillation import Distill, Student
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.recipes import CnnRecipe
from playground.recipe import Recipe, knob
from playground.trained import Trained


class DistillRecipe(CnnRecipe):
    """A small convolutional network that learns from a trained classifier."""

    what: ClassVar[str] = "distill"
    lab: ClassVar[str] = "frontiers"
    title: ClassVar[str] = "Distilled network"
    labels: ClassVar[Mapping[str, str]] = {"taught": "Distance from the teacher", "objective": "Loss and distance"}

    width: int = knob(
        8,
        "Width: channels of the first stage; the second has twice as many.",
        ge=4,
        le=128,
        unit="features",
        step=4,
        shown=True,
    )
    teacher: str = knob(
        "cnn-fashion", "Teacher: the run of a classifier of the same data, and a step of it.", max_length=100
    )
    temperature: float = knob(
        4.0,
        "Temperature: what logits are divided by; the higher, the more wrong classes count.",
        ge=0.5,
        le=20,
    )
    weight: float = knob(
        0.9, "What the teacher weighs; the rest is of the labels. At 0 there is none.", ge=0, le=1, shown=True
    )

    def uses(self, spec: ImageSpec) -> dict[str, str]:
        """The teacher."""
        return {"teacher": self.teacher}

    def shape(self, teacher: Trained) -> dict[str, Any]:
        """Nothing; a teacher that knows other pictures or classes is refused."""
        if not isinstance(teacher.network, Classifier) or not teacher.spec.classes:
            raise ValueError(f"“{teacher.name}” is no classifier; choose another teacher")
        return {}

    def network(self, spec: ImageSpec) -> Student:
        """The student for images of `spec`."""
        return Student(channels=spec.channels, classes=len(spec.classes), width=self.width, depth=self.depth)

    def build(self, data: Data, teacher: Trained) -> Distill:
        """Cross entropy on the classes of `data`, and the distance from the teacher.

        Raises:
            ValueError: When the teacher knows other classes or pictures of another shape.
        """
        self.shape(teacher)
        theirs, ours = teacher.spec, data.spec
        if (theirs.classes, theirs.channels, theirs.size) != (ours.classes, ours.channels, ours.size):
            raise ValueError(f"“{teacher.name}” learned from other pictures or classes; choose another teacher")
        return Distill(teacher=teacher, temperature=self.temperature, weight=self.weight, **self.settings(data))


_STUDENT = DistillRecipe(label_smoothing=0.0, flip=False, learning_rate=1e-2)

RECIPES: dict[str, Recipe] = {"distill-fashion": _STUDENT}
