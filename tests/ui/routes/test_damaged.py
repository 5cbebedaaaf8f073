"""A list of runs comes in time and whatever the folders of some hold; what fails unforeseen is one sentence."""

import json
import re
import shutil
import time

import pytest

from tests.ui.routes.answers import sentence


def test_what_fails_unforeseen_is_one_sentence_too(client, written, caplog, monkeypatch):
    run = written()
    (run.path / "status.json").unlink()
    (run.path / "status.json").mkdir()  # cannot be read, though it is there
    assert client.get(f"runs/{run.id}").json()["status"]["state"] == "failed"
    (run.path / "events.jsonl").unlink()
    (run.path / "events.jsonl").mkdir()
    assert client.get(f"runs/{run.id}").json()["events"] == []
    (run.path / "card.md").mkdir()
    assert client.get(f"runs/{run.id}").json()["card"] == ""
    monkeypatch.setattr("playground.ui.routes.changed_knobs", lambda store, run: 1 / 0)
    assert "went wrong" in sentence(client.get(f"runs/{run.id}"), status=500)
    assert "ZeroDivisionError" in caplog.text, "the log keeps what the visitor is spared"


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
def test_a_number_that_is_none_does_not_break_the_list(client, written, number):
    good, metric, rate, created = (written() for _ in range(4))
    with open(metric.path / "events.jsonl", "a") as file:
        file.write(f'{{"event": "evaluated", "step": 10, "n": 4, "final": true, "values": {{"loss": {number}}}}}\n')
    status, info = rate.path / "status.json", created.path / "run.json"
    status.write_text(re.sub(r'"rate":[^,]+', f'"rate":{number}', status.read_text()))
    info.write_text(re.sub(r'"created": [^,]+', f'"created": {number}', info.read_text()))
    listed = {run["id"]: run for run in client.get("runs").json()["runs"]}
    assert {good.id, metric.id, rate.id} == listed.keys()
    assert listed[metric.id]["final"]["values"] == {"loss": None} and listed[rate.id]["status"]["state"] == "failed"
    assert client.get(f"runs/{metric.id}").json()["events"][-1]["values"] == {"loss": None}
    assert "cannot be read" in sentence(client.get(f"runs/{created.id}"))


def test_a_list_of_two_hundred_runs_comes_at_once(client, written, store):
    run = written()
    for number in range(200):
        shutil.copytree(run.path, store.runs / f"vae-digits-copy-{number}")
    client.get("runs")
    start = time.process_time()  # other work on the machine does not count
    assert len(client.get("runs").json()["runs"]) == 201
    assert time.process_time() - start < 1.0  # 0.1 on a machine at rest


def test_a_damaged_run_does_not_end_the_list(client, written):
    whole = written()
    damaged = [written() for _ in range(5)]
    final = {"event": "evaluated", "step": 10, "final": True}
    (damaged[0].path / "events.jsonl").write_text(json.dumps(final) + "\n")
    (damaged[1].path / "events.jsonl").unlink(missing_ok=True)
    (damaged[1].path / "events.jsonl").mkdir()
    (damaged[2].path / "events.jsonl").write_text(json.dumps({**final, "values": {"\ud800": 1.0}, "n": 3}) + "\n")
    info = json.loads((damaged[3].path / "run.json").read_text())
    info["knobs"] |= {"convolutional": True}
    info["spec"] |= {"size": 3}
    (damaged[3].path / "run.json").write_text(json.dumps(info))
    (damaged[4].path / "snapshots" / "²²².safetensors").write_bytes(b"")
    answer = client.get("runs")
    assert answer.status_code == 200
    assert {whole.id, damaged[0].id, damaged[1].id, damaged[4].id} <= {run["id"] for run in answer.json()["runs"]}
    assert client.get(f"runs/{damaged[4].id}").status_code == 200


def test_texts_that_are_none_do_not_break_a_runs_page(client, written):
    run = written()
    (run.path / "card.md").write_bytes(b"- **Result:** 90 \xff")
    with open(run.path / "events.jsonl", "a") as file:
        file.write('{"event": "mark", "step": 10, "label": "task \\ud800"}\n')
        file.write('{"event": "evaluated", "step": 10, "n": 4, "values": {"\\ud800": 1}}\n')
    news = client.get(f"runs/{run.id}").json()
    assert news["card"] == "- **Result:** 90 \ufffd" and news["events"][-2]["label"] == "task \ud800"
    assert "test ?" in client.get(f"runs/{run.id}/numbers.csv").text
