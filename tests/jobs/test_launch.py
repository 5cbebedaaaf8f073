"""What the page asks for is checked before anything is queued, and nobody touches another one's runs."""

import shutil
import sys
from dataclasses import replace

import pytest
import torch

from playground.jobs.admission import HOME, PUBLIC, OverLimit
from playground.jobs.engine import CannotTrain
from playground.jobs.launch import NotYours, act_on, changed_knobs, launch
from playground.jobs.local import LocalEngine
from playground.labs import recipe
from playground.recipe import InvalidRecipe
from playground.runs.events import Checkpoint, State
from playground.runs.folder import Parent, Status, write_status
from playground.runs.reader import BrokenRun, CannotResume, NoSuchStep
from playground.runs.store import Store, UnknownRun
from playground.runs.writer import Writer

SMALL = {"seconds": None, "steps": 10, "width": 16}


@pytest.fixture
def engine(store):
    """An engine whose worker never gets ready, so that what is queued stays queued."""
    engine = LocalEngine(store, command=(sys.executable, "-c", "input()"))
    yield engine
    engine.close()


def wish(store, engine, name="vae-digits", parent=None, owner="ann", limits=HOME, **knobs):
    chosen = recipe(name).changed(**(SMALL | knobs))
    return launch(store, engine, name=name, recipe=chosen, parent=parent, owner=owner, limits=limits)


def nothing_queued(store, engine):
    return engine.queue() == [] and store.list() == []


def test_a_wish_becomes_a_queued_run(store, engine):
    run = wish(store, engine, beta=4.0)
    assert run.status.state == "queued" and [place.run for place in engine.queue()] == [run.id]
    assert run.info.owner == "ann" and run.recipe.beta == 4.0
    assert run.info.data_hash and run.info.spec == run.recipe.spec(store.data)


@pytest.mark.parametrize(
    ("name", "knobs"),
    [
        ("vae-digits", {"convolutional": True, "image_size": 10}),
        ("vae-digits", {"convolutional": True, "image_size": 30}),
    ],
)
def test_knobs_that_do_not_fit_together_make_no_run(store, engine, name, knobs):
    with pytest.raises(InvalidRecipe, match=r"do not fit together: .*\.$"):
        wish(store, engine, name, **knobs)
    assert nothing_queued(store, engine)


def test_a_branch_keeps_its_parent_and_may_change_other_knobs(store, engine, written):
    parent = written()
    run = wish(store, engine, parent=Parent(run=parent.id, step=5), beta=9.0, learning_rate=1e-4, seed=3)
    assert run.info.parent == Parent(run=parent.id, step=5) and run.recipe.beta == 9.0


@pytest.mark.parametrize("knobs", [{"width": 24}, {"latent": 3}, {"convolutional": True}, {"image_size": 16}])
def test_a_branch_with_another_shape_is_refused(store, engine, written, knobs):
    parent = written()
    (name,) = knobs
    with pytest.raises(InvalidRecipe, match=f"what changes its shape must stay: {name.replace('_', ' ')}"):
        wish(store, engine, parent=Parent(run=parent.id, step=5), **knobs)
    assert engine.queue() == [] and [run.id for run in store.list()] == [parent.id]


def test_a_branch_of_another_kind_or_depth_is_refused(store, engine, written):
    vae, vit = written("vae-digits"), written("vit-digits")
    for parent, knobs, words in ((vae, {}, "choose that recipe"), (vit, {"depth": 3}, "must stay: depth")):
        with pytest.raises(InvalidRecipe, match=words):
            wish(store, engine, "vit-digits", parent=Parent(run=parent.id, step=5), **knobs)
    assert engine.queue() == []


