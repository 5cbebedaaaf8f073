"""What one run is: a frozen model; its fields are the form, the command line, the validation and `run.json` at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from playground.errors import PlaygroundError

if TYPE_CHECKING:
    from torch import nn

    from playground.data import Data, Progress, Spec
    from playground.objective import Objective


def knob(
    default: Any,
    help: str,
    *,
    ge: float | None = None,
    le: float | None = None,
    unit: str = "",
    step: float | None = None,
    shown: bool = False,
) -> Any:
    """Declares one field of a recipe.

    Args:
        default: The value when nothing is said.
        help: One sentence that says what the knob does.
        ge: The smallest value allowed.
        le: The largest value allowed.
        unit: What the number counts, such as "steps", "seconds" or "pixels".
        step: The step of a slider between its bounds; without one it is typed as a number.
        shown: Whether the form keeps it in sight; all others fold under "Advanced".
    """
    extra: dict[str, Any] = {"unit": unit, "step": step, "ge": ge, "le": le, "shown": shown}
    return Field(default, description=help, ge=ge, le=le, json_schema_extra=extra)


class InvalidRecipe(PlaygroundError):
    """A knob has a value that its recipe does not allow."""


class Recipe(BaseModel):
    """The knobs that every run has. A lab's recipe adds its own and says how to build the network and its objective."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    what: ClassVar[str]
    """The first half of a recipe's name: `vit` in `vit-fashion`."""
    lab: ClassVar[str]
    """The folder under `playground/labs/` that the recipe belongs to."""
    title: ClassVar[str]
    """What a person calls it: "Vision Transformer"."""
    version: ClassVar[int] = 1
    """Raised when old snapshots no longer fit the network that `network` builds."""

    data: str = knob("fashion", "Which pictures it learns from.")
    image_size: int | None = knob(
        None, "The side of the pictures; their own if nothing is given.", ge=4, le=256, unit="pixels"
    )
    seconds: float | None = knob(60, "How long it trains, at the most.", ge=1, le=86_400, unit="seconds", shown=True)
    steps: int | None = knob(None, "How many steps it trains, at the most.", ge=1, le=10_000_000, unit="steps")
    batch_size: int = knob(128, "How many pictures one step looks at.", ge=1, le=4096, unit="pictures")
    seed: int = knob(0, "Where all randomness starts; the same seed gives the same run.", ge=0, le=2**31 - 1)
    precision: Literal["float32", "bfloat16"] = knob(
        "float32", "The number format of the arithmetic; bfloat16 pays off on GPUs alone."
    )

    @model_validator(mode="after")
    def _has_a_budget(self) -> Recipe:
        if self.seconds is None and self.steps is None:
            raise ValueError("a run needs an end: give seconds, steps or both")
        return self

    @property
    def watched(self) -> tuple[str, str]:
        """The evaluated number that tells best how good a run is, and whether it falls or rises as it gets better.

        A property, since the name may depend on the knobs: a Frechet distance is named after the features it is
        measured in, and those depend on the data.
        """
        return ("loss", "falls")

    def spec(self) -> Spec:
        """The shape of the data as this recipe wants it, without reading a picture."""
        from playground.data import spec

        return spec(self.data, self.image_size)

    def load(self, progress: Progress | None = None) -> Data:
        """The data themselves; `progress` is told how a download goes on."""
        from playground.data import load

        return load(self.data, size=self.image_size, progress=progress)

    def network(self, spec: Spec) -> nn.Module:
        """The untrained module that the views look at, for data of shape `spec`; snapshots hold its weights."""
        raise TypeError(f"{type(self).__name__} does not say how to build its network")

    def build(self, data: Data) -> Objective:
        """The objective that trains `network(data.spec)` on `data`."""
        raise TypeError(f"{type(self).__name__} does not say how to build its objective")

    def changed(self, **knobs: Any) -> Recipe:
        """A copy with some knobs set anew and everything validated again.

        Raises:
            InvalidRecipe: Naming each knob that is unknown or out of its range.
        """
        return validated(type(self), {**self.model_dump(), **knobs})


def validated(kind: type[Recipe], knobs: dict[str, Any]) -> Recipe:
    """A recipe of class `kind` from plain values, as a form, a command line or `run.json` hold them.

    Raises:
        InvalidRecipe: In one plain sentence a knob.
    """
    try:
        return kind.model_validate(knobs)
    except ValidationError as error:
        raise InvalidRecipe(" ".join(_plain(problem, kind) for problem in error.errors())) from None
    except PlaygroundError as error:
        raise InvalidRecipe(str(error)) from None


def _plain(problem: Any, kind: type[Recipe]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        return f"{kind.title} has no knob “{name}”; it has {', '.join(kind.model_fields)}."
    reason = problem["msg"].removeprefix("Value error, ")
    if not name or problem["type"] == "value_error":
        return reason[:1].upper() + reason[1:] + "."
    given = f" (it was {problem['input']!r})"
    return f"{name.replace('_', ' ').capitalize()}: {reason[:1].lower() + reason[1:]}{given}."
