"""Runs that are trained step by step: exact, always whole on the disk, and never for longer than their share."""

import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest
import torch

from playground.data import packs
from playground.errors import Busy, PlaygroundError
from playground.jobs.admission import HOME, OverLimit
from playground.jobs.branch import branched
from playground.jobs.engine import CannotTrain
from playground.jobs.launch import act_on, changed_knobs, launch
from playground.labs import recipe
from playground.recipe import InvalidRecipe
from playground.runs.folder import Parent, Status, Worker, write_status
from training.live import EACH, LiveRuns
from training.loop import walk
from training.trainer import prepared

pytestmark = pytest.mark.usefixtures("one_thread")
NAME = "point-gan-gaussians"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def begin_run(store):
    """Makes a live run."""

    def begin(live, name=NAME, parent=None, owner="", **knobs):
        return launch(store, live, name=name, recipe=recipe(name).changed(**knobs), parent=parent, owner=owner)

    return begin


def play(live, run, times=1, only="", **knobs):
    """The step after some more."""
    with live.turn(run) as turn:
        turn.change(knobs)
        for _ in range(times):
            turn.play(1, only)
        return turn.step


def weights(live, run):
    with live.turn(run) as turn:
        return {name: value.clone() for name, value in turn.network.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_new_run_rests_at_its_first_frame(store, begin_run):
    run = begin_run(LiveRuns(store))
    assert run.status.state == "paused" and run.resumable and run.snapshots == [0] == run.previews


def test_steps_are_those_of_the_loop(store, begin_run):
    live = LiveRuns(store)
    run = begin_run(live, seed=3)
    assert play(live, run, 12) == 12
    chosen = recipe(NAME).changed(seed=3, steps=12, seconds=None)
    training = prepared(chosen, chosen.load(store.data))
    for _ in walk(training):
        pass
    assert same(weights(live, run), dict(training.objective.shown.state_dict()))
    assert run.snapshots == [0, 5, 10] and run.status.state == "paused"
    assert [event["event"] for event in run.read_events().events].count("metrics") >= 10


def test_what_is_put_away_goes_on_exactly(store, begin_run):
    live = LiveRuns(store)
    whole, parts = begin_run(live, seed=1), begin_run(live, seed=1)
    play(live, whole, 9)
    play(live, parts, 4)
    live.close()
    assert len(live) == 0 and parts.saved_step == 4
    other = LiveRuns(store)
    assert play(other, parts, 5) == 9
    assert same(weights(other, parts), weights(LiveRuns(store), whole))


@pytest.mark.parametrize("only", ["generator", "discriminator"])
def test_one_phase_alone_moves_one_network(store, begin_run, only):
    live = LiveRuns(store)
    run = begin_run(live)
    before = weights(live, run)
    play(live, run, only=only)
    after = weights(live, run)
    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {only}
    with pytest.raises(CannotTrain, match="no phase “critic”; there are discriminator, generator"):
        play(live, run, only="critic")


def test_a_knob_is_turned_while_it_is_trained(store, begin_run):
    live = LiveRuns(store)
    run = begin_run(live)
    play(live, run, 2)
    play(live, run, learning_rate=0.01, loss="hinge")
    with live.turn(run) as turn:
        rates = [optimizer.param_groups[0]["lr"] for optimizer in turn.session.trainer.optimizers]
        assert rates == [0.01, 0.01] and turn.network.loss == "hinge"
    marks = [event for event in run.read_events().events if event["event"] == "mark"]
    assert [(mark["step"], mark["label"]) for mark in marks] == [(2, "loss hinge, learning rate 0.01")]
    play(live, run, 2)
    live.close()
    with LiveRuns(store).turn(run) as turn:
        assert turn.step == 5 and turn.knobs["loss"] == "hinge" and turn.network.loss == "hinge"
    assert run.network(5).loss == "hinge" and run.network(0).loss == "relativistic"
    assert [run.recipe_at(step).loss for step in (0, 1, 2, 5)] == ["relativistic", "relativistic", "hinge", "hinge"]
    branch, _ = branched(run, 5, packs)
    assert (branch.loss, branch.learning_rate) == ("hinge", 0.01)
    parent = Parent(run=run.id, step=5)
    child = store.create(run.info.name, branch.changed(learning_rate=0.02), parent=parent)
    assert changed_knobs(store, child) == {"learning_rate": 0.02}, "beside those that were turned before"


def test_a_turned_knob_keeps_what_the_optimizers_know(store, begin_run):
    """Turned and turned back is not turned at all."""
    live = LiveRuns(store)
    plain, changed = begin_run(live, momentum=0.9), begin_run(live, momentum=0.9)
    play(live, plain, 6)
    play(live, changed, 3)
    play(live, changed, 0, r1=0.5)
    play(live, changed, 3, r1=0.02)
    assert same(weights(live, plain), weights(live, changed))


@pytest.mark.parametrize(
    ("knobs", "match"),
    [
        ({"latent": 5}, "cannot be changed while a run goes on: latent"),
        ({"seconds": 9}, "cannot be changed"),
        ({"data": "moons", "seed": 1}, "goes on: data, seed"),
        ({"r1": -1}, "greater than or equal"),
        ({"magic": 1}, "has no knob"),
    ],
)
def test_knobs_that_do_not_fit_are_refused_and_change_nothing(store, begin_run, knobs, match):
    live = LiveRuns(store)
    run = begin_run(live)
    before = weights(live, run)
    with pytest.raises(InvalidRecipe, match=match):
        play(live, run, **knobs)
    assert same(before, weights(live, run))
    assert play(live, run) == 1


def test_a_branch_goes_on_from_a_snapshot(store, begin_run):
    live = LiveRuns(store)
    parent = begin_run(live)
    play(live, parent, 6)
    branch = begin_run(live, parent=Parent(run=parent.id, step=5))
    assert branch.snapshots == [5] and play(live, branch) == 6
    assert same(parent.weights(5), branch.weights(5))


def test_what_was_trained_elsewhere_meanwhile_is_read_anew(store, begin_run):
    live, other = LiveRuns(store), LiveRuns(store)
    run = begin_run(live)
    play(live, run, 2)
    play(other, run, 3)  # from what was saved: step 0
    other.close()
    assert play(live, run) == run.saved_step + 1 == 4


def test_what_is_trained_by_an_engine_is_left_alone(store, begin_run):
    live = LiveRuns(store)
    run = begin_run(live)
    write_status(run.path, Status(state="running", worker=Worker.this()))
    with pytest.raises(CannotTrain, match="is being trained; pause it first"), live.turn(run):
        pass


def test_only_small_runs_are_stepped(store, written):
    with pytest.raises(CannotTrain, match="not one that is trained step by step"), LiveRuns(store).turn(written()):
        pass


def test_a_deleted_run_stays_deleted(store, begin_run):
    live = LiveRuns(store)
    run = begin_run(live)
    play(live, run, 2)
    store.delete(run)
    live.close()
    assert not run.path.exists()


def test_the_idle_and_the_least_recently_used_are_put_away(store, begin_run):
    clock = Clock()
    live = LiveRuns(store, most=2, idle=60, clock=clock)
    a, b, c = (begin_run(live) for _ in range(3))
    assert len(live) == 2
    clock.now = 50
    play(live, c, 3)
    clock.now = 61
    play(live, a)
    assert len(live) == 2 and c.saved_step == 0, "what is in memory is saved once a second"
    clock.now = 200
    play(live, b)
    assert len(live) == 1 and c.saved_step == 3 and a.saved_step == 1


def test_turns_get_shorter_the_more_wait_and_too_many_are_sent_away(store, begin_run):
    live = LiveRuns(store, waiting=2, seconds=0.04)
    runs = [begin_run(live, owner=f"visitor-{number}") for number in range(4)]
    given, started, release = {}, threading.Event(), threading.Event()

    def visit(number):
        with live.turn(runs[number]) as turn, turn.processor() as seconds:
            given[number] = seconds
            started.set()
            release.wait(5)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(3)]
    threads[0].start()
    assert started.wait(5)
    for thread in threads[1:]:
        thread.start()
    until = time.monotonic() + 5
    while live._here.total() < 3 and time.monotonic() < until:
        time.sleep(0.001)
    with pytest.raises(Busy, match="Many visitors"), live.turn(runs[3]):
        pass
    release.set()
    for thread in threads:
        thread.join()
    assert given[0] == 0.04 and min(given.values()) <= 0.02
    assert play(live, runs[3]) == 1, "later there is room again"


