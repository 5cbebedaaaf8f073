"""The plain HTTP routes: what is new, previews, pictures, and who may do what; every mistake ends in one sentence."""

import io
import json
import sys

import pytest
import torch
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.jobs.local import LocalEngine
from playground.page import tabs
from playground.pictures import encode
from playground.runs.folder import Status, write_status
from playground.ui.context import Context
from playground.ui.routes import BASE, routes

IDLE = (sys.executable, "-c", "input()")
"""A worker that never gets ready: what is queued stays queued."""
ANN = {"x-playground-visitor": "visitor-ann"}
BOB = {"x-playground-visitor": "visitor-bob"}


@pytest.fixture
def context(store):
    engine = LocalEngine(store, command=IDLE)
    yield Context(store, engine)
    engine.close()


@pytest.fixture
def client(context):
    served = routes(context)
    for tab in tabs().values():
        served += tab.routes(context)
    with TestClient(Starlette(routes=served), base_url=f"http://test{BASE}/") as client:
        yield client


def sentence(answer, status=400):
    """The one plain sentence that an answer of `status` holds and nothing else."""
    assert answer.status_code == status, answer.text
    (words,) = answer.json().values()
    assert words.endswith(".") and "Traceback" not in words and "Error" not in words and len(words) < 300
    return words


def png(width=8, height=8, colour=(200, 30, 60)):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def queued(context, written, **options):
    run = written(**options)
    write_status(run.path, Status(state="queued"))
    context.engine.submit(run)
    return run


# What is new


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


# Wrong numbers


@pytest.mark.parametrize("value", ["abc", "nan", "inf", "-inf", "1e400", "", "1,5", "-5", "-1e8"])
def test_a_position_that_is_no_number_is_told(client, written, value):
    run = written()
    assert "since" in sentence(client.get(f"runs/{run.id}", params={"since": value}))


@pytest.mark.parametrize("value", ["abc", "nan", "inf", "1e400", "9" * 400])
@pytest.mark.parametrize(("lab", "path"), [("vit", "vision/attention"), ("vae", "vae/plane")])
def test_a_step_that_is_no_number_is_told(client, written, lab, path, value):
    run = written(f"{lab}-digits")
    assert "step" in sentence(client.get(path, params={"run": run.id, "step": value}))


@pytest.mark.parametrize("point", [{"x": "abc", "y": "0"}, {"x": "0"}, {"x": "0", "y": "nan"}, {"x": "1e99", "y": "0"}])
def test_a_point_that_is_none_is_told(client, written, point):
    run = written()
    assert "must be a number" in sentence(client.get("vae/decode", params={"run": run.id, **point}))


@pytest.mark.parametrize("size", ["3", "257", "-28", "nan", "1e8", "x"])
def test_a_size_out_of_range_is_told(client, size):
    sentence(client.get("examples", params={"data": "digits", "size": size}))
    sentence(client.get("examples.png", params={"data": "digits", "size": size}))


# Previews


def test_a_preview_that_was_thinned_away_is_the_one_before(client, written):
    run = written(steps=(0, 5, 10))
    kept = client.get(f"runs/{run.id}/previews/10.webp")
    assert kept.headers["content-type"] == "image/webp" and kept.content == run.preview(10)
    (run.path / "previews" / "00000005.webp").unlink()
    assert client.get(f"runs/{run.id}/previews/9.webp").content == run.preview(0)
    assert client.get(f"runs/{run.id}/previews/99999.webp").content == run.preview(10)


def test_only_the_previews_of_finished_runs_are_kept_by_the_browser(client, written):
    run = written()
    assert "max-age" in client.get(f"runs/{run.id}/previews/5.webp").headers["cache-control"]
    write_status(run.path, Status(state="paused"))
    assert client.get(f"runs/{run.id}/previews/5.webp").headers["cache-control"] == "no-store"


def test_a_run_without_previews_says_so(client, written):
    run = written()
    for step in (0, 5, 10):
        (run.path / "previews" / f"{step:08d}.webp").unlink()
    assert "no preview" in sentence(client.get(f"runs/{run.id}/previews/5.webp"))


