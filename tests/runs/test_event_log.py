"""Lines of `events.jsonl` that readers could not use are no events, whoever wrote them."""

import json

import pytest

from playground.runs.event_log import read_events
from playground.ui.export import numbers


@pytest.mark.parametrize("kind", ["metrics", "evaluated"])
@pytest.mark.parametrize("fields", [{}, {"values": None}, {"values": [1, 2]}, {"values": {"loss": "low"}}])
def test_numbers_without_values_are_no_event(written, kind, fields):
    run = written()
    events, table = run.read_events().events, numbers(run)
    with open(run.path / "events.jsonl", "a") as file:
        file.write(json.dumps({"event": kind, "step": 10, "n": 5, "final": True, **fields}) + "\n")
    assert read_events(run.path).events == events and numbers(run) == table


@pytest.mark.parametrize("knobs", [[1], "r1", None, 3])
def test_a_mark_whose_knobs_are_none_is_no_event(written, knobs):
    run = written()
    events = run.read_events().events
    with open(run.path / "events.jsonl", "a") as file:
        file.write(json.dumps({"event": "mark", "step": 3, "label": "", "knobs": knobs}) + "\n")
    assert read_events(run.path).events == events


def test_numbers_that_were_not_finite_stay(written):
    run = written()
    line = {"event": "metrics", "step": 11, "values": {"loss": None, "kl": 2}}
    with open(run.path / "events.jsonl", "a") as file:
        file.write(json.dumps(line) + "\n")
    assert read_events(run.path).events[-1] == line
