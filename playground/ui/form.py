"""The form of a recipe, made from its fields: three knobs in sight, the rest folded."""

from __future__ import annotations

import json
import types
from collections.abc import Sequence
from typing import Any, Literal, Union, get_args, get_origin

import gradio as gr
from pydantic.fields import FieldInfo

from playground.data import Catalog
from playground.recipe import Recipe, validated


class Form:
    """The knobs of one class of recipes as Gradio components."""

    def __init__(self, kind: type[Recipe], start: Recipe, catalog: Catalog) -> None:
        """Puts the components on the page, where it is made, with the values of `start`."""
        self.kind, self.start, self.catalog = kind, start, catalog
        fields = kind.model_fields
        shown = [name for name, field in fields.items() if _extra(field)["shown"]]
        self.components: dict[str, gr.components.Component] = {}
        with gr.Row(elem_classes="knob-row"):
            for name in shown:
                self.components[name] = self._component(name, fields[name])
        with gr.Accordion("Advanced", open=False, elem_classes="advanced"), gr.Row(elem_classes="knob-row"):
            for name, field in fields.items():
                if name not in shown:
                    self.components[name] = self._component(name, field)

    @property
    def inputs(self) -> list[gr.components.Component]:
        """The components in the order in which `recipe` takes their values."""
        return list(self.components.values())

    def offered(self, own: Sequence[str]) -> list[tuple[str, str]]:
        """The data that fit, as (label, name): a visitor's own and the server's first, under their titles."""
        fitting = [name for name in (*own, *self.catalog.names()) if self.kind.accepts(self.catalog, name)]
        return [(self.catalog.title(name), name) for name in fitting]

    def recipe(self, values: Sequence[Any]) -> Recipe:
        """What the form says, validated; `InvalidRecipe` names each knob that is off."""
        knobs: dict[str, Any] = {}
        for name, value in zip(self.components, values, strict=True):
            knobs[name] = None if value in ("", None) and _optional(self.kind.model_fields[name]) else value
        return validated(self.kind, knobs)

    def values(self, recipe: Recipe) -> list[Any]:
        """What the components show for `recipe`."""
        values = {name: getattr(recipe, name) for name in self.components}
        fields = self.kind.model_fields
        return [_text(value) if _optional(fields[name]) else value for name, value in values.items()]

    def _component(self, name: str, field: FieldInfo) -> gr.components.Component:
        kind = _plain_type(field)
        extra = _extra(field)
        unit = f" ({extra['unit']})" if extra["unit"] not in ("", name) else ""
        label = self.kind.label(name) + unit
        value = getattr(self.start, name)
        shared: dict[str, Any] = {
            "label": label,
            "info": field.description,
            "value": value,
            "min_width": 200,
        }
        if _optional(field):  # Gradio's number would turn nothing into 0
            return gr.Textbox(**{**shared, "value": _text(value)})
        if name == "data":
            return gr.Dropdown(choices=self.offered([]), allow_custom_value=True, **shared)
        if kind is bool:
            return gr.Checkbox(**shared)
        if get_origin(kind) is Literal:
            return gr.Dropdown(choices=list(get_args(kind)), **shared)
        if extra["step"]:
            return gr.Slider(minimum=extra["ge"], maximum=extra["le"], step=extra["step"], **shared)
        return gr.Number(precision=0 if kind is int else None, **shared)


def parsed(text: str) -> Any:
    """The value that a piece of text means: JSON where it is any, else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _plain_type(field: FieldInfo) -> Any:
    """The field's type without `None`."""
    if get_origin(field.annotation) in (Union, types.UnionType):
        return next(kind for kind in get_args(field.annotation) if kind is not type(None))
    return field.annotation


def _text(value: float | None) -> str:
    """A number that may be missing, as it is typed."""
    return "" if value is None else f"{value:.12g}"


def _optional(field: FieldInfo) -> bool:
    return type(None) in get_args(field.annotation)


def _extra(field: FieldInfo) -> dict[str, Any]:
    extra = field.json_schema_extra
    return extra if isinstance(extra, dict) else {"shown": False, "unit": "", "step": None}