def test_one_visitor_does_not_take_all_places(store, begin_run):
    live = LiveRuns(store)
    run, other = begin_run(live, owner="ann"), begin_run(live, owner="bob")
    with live.turn(run):
        threads = [threading.Thread(target=play, args=(live, run)) for _ in range(EACH - 1)]
        for thread in threads:
            thread.start()
        while live._here["ann"] < EACH:
            time.sleep(0.001)
        with pytest.raises(Busy), live.turn(run):
            pass
        assert play(live, other) == 1
    for thread in threads:
        thread.join()
    assert play(live, run) == EACH


def test_what_a_worker_takes_up_is_saved_before_and_stepped_by_nobody(store, begin_run):
    live = LiveRuns(store)
    run = begin_run(live)
    play(live, run, 7)
    queued = []

    class Engine:
        def submit(self, run, *, resume=False):
            with pytest.raises(AssertionError, match="waits"):
                waiting(live, run)
            queued.append(run.saved_step)
            write_status(run.path, Status(state="queued"))

    act_on(store, Engine(), run, "resume", owned=True, live=live)
    assert queued == [7] and run.status.state == "queued" and run.snapshots[-1] == 7
    live.close()
    assert run.status.state == "queued", "what was in memory writes no more"
    with pytest.raises(CannotTrain, match="is being trained"):
        play(live, run)


