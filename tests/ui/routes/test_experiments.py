"""Experiments over plain routes: those that ship, the visitor's own groups, and nobody else's."""

import json

import pytest

from playground.runs.experiment import ENDING, gathered
from tests.ui.routes.answers import sentence


@pytest.fixture
def grouped(context, written):
    """Writes a run of a group, with two evaluations."""

    def write(group, *, owner="", **knobs):
        run = written("vit-digits", **knobs)
        info = json.loads((run.path / "run.json").read_text())
        (run.path / "run.json").write_text(json.dumps({**info, "group": group, "owner": owner}))
        events = [
            {"event": "evaluated", "step": step, "values": {"accuracy": step / 20}, "n": 9, "final": False}
            for step in (5, 10)
        ]
        with (run.path / "events.jsonl").open("a") as file:
            file.writelines(json.dumps(event) + "\n" for event in events)
        return context.store.get(run.id)

    return write


def test_groups_are_listed_by_lab_and_compared(client, grouped):
    for seed in (0, 1):
        grouped("mine", seed=seed)
    assert client.get("experiments/vision").json() == {"experiments": [{"name": "mine", "title": "mine"}]}
    assert client.get("experiments/vae").json() == {"experiments": []}
    told = client.get("experiments/vision/mine", params={"axis": "steps"}).json()
    (arm,), (line,) = told["arms"], told["lines"]
    assert told["metric"] == "accuracy" and told["axis"] == "steps" and told["better"] == "rises"
    assert len(arm["runs"]) == 2 and (line["x"][0], line["x"][-1]) == pytest.approx((5, 10))
    assert line["mean"][-1] == pytest.approx(0.5)


def test_one_that_ships_is_there_and_comes_before_a_group_of_its_name(client, context, grouped, monkeypatch, tmp_path):
    run = grouped("versus")
    shipped = gathered("versus", [run], title="Which one?")
    object.__setattr__(context.store, "shipped", tmp_path)
    (tmp_path / f"versus{ENDING}").write_text(shipped.model_dump_json())
    assert client.get("experiments/vision").json()["experiments"] == [{"name": "versus", "title": "Which one?"}]
    assert client.get("experiments/vision/versus").json()["title"] == "Which one?"
    assert client.get("experiments/vae").json()["experiments"] == []


def test_the_runs_of_others_are_nobodys_business(client, grouped):
    grouped("theirs", owner="somebody")
    assert client.get("experiments/vision").json()["experiments"] == []
    assert "There is no experiment “theirs”" in sentence(client.get("experiments/vision/theirs"))


def test_what_there_is_not_is_told(client, grouped):
    grouped("mine")
    assert "reports no “beauty”; it reports accuracy" in sentence(
        client.get("experiments/vision/mine", params={"metric": "beauty"})
    )
    assert "Curves run along images, seconds, steps, knob" in sentence(
        client.get("experiments/vision/mine", params={"axis": "tears"})
    )
    assert "There is no experiment “nothing”" in sentence(client.get("experiments/vision/nothing"))


def test_one_that_has_just_begun_has_its_runs_and_no_numbers_yet(client, context, written):
    run = written("vit-digits")
    info = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**info, "group": "new"}))
    (run.path / "events.jsonl").write_text("")
    told = client.get("experiments/vision/new").json()
    (arm,) = told["arms"]
    assert told["metrics"] == [] and told["metric"] == "" and told["lines"] == [None] and arm["final"] is None
    assert [one["run"] for one in arm["runs"]] == [run.id]
    assert "reports no “loss”; it reports none yet" in sentence(
        client.get("experiments/vision/new", params={"metric": "loss"})
    )
