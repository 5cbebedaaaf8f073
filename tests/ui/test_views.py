"""Every view of every lab answers the same whoever else asks, keeps within bounds, and refuses in plain words."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from safetensors.torch import load

from playground.data import DataUnavailable
from playground.labs import views
from playground.runs.networks import Networks
from playground.runs.store import Store
from playground.ui.inputs import Inputs
from playground.ui.routes import Busy
from playground.ui.views import CannotView, Gate, Views
from playground.view import Answer, BadOption, Options, View

pytestmark = pytest.mark.usefixtures("one_thread")

THREADS = 48
PICTURES = ("ex-0", "ex-1", "ex-5")
SHIPPED = Store(Path("nowhere"))
ALL = [(lab, name) for lab, found in views().items() for name in found]


def fresh(store=SHIPPED):
    return Views(store, Networks(), Inputs(store.data))


def read(content):
    words = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]["words"]
    return json.loads(words), load(content)


def without_cache(answering):
    """Computes every answer anew: what is kept cannot differ."""
    answering.answers.get = lambda key, make: make()
    return answering


@pytest.mark.parametrize(("lab", "name"), ALL)
def test_an_answer_does_not_depend_on_who_else_asks(lab, name, monkeypatch):
    view = views()[lab][name]
    runs = [run for run in SHIPPED.list(lab=lab) if view.fits(run.network_class, run.spec)][:2]
    assert runs, "no shipped run can be viewed so"
    queries = [
        (view, run, step, {"picture": picture} if "picture" in view.inputs else {})
        for run in runs
        for step in (run.snapshots[0], run.snapshots[-1])
        for picture in (PICTURES if "picture" in view.inputs else PICTURES[:1])
    ]
    alone = fresh()
    expected = [alone.answer(*one) for one in queries]
    together = without_cache(fresh())
    monkeypatch.setattr(together, "gates", {heavy: Gate(8, waiting=THREADS) for heavy in (False, True)})
    order = [place for place in range(len(queries)) for _ in range(-(-THREADS // len(queries)))]
    random.Random(0).shuffle(order)
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(lambda place: together.answer(*queries[place]), order))
    assert sum(content != expected[place] for content, place in zip(answers, order, strict=True)) == 0


@pytest.mark.parametrize(("lab", "name"), ALL)
def test_a_view_declares_itself(lab, name):
    view = views()[lab][name]
    assert view.question[0].isupper() and view.options() == view.parsed({})
    assert set(view.inputs) <= set(fresh().resolvers)
    with pytest.raises(BadOption, match=r"no option “color”; it has .*\.$"):
        view.parsed({"color": "red"})


@pytest.mark.parametrize(("lab", "name"), ALL)
def test_numbers_are_bounded_and_nonsense_is_told(lab, name):
    view = views()[lab][name]
    for option in view.options.model_fields:
        for nonsense in ("nan", "inf", "-1e9", "1e400", "x" * 5000, "\0", "[[[["):
            with pytest.raises(BadOption) as caught:
                view.parsed({option: nonsense})
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
    view = views()["vae"]["decode"]
    counted = View(**{**vars(view), "answer": lambda *given: calls.append(1) or view.answer(*given)})
    answering = fresh(store)
    first = answering.answer(counted, run, 5, {"x": "1"})
    assert answering.answer(counted, run, 5, {"x": "1.0"}) is first and len(calls) == 1
    answering.answer(counted, run, 5, {"x": "2"})
    (run.path / "snapshots" / "00000010.safetensors").rename(run.path / "snapshots" / "00000005.safetensors")
    assert answering.answer(counted, run, 5, {"x": "1"}) != first and len(calls) == 3


def test_what_a_visitor_cannot_have_is_told(written, store):
    run = written("vit-cifar10", heads=2, depth=1)
    view = View(name="near", question="Near?", needs=torch.nn.Module, inputs=("train",), answer=lambda *given: Answer())
    with pytest.raises(DataUnavailable, match="“cifar10” are not on this machine"):
        fresh(store).answer(view, run, 5, {})


def test_a_gate_lets_few_in_and_turns_the_rest_away():
    gate = Gate(1, waiting=0)
    with gate.turn(), pytest.raises(Busy, match="Many visitors"), gate.turn():
        raise AssertionError
    with gate.turn():
        pass


def test_options_are_one_dialect():
    class Chosen(Options):
        steps: int = 8

    view = View(name="v", question="Q?", needs=torch.nn.Module, options=Chosen, answer=lambda *given: Answer())
    assert view.parsed({"steps": "3"}) == Chosen(steps=3)
    with pytest.raises(BadOption, match="“steps”: input should be a valid integer.*it was “many”"):
        view.parsed({"steps": "many"})