# Names that are none


@pytest.mark.parametrize("name", ["..", "%2e%2e", "..%2f..", "%2fetc", "a%00b", "A", "-", "nobody-here", "x" * 300])
def test_no_name_leads_out_of_the_folder(client, store, name):
    store.runs.mkdir(parents=True, exist_ok=True)
    (store.runs.parent / "run.json").write_text("{}")
    for path in (f"runs/{name}", f"runs/{name}/previews/0.webp", f"vision/attention?run={name}"):
        answer = client.get(path)
        assert answer.status_code in (400, 404, 405), path
    answer = client.get("vision/attention", params={"run": "../../etc/passwd"})
    assert "There is no run" in sentence(answer)


def test_a_run_of_another_lab_is_told(client, written):
    vit, vae = written("vit-digits"), written("vae-digits")
    assert "no attention" in sentence(client.get("vision/attention", params={"run": vae.id}))
    for path in ("plane", "manifold.jpg", "decode?x=0&y=0", "encode?picture=ex-0"):
        sentence(client.get(f"vae/{path}{'&' if '?' in path else '?'}run={vit.id}"))


def test_a_run_without_a_snapshot_yet_is_told(client, written):
    run = written()
    for step in run.snapshots:
        (run.path / "snapshots" / f"{step:08d}.safetensors").unlink()
    assert "no snapshot yet" in sentence(client.get("vae/plane", params={"run": run.id}))


def test_what_fails_unforeseen_is_one_sentence_too(client, written, caplog):
    run = written()
    (run.path / "status.json").unlink()
    (run.path / "status.json").mkdir()  # cannot be read, though it is there
    assert client.get(f"runs/{run.id}").json()["status"]["state"] == "failed"
    (run.path / "events.jsonl").unlink()
    (run.path / "events.jsonl").mkdir()
    assert "went wrong" in sentence(client.get(f"runs/{run.id}"), status=500)
    assert "IsADirectoryError" in caplog.text, "the log keeps what the visitor is spared"


# Pictures


def test_a_picture_comes_back_in_the_shape_that_the_run_takes(client, written):
    run = written("vit-digits")
    found = client.post("pictures", content=png(300, 200)).json()
    assert found["bright"] is False
    answer = client.get(f"pictures/{found['picture']}.png", params={"run": run.id})
    assert Image.open(io.BytesIO(answer.content)).size == (8, 8)
    grey = Image.open(io.BytesIO(answer.content))
    assert grey.mode == "L" and grey.getpixel((4, 4)) == round(0.299 * 200 + 0.587 * 30 + 0.114 * 60)
    inverted = client.get(f"pictures/{found['picture']}-inverted.png", params={"run": run.id})
    assert Image.open(io.BytesIO(inverted.content)).getpixel((4, 4)) == 255 - grey.getpixel((4, 4))


def test_a_body_beyond_the_limit_is_refused(client):
    assert "larger than 10 MB" in sentence(client.post("pictures", content=bytes(10_000_001)))
    assert "larger than 10 MB" in sentence(client.post("runs/none/stop", content=bytes(10_000_001)))


@pytest.mark.parametrize("content", [b"", b"no picture", png()[:45]])
def test_what_is_no_picture_is_told(client, content):
    sentence(client.post("pictures", content=content))


@pytest.mark.parametrize("name", ["ex-24", "ex--1", "ex-", "ex-x", "up-nobody", "..", "up-" + "x" * 500])
def test_a_picture_that_is_not_there_is_told(client, name):
    assert client.get(f"pictures/{name}.png", params={"data": "digits", "size": 8}).status_code in (400, 404)
    assert client.get("vae/encode", params={"run": "x", "picture": name}).status_code == 400


def test_examples_have_a_sheet_and_names(client):
    told = client.get("examples", params={"data": "digits", "size": 8}).json()
    assert len(told["labels"]) == len(told["names"]) == 24 and told["channels"] == 1
    sheet = Image.open(io.BytesIO(client.get("examples.png", params={"data": "digits", "size": 8}).content))
    assert sheet.size == (64, 24)
    assert "no data set" in sentence(client.get("examples", params={"data": "nothing"}))
    assert "no data set" in sentence(client.get("examples"))


