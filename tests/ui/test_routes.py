"""The plain HTTP routes: what is new, previews, pictures, and who may do what; every mistake ends in one sentence."""

import io
import json
import re
import shutil
import sys
import time
from dataclasses import replace

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from playground.jobs.local import LocalEngine
from playground.page import routes, visitors
from playground.runs.folder import Status, write_status
from playground.runs.store import UnknownRun
from playground.ui import inputs
from playground.ui.context import Context
from playground.ui.identity import COOKIE, Identity
from playground.ui.routes import BASE

IDLE = (sys.executable, "-c", "input()")
"""A worker that never gets ready: what is queued stays queued."""


@pytest.fixture
def context(store):
    engine = LocalEngine(store, command=IDLE)
    yield Context(store, engine)
    engine.close()


@pytest.fixture
def browser(context):
    """Opens a browser: one on the server's own machine, or at another address."""

    def opened(host="127.0.0.1", app=None):
        app = app or Starlette(routes=routes(context), middleware=[visitors(context)])
        return TestClient(app, base_url=f"http://localhost{BASE}/", client=(host, 50_000))

    return opened


@pytest.fixture
def client(browser):
    """The browser of the server's owner, who has been here before."""
    client = browser()
    client.get("runs")
    return client


def name_of(client, context):
    """Who the server takes a browser for."""
    return context.identity.visitor(dict(client.cookies))


def sentence(answer, status=400):
    """The one plain sentence that an answer of `status` holds and nothing else."""
    assert answer.status_code == status, answer.text
    (words,) = answer.json().values()
    assert words.endswith(".") and "Traceback" not in words and "Error" not in words and len(words) < 300
    return words


def png(width=8, height=8, color=(200, 30, 60)):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), color).save(buffer, "PNG")
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
def test_a_step_that_is_no_number_is_told(client, written, value):
    assert "step" in sentence(client.get("views/vae/plane/plane", params={"run": written().id, "step": value}))


@pytest.mark.parametrize("size", ["3", "257", "-28", "nan", "1e8", "x"])
def test_a_size_out_of_range_is_told(client, size):
    sentence(client.get("examples", params={"data": "digits", "size": size}))
    sentence(client.get("examples.png", params={"data": "digits", "size": size}))


# Views


def test_a_run_names_the_views_that_fit_it(client, written):
    run, other = written(), written("point-gan-gaussians")
    listed = {one["id"]: one["views"] for one in client.get("runs").json()["runs"]}
    assert listed == {run.id: ["plane"], other.id: ["dynamics"]}
    assert client.get(f"runs/{run.id}").json()["views"] == ["plane"]


def test_each_part_of_a_view_has_an_address(client, written, read_answer):
    run = written().id
    _, tensors = read_answer(client.get("views/vae/plane/encode", params={"run": run, "picture": "ex-1"}).content)
    assert tensors.keys() == {"at", "ellipse"}
    for path, query, words in (
        ("vae/plane/dots", {}, "has no part “dots”; it has plane, decode, encode."),
        ("vae/decode/decode", {}, "There is no view “decode” in a lab “vae”."),
        ("vae/plane/plane", {"x": 1}, "has no option “x”; it has none."),
        ("vae/plane/plane", {"picture": "ex-1"}, "has no option “picture”; it has none."),
    ):
        assert words in sentence(client.get(f"views/{path}", params={"run": run, **query}))
    assert client.get("views/vae/plane", params={"run": run}).status_code == 404


# Previews


def test_a_preview_that_was_thinned_away_is_the_one_before(client, written):
    run = written(steps=(0, 5, 10))
    response = client.get(f"runs/{run.id}/previews/10")
    assert response.headers["content-type"] == "image/webp" and response.content == run.preview(10)[0]
    (run.path / "previews" / "00000005.webp").unlink()
    assert client.get(f"runs/{run.id}/previews/9").content == run.preview(0)[0]
    assert client.get(f"runs/{run.id}/previews/99999").content == run.preview(10)[0]


