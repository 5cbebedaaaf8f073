"""What is new of a run since a position in its events: told once, and from wherever a page asks."""

import pytest

from playground.runs.folder import write_status
from tests.ui.routes.answers import sentence


def test_news_come_once(client, written):
    run = written()
    first = client.get(f"runs/{run.id}", params={"since": 0}).json()
    assert [event["event"] for event in first["events"]][-2:] == ["evaluated", "finished"]
    assert first["position"] == (run.path / "events.jsonl").stat().st_size
    assert first["snapshots"] == first["previews"] == [0, 5, 10]
    assert first["status"]["state"] == "done" and "worker" not in first["status"]
    assert first["final"] == {"values": {"loss": 0.5}, "n": 20}
    known = {"since": first["position"], "seen": first["seen"]}
    nothing = client.get(f"runs/{run.id}", params=known)
    assert nothing.status_code == 204 and nothing.content == b""

    with open(run.path / "events.jsonl", "a") as file:
        file.write('{"event": "metrics", "step": 11, "values": {"loss": 1.5}}\n{"event": "metr')
    second = client.get(f"runs/{run.id}", params=known).json()
    assert [event["step"] for event in second["events"]] == [11], "what was told is not told again, nor what is torn"
    known = {"since": second["position"], "seen": second["seen"]}
    assert client.get(f"runs/{run.id}", params=known).status_code == 204


def test_a_new_status_is_news_without_events(client, written):
    run = written()
    first = client.get(f"runs/{run.id}").json()
    write_status(run.path, run.status.model_copy(update={"message": "Something else."}))
    second = client.get(f"runs/{run.id}", params={"since": first["position"], "seen": first["seen"]}).json()
    assert second["events"] == [] and second["status"]["message"] == "Something else."


def test_a_position_beyond_the_end_starts_over(client, written):
    run = written()
    whole = client.get(f"runs/{run.id}").json()
    beyond = client.get(f"runs/{run.id}", params={"since": 10**8}).json()
    assert beyond["events"] == whole["events"] and beyond["position"] == whole["position"]


def test_a_position_in_the_middle_of_a_line_skips_that_line(client, written):
    run = written()
    whole = client.get(f"runs/{run.id}").json()
    middle = client.get(f"runs/{run.id}", params={"since": 5}).json()
    assert middle["events"] == whole["events"][1:]


@pytest.mark.parametrize("value", ["abc", "nan", "inf", "-inf", "1e400", "", "1,5", "-5", "-1e8"])
def test_a_position_that_is_no_number_is_told(client, written, value):
    run = written()
    assert "since" in sentence(client.get(f"runs/{run.id}", params={"since": value}))