# Whose run it is


def test_a_visitor_sees_their_own_runs_and_those_of_nobody(client, written):
    ann, bob, nobody = (written(visitor=visitor) for visitor in ("visitor-ann", "visitor-bob", ""))
    vit = written("vit-digits", visitor="visitor-ann")
    seen = client.get("runs", params={"lab": "vae", "visitor": "visitor-ann"})
    assert {run["id"] for run in seen.json()["runs"]} == {ann.id, nobody.id}
    assert [run["id"] for run in client.get("runs", params={"lab": "vision"}).json()["runs"]] == []
    assert vit.id in client.get("runs", params={"lab": "vision", "visitor": "visitor-ann"}).text
    for answer in (seen, client.get(f"runs/{bob.id}")):
        assert "visitor-" not in answer.text, "whoever knew this name could stop the runs of its owner"


@pytest.mark.parametrize("verb", ["pause", "stop", "resume", "delete"])
def test_only_its_owner_does_something_to_a_run(client, context, written, verb):
    run = queued(context, written, visitor="visitor-ann")
    for headers in (BOB, {}):
        assert "someone else" in sentence(client.post(f"runs/{run.id}/{verb}", headers=headers))
    assert run.status.state == "queued"
    assert client.post(f"runs/{run.id}/{verb}", headers=ANN).json() == {"done": verb}
    assert run.path.exists() == (verb != "delete")
    if verb in ("pause", "stop"):
        assert run.status.state == "cancelled" and context.engine.queue() == []


def test_a_shipped_run_is_nobodys(client, written):
    run = written(shipped=True)
    for verb in ("pause", "stop", "resume", "delete"):
        assert "came with the playground" in sentence(client.post(f"runs/{run.id}/{verb}", headers=ANN))
    assert run.path.exists()


def test_an_unknown_verb_is_told(client, written):
    run = written()
    assert "explode" in sentence(client.post(f"runs/{run.id}/explode"))
    assert run.path.exists()


def test_to_look_is_not_to_act(client, written):
    run = written()
    assert client.get(f"runs/{run.id}/delete").status_code == 405
    assert run.path.exists()


# The views of the labs


def test_attention_comes_as_one_packet(client, written):
    run = written("vit-digits")
    answer = client.get("vision/attention", params={"run": run.id, "step": 7, "picture": "ex-3"})
    length = int.from_bytes(answer.content[:4], "little")
    head = json.loads(answer.content[4 : 4 + length])
    assert head["step"] == 5, "the last snapshot up to the step asked for"
    rows = head["layers"] * head["heads"] * head["tokens"]
    assert len(answer.content) - 4 - length == rows * (4 + head["tokens"])


def test_the_plane_and_what_is_decoded_on_it(client, written):
    run = written()
    plane = client.get("vae/plane", params={"run": run.id}).json()
    assert plane["step"] == 10 and len(plane["points"]) == len(plane["labels"]) == 297
    sheet = Image.open(io.BytesIO(client.get("vae/manifold.jpg", params={"run": run.id}).content))
    assert sheet.size == (160, 160)
    decoded = [client.get("vae/decode", params={"run": run.id, "x": x, "y": 0}).content for x in (-3, 3, 3)]
    assert decoded[0] != decoded[1] == decoded[2]
    found = client.get("vae/encode", params={"run": run.id, "picture": "ex-2"}).json()
    assert len(found["at"]) == 2 and found["ellipse"][0] >= found["ellipse"][1] > 0


def test_pixels_survive_the_packet(client, written):
    run = written()
    answer = client.get("vae/decode", params={"run": run.id, "x": 0.5, "y": -1})
    length = int.from_bytes(answer.content[:4], "little")
    pixels = torch.frombuffer(bytearray(answer.content[4 + length :]), dtype=torch.uint8).view(1, 8, 8)
    assert len(encode(pixels)) > 50 and pixels.float().std() > 0