def test_only_the_previews_of_finished_runs_are_kept_by_the_browser(client, written):
    run = written()
    assert "max-age" in client.get(f"runs/{run.id}/previews/5").headers["cache-control"]
    write_status(run.path, Status(state="paused"))
    assert client.get(f"runs/{run.id}/previews/5").headers["cache-control"] == "no-store"


def test_a_run_without_previews_says_so(client, written):
    run = written()
    for step in (0, 5, 10):
        (run.path / "previews" / f"{step:08d}.webp").unlink()
    assert "no preview" in sentence(client.get(f"runs/{run.id}/previews/5"))


# Names that are none


@pytest.mark.parametrize("name", ["..", "%2e%2e", "..%2f..", "%2fetc", "a%00b", "A", "-", "nobody-here", "x" * 300])
def test_no_name_leads_out_of_the_folder(client, store, name):
    store.runs.mkdir(parents=True, exist_ok=True)
    (store.runs.parent / "run.json").write_text("{}")
    for path in (f"runs/{name}", f"runs/{name}/previews/0", f"views/vision/attention/attention?run={name}"):
        answer = client.get(path)
        assert answer.status_code in (400, 404, 405), path
    answer = client.get("views/vision/attention/attention", params={"run": "../../etc/passwd"})
    assert "There is no run" in sentence(answer)


def test_a_run_without_a_snapshot_yet_is_told(client, written):
    run = written()
    for step in run.snapshots:
        (run.path / "snapshots" / f"{step:08d}.safetensors").unlink()
    assert "no snapshot yet" in sentence(client.get("views/vae/plane/plane", params={"run": run.id}))


def test_what_fails_unforeseen_is_one_sentence_too(client, written, caplog):
    run = written()
    (run.path / "status.json").unlink()
    (run.path / "status.json").mkdir()  # cannot be read, though it is there
    assert client.get(f"runs/{run.id}").json()["status"]["state"] == "failed"
    (run.path / "events.jsonl").unlink()
    (run.path / "events.jsonl").mkdir()
    assert client.get(f"runs/{run.id}").json()["events"] == []
    (run.path / "card.md").mkdir()
    assert "went wrong" in sentence(client.get(f"runs/{run.id}"), status=500)
    assert "IsADirectoryError" in caplog.text, "the log keeps what the visitor is spared"


# Pictures


def test_a_picture_comes_back_in_the_shape_that_the_run_takes(client, written):
    run = written("vit-digits")
    added = client.post("pictures", content=png(300, 200)).json()
    assert added["bright"] is False
    answer = client.get(f"pictures/{added['picture']}.png", params={"run": run.id})
    assert Image.open(io.BytesIO(answer.content)).size == (8, 8)
    gray = Image.open(io.BytesIO(answer.content))
    assert gray.mode == "L" and gray.getpixel((4, 4)) == round(0.299 * 200 + 0.587 * 30 + 0.114 * 60)
    inverted = client.get(f"pictures/{added['picture']}-inverted.png", params={"run": run.id})
    assert Image.open(io.BytesIO(inverted.content)).getpixel((4, 4)) == 255 - gray.getpixel((4, 4))


def test_pictures_of_one_visitor_push_out_no_others(browser, context, monkeypatch):
    monkeypatch.setattr(inputs, "EACH", 1)
    ann, bob = browser(), browser()
    for client in (ann, bob):
        client.get("runs")
    first = ann.post("pictures", content=png()).json()["picture"]
    for _ in range(2):
        last = bob.post("pictures", content=png()).json()["picture"]
    assert context.inputs._uploads.keys() == {first, last}


def test_a_body_beyond_the_limit_is_refused(client):
    assert "larger than 10 MB" in sentence(client.post("pictures", content=bytes(10_000_001)))
    assert "larger than 10 MB" in sentence(client.post("runs/none/stop", content=bytes(10_000_001)))


@pytest.mark.parametrize("content", [b"", b"no picture", png()[:45]])
def test_what_is_no_picture_is_told(client, content):
    sentence(client.post("pictures", content=content))


