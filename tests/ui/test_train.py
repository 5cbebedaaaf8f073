"""Every knob of every recipe is on its form, shows what the recipe says, and gives it back."""

import json
from typing import ClassVar, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.labs import kinds, recipes
from playground.recipe import InvalidRecipe, Recipe, knob, validated
from playground.ui.train import shown
from tests.jobs.test_knobs import allowed


def sent(recipe):
    """What the page sends when it shows `recipe` and nobody has touched anything."""
    return json.loads(json.dumps(shown(recipe)))


@pytest.mark.parametrize("what", kinds())
def test_every_knob_explains_itself(what):
    controls = kinds()[what].controls()
    assert set(controls) == set(kinds()[what].model_fields)
    for control in controls.values():
        assert control.help.endswith(".") and control.label


@pytest.mark.parametrize("what", kinds())
def test_the_data_and_three_knobs_at_the_most_are_in_sight(what):
    in_sight = {name for name, control in kinds()[what].controls().items() if control.shown}
    assert 2 <= len(in_sight) <= 4
    assert {"data", "seconds"} <= in_sight and "seed" not in in_sight


@pytest.mark.parametrize("name", recipes())
def test_what_the_form_shows_is_what_it_gives_back(name):
    recipe = recipes()[name]
    assert validated(type(recipe), sent(recipe)) == recipe


@pytest.mark.parametrize("what", kinds())
def test_an_emptied_field_is_nothing_where_that_is_allowed(what):
    kind = kinds()[what]
    values = sent(next(recipe for recipe in recipes().values() if recipe.what == what))
    for name in values.keys() & {"steps", "image_size"}:
        assert getattr(validated(kind, values | {name: ""}), name) is None
    with pytest.raises(InvalidRecipe, match="^Batch size: "):
        validated(kind, values | {"batch_size": ""})


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("seconds", "NaN"),
        ("seconds", -1),
        ("seconds", 1e9),
        ("learning_rate", "inf"),
        ("learning_rate", 0),
        ("batch_size", "2.5"),
        ("batch_size", 10**6),
        ("seed", -1),
        ("precision", "float64"),
    ],
)
@pytest.mark.parametrize("what", kinds())
def test_a_bad_value_is_told_by_the_name_of_its_knob(what, knob, value):
    recipe = next(recipe for recipe in recipes().values() if recipe.what == what)
    with pytest.raises(InvalidRecipe) as caught:
        validated(type(recipe), sent(recipe) | {knob: value})
    assert str(caught.value).startswith(knob.replace("_", " ").capitalize() + ": ")
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize("what", kinds())
def test_a_slider_ends_where_its_recipe_does(what):
    recipe = next(recipe for recipe in recipes().values() if recipe.what == what)
    for name, control in recipe.controls().items():
        if not control.step:
            continue
        assert control.ge is not None and control.le is not None
        for value, fits in ((control.ge, True), (control.le, True), (control.le + 1, False)):
            if fits and name != "heads":  # heads must divide the width as well
                assert getattr(validated(type(recipe), sent(recipe) | {name: value}), name) == value
            elif not fits:
                with pytest.raises(InvalidRecipe):
                    validated(type(recipe), sent(recipe) | {name: value})


class EveryKind(Recipe):
    """A recipe with one knob of each type that there is."""

    what: ClassVar[str] = "toy"
    lab: ClassVar[str] = "toy"
    title: ClassVar[str] = "Toy"

    flip: bool = knob(False, "Whether.")
    perhaps: bool | None = knob(None, "Whether, or as it comes.")
    depth: int = knob(2, "How deep.", ge=1, le=8, step=1)
    heads: int | None = knob(4, "How many.", ge=1, le=10**15)
    rate: float = knob(0.1, "How fast.", ge=0, le=1)
    limit: float | None = knob(None, "How far.", ge=-1e9, le=1e9)
    prompt: str = knob("a cat", "Which words.", max_length=40)
    negative: str | None = knob(None, "Which words not.", max_length=20)
    way: Literal["up", "down"] = knob("up", "Where to.")
    patch: Literal[2, 4] = knob(4, "How large.")
    turn: Literal["left", "right"] | None = knob(None, "Which turn, if any.")
    tried: float | None = knob(None, "How much.", ge=0, le=1, among=(0.1, 0.5))
    source: str = knob("here", "From where.", names={"here": "Here"}, control="name")


TOYS = st.fixed_dictionaries({name: allowed(control) for name, control in EveryKind.controls().items()}).map(
    lambda knobs: knobs | {"seconds": knobs["seconds"] or 1.5}  # a run needs an end
)


def test_what_a_knob_is_set_with_follows_from_its_type():
    controls = EveryKind.controls()
    names = [name for name in controls if name not in Recipe.model_fields]
    found = " ".join(controls[name].kind for name in names)
    assert found == "switch choice integer integer number number text text choice choice choice number name"
    assert controls["prompt"].max_length == 40
    assert controls["perhaps"].names == {"": "none", "true": "yes", "false": "no"}
    assert [controls[name].default for name in ("perhaps", "heads", "negative", "patch")] == ["", 4, "", "4"]


@given(knobs=TOYS)
@settings(deadline=None)
def test_knobs_of_every_type_go_through_the_form_and_back(knobs):
    recipe = EveryKind.model_validate(knobs)
    assert validated(EveryKind, sent(recipe)) == recipe


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("prompt", "x" * 41, "Prompt: string should have at most 40 characters (it was “xxxxxxx"),
        ("source", "x" * 201, "Source: string should have at most 200 characters (it was “xxxxxxx"),
        ("turn", "back", "Turn: input should be 'left' or 'right' (it was “back”)."),
        ("patch", "3", "Patch: input should be 2 or 4 (it was “3”)."),
        ("depth", "", "Depth: input should be a valid integer"),
    ],
)
def test_what_a_knob_does_not_allow_is_told_in_a_sentence(name, value, sentence):
    with pytest.raises(InvalidRecipe) as caught:
        validated(EveryKind, sent(EveryKind()) | {name: value})
    assert str(caught.value).startswith(sentence)
