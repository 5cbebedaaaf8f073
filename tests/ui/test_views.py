"""Every part of every view answers the same whoever else asks, keeps within bounds, and refuses in plain words."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
import torch
from safetensors.torch import load

from playground import labs
from playground.data import DataUnavailable, packs
from playground.labs import recipes, views
from playground.runs.networks import Networks
from playground.runs.store import Store
from playground.ui.inputs import Inputs, UnknownPicture
from playground.ui.views import TRACE, CannotView, Gate, Views
from playground.view import Answer, BadOption, Options, Part, View, option
from tests.ui.long import thorough_where_long

pytestmark = pytest.mark.usefixtures("one_thread")

THREADS, HEAVY = 24, 4
"""How many ask at once, and how many where an answer takes long."""
PATIENCE = 20
PICTURES = ("ex-0", "ex-1", "ex-5")
SHIPPED = Store(Path("nowhere"))
ALL = [(lab, name) for lab, by_name in views().items() for name in by_name]
PARTS = [(lab, name, part) for lab, name in ALL for part in views()[lab][name].parts]
TRACES = [(lab, name, TRACE) for lab, name in ALL if views()[lab][name].trace]
LABS = Path(labs.__file__).parent
KEYS = {"lab", "run", "step", "compare", "align", "view", "picture", "recipe", "knobs", "lesson", "times", "only"}
"""What a link, or a request, says beside the options of a view."""


def fresh(store=SHIPPED):
    return Views(store, Networks(), Inputs(store.data))


def read(content):
    words = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]["words"]
    return json.loads(words), load(content)


def without_cache(answering):
    """Computes every answer anew: what is kept cannot differ."""
    answering.answers.get = lambda key, make: make()
    return answering


def view_with(**parts):
    """A view of any network."""
    kind = torch.nn.Module
    return View(name="v", title="V", question="Why?", about="So.", needs=kind, painter="v.js", parts=parts)


def part_or_trace(view, part):
    """A part of a view by its name, or the view's trace."""
    return view.trace if part == TRACE else view.parts[part]


@pytest.fixture(scope="module")
def alone():
    """Is asked by one thread; what parts share is computed once for all of them."""
    return fresh()