def test_a_branch_of_what_is_not_there_is_refused(store, engine, written):
    parent = written()
    with pytest.raises(NoSuchStep, match="step 7"):
        wish(store, engine, parent=Parent(run=parent.id, step=7))
    with pytest.raises(UnknownRun):
        wish(store, engine, parent=Parent(run="../../etc", step=0))
    torn = parent.path / "snapshots" / "00000005.safetensors"
    torn.write_bytes(torn.read_bytes()[:-8])
    with pytest.raises(BrokenRun, match="damaged"):
        wish(store, engine, parent=Parent(run=parent.id, step=5))
    assert engine.queue() == []


def test_a_run_that_nobody_takes_leaves_no_folder(store):
    engine = LocalEngine(store, command=(sys.executable, "-c", "input()"))
    engine.close()
    with pytest.raises(CannotTrain, match="shutting down"):
        wish(store, engine)
    assert store.list() == [] and not list(store.runs.glob("*/run.json"))


@pytest.mark.parametrize("verb", ["pause", "stop", "resume", "delete"])
def test_a_run_is_its_owners(store, engine, verb):
    run = wish(store, engine)
    with pytest.raises(NotYours, match="someone else"):
        act_on(store, engine, run, verb, owned=False)
    assert run.status.state == "queued" and len(engine.queue()) == 1


@pytest.mark.parametrize(
    ("limits", "knobs", "sentence"),
    [
        ({"parameters": 1000}, {}, "parameters; the limit here is 1,000. Make it narrower"),
        ({"elements": 100}, {}, "pixel values; the limit here is 100. Choose smaller batches"),
        ({"memory": 1000}, {"image_size": 12}, "MB at this size; the limit here is 0. Make them smaller"),
        ({"seconds": 30}, {"seconds": 31.0}, "30 seconds here, and this one 31 seconds; shorten it"),
        ({"seconds": 30}, {"seconds": None}, "and this one without a limit in seconds; shorten it"),
        ({"runs": 0}, {}, "0 runs queued or training; the limit here is 0"),
        ({"bytes": 0}, {}, "of the disk; the limit here is 0. Delete some"),
        ({"server_total_runs": 0}, {}, "All visitors together have 0 runs here, as many as there may be"),
        ({"free": 10**18}, {}, "MB of it must stay free. Delete runs or data sets first"),
    ],
)
def test_more_than_a_visitor_may_have_is_refused_with_the_limit(store, engine, limits, knobs, sentence):
    with pytest.raises(OverLimit) as caught:
        wish(store, engine, limits=replace(HOME, **limits), **knobs)
    assert sentence in str(caught.value)
    assert nothing_queued(store, engine)


def test_only_the_owners_own_runs_count(store, engine):
    limits = replace(HOME, runs=1)
    wish(store, engine, owner="ann", limits=limits)
    wish(store, engine, owner="bob", limits=limits)
    with pytest.raises(OverLimit, match="You have 1 runs queued or training"):
        wish(store, engine, owner="ann", limits=limits)
    with pytest.raises(OverLimit, match="seconds"):
        wish(store, engine, owner="eve", limits=PUBLIC)
    assert wish(store, engine, owner="eve", limits=PUBLIC, seconds=60.0).status.state == "queued"


def test_one_person_who_comes_as_many_visitors_meets_the_limit_of_the_server(store, engine, written):
    limits = replace(HOME, runs=1, server_runs=2)
    written(owner="ann")  # one that is done does not count
    first, _ = (wish(store, engine, owner=owner, limits=limits) for owner in ("ann", "bob"))
    with pytest.raises(OverLimit, match="All visitors together may have 2 runs queued or training here"):
        wish(store, engine, owner="eve", limits=limits)
    act_on(store, engine, first, "stop", owned=True)
    run = wish(store, engine, owner="eve", limits=limits)
    with pytest.raises(OverLimit, match="All visitors together"):
        act_on(store, engine, first, "resume", owned=True, limits=limits)
    assert run.status.state == "queued" and first.status.state == "cancelled"


def test_a_network_is_not_built_to_be_refused(store, engine):
    """A width that would take gigabytes costs nothing until it is admitted."""
    with pytest.raises(OverLimit, match="parameters"):
        wish(store, engine, "vae-digits", width=1024, convolutional=True, image_size=256, limits=PUBLIC)


