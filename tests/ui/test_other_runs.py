"""What a view is given of another run, and what it keeps to itself."""

import pytest
import torch

from playground.labs import views
from playground.runs.networks import Networks
from playground.ui.context import Context
from playground.ui.inputs import Inputs
from playground.ui.views import Views
from playground.view import Answer, BadOption, Options, Part, View, option


class Named(Options):
    other: str = option("", "Another run.", label="Other", control="run")
    round: int = option(2, "How far.", ge=0, le=9)


def view_of(answer, **more):
    part = Part(answer, options=Named, **more)
    return View(
        name="v", title="V", question="Why?", about="So.", needs=torch.nn.Module, painter="v.js", parts={"v": part}
    )


@pytest.fixture
def answering(store):
    return Views(store, Networks(), Inputs(store.data))


def test_a_run_is_given_with_its_network_recipe_and_step(answering, written, read_answer):
    def answer(network, spec, options, inputs):
        other = inputs["runs"]["other"]
        return Answer(words={"other": other and [other.name, other.step, other.recipe.what, other.spec.name]})

    run, other, view = written(), written("vit-digits"), view_of(answer, inputs=("runs",))
    for name, expected in (
        ("", None),
        (other.id, [other.id, 10, "vit", "digits"]),
        (f"{other.id}@5", [other.id, 5, "vit", "digits"]),
    ):
        assert read_answer(answering.answer(view, run, 5, {"other": name}))[0]["other"] == expected
    for nonsense in ("a b", "UP", "x@", "x@-1", "../x", "x" * 100):
        with pytest.raises(BadOption, match="“other”"):
            answering.answer(view, run, 5, {"other": nonsense})


def test_what_goes_on_is_given_the_state_and_the_page_is_not(answering, written, read_answer):
    def answer(network, spec, options, inputs):
        earlier = inputs["answer"]
        total = torch.zeros(3) if earlier is None else earlier.state["total"] + 1
        return Answer({"sum": total.sum()[None]}, {"began": earlier is None}, {"total": total})

    def before(options):
        return options.model_copy(update={"round": options.round - 1}) if options.round else None

    view = view_of(answer, inputs=("answer",), earlier=before)
    words, tensors = read_answer(answering.answer(view, written(), 5, {"round": "4"}))
    assert tensors.keys() == {"sum"} and float(tensors["sum"]) == 12 and not words["began"]
    assert answering.answers.bytes >= 5 * 12, "the state counts as cached"


def test_answers_about_a_run_that_is_deleted_are_dropped(answering, written):
    view = view_of(lambda *given: Answer(), inputs=("runs",))
    run, other = written(), written("vit-digits")
    for name in ("", other.id):
        answering.answer(view, run, 5, {"other": name})
    assert len(answering.answers) == 2
    answering.forget("none", [other])
    assert len(answering.answers) == 1


def test_somebody_elses_private_run_cannot_be_named(store, written, browser_of, monkeypatch):
    run, vae, context = written("gan-digits"), written("vae-digits", owner="else"), Context(store, None)
    asked = []
    monkeypatch.setattr(context.views, "answer", lambda *given, **more: asked.append(given) or b"")
    view = next(view for view in views()["gan"].values() if view.options.runs())
    path = f"views/gan/{view.name}/{next(iter(view.parts))}?run={run.id}&step=10&{view.options.runs()[0]}="
    assert browser_of(context).get(path + vae.id).status_code == 200 and len(asked) == 1
    private = type(store).private
    monkeypatch.setattr(type(store), "private", lambda self, one: ("own",) if one.id == vae.id else private(self, one))
    for name in (vae.id, f"{vae.id}@5"):
        answer = browser_of(context).get(path + name)
        assert answer.status_code == 400 and "There is no run" in answer.json()["error"]
    assert len(asked) == 1
