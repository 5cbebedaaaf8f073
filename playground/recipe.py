"""What one run is: a frozen model; its fields are the form, the command line, the validation and `run.json` at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ValidationError, model_validator

from playground.control import Control, Settings, capitalized, sentences, setting
from playground.errors import PlaygroundError

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn

    from playground.data import Catalog, Data, Progress, Split
    from playground.objective import Objective
    from playground.sampler import Sampler


knob = setting
"""Declares one field of a recipe."""


class InvalidRecipe(PlaygroundError):
    """A knob has a value that its recipe, or the data, do not allow."""


class Recipe(Settings):
    """The knobs that every run has. A lab's recipe adds its own and says how to build the network and its objective."""

    what: ClassVar[str]
    """The first half of a recipe's name: `vit` in `vit-fashion`."""
    lab: ClassVar[str]
    """The folder under `playground/labs/` that the recipe belongs to."""
    title: ClassVar[str]
    """What a person calls it: "Vision Transformer"."""
    task: ClassVar[str] = "other"
    """What the Hub calls that which it learns to do."""
    live: ClassVar[tuple[str, ...]] = ()
    """The knobs that may be turned while a run is trained step by step in the page's own process. Only what is so small
    that a step takes milliseconds, and uses no other runs, names any."""
    version: ClassVar[int] = 1
    """Raised when old snapshots no longer fit the network that `network` builds."""
    labels: ClassVar[Mapping[str, str]] = {}
    """What people call the terms and metrics of its objective, beyond `playground.metrics.labels`; each a `Share` where
    the number is one."""
    kinds: ClassVar[tuple[str, ...]] = ("images",)
    """The kinds of data that it can learn from."""
    columns: ClassVar[tuple[str, ...]] = ("images",)
    """The columns that the data must have."""
    folded: ClassVar[tuple[str, ...]] = ()
    """Knobs that a form keeps out of sight although the class that declares them has them in sight."""

    data: str = knob("fashion", "The data set that it learns from.", control="name", shown=True)
    seconds: float | None = knob(60, "Training time at most.", ge=1, le=86_400, unit="seconds", shown=True)
    steps: int | None = knob(None, "Optimization steps at most.", ge=1, le=10_000_000, unit="steps")
    batch_size: int = knob(128, "Batch size: examples that one step looks at.", ge=1, le=4096, unit="examples")
    seed: int = knob(0, "Random seed; the same seed gives the same run.", ge=0, le=2**31 - 1, control="seed")
    precision: Literal["float32", "bfloat16"] = knob(
        "float32",
        "Number format of the arithmetic; bfloat16 (mixed precision) pays off on GPUs and some processors.",
    )

    @model_validator(mode="after")
    def _has_a_budget(self) -> Recipe:
        if self.seconds is None and self.steps is None:
            raise ValueError("a run needs an end: give seconds, steps or both")
        return self

    @property
    def takes_class(self) -> bool:
        """Whether its network is given a class of the data, to generate an example of it."""
        return False

    @property
    def takes_attributes(self) -> bool:
        """Whether its network is given all attributes of the data, to generate an example that has them."""
        return False

    @property
    def generates(self) -> bool:
        """Whether its network draws images out of nothing, see `generate`."""
        return False

    def generate(self, network: Any, spec: Any, like: Split, rng: Generator) -> Tensor:
        """As many images (N, C, H, W), uint8, as there are examples in `like`.

        A conditional `network` is asked for what each of them shows; nothing else is looked at.
        """
        raise TypeError(f"{type(self).__name__} generates no images")

    def watched(self, spec: Any) -> tuple[str, str]:
        """The evaluated number that tells best how good a run on data of `spec` is, and whether it "falls" or "rises".

        It may depend on the data: a Frechet distance is named after the features that it is measured in.
        """
        return ("loss", "falls")

    def spec(self, catalog: Catalog) -> Any:
        """The `Spec` of the data as this recipe takes them, checked against its knobs; reads no data.

        Raises:
            InvalidRecipe: When the data are of another kind, lack a column, or do not fit the knobs.
            UnknownData: When there are no such data.
        """
        if not self.accepts(catalog, self.data):
            fitting = ", ".join(name for name in catalog.names() if self.accepts(catalog, name))
            raise InvalidRecipe(
                f"{self.title} learns from data with the columns {', '.join(self.columns)}; "
                f"“{catalog.title(self.data)}” has none such. Choose one of {fitting}."
            )
        spec = self.shaped(catalog)
        try:
            self.check(spec)
        except ValueError as error:
            raise InvalidRecipe(f"{capitalized(str(error))}.") from None
        return spec

    @classmethod
    def controls(cls) -> dict[str, Control]:
        """Its knobs by name, in their order; one without a label goes by its name."""
        return {
            name: replace(one, label=one.label or _label(name), shown=one.shown and name not in cls.folded)
            for name, one in super().controls().items()
        }

    @classmethod
    def accepts(cls, catalog: Catalog, data: str) -> bool:
        """Whether a data set is of a kind, and has the columns, that it can learn from."""
        return catalog.fits(data, kinds=cls.kinds, columns=cls.columns)

    def shaped(self, catalog: Catalog) -> Any:
        """The `Spec` of the data in the shape that the knobs ask for."""
        return catalog.spec(self.data)

    def check(self, spec: Any) -> None:
        """Raises a ValueError, in words for a person, where the knobs do not fit data of `spec`."""

    def load(self, catalog: Catalog, progress: Progress | None = None) -> Data:
        """The data themselves; `progress` is called while a download goes on."""
        return catalog.load(self.data, progress=progress)

    def sampler(self, data: Data) -> Sampler:
        """Which examples each step looks at: shuffled epochs, unless a method needs otherwise."""
        from playground.sampler import ShuffledEpochs

        return ShuffledEpochs(data.train, batch_size=self.batch_size, seed=self.seed)

    def network(self, spec: Any, *args: Any, **shape: Any) -> nn.Module:
        """The untrained module that the views look at, for data of `spec`; snapshots hold its weights.

        `shape` is what the networks that the run uses say beyond the knobs, see `shape`, and what a snapshot's header
        says: see `Objective.shape`.
        """
        raise TypeError(f"{type(self).__name__} does not say how to build its network")

    def grown(self, spec: Any) -> dict[str, Any]:
        """The shape, as `network` takes it, of a network that has grown to its end; nothing where it does not grow.

        What a training takes is judged by it before it begins.
        """
        return {}

    def flops(self, spec: Any) -> int | None:
        """Floating-point operations of one forward pass of one example; nothing where a method has no one such pass."""
        return None

    def uses(self, spec: Any) -> dict[str, str]:
        """The runs whose networks `build` needs, by the role that they play: a teacher, a frozen encoder, features.

        Each by its id, which means its newest snapshot, or with a step of it: `cnn-fashion@3000`.
        """
        return {}

    def shape(self, *args: Any, **networks: Any) -> dict[str, Any]:
        """What `network` takes from those that the run uses, each a `Trained`, such as the width of an encoder's codes.

        JSON must be able to hold it: `run.json` does, so that the network can be built without them.

        Raises:
            ValueError: In words for a person, when one of them does not fit.
        """
        return {}

    def build(self, data: Data, *args: Any, **networks: Any) -> Objective:
        """The objective that trains `network(data.spec)` on `data`; `networks`: each a `Trained` that it `uses`."""
        raise TypeError(f"{type(self).__name__} does not say how to build its objective")

    def changed(self, /, **knobs: Any) -> Recipe:
        """A copy with some knobs changed and everything validated again.

        Raises:
            InvalidRecipe: Naming each knob that is unknown or out of its range.
        """
        return validated(type(self), {**self.model_dump(), **knobs})


class ImageRecipe(Recipe):
    """The knobs of what learns from images."""

    image_size: int | None = knob(
        None, "Image size: the side that pictures are resized to; their own by default.", ge=4, le=256, unit="pixels"
    )

    def shaped(self, catalog: Catalog) -> Any:
        """An `ImageSpec` of the wanted size."""
        return catalog.spec(self.data, self.image_size)

    def load(self, catalog: Catalog, progress: Progress | None = None) -> Data:
        """The data at the wanted size."""
        return catalog.load(self.data, self.shaped(catalog).size, progress)


def validated(kind: type[Recipe], knobs: dict[str, Any]) -> Recipe:
    """A recipe of class `kind` from plain values, as a form, a command line or `run.json` hold them.

    Raises:
        InvalidRecipe: In one plain sentence a knob.
    """
    try:
        return kind.model_validate(knobs)
    except ValidationError as error:
        called = {name: control.label for name, control in kind.controls().items()}
        raise InvalidRecipe(sentences(error, owner=kind.title, noun="knob", called=called)) from None


def _label(name: str) -> str:
    return capitalized(name.replace("_", " "))
