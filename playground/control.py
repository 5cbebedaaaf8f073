"""What a person sets, declared once: its check, its part of a form, its control and its text in a link follow from it.

On the page and in links, "" stands for nothing, and a choice is the text that it goes by.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

Kind = Literal["switch", "choice", "integer", "number", "text", "class", "attributes", "seed", "name", "picture", "run"]
"""How a field is set. What does not follow from its type is declared: a "class" of the run's data, which the network is
given, is known by its number, and a choice of all "attributes" by those of their values, "2-0-5"; a "seed" has a button
that draws another one; of a "name" more may be offered than were declared; a "picture" is named as where pictures are
chosen, and has a button that takes the one that is looked at; of a "run" the painter offers those that fit."""
TEXT = 200
"""Characters of a text at most, where its field says nothing else."""
PICTURE = r"^(ex-[0-9]{1,3}|up-[0-9A-Za-z_-]{1,40})(-inverted)?$"
"""What the name of a picture looks like: of an example or of an upload, as it is or with light and dark swapped."""
RUN = r"^([a-z0-9][a-z0-9-]{0,80}(@[0-9]{1,10})?)?$"
"""What names a run: its id, which means its newest snapshot, or with a step of it; nothing is the run that is shown."""
_PATTERNS = {"picture": PICTURE, "run": RUN}
_KINDS: dict[Any, Kind] = {bool: "switch", str: "text", int: "integer", float: "number"}


@dataclass(frozen=True, kw_only=True)
class Control:
    """One field as all parts of the page know it.

    Attributes:
        name: Of the field.
        kind: How it is set.
        optional: Whether it may be left empty; an optional choice has the choice "".
        default: The value when nothing is given, as `shown`.
        help: One sentence that says what it does.
        label: What its control is called; empty where none was given.
        names: What the choices are called, by value; of a number, the values worth trying.
        ge: The smallest value allowed.
        le: The largest value allowed.
        step: The step of a slider between them.
        pattern: What a text must look like.
        max_length: How many characters a text may have.
        unit: What a number counts.
        shown: Whether a form keeps it in sight.
    """

    name: str
    kind: Kind
    optional: bool
    default: Any
    help: str
    label: str
    names: Mapping[str, str]
    ge: float | None
    le: float | None
    step: float | None
    pattern: str | None
    max_length: int
    unit: str
    shown: bool

    def declared(self) -> dict[str, Any]:
        """What controls and links are made from: see `Option` in `types.d.ts`."""
        return asdict(self)

    def as_shown(self, value: Any) -> Any:
        """A value of the field as the page has it."""
        return _as_shown(self.kind, value)


class Settings(BaseModel):
    """A frozen model whose fields `setting` declares: bool, int, float, str, Literal, and each of them or None."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_max_length=TEXT)

    @classmethod
    def controls(cls) -> dict[str, Control]:
        """Its fields by name, in their order.

        Raises:
            TypeError: When one was not declared by `setting`, or is of a type that has no control.
        """
        return {name: _control(name, field) for name, field in cls.model_fields.items()}

    @field_validator("*", mode="before")
    @classmethod
    def _from_the_page(cls, value: Any, info: ValidationInfo) -> Any:
        plain, optional = _plain(cls.model_fields[str(info.field_name)].annotation)
        if not isinstance(value, str):
            return value
        if optional and not value:
            return None
        return {str(choice): choice for choice in get_args(plain)}.get(value, value)


def setting(
    default: Any,
    help: str,
    *,
    label: str = "",
    ge: float | None = None,
    le: float | None = None,
    step: float | None = None,
    unit: str = "",
    pattern: str | None = None,
    max_length: int | None = None,
    names: Mapping[str, str] | None = None,
    among: Iterable[float] = (),
    control: Kind | Literal[""] = "",
    shown: bool = False,
) -> Any:
    """Declares one option of a view, or one knob of a recipe.

    Args:
        default: The value when nothing is chosen; links leave it out.
        help: One sentence that says what it does, with the field's own term in it.
        label: What its control is called. A knob without one goes by its name; an option without one has no control:
            it is set on the stage itself.
        ge: The smallest value allowed.
        le: The largest value allowed.
        step: The step of a slider between its bounds; without one it is typed as a number.
        unit: What the number counts, such as "steps", "seconds" or "pixels".
        pattern: What a text must look like.
        max_length: How many characters a text may have, `TEXT` by default.
        names: What the choices are called, by value.
        among: Numbers worth trying, of which a menu beside the stage offers one.
        control: How it is set; else that follows from its type.
        shown: Whether a form keeps it in sight; all others fold under "Advanced".
    """
    offered = names or {f"{value:g}": f"{value:g}" for value in among}
    pattern = _PATTERNS.get(control, pattern)
    extra: dict[str, Any] = {"label": label, "ge": ge, "le": le, "step": step, "unit": unit, "pattern": pattern}
    extra |= {"max_length": max_length or TEXT, "names": offered, "control": control, "shown": shown}
    return Field(
        default, description=help, ge=ge, le=le, pattern=pattern, max_length=max_length, json_schema_extra=extra
    )


def sentences(error: ValidationError, *, owner: str, noun: str, called: Mapping[str, str]) -> str:
    """What is wrong with some settings, in one plain sentence a problem.

    Args:
        error: What pydantic found.
        owner: Who has the settings, as a sentence begins.
        noun: What one of them is.
        called: What a sentence calls each, by name.
    """
    return " ".join(_sentence(problem, owner, noun, called) for problem in error.errors())


def capitalized(text: str) -> str:
    """The text with a large first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def _sentence(problem: Any, owner: str, noun: str, called: Mapping[str, str]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        return f"{owner} has no {noun} “{name[:40]}”; it has {', '.join(called) or 'none'}."
    reason = problem["msg"].removeprefix("Value error, ")
    if not name or problem["type"] == "value_error":
        return f"{capitalized(reason)}."
    return f"{called.get(name, name)}: {reason[:1].lower() + reason[1:]} (it was “{str(problem['input'])[:40]}”)."


def _control(name: str, field: FieldInfo) -> Control:
    extra = field.json_schema_extra
    if not isinstance(extra, dict):
        raise TypeError(f"“{name}” is declared without `option` or `knob`.")
    given: dict[str, Any] = dict(extra)
    declared: Kind | Literal[""] = given.pop("control")
    plain, optional = _plain(field.annotation)
    kind: Kind | None = declared or _KINDS.get(plain)
    if get_origin(plain) is Literal:
        kind, choices = "choice", {str(value): str(value) for value in get_args(plain)}
        given["names"] = given["names"] or choices
    elif kind == "switch" and optional:
        kind, given["names"] = "choice", given["names"] or {"true": "yes", "false": "no"}
    if kind is None:
        raise TypeError(f"“{name}” is of a type that has no control.")
    if optional and given["names"]:
        given["names"] = {"": "none", **given["names"]}
    default = _as_shown(kind, field.default)
    return Control(name=name, kind=kind, optional=optional, default=default, help=field.description or "", **given)


def _as_shown(kind: Kind, value: Any) -> Any:
    if value is None:
        return ""
    if kind in ("choice", "class"):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _plain(annotation: Any) -> tuple[Any, bool]:
    """A type without None, and whether None was among it; a union of more is returned as it is."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation, False
    members = [member for member in get_args(annotation) if member is not types.NoneType]
    return (members[0] if len(members) == 1 else annotation), types.NoneType in get_args(annotation)
