"""The events of a run: torn, damaged and foreign lines are passed over, and the last word is the last sitting's."""

import json
import os

import pytest

from playground.runs.events import Evaluated
from playground.ui.export import numbers
from tests.runs.files import append, writing


def test_a_last_line_that_is_torn_waits_for_its_end(written):
    run = written()
    whole = run.read_events()
    with open(run.path / "events.jsonl", "ab") as file:
        file.write(b'{"event": "metrics", "st')
    assert run.read_events() == whole and run.read_events(whole.position).events == []
    with open(run.path / "events.jsonl", "ab") as file:
        file.write(b'ep": 11, "values": {}}\n')
    assert run.read_events(whole.position).events == [{"event": "metrics", "step": 11, "values": {}}]


@pytest.mark.parametrize(
    "line", ["", "[]", "null", "7", '{"no": "event"}', "\x00\x00", "{" * 50, '{"event": "metrics"']
)
def test_a_line_that_makes_no_sense_is_passed_over(written, line):
    run = written()
    good = run.read_events().events
    append(run, line, '{"event": "snapshot", "step": 12}')
    assert run.read_events().events == [*good, {"event": "snapshot", "step": 12}]


def test_bytes_that_are_no_text_are_passed_over(written):
    run = written()
    good = run.read_events().events
    append(run, b"\xff\xfe\x80")
    assert run.read_events().events == good


def test_a_run_without_events_has_none(written):
    run = written()
    (run.path / "events.jsonl").unlink()
    assert run.read_events() == run.read_events(1000) and run.read_events().events == [] and run.final() is None


def test_positions_count_bytes(written):
    run = written()
    append(run, '{"event": "note", "words": "é ✓"}')
    position = run.read_events().position
    assert position == os.path.getsize(run.path / "events.jsonl")
    assert run.read_events(position).events == [] and run.read_events(10**9).position == position


def test_the_final_word_is_that_of_the_last_sitting(written):
    run = written()
    assert run.final() == ({"loss": 0.5}, 20)
    append(
        run,
        '{"event": "started", "step": 0}',
        '{"event": "evaluated", "step": 5, "values": {"loss": 9.0}, "n": 10, "final": false}',
    )
    assert run.final() is None


def test_numbers_that_are_none_are_told_as_nothing(written):
    run = written()
    writing(run).write(Evaluated(10, {"loss": float("inf"), "kl": float("nan"), "n": 1.0}, 20, True))
    assert run.final() == ({"loss": None, "kl": None, "n": 1.0}, 20)
    # as another writer may have put it
    append(run, '{"event": "evaluated", "step": 10, "values": {"loss": Infinity}, "n": 5, "final": true}')
    assert run.final() == ({"loss": None}, 5)


def test_a_long_final_evaluation_is_found_and_that_of_a_training_before_is_not(written):
    run = written()
    matrix = {f"accuracy.{i}": 0.123456789 for i in range(400)}
    events = run.path / "events.jsonl"
    lines = [
        {"event": "started", "step": 0},
        {"event": "evaluated", "step": 10, "values": matrix, "n": 40, "final": True},
        {"event": "finished", "step": 10},
    ]
    events.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert run.final() == (matrix, 40)
    append(run, '{"event": "started", "step": 10}')
    assert run.final() is None


def test_knobs_that_are_none_were_not_turned(written):
    run = written("point-gan-gaussians")
    for knobs in ("[1]", '"r1"', "null", '{"r1": 0.5}'):
        append(run, f'{{"event": "mark", "step": 7, "label": "", "knobs": {knobs}}}')
    assert run.recipe_at(6) == run.recipe and run.recipe_at(7) == run.recipe.changed(r1=0.5)


def test_knobs_that_do_not_validate_were_not_turned(written):
    run = written("point-gan-gaussians")
    for knobs in ('{"r1": 0.5}', '{"learning_rate": "abc"}', '{"steps": null, "seconds": null}', '{"gone": 1}'):
        append(run, f'{{"event": "mark", "step": 7, "label": "", "knobs": {knobs}}}')
    assert run.recipe_at(7) == run.recipe.changed(r1=0.5)


@pytest.mark.parametrize("kind", ["metrics", "evaluated"])
@pytest.mark.parametrize("fields", [{}, {"values": None}, {"values": [1, 2]}, {"values": {"loss": "low"}}])
def test_numbers_without_values_are_no_event(written, kind, fields):
    run = written()
    events, table = run.read_events().events, numbers(run)
    append(run, json.dumps({"event": kind, "step": 10, "n": 5, "final": True, **fields}))
    assert run.read_events().events == events and numbers(run) == table


@pytest.mark.parametrize("knobs", [[1], "r1", None, 3])
def test_a_mark_whose_knobs_are_none_is_no_event(written, knobs):
    run = written()
    events = run.read_events().events
    append(run, json.dumps({"event": "mark", "step": 3, "label": "", "knobs": knobs}))
    assert run.read_events().events == events


def test_numbers_that_were_not_finite_stay(written):
    run = written()
    line = {"event": "metrics", "step": 11, "values": {"loss": None, "kl": 2}}
    append(run, json.dumps(line))
    assert run.read_events().events[-1] == line