@pytest.mark.parametrize(("lab", "name", "part"), thorough_where_long(PARTS))
def test_an_answer_does_not_depend_on_who_else_asks(alone, lab, name, part, monkeypatch):
    view = views()[lab][name]
    takes_picture, heavy = "picture" in view.parts[part].inputs, view.parts[part].heavy
    askers = HEAVY if heavy else THREADS
    fitting = [run for run in SHIPPED.list(lab=lab) if view.fits(run.network_class, run.spec, run.recipe)]
    here = [run for run in fitting if packs.available(run.spec.name)] or fitting  # examples stand in for other data
    runs = here[: 1 if heavy else 2]
    assert runs, "no shipped run can be viewed so"
    queries = [
        (view, run, step, {"picture": picture} if takes_picture else {}, part)
        for run in runs
        for step in (run.snapshots[0], run.snapshots[-1])
        for picture in (PICTURES if takes_picture else PICTURES[:1])
    ]
    expected = [alone.answer(*one) for one in queries]
    together = without_cache(fresh())
    together.galleries = alone.galleries  # features of all training pictures, which take long and no snapshot changes
    monkeypatch.setattr(together, "gates", {part_is_heavy: Gate(8, waiting=THREADS) for part_is_heavy in (False, True)})
    order = [place for place in range(len(queries)) for _ in range(-(-askers // len(queries)))]
    random.Random(0).shuffle(order)
    with ThreadPoolExecutor(askers) as threads:
        answers = list(threads.map(lambda place: together.answer(*queries[place]), order))
    assert sum(content != expected[place] for content, place in zip(answers, order, strict=True)) == 0


def test_words_that_are_no_number_arrive_as_null():
    nan, inf = float("nan"), float("inf")
    words, _ = read(Answer(words={"score": nan, "all": {"pair": (1.5, -inf)}, "name": "NaN"}).encode())
    assert words == {"score": None, "all": {"pair": [1.5, None]}, "name": "NaN"}


@pytest.mark.parametrize(("lab", "name"), ALL)
def test_a_view_declares_itself(lab, name):
    view = views()[lab][name]
    declared = json.loads(json.dumps(view.declared(), allow_nan=False))
    assert view.question[0].isupper() and view.question.endswith("?") and view.about.endswith(".") and view.title
    assert (LABS / view.painter).is_file(), f"{view.painter} is not there"
    names = [one["name"] for one in declared["options"]]
    assert len(names) == len(set(names)) and not KEYS & set(names)
    assert declared["parts"].keys() == view.parts.keys() and TRACE not in view.parts


@pytest.mark.parametrize(("lab", "name"), [(lab, name) for lab, name in ALL if views()[lab][name].stepping])
def test_what_is_trained_on_the_stage_declares_its_buttons_and_knobs(lab, name):
    view = views()[lab][name]
    stepping, declared = view.stepping, view.declared()["stepping"]
    names = [one["name"] for one in declared["knobs"]]
    assert names == [*stepping.recipe.live, *declared["fresh"]] and len(names) == len(set(names))
    assert all(one["label"] and one["help"].endswith(".") for one in declared["knobs"])
    assert all(type(recipes()[one]) is stepping.recipe for one in stepping.presets)
    for one, preset in stepping.presets.items():
        if preset.cure:
            knob, value = preset.cure
            chosen = recipes()[one]
            assert knob in stepping.recipe.live and getattr(chosen, knob) != value
            assert getattr(chosen.changed(**{knob: value}), knob) == value
    started = next(one for one in recipes().values() if type(one) is stepping.recipe)
    phases = {phase.name for phase in started.build(started.load(packs)).phases()}
    assert stepping.phases.keys() == ({"", *phases} if len(phases) > 1 else {""})


@pytest.mark.parametrize(("lab", "name"), ALL)
def test_every_option_explains_itself_and_its_default_is_allowed(lab, name):
    options = views()[lab][name].options
    assert options() == options.model_validate({})
    for one in options.declared():
        default, names, step = one["default"], one["names"], one["step"]
        assert one["help"][0].isupper() and one["help"].endswith("."), one
        if one["kind"] == "choice":
            assert all(options.model_validate({one["name"]: value}) for value in names), one
        if one["kind"] in ("choice", "name"):
            assert default in names and ("" not in names or default == ""), one  # a link leaves out what is empty
        assert not one["optional"] or default == "", one
        if one["kind"] in ("number", "integer", "seed") and default != "":
            least, most = one["ge"], one["le"]
            assert (least is None or least <= default) and (most is None or default <= most), one
            assert step is None or 0 < step <= most - least, one


@pytest.mark.parametrize(("lab", "name", "part"), PARTS + TRACES)
def test_a_part_takes_options_of_its_view(lab, name, part):
    view = views()[lab][name]
    chosen, all_of_them = part_or_trace(view, part), view.options.declared()
    assert [one for one in chosen.options.declared() if one not in all_of_them] == []
    assert chosen.options() == chosen.parsed({}) and set(chosen.inputs) <= set(fresh().resolvers)
    with pytest.raises(BadOption, match=r"no option “nonsense”; it has .*\.$"):
        chosen.parsed({"nonsense": "red"})


@pytest.mark.parametrize("lab", sorted(views()))
def test_no_two_parts_of_a_lab_have_one_name(lab):
    names = [part for view in views()[lab].values() for part in view.parts]
    assert len(names) == len(set(names)), "a card names them without their views"


@pytest.mark.parametrize(("lab", "name", "part"), PARTS + TRACES)
def test_numbers_are_bounded_and_nonsense_is_refused(lab, name, part):
    chosen = part_or_trace(views()[lab][name], part)
    free = {name for name, control in chosen.options.controls().items() if control.kind in ("text", "run")}
    for key in chosen.options.model_fields:
        for nonsense in ("nan", "inf", "-1e9", "1e400", "x" * 5000, "\0", "[[[["):
            if key in free and len(nonsense) < 10:
                continue  # to look for such words makes sense
            with pytest.raises(BadOption) as caught:
                chosen.parsed({key: nonsense})
            assert len(str(caught.value)) < 300 and str(caught.value).endswith(").")


def test_words_and_numbers_come_back(written, store):
    run = written()
    words, tensors = read(fresh(store).answer(views()["vae"]["plane"], run, 5, {}))
    assert words["step"] == 5 and words["latent"] == 2 and tensors["points"].shape == (297, 2)
    assert bytes(tensors["jpeg"].tolist()).startswith(b"\xff\xd8")


def test_a_run_of_another_kind_cannot_be_viewed_so(written, store):
    with pytest.raises(CannotView, match="“What lies between two pictures\\?” cannot be asked of Vision Transformer"):
        fresh(store).answer(views()["vae"]["plane"], written("vit-digits"), 5, {})


def test_an_answer_is_computed_once_until_the_snapshot_is_written_anew(written, store, monkeypatch):
    run, calls = written(), []
    decode = views()["vae"]["plane"].parts["decode"]
    counted = view_with(decode=replace(decode, answer=lambda *given: calls.append(1) or decode.answer(*given)))
    answering = fresh(store)
    first = answering.answer(counted, run, 5, {"x": "1"})
    assert answering.answer(counted, run, 5, {"x": "1.0"}) is first and len(calls) == 1
    answering.answer(counted, run, 5, {"x": "2"})
    (run.path / "snapshots" / "00000010.safetensors").rename(run.path / "snapshots" / "00000005.safetensors")
    assert answering.answer(counted, run, 5, {"x": "1"}) != first and len(calls) == 3


def test_a_view_is_asked_for_its_main_part_unless_another_one_is_named(written, store):
    view, run, answering = views()["vae"]["plane"], written(), fresh(store)
    assert answering.answer(view, run, 5, {}) is answering.answer(view, run, 5, {}, "plane")
    assert read(answering.answer(view, run, 5, {}, "encode"))[1].keys() == {"at", "ellipse", "whole", "projected"}
    with pytest.raises(CannotView, match=r"has no part “points”; it has plane, decode, encode, dots\."):
        answering.answer(view, run, 5, {}, "points")
    with pytest.raises(CannotView, match=r"“Why\?” has no part “”; it has none\."):
        answering.answer(view_with(), run, 5, {})


def test_who_looks_does_not_wait_for_a_trace(written, store):
    """It says what all snapshots say, each of which may take a second."""
    run, began, looked = written(), Event(), Event()

    def of_the_trace(network, spec, options, inputs):
        began.set()
        assert looked.wait(PATIENCE)
        return Answer({"values": torch.zeros(1)})

    main = Part(lambda *given: Answer(), heavy=True)
    view = replace(view_with(main=main), trace=Part(of_the_trace, heavy=True))
    answering = fresh(store)
    answering.gates[True] = Gate(1)
    with ThreadPoolExecutor(2) as threads:
        trace = threads.submit(answering.trace, view, run, {})
        assert began.wait(PATIENCE)
        threads.submit(answering.answer, view, run, 5, {}).result(PATIENCE)
        looked.set()
        trace.result(PATIENCE)


def test_a_trace_goes_on_where_a_network_has_grown(written, store):
    class Grows(torch.nn.Module):
        def __init__(self, classes):
            super().__init__()
            self.classes = classes

    run, answering = written(), fresh(store)
    answering.networks.at = lambda run, step: Grows(1 + step // 5)
    ones = Part(lambda net, *given: Answer({"values": torch.ones(net.classes)}, {"names": "abc"[: net.classes]}))
    words, tensors = read(answering.trace(replace(view_with(), trace=ones), run, {}))
    assert words["names"] == "abc" and tensors["steps"].tolist() == [0, 5, 10]
    assert [int(row.isfinite().sum()) for row in tensors["values"]] == [1, 2, 3]


def test_what_a_visitor_cannot_have_is_told(written, store):
    run = written("vit-cifar10", heads=2, depth=1)
    for needed in ("neighbors", "data"):
        near = view_with(near=Part(lambda *given: Answer(), inputs=(needed,)))
        with pytest.raises(DataUnavailable, match="“cifar10” are not on this machine"):
            fresh(store).answer(near, run, 5, {})


class Pinned(Options):
    other: str = option("ex-1", "Which one.", label="Other", control="picture")


def test_options_that_name_pictures_are_given_as_pictures(written, store):
    def answer(network, spec, options, inputs):
        return Answer({name: picture.float() for name, picture in inputs["pictures"].items()}, {"is": options.other})

    view = view_with(pinned=Part(answer, options=Pinned, inputs=("pictures",)))
    run, answering = written(), fresh(store)
    examples = packs.examples("digits")["images"].float()
    for query, expected in (({}, examples[1]), ({"other": "ex-7-inverted"}, 255 - examples[7])):
        words, tensors = read(answering.answer(view, run, 5, query))
        assert torch.equal(tensors["other"], expected) and words["is"] == query.get("other", "ex-1")
    for name, error in (("up-gone", UnknownPicture), ("ex-24", UnknownPicture), ("ex-7 ", BadOption), ("", BadOption)):
        with pytest.raises(error):
            answering.answer(view, run, 5, {"other": name})


def test_an_answer_from_examples_does_not_stay_once_the_data_are_here(written, store, monkeypatch):
    def count(network, spec, inputs):
        return len(inputs["test"])

    def answer(network, spec, options, inputs):
        return Answer(words={"n": len(inputs["test"]), "prepared": inputs["prepared"]})

    view, run, answering = view_with(count=Part(answer, inputs=("test",), prepare=count)), written(), fresh(store)
    for here in (False, True, False):
        monkeypatch.setattr(type(store.data), "available", lambda catalog, name, here=here: here)
        n = read(answering.answer(view, run, 10, {}))[0]["n"]
        assert n == len(packs.load("digits").test if here else packs.examples("digits"))
        assert read(answering.answer(view, run, 10, {}))[0]["prepared"] == n
