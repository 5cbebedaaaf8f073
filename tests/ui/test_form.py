"""Every knob of every recipe is on its form, shows what the recipe says, and gives it back."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest

from playground.data import packs
from playground.labs import kinds, recipes
from playground.recipe import InvalidRecipe
from playground.ui.form import Form


def form_of(what, start=None):
    start = start or next(recipe for recipe in recipes().values() if recipe.what == what)

    async def build_form():  # where no event loop runs, Gradio makes one and leaves it open
        with gr.Blocks():
            return Form(kinds()[what], start, packs)

    with ThreadPoolExecutor(1) as apart:  # the browser's tests may have left their loop running in this thread
        return apart.submit(asyncio.run, build_form()).result()


def stepped(kind):
    """The knobs that have a slider."""
    return {name for name, field in kind.model_fields.items() if (field.json_schema_extra or {}).get("step")}


def is_folded(component):
    while component is not None and not isinstance(component, gr.Accordion):
        component = component.parent
    return component is not None


def submitted(form, recipe):
    """What the server is told when the page shows `recipe` and nobody has touched anything."""
    sent = []
    for component, value in zip(form.inputs, form.values(recipe), strict=True):
        shown = component.postprocess(value)
        sent.append(component.preprocess(json.loads(json.dumps(shown))))
    return sent


@pytest.mark.parametrize("what", kinds())
def test_every_knob_has_a_component_that_explains_itself(what):
    form = form_of(what)
    assert set(form.components) == set(kinds()[what].model_fields)
    for name, component in form.components.items():
        field = kinds()[what].model_fields[name]
        assert component.info == field.description and component.info.endswith(".")
        assert component.label.split(" (")[0] == kinds()[what].label(name) != ""


@pytest.mark.parametrize("what", kinds())
def test_three_knobs_at_the_most_are_in_sight(what):
    form = form_of(what)
    folded = [name for name, component in form.components.items() if is_folded(component)]
    assert 1 <= len(form.components) - len(folded) <= 3
    assert "seconds" not in folded and "seed" in folded


@pytest.mark.parametrize("name", recipes())
def test_what_the_form_shows_is_what_it_gives_back(name):
    recipe = recipes()[name]
    form = form_of(recipe.what, recipe)
    assert form.recipe(form.values(recipe)) == recipe
    assert form.recipe(submitted(form, recipe)) == recipe


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_fits_the_form_of_its_kind(name):
    """The form is made once, with its kind's first recipe, and then shows whichever is chosen."""
    recipe = recipes()[name]
    form = form_of(recipe.what)
    assert form.recipe(submitted(form, recipe)) == recipe


@pytest.mark.parametrize(
    ("name", "knobs"),
    [
        ("vae-digits", {"steps": 30}),
        ("vae-digits", {"beta": 15.0}),
        ("vae-digits", {"latent": 50}),
        ("vae-digits", {"seconds": 2.5}),
        ("vit-digits", {"steps": 30, "image_size": 16}),
        ("vit-digits", {"seconds": 86_400}),
    ],
)
def test_a_branch_shows_knobs_that_only_the_command_line_sets(name, knobs):
    recipe = recipes()[name].changed(**knobs)
    form = form_of(recipe.what)
    assert form.recipe(submitted(form, recipe)) == recipe


@pytest.mark.parametrize("what", kinds())
def test_an_emptied_field_is_nothing_where_that_is_allowed(what):
    form = form_of(what)
    values = dict(zip(form.components, form.values(form.start), strict=True))
    for name in values.keys() & {"steps", "image_size"}:
        assert getattr(form.recipe(list((values | {name: ""}).values())), name) is None
    with pytest.raises(InvalidRecipe, match="^Batch size: "):
        form.recipe(list((values | {"batch_size": None}).values()))


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("seconds", float("nan")),
        ("seconds", -1),
        ("seconds", 1e9),
        ("learning_rate", float("inf")),
        ("learning_rate", 0),
        ("batch_size", 2.5),
        ("batch_size", 10**6),
        ("seed", -1),
        ("precision", "float64"),
    ],
)
@pytest.mark.parametrize("what", kinds())
def test_a_bad_value_is_told_by_the_name_of_its_knob(what, knob, value):
    form = form_of(what)
    values = dict(zip(form.components, form.values(form.start), strict=True)) | {knob: value}
    with pytest.raises(InvalidRecipe) as caught:
        form.recipe(list(values.values()))
    assert str(caught.value).startswith(knob.replace("_", " ").capitalize() + ": ")
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize("what", [what for what, kind in kinds().items() if stepped(kind)])
def test_a_slider_ends_where_its_recipe_does(what):
    form = form_of(what)
    sliders = {name: part for name, part in form.components.items() if isinstance(part, gr.Slider)}
    assert sliders.keys() == stepped(kinds()[what])
    for name, slider in sliders.items():
        for value, allowed in ((slider.minimum, True), (slider.maximum, True), (slider.maximum + 1, False)):
            values = dict(zip(form.components, form.values(form.start), strict=True)) | {name: value}
            if allowed and name != "heads":  # heads must divide the width as well
                assert getattr(form.recipe(list(values.values())), name) == value
            elif not allowed:
                with pytest.raises(InvalidRecipe):
                    form.recipe(list(values.values()))


def test_all_data_sets_can_be_chosen():
    data = form_of("vae").components["data"]
    assert [value for _, value in data.choices] == list(packs.names(kinds=("images",), columns=("images",)))
