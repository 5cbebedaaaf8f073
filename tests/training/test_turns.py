"""Who may step a run when: visitors take turns for their share of time, and what an engine trains is left alone."""

import queue
import threading
import time
from dataclasses import replace

import pytest

from playground.errors import Busy, PlaygroundError
from playground.jobs.admission import HOME, OverLimit
from playground.jobs.engine import CannotTrain
from playground.jobs.launch import act_on
from playground.runs.folder import Status, Worker, write_status
from tests.training.stepping import play, weights
from tests.weights import same
from training.live import EACH, LiveRuns

pytestmark = pytest.mark.usefixtures("one_thread")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_what_was_trained_elsewhere_meanwhile_is_read_anew(store, begin_run):
    live, other = LiveRuns(store), LiveRuns(store)
    run = begin_run(live)
    play(live, run, 2)
    play(other, run, 3)  # from what was saved: step 0
    other.close()
    assert play(live, run) == run.saved_step + 1 == 4


def test_what_is_trained_by_an_engine_is_left_alone(live, begin_run):
    run = begin_run(live)
    write_status(run.path, Status(state="running", worker=Worker.this()))
    with pytest.raises(CannotTrain, match="is being trained; pause it first"), live.turn(run):
        pass


def test_only_small_runs_are_stepped(store, written):
    with pytest.raises(CannotTrain, match="not one that is trained step by step"), LiveRuns(store).turn(written()):
        pass


def test_a_deleted_run_stays_deleted(store, live, begin_run):
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
    while live._here.total() < 3:
        assert time.monotonic() < until
        time.sleep(0.001)
    with pytest.raises(Busy, match="Many visitors"), live.turn(runs[3]):
        pass
    release.set()
    for thread in threads:
        thread.join()
    assert given[0] == 0.04 and min(given.values()) <= 0.02
    assert play(live, runs[3]) == 1, "later there is room again"


def test_one_visitor_does_not_take_all_places(live, begin_run):
    run, other = begin_run(live, owner="ann"), begin_run(live, owner="bob")
    with live.turn(run):
        threads = [threading.Thread(target=play, args=(live, run)) for _ in range(EACH - 1)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 5
        while live._here["ann"] < EACH:
            assert time.monotonic() < until
            time.sleep(0.001)
        refused = queue.SimpleQueue()

        def one_more():  # in a thread of its own: let in, it would wait for the turn that is held here
            with pytest.raises(Busy), live.turn(run):
                pass
            refused.put(True)

        threading.Thread(target=one_more, daemon=True).start()
        assert refused.get(timeout=5)
        assert play(live, other) == 1
    for thread in threads:
        thread.join()
    assert play(live, run) == EACH


class Gate:
    """A semaphore that says when somebody has to wait for it."""

    def __init__(self, say):
        self.semaphore, self.say = threading.Semaphore(1), say

    def __enter__(self):
        if not self.semaphore.acquire(blocking=False):
            self.say("waits")
            self.semaphore.acquire()

    def __exit__(self, *_):
        self.semaphore.release()


def test_what_a_worker_takes_up_is_saved_before_and_stepped_by_nobody(store, live, begin_run):
    run = begin_run(live)
    play(live, run, 7)
    news, queued = queue.SimpleQueue(), []
    live._gate = Gate(news.put)

    def visit():
        try:
            with live.turn(run):
                news.put("has a turn")
        except CannotTrain as error:
            news.put(str(error))

    class Engine:
        def submit(self, run, *, resume=False):
            threading.Thread(target=visit, daemon=True).start()
            assert news.get(timeout=10) == "waits"
            queued.append(run.saved_step)
            write_status(run.path, Status(state="queued"))

    act_on(store, Engine(), run, "resume", owned=True, live=live)
    assert "is being trained" in news.get(timeout=10), "who waited has no turn either"
    assert queued == [7] and run.status.state == "queued" and run.snapshots[-1] == 7
    live.close()
    assert run.status.state == "queued", "what was in memory writes no more"
    with pytest.raises(CannotTrain, match="is being trained"):
        play(live, run)


def test_a_visitor_may_resume_as_many_as_they_may_queue(store, live, begin_run):
    runs = [begin_run(live) for _ in range(2)]
    write_status(runs[0].path, Status(state="queued"))
    with pytest.raises(OverLimit, match="You have 1 runs queued or training; the limit here is 1"):
        act_on(store, None, runs[1], "resume", owned=True, live=live, limits=replace(HOME, runs=1))


def test_a_deleted_run_is_stepped_no_more(store, live, begin_run):
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


def test_many_threads_step_one_run(live, begin_run):
    together, alone = begin_run(live, seed=5), begin_run(live, seed=5)
    threads = [threading.Thread(target=play, args=(live, together, 3)) for _ in range(EACH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    play(live, alone, 3 * EACH)
    assert same(weights(live, together), weights(live, alone))


def test_a_refused_resume_leaves_no_session_behind(live, begin_run, store):
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
