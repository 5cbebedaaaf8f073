"""The options of a view: one dialect, of which the kinds of their controls follow."""

from __future__ import annotations

from typing import Literal

import pytest

from playground.view import Answer, BadOption, Options, Part, option


class Chosen(Options):
    steps: int = option(8, "How many.", label="Steps", ge=1, le=20, step=1)
    way: Literal["up", "down"] = option("up", "Where to.")
    label: int = option(2, "Which class.", ge=0, control="class")
    dots: bool = option(True, "Whether there are dots.")


def test_options_are_one_dialect():
    part = Part(lambda *given: Answer(), options=Chosen)
    assert part.parsed({"steps": "3", "dots": "false"}) == Chosen(steps=3, dots=False)
    with pytest.raises(BadOption, match="“steps”: input should be a valid integer.*it was “many”"):
        part.parsed({"steps": "many"})


def test_the_kind_of_an_option_follows_from_its_type():
    steps, way, label, dots = Chosen.declared()
    assert [one["kind"] for one in (steps, way, label, dots)] == ["integer", "choice", "class", "switch"]
    assert steps == {
        "name": "steps",
        "kind": "integer",
        "optional": False,
        "help": "How many.",
        "default": 8,
        "label": "Steps",
        "names": {},
        "ge": 1,
        "le": 20,
        "step": 1,
        "pattern": None,
        "max_length": 200,
        "unit": "",
        "shown": False,
    }
    assert way["names"] == {"up": "up", "down": "down"} and label["default"] == "2" and dots["default"] is True


def test_an_option_without_a_declaration_is_told():
    class Bare(Options):
        steps: int = 8

    with pytest.raises(TypeError, match="“steps” is declared without `option` or `knob`"):
        Bare.declared()