@pytest.mark.parametrize("name", ["ex-24", "ex--1", "ex-", "ex-x", "up-nobody", "..", "up-" + "x" * 500])
def test_a_picture_that_is_not_there_is_told(client, name):
    assert client.get(f"pictures/{name}.png", params={"data": "digits", "size": 8}).status_code in (400, 404)
    assert client.get("views/vae/plane/encode", params={"run": "x", "picture": name}).status_code == 400


def test_examples_have_a_sheet_and_names(client):
    examples = client.get("examples", params={"data": "digits", "size": 8}).json()
    assert len(examples["labels"]) == len(examples["names"]) == 24 and examples["channels"] == 1
    sheet = Image.open(io.BytesIO(client.get("examples.png", params={"data": "digits", "size": 8}).content))
    assert sheet.size == (64, 24)
    assert "no data set" in sentence(client.get("examples", params={"data": "nothing"}))
    assert "no data set" in sentence(client.get("examples"))


# Whose run it is


def test_a_browser_gets_one_name_and_keeps_it(browser, context):
    client = browser()
    first = client.get("runs")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie and name_of(client, context)
    assert "set-cookie" not in client.get("runs").headers
    assert name_of(browser(), context) is None


def test_a_page_within_another_sites_has_a_cookie_of_its_own(browser, context):
    framed = replace(context.identity, framed=True).issue()
    assert framed.endswith("SameSite=None; Secure; Partitioned")
    assert context.identity.issue(secure=True).endswith("SameSite=Lax; Secure")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://elsewhere"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_what_another_sites_page_sends_is_refused(browser, context, written, headers, status):
    client = browser()
    client.get("runs")
    run = written(owner=name_of(client, context))
    assert client.get(f"runs/{run.id}", headers=headers).status_code == 200, "a link is followed"
    assert client.post(f"runs/{run.id}/delete", headers=headers).status_code == status
    assert run.path.exists() == (status == 403)


@pytest.mark.parametrize("forged", ["ann", "ann.", "ann.0123", ".", "é.x", "ann." + "0" * 32, "x" * 5000])
def test_a_name_that_was_not_signed_here_is_nobodys(browser, context, written, forged):
    run = written(owner="ann")
    client = browser()
    client.cookies.set(COOKIE, forged.encode("ascii", "ignore").decode())
    assert "someone else" in sentence(client.post(f"runs/{run.id}/delete"))
    assert run.path.exists() and context.identity.visitor({COOKIE: forged}) is None


def test_a_visitor_sees_their_own_runs_and_those_of_the_server(browser, context, written):
    client, stranger = browser("10.0.0.7"), browser("10.0.0.8")
    client.get("runs")
    ann, bob, servers = written(owner=name_of(client, context)), written(owner="bob"), written(owner="")
    response = client.get("runs", params={"lab": "vae"})
    assert {run["id"]: run["mine"] for run in response.json()["runs"]} == {ann.id: True, servers.id: False}
    assert {run["id"] for run in stranger.get("runs").json()["runs"]} == {servers.id}
    for answer in (response, client.get(f"runs/{bob.id}")):
        assert name_of(client, context) not in answer.text and '"bob"' not in answer.text


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


@pytest.mark.parametrize("verb", ["pause", "stop", "resume", "delete"])
def test_only_its_owner_does_something_to_a_run(browser, context, written, verb):
    ann, bob, nobody = browser("10.0.0.7"), browser(), browser()
    ann.get("runs"), bob.get("runs")
    run = queued(context, written, owner=name_of(ann, context))
    for other in (bob, nobody):
        assert "someone else" in sentence(other.post(f"runs/{run.id}/{verb}"))
    assert run.status.state == "queued"
    assert ann.post(f"runs/{run.id}/{verb}").json() == {"done": verb}
    assert run.path.exists() == (verb != "delete")
    if verb in ("pause", "stop"):
        assert run.status.state == "cancelled" and context.engine.queue() == []


