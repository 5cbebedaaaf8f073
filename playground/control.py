"""What the page knows of one field that a person sets: an option of a view, or a knob of a recipe."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

Control = Literal["", "class", "seed", "name"]
"""How a field is set where that does not follow from its type: a "class" among those of the run's data, by number; a
"seed", with a button that draws another number; a "name", of which more may be offered than were declared."""
_KINDS: dict[Any, str] = {bool: "switch", str: "text", int: "integer", float: "number"}


def declared(name: str, field: FieldInfo) -> dict[str, Any]:
    """The field as the page makes a control of it: see `Option` in `types.d.ts`.

    Raises:
        TypeError: When it was declared neither by `option` nor by `knob`, or is of a type that has no control.
    """
    extra = field.json_schema_extra
    if not isinstance(extra, dict):
        raise TypeError(f"“{name}” is declared without `option` or `knob`.")
    given: dict[str, Any] = {key: extra[key] for key in ("label", "step", "names", "ge", "le", "pattern")}
    kind, default = extra["control"], field.default
    if get_origin(field.annotation) is Literal:
        kind, given["names"] = "choice", given["names"] or {value: value for value in get_args(field.annotation)}
    if not kind:
        kind = _KINDS.get(field.annotation)
    if not kind:
        raise TypeError(f"“{name}” is of a type that has no control.")
    if kind == "class":
        default = str(default)  # a number, or one of `names`
    return {"name": name, "kind": kind, "help": field.description, "default": default, **given}
