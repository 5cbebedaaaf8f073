"""Runs are trained, killed, resumed, branched and deleted in any order: no folder breaks, no final weight differs."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from playground.data import packs
from playground.jobs.branch import check_branch
from playground.labs import recipe
from playground.runs.folder import Parent, forget_stop
from playground.runs.reader import Run
from playground.runs.store import Store, UnknownRun
from playground.runs.summary import summary
from training.pace import Timer
from training.record import record

pytestmark = pytest.mark.usefixtures("one_thread")

STEPS = 12
KILLS = int(os.environ.get("PLAYGROUND_KILLS", "12"))
"""How often the process of a training is killed; the number that the benchmarks state is 60."""


def chosen(steps: int = STEPS):
    return recipe("vae-digits").changed(seconds=None, steps=steps, width=16, batch_size=32)


def uninterrupted(store: Store, parent: Parent | None = None) -> dict[str, torch.Tensor]:
    """The final weights of a run that nobody disturbed."""
    run = store.create("vae-digits", chosen(), parent=parent)
    for _ in record(run, store=store):
        pass
    weights = run.weights(run.nearest(None))
    store.delete(run)
    return weights


class Runs(RuleBasedStateMachine):
    """A store, and what must be true of it whatever happens."""

    runs = Bundle("runs")

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp())
        self.store = Store(self.folder / "runs", self.folder / "shipped")
        self.expected: dict[tuple[str, int] | None, dict[str, torch.Tensor]] = {}
        self.due = Timer.due
        Timer.due = lambda timer: True  # the state is saved after every step

    def teardown(self):
        Timer.due = self.due
        shutil.rmtree(self.folder)

    def target(self, run: Run) -> dict[str, torch.Tensor]:
        parent = run.info.parent
        key = (parent.run, parent.step) if parent else None
        if key not in self.expected:
            self.expected[key] = uninterrupted(self.store, parent)
        return self.expected[key]

    @rule(target=runs)
    def create(self):
        run = self.store.create("vae-digits", chosen())
        self.target(run)
        return run

    @rule(target=runs, run=consumes(runs), events=st.integers(1, 60), how=st.sampled_from(["killed", "left"]))
    def train_for_a_while(self, run, events, how):
        """Ends after some events: killed, with the folder as it was then, or left, so that it is saved."""
        training = record(run, store=self.store, resume=run.resumable)
        done = False
        for _ in range(events):
            if next(training, None) is None:
                done = True
                break
        if how == "left" or done:
            training.close()
            return run
        killed = self.store.runs / f"{run.id[:70]}-x"
        shutil.copytree(run.path, killed)
        training.close()
        shutil.rmtree(run.path)
        killed.rename(run.path)  # what was there at the moment of the kill
        return self.store.get(run.id)

    @rule(run=runs)
    def finish(self, run):
        for _ in record(run, store=self.store, resume=run.resumable):
            pass
        assert run.status.state == "done", run.status.message
        weights = run.weights(run.nearest(None))
        assert all(torch.equal(value, weights[name]) for name, value in self.target(run).items())

    @rule(target=runs, run=runs, part=st.floats(0, 1))
    def branch(self, run, part):
        steps = run.snapshots
        if not steps:
            return multiple()
        step = steps[int(part * (len(steps) - 1))]
        check_branch(run, step, chosen(), chosen().spec(packs), {})
        branch = self.store.create("vae-digits", chosen(), parent=Parent(run=run.id, step=step))
        self.target(branch)
        return branch

    @rule(run=consumes(runs))
    def delete(self, run):
        self.store.delete(run)
        with pytest.raises(UnknownRun):
            self.store.get(run.id)

    @invariant()
    def every_folder_can_be_read(self):
        if not hasattr(self, "store"):
            return
        for run in self.store.list():
            assert summary(run)["id"] == run.id
            for step in run.snapshots:
                assert run.frame(step).weights
            if run.resumable:
                assert run.state().values["step"] == run.saved_step
        listed = {run.id for run in self.store.list()}
        assert listed == {path.parent.name for path in self.store.runs.glob("[!.]*/run.json")}


TestRuns = Runs.TestCase
TestRuns.settings = settings(
    max_examples=6, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.slow
def test_killed_after_any_event_it_ends_the_same(store, tmp_path, monkeypatch):
    """Also between the state of the last step and its frame."""
    monkeypatch.setattr(Timer, "due", lambda timer: True)
    expected = uninterrupted(store)
    run = store.create("vae-digits", chosen())
    killed = []
    for number, _ in enumerate(record(run, store=store)):
        killed.append(shutil.copytree(run.path, tmp_path / "killed" / f"vae-digits-{number}"))
    for path in killed:
        left = Run(path.name, path)
        for _ in record(left, store=store, resume=left.resumable):
            pass
        weights = left.weights(STEPS)
        assert all(torch.equal(value, weights[name]) for name, value in expected.items()), path.name


def _train(path: str, runs: str) -> None:
    Timer.due = lambda timer: True  # type: ignore[method-assign]
    run = Run(Path(path).name, Path(path))
    for _ in record(run, store=Store(Path(runs)), resume=run.resumable):
        pass


def test_a_process_can_be_killed_at_any_moment(store):
    """kill -9 at random moments, each followed by a resume: the folder is whole and the end is the same."""
    steps, rng = 400, random.Random(0)
    whole = store.create("vae-digits", chosen(steps))
    for _ in record(whole, store=store):
        pass
    victim = store.create("vae-digits", chosen(steps))
    fork = multiprocessing.get_context("fork")
    kills = 0
    while kills < KILLS:
        process = fork.Process(target=_train, args=(str(victim.path), str(store.runs)))
        process.start()
        time.sleep(0.05 + 0.25 * rng.random())
        if victim.status.state == "done":  # begin anew, there are more moments to try
            process.join()
            shutil.rmtree(victim.path)
            victim = store.create("vae-digits", chosen(steps))
            continue
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        kills += 1
        assert summary(victim)["id"] == victim.id and all(victim.frame(step).weights for step in victim.snapshots)
        if victim.saved_step is not None:
            assert victim.state().values["step"] == victim.saved_step
    forget_stop(victim.path)
    for _ in record(victim, store=store, resume=victim.resumable):
        pass
    assert victim.status.state == "done", victim.status.message
    one, other = whole.state().tensors, victim.state().tensors
    assert one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())