def waiting(live, run):
    """Whether a turn has to wait."""
    done = threading.Event()

    def visit():
        with suppress(CannotTrain), live.turn(run):
            done.set()

    threading.Thread(target=visit, daemon=True).start()
    assert done.wait(0.2), "waits"


def test_a_visitor_may_resume_as_many_as_they_may_queue(store, begin_run):
    live = LiveRuns(store)
    runs = [begin_run(live) for _ in range(2)]
    write_status(runs[0].path, Status(state="queued"))
    with pytest.raises(OverLimit, match="You have 1 runs queued or training; the limit here is 1"):
        act_on(store, None, runs[1], "resume", owned=True, live=live, limits=replace(HOME, runs=1))


def test_a_deleted_run_is_stepped_no_more(store, begin_run):
    live = LiveRuns(store)
    run = begin_run(live)
    play(live, run, 2)

    class Engine:
        def cancel(self, run, *, state="cancelled"):
            pass

    act_on(store, Engine(), run, "delete", owned=True, live=live)
    with pytest.raises(PlaygroundError):
        play(live, run)
    assert not run.path.exists() and len(live) == 0


def test_a_turn_ends_when_its_time_is_over(store, begin_run):
    live = LiveRuns(store, seconds=0.0)
    run = begin_run(live)
    with live.turn(run) as turn:
        turn.play(1000)
        assert turn.step == 1
        turn.play(0)
        assert turn.step == 1


def test_many_threads_step_one_run(store, begin_run):
    live = LiveRuns(store)
    together, alone = begin_run(live, seed=5), begin_run(live, seed=5)
    threads = [threading.Thread(target=play, args=(live, together, 3)) for _ in range(EACH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    play(live, alone, 3 * EACH)
    assert same(weights(live, together), weights(live, alone))


def test_a_refused_resume_leaves_no_session_behind(store, begin_run):
    live = LiveRuns(store)
    run = begin_run(live)
    with live.turn(run) as turn:
        turn.play(1)

    class Engine:
        def submit(self, run, *, resume=False):
            raise CannotTrain("no worker starts")

    with pytest.raises(CannotTrain, match="no worker"):
        act_on(store, Engine(), run, "resume", owned=True, live=live)
    assert not turn.session.current, "a request that waited for it meanwhile would step what nobody saves"
    assert play(live, run) == 2
