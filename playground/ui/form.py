"""The form of a recipe, made from its fields: three knobs in sight, the rest folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from playground.control import Control
from playground.data import Catalog
from playground.recipe import Recipe, validated


class Form:
    """The knobs of one class of recipes as Gradio components."""

    def __init__(self, kind: type[Recipe], start: Recipe, catalog: Catalog) -> None:
        """Puts the components on the page, where it is made, with the values of `start`."""
        self.kind, self.start, self.catalog = kind, start, catalog
        self.controls = kind.controls()
        self.components: dict[str, gr.components.Component] = {}
        with gr.Row(elem_classes="knob-row"):
            self._add([control for control in self.controls.values() if control.shown])
        with gr.Accordion("Advanced", open=False, elem_classes="advanced"), gr.Row(elem_classes="knob-row"):
            self._add([control for control in self.controls.values() if not control.shown])

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
        return validated(self.kind, dict(zip(self.components, values, strict=True)))

    def values(self, recipe: Recipe) -> list[Any]:
        """What the components show for `recipe`."""
        return [_value(self.controls[name], getattr(recipe, name)) for name in self.components]

    def _add(self, controls: Sequence[Control]) -> None:
        for control in controls:
            self.components[control.name] = self._component(control)

    def _component(self, control: Control) -> gr.components.Component:
        unit = f" ({control.unit})" if control.unit not in ("", control.name) else ""
        shared: dict[str, Any] = {
            "label": control.label + unit,
            "info": control.help,
            "value": _value(control, getattr(self.start, control.name)),
            "min_width": 200,
        }
        choices = [(label, value) for value, label in control.names.items()]
        if control.name == "data":
            return gr.Dropdown(choices=self.offered([]), allow_custom_value=True, **shared)
        if control.kind == "switch":
            return gr.Checkbox(**shared)
        if control.kind in ("choice", "name"):
            return gr.Dropdown(choices=choices, allow_custom_value=control.kind == "name", **shared)
        if control.kind in ("text", "class"):
            return gr.Textbox(max_length=control.max_length, **shared)
        if control.optional:  # Gradio's number would turn nothing into 0
            return gr.Textbox(**shared)
        if control.step and control.ge is not None and control.le is not None:
            return gr.Slider(minimum=control.ge, maximum=control.le, step=control.step, **shared)
        return gr.Number(precision=None if control.kind == "number" else 0, **shared)


def _value(control: Control, value: Any) -> Any:
    """What a component shows; a number that may be missing is typed as a text."""
    shown = control.as_shown(value)
    typed = control.optional and isinstance(shown, int | float)
    return repr(shown).removesuffix(".0") if typed else shown