@pytest.mark.parametrize("verb", ["pause", "stop", "resume", "delete"])
def test_a_shipped_run_stays(store, engine, written, verb):
    run = written(shipped=True)
    with pytest.raises(NotYours, match="came with the playground"):
        act_on(store, engine, run, verb, owned=True)
    assert run.path.exists() and run.status.state == "done"


@pytest.mark.parametrize("verb", ["", "explode", "Stop", "__class__", "x" * 200])
def test_an_unknown_verb_does_nothing(store, engine, verb):
    run = wish(store, engine)
    with pytest.raises(NotYours, match="There is no action") as caught:
        act_on(store, engine, run, verb, owned=True)
    assert len(str(caught.value)) < 100 and run.status.state == "queued"


def test_stop_takes_a_run_out_of_the_queue_and_resume_puts_it_back(store, engine):
    run = wish(store, engine)
    act_on(store, engine, run, "stop", owned=True)
    assert run.status.state == "cancelled" and engine.queue() == []
    act_on(store, engine, run, "resume", owned=True)
    assert run.status.state == "queued" and [place.run for place in engine.queue()] == [run.id]


def test_delete_takes_a_run_out_of_the_queue_and_off_the_disk(store, engine):
    run = wish(store, engine)
    act_on(store, engine, run, "delete", owned=True)
    assert nothing_queued(store, engine) and not run.path.exists()


def test_to_resume_a_run_that_is_done_needs_no_engine_twice(store, engine, written):
    run = written(owner="ann")
    Writer(run.path, live=True).write(Checkpoint(10, State({"a": torch.ones(1)}, {"step": 10})))
    write_status(run.path, Status(state="paused", step=10))
    act_on(store, engine, run, "resume", owned=True)
    act_on(store, engine, run, "resume", owned=True)
    assert [place.run for place in engine.queue()] == [run.id]


@pytest.mark.parametrize(("state", "sentence"), [("done", "is done; branch it"), ("failed", "no state was saved")])
def test_a_resume_that_would_begin_anew_is_refused_and_takes_nothing(store, engine, written, state, sentence):
    run = written(owner="ann")
    write_status(run.path, Status(state=state, step=10))
    with pytest.raises(CannotResume, match=sentence):
        act_on(store, engine, run, "resume", owned=True)
    assert engine.queue() == [] and run.snapshots == run.previews == [0, 5, 10]


def test_a_branch_says_in_which_knobs_it_differs_from_its_parent(store, written):
    parent = written()
    origin = Parent(run=parent.id, step=5)
    branch = written(parent=origin, seconds=3, learning_rate=0.01)
    assert changed_knobs(store, branch) == {"learning_rate": 0.01}
    assert changed_knobs(store, parent) == {}
    shutil.rmtree(parent.path)
    assert changed_knobs(Store(store.runs, store.shipped), branch) == {}


def test_what_a_run_uses_must_be_readable_and_makes_it_private(store, engine, written, monkeypatch):
    teacher = written(owner="ann")
    private = teacher.info.model_copy(update={"private": ("own-1",)})
    (teacher.path / "run.json").write_text(private.model_dump_json())
    monkeypatch.setattr(type(recipe("vae-digits")), "uses", lambda self, spec: {"teacher": teacher.id})
    with pytest.raises(UnknownRun):
        wish(store, engine, owner="bob")
    run = wish(store, engine, owner="ann")
    assert run.info.private == ("own-1",) and run.info.uses["teacher"].run == teacher.id


def test_the_memory_of_a_training_is_most_of_the_machines_unless_it_is_bound(monkeypatch):
    monkeypatch.setattr("playground.jobs.admission.machine_memory", lambda: 1000)
    assert HOME.process_memory == 800 and PUBLIC.process_memory == PUBLIC.training_memory == 3_000_000_000
