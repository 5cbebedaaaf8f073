"""The command line: what it makes of a snapshot, and what it refuses."""

from pathlib import Path

import pytest

from playground.runs.folder import Status, Worker, write_status
from playground.runs.reader import Run
from playground.runs.store import PRETRAINED, Store
from playground.runs.summary import summary
from training.__main__ import main

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    # the client sends large files in a way that its own library warns of
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),
]


@pytest.fixture
def branch(store, written, capsys):
    """Branches a run with more words on the command line; the exit code, the new runs, and what was printed."""
    parent = written()

    def run(*words):
        code = main(["branch", parent.id, "--runs", str(store.runs), "--steps", "1", *words])
        others = [run for run in Store(store.runs).list() if not run.shipped and run.id != parent.id]
        return code, others, capsys.readouterr()

    return run


def test_a_branch_begins_with_its_parents_weights(branch):
    code, (run,), _ = branch("--step", "5", "--set", "beta=2")
    assert code == 0 and run.status.state == "done" and run.snapshots[0] == 5 and run.recipe.beta == 2


def test_the_runs_of_one_experiment_have_a_group(store, branch, capsys):
    for seed in ("1", "2"):
        words = ["vae-digits", "--group", "seeds", "--set", f"seed={seed}", "--runs", str(store.runs), "--steps", "1"]
        assert main(["run", *words]) == 0
    _, runs, _ = branch("--group", "betas", "--set", "beta=2")
    groups = {run.recipe.seed: summary(run)["group"] for run in runs if run.info.parent is None}
    assert groups == {1: "seeds", 2: "seeds"}
    assert [summary(run)["group"] for run in runs if run.info.parent] == ["betas"]


def test_what_would_be_another_network_is_refused(branch):
    code, runs, output = branch("--set", "width=32")
    assert code == 1 and runs == [] and "must stay: width" in output.err


@pytest.mark.parametrize("by", ["name", "folder"])
def test_a_film_that_is_done_or_shipped_is_not_begun_anew(store, written, capsys, by):
    run = written()
    for resumed, sentence in ((run, "is done; branch it"), (Run("vit-fashion", PRETRAINED / "vit-fashion"), "stays")):
        before = sorted(resumed.path.rglob("*"))
        named = resumed.id if by == "name" else str(resumed.path)
        assert main(["resume", named, "--runs", str(store.runs)]) == 1
        assert sentence in capsys.readouterr().err and sorted(resumed.path.rglob("*")) == before


def test_a_run_that_trains_is_not_trained_twice(store, written, capsys):
    run = written()
    write_status(run.path, Status(state="running", step=10, worker=Worker.this()))
    assert main(["resume", run.id, "--runs", str(store.runs)]) == 1
    assert "is being trained already" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../elsewhere", "Großes", "", "a/b", "x" * 200])
def test_what_ships_goes_by_a_plain_name(store, written, capsys, name):
    run = written()
    assert main(["ship", run.id, "--runs", str(store.runs), "--as", name or " "]) == 1
    assert "is no name of a run" in capsys.readouterr().err


def test_a_branch_learns_from_what_is_here(store, capsys, monkeypatch):
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main(["branch", "cnn-fashion", "--runs", str(store.runs), "--steps", "1"]) == 0
    assert "the branch learns from “fashion”" in capsys.readouterr().err


def test_a_run_goes_to_the_hub_and_comes_back(written, store, hub, capsys, monkeypatch):
    run = written()
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert main(["push", run.id, "somebody/film", "--runs", str(store.runs)]) == 0
    assert "/somebody/film/commit/" in capsys.readouterr().out and hub.repositories["somebody/film"].private
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert main(["pull", "somebody/film", "--runs", str(store.runs)]) == 1
    assert "a token is missing or has no right to it" in capsys.readouterr().err
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert main(["pull", "somebody/film", "--runs", str(store.runs)]) == 0
    folder = capsys.readouterr().out.strip()
    assert Run("film", Path(folder)).snapshots == run.snapshots


def test_to_push_takes_a_token(written, store, hub, capsys):
    assert main(["push", written().id, "somebody/film", "--runs", str(store.runs)]) == 1
    assert capsys.readouterr().err.startswith("To push takes a token") and hub.repositories == {}
