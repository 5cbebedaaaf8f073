"""Every knob of every recipe is on its form, shows what the recipe says, and gives it back."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Literal

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import packs
from playground.labs import kinds, recipes
from playground.recipe import InvalidRecipe, Recipe, knob
from playground.ui.form import Form
from playground.ui.train import linked
from tests.jobs.test_knobs import allowed


def form_of(what, start=None):
    return form_with(start or next(recipe for recipe in recipes().values() if recipe.what == what))


def form_with(start):
    async def build_form():  # where no event loop runs, Gradio makes one and leaves it open
        with gr.Blocks():
            return Form(type(start), start, packs)

    with ThreadPoolExecutor(1) as apart:  # the browser's tests may have left their loop running in this thread
        return apart.submit(asyncio.run, build_form()).result()


def stepped(kind):
    """The knobs that have a slider."""
    return {name for name, control in kind.controls().items() if control.step}


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
        control = kinds()[what].controls()[name]
        assert component.info == control.help and component.info.endswith(".")
        assert component.label.split(" (")[0] == control.label != ""


@pytest.mark.parametrize("what", kinds())
def test_the_data_and_three_knobs_at_the_most_are_in_sight(what):
    form = form_of(what)
    folded = [name for name, component in form.components.items() if is_folded(component)]
    assert 2 <= len(form.components) - len(folded) <= 4
    assert not {"data", "seconds"} & {*folded} and "seed" in folded


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
        for value, fits in ((slider.minimum, True), (slider.maximum, True), (slider.maximum + 1, False)):
            values = dict(zip(form.components, form.values(form.start), strict=True)) | {name: value}
            if fits and name != "heads":  # heads must divide the width as well
                assert getattr(form.recipe(list(values.values())), name) == value
            elif not fits:
                with pytest.raises(InvalidRecipe):
                    form.recipe(list(values.values()))


def test_all_data_sets_can_be_chosen():
    data = form_of("vae").components["data"]
    assert [value for _, value in data.choices] == list(packs.names(kinds=("images",), columns=("images",)))


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
COMPONENTS = {
    "flip": gr.Checkbox,
    "perhaps": gr.Dropdown,
    "depth": gr.Slider,
    "heads": gr.Textbox,
    "rate": gr.Number,
    "limit": gr.Textbox,
    "prompt": gr.Textbox,
    "negative": gr.Textbox,
    "way": gr.Dropdown,
    "patch": gr.Dropdown,
    "turn": gr.Dropdown,
    "tried": gr.Textbox,
    "source": gr.Dropdown,
}


@pytest.fixture(scope="module")
def toy_form():
    return form_with(EveryKind())


def test_the_component_of_a_knob_follows_from_its_type(toy_form):
    assert {name: type(toy_form.components[name]) for name in COMPONENTS} == COMPONENTS
    assert toy_form.components["prompt"].max_length == 40
    controls = EveryKind.controls()
    found = " ".join(controls[name].kind for name in COMPONENTS)
    assert found == "switch choice integer integer number number text text choice choice choice number name"
    assert controls["perhaps"].names == {"": "none", "true": "yes", "false": "no"}
    assert [controls[name].default for name in ("perhaps", "heads", "negative", "patch")] == ["", 4, "", "4"]


@given(knobs=TOYS)
def test_knobs_of_every_type_go_through_the_form_and_back(toy_form, knobs):
    recipe = EveryKind.model_validate(knobs)
    assert toy_form.recipe(submitted(toy_form, recipe)) == recipe


@given(knobs=TOYS)
def test_knobs_of_every_type_go_through_a_link_and_back(toy_form, knobs):
    recipe = EveryKind.model_validate(knobs)
    values = zip(toy_form.components, toy_form.values(recipe), strict=True)
    texts = [(name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in values]
    escaped = [(name, text.replace("%", "%25").replace(";", "%3B")) for name, text in texts]
    assert EveryKind().changed(**linked(";".join(f"{name}:{text}" for name, text in escaped))) == recipe


def test_a_text_in_a_link_may_hold_what_separates_knobs():
    text = "prompt:50%25 a:b%3B 'ü';beta:4;steps:;flip:true"  # as `knobsText` in options.js writes it
    assert linked(text) == {"prompt": "50% a:b; 'ü'", "beta": "4", "steps": "", "flip": "true"}


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
def test_what_a_knob_does_not_allow_is_told_in_a_sentence(toy_form, name, value, sentence):
    values = dict(zip(toy_form.components, toy_form.values(EveryKind()), strict=True)) | {name: value}
    with pytest.raises(InvalidRecipe) as caught:
        toy_form.recipe(list(values.values()))
    assert str(caught.value).startswith(sentence)