def test_runs_of_the_command_line_belong_to_the_servers_owner(browser, context, written):
    """Who comes from the same machine with a cookie, which another site's page cannot send."""
    run = queued(context, written)
    owner, stranger, foreign_page = browser(), browser("10.0.0.7"), browser()
    owner.get("runs"), stranger.get("runs")
    for other in (stranger, foreign_page):
        assert "someone else" in sentence(other.post(f"runs/{run.id}/stop"))
    public = replace(context.identity, public=True)
    assert not public.owns(Request({"type": "http", "headers": [], "client": ("127.0.0.1", 1)}), "")
    assert owner.get(f"runs/{run.id}").json()["mine"] and not stranger.get(f"runs/{run.id}").json()["mine"]
    assert owner.post(f"runs/{run.id}/stop").json() == {"done": "stop"} and run.status.state == "cancelled"


def test_on_a_public_server_nobody_is_the_owner(store, written):
    context = Context(store, None, identity=Identity(b"secret", public=True))
    client = TestClient(
        Starlette(routes=routes(context), middleware=[visitors(context)]),
        base_url=f"http://localhost{BASE}/",
        client=("127.0.0.1", 1),
    )
    client.get("runs")
    assert "someone else" in sentence(client.post(f"runs/{written().id}/delete"))


def test_routes_ask_for_the_login_where_there_is_one(browser, context, written):
    run = written()
    app = Starlette(routes=routes(context), middleware=[visitors(context)])
    app.auth, app.cookie_id, app.tokens = {"ann": "secret"}, "abc", {"token": "ann"}
    client = browser(app=app)
    for path in ("runs", f"runs/{run.id}", f"views/vae/plane/plane?run={run.id}"):
        assert client.get(path).status_code == 401
    client.cookies.set("access-token-abc", "token")
    assert client.get("runs").status_code == 200


def test_a_shipped_run_is_nobodys(client, written):
    run = written(shipped=True)
    for verb in ("pause", "stop", "resume", "delete"):
        assert "came with the playground" in sentence(client.post(f"runs/{run.id}/{verb}"))
    assert run.path.exists()


def test_an_unknown_verb_is_told(client, written):
    run = written()
    assert "explode" in sentence(client.post(f"runs/{run.id}/explode"))
    assert run.path.exists()


def test_to_look_is_not_to_act(client, written):
    run = written()
    assert client.get(f"runs/{run.id}/delete").status_code == 405
    assert run.path.exists()


# What others write


def test_json_nested_without_end_is_told(client):
    body = b"[" * 100_000
    assert "no JSON object" in sentence(client.post("live", content=body))


def test_a_list_of_two_hundred_runs_comes_at_once(client, written, store):
    run = written()
    for number in range(200):
        shutil.copytree(run.path, store.runs / f"vae-digits-copy-{number}")
    client.get("runs")
    start = time.perf_counter()
    assert len(client.get("runs").json()["runs"]) == 201
    assert time.perf_counter() - start < 1.0  # 0.1 on a machine at rest


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


def test_a_step_that_is_none_is_told(client, written):
    run = written()
    for step in ("1" * 5000, "x", "-1", "²"):
        sentence(client.get(f"runs/{run.id}/previews/{step}"))


def test_a_run_that_was_deleted_meanwhile_is_told(context, written):
    run = written()
    shutil.rmtree(run.path)
    with pytest.raises(UnknownRun, match="deleted already"):
        context.store.delete(run)


@pytest.mark.parametrize("host", ["evil.example:7860", "evil.example", "[::", "localhost.evil.example"])
def test_another_sites_name_for_this_machine_makes_no_owner(client, written, host):
    run = written()
    refused = client.post(f"runs/{run.id}/delete", headers={"Host": host, "Sec-Fetch-Site": "same-origin"})
    assert refused.status_code == 400 and run.path.exists()
    assert client.post(f"runs/{run.id}/delete", headers={"Host": "127.0.0.1:7860"}).status_code == 200


def test_an_origin_that_is_no_address_is_refused(client, written):
    run = written()
    refused = client.post(f"runs/{run.id}/delete", headers={"Origin": "http://[::"})
    assert refused.status_code == 403 and run.path.exists()


def test_gradios_own_upload_is_closed(browser):
    client = browser()
    assert client.post("http://localhost/gradio_api/upload", content=b"x").status_code == 404
