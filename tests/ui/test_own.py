"""Nobody but its owner sees a data set, or what was learned from it; deleting it deletes both."""

import asyncio
import errno
import os
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from PIL import Image
from starlette.testclient import TestClient

from playground.data import UnknownData
from playground.data import own as own_module
from playground.jobs.admission import HOME, PUBLIC, OverLimit, admit_set
from playground.jobs.launch import launch
from playground.labs import recipe
from playground.runs.folder import Parent, Status, write_status
from playground.runs.store import UnknownRun
from playground.ui import body
from playground.ui import own as module
from playground.ui.context import Context


class Waiting:
    """An engine that takes note."""

    def __init__(self):
        self.cancelled = []

    def submit(self, run, *, resume=False):
        pass

    def cancel(self, run, *, state="cancelled"):
        self.cancelled.append(run.id)


@pytest.fixture
def context(store):
    return Context(store, Waiting())


@pytest.fixture
def browser(context, browser_of):
    """Opens a browser; it, and who the server takes it for."""

    def opened():
        client = browser_of(context)
        return client, context.identity.visitor(dict(client.cookies))

    return opened


@pytest.fixture
def waste(tmp_path_factory, monkeypatch):
    """The files that are left where uploads wait."""
    folder = tmp_path_factory.mktemp("uploads")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return lambda: list(folder.iterdir())


@pytest.fixture
def pets(tmp_path):
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for number in range(20):
            file = tmp_path / "one.png"
            noise = torch.randint(0, 255, (9, 9), dtype=torch.uint8, generator=torch.Generator().manual_seed(number))
            Image.fromarray(noise.numpy()).save(file)
            zipped.write(file, f"cats/{number}.png")
        zipped.writestr("cats/notes.txt", "words")
        zipped.writestr("cats/empty.png", b"")
    return path


def trained(context, written, data, owner):
    """A run that claims to have learned from a data set."""
    run = written(owner=owner)
    text = (run.path / "run.json").read_text().replace('"digits"', f'"{data}"')
    text = text.replace('"private": []', f'"private": ["{data}"]')
    (run.path / "run.json").write_text(text)
    return context.store.get(run.id)


def test_a_set_and_what_learned_from_it_are_their_owners(browser, context, written, pets):
    (ann, name), (bob, _) = browser(), browser()
    own = context.store.data.own.add(pets, owner=name)
    run = trained(context, written, own, name)
    assert [(one["name"], one["mine"]) for one in ann.get("data").json()["sets"]] == [(own, True)]
    assert "20" in ann.get("data").json()["sets"][0]["report"] and bob.get("data").json()["sets"] == []
    for path in (
        f"runs/{run.id}",
        f"runs/{run.id}/previews/5",
        f"views/vae/plane/plane?run={run.id}",
        f"examples?run={run.id}",
        f"examples?data={own}&size=8",
        f"examples.png?data={own}&size=8",
        f"pictures/ex-0.png?data={own}&size=8",
        f"vision/pretrained/pictures/ex-0.png?data={own}",
    ):
        assert ann.get(path).status_code == 200, path
        response = bob.get(path)
        assert response.status_code == 400 and "There is no" in response.json()["error"], path
    assert run.id not in bob.get("runs").text


def test_nobody_trains_on_or_branches_what_is_anothers(context, written, pets):
    own = context.store.data.own.add(pets, owner="ann")
    chosen = recipe("vae-digits").changed(data=own, image_size=8, width=16)
    options = {"name": "vae-digits", "recipe": chosen}
    with pytest.raises(UnknownData, match="that you may use"):
        launch(context.store, context.engine, owner="bob", **options)
    assert launch(context.store, context.engine, owner="ann", **options).info.spec.name == own
    run = trained(context, written, own, "ann")
    with pytest.raises(UnknownRun):
        launch(
            context.store,
            context.engine,
            owner="bob",
            name="vae-digits",
            recipe=recipe("vae-digits").changed(width=16),
            parent=Parent(run=run.id, step=5),
        )


def test_deleting_a_set_deletes_what_learned_from_it(browser, context, written, pets):
    (ann, name), (bob, _) = browser(), browser()
    own, other = context.store.data.own.add(pets, owner=name), written()
    run = trained(context, written, own, name)
    assert "no data set of yours" in bob.post(f"data/{own}/delete").json()["error"]
    assert run.path.exists()
    assert ann.post(f"data/{own}/delete").json() == {"done": "delete"}
    assert not run.path.exists() and other.path.exists() and context.engine.cancelled == [run.id]
    assert ann.get("data").json()["sets"] == []
    assert ann.post("data/..%2f..%2fruns/delete").status_code in (400, 404)


def test_what_goes_on_from_private_pictures_is_as_private(browser, context, written, pets):
    (ann, name), (bob, _) = browser(), browser()
    mine = context.store.data.own.add(pets, owner=name)
    run = trained(context, written, mine, name)
    public = {"name": "vae-digits", "recipe": recipe("vae-digits").changed(width=16)}
    branch = launch(context.store, context.engine, owner=name, parent=Parent(run=run.id, step=5), **public)
    (branch.path / "snapshots").mkdir()
    (branch.path / "snapshots" / "00000005.safetensors").write_bytes((branch.path / "start.safetensors").read_bytes())
    again = launch(context.store, context.engine, owner=name, parent=Parent(run=branch.id, step=5), **public)
    for one in (branch, again):
        assert one.spec.name == "digits" and one.info.private == (mine,)
        assert ann.get(f"runs/{one.id}").status_code == 200
        assert bob.get(f"runs/{one.id}").status_code == 400
        assert bob.get(f"views/vae/plane/plane?run={one.id}").status_code == 400
    ann.post(f"data/{mine}/delete")
    assert not any(one.path.exists() for one in (run, branch, again))


def test_a_run_from_before_says_itself_that_it_is_private(browser, context, written, pets):
    (ann, name), (bob, _) = browser(), browser()
    own = context.store.data.own.add(pets, owner=name)
    run = trained(context, written, own, name)
    text = (run.path / "run.json").read_text()
    (run.path / "run.json").write_text(text.replace(f'"private": ["{own}"]', '"private": []'))
    assert ann.get(f"runs/{run.id}").status_code == 200 and bob.get(f"runs/{run.id}").status_code == 400
    ann.post(f"data/{own}/delete")
    assert not run.path.exists()


def test_a_set_stays_as_long_as_a_run_cannot_be_removed(browser, context, written, pets, monkeypatch):
    ann, name = browser()
    own = context.store.data.own.add(pets, owner=name)
    run = trained(context, written, own, name)
    with monkeypatch.context() as patched:
        patched.setattr(type(context.store), "delete", lambda store, run: (_ for _ in ()).throw(OSError("busy")))
        assert "try again" in ann.post(f"data/{own}/delete").json()["error"]
    assert context.store.data.own.facts(own) and run.path.exists()
    assert ann.post(f"data/{own}/delete").json() == {"done": "delete"} and not run.path.exists()


def test_a_second_set_of_the_same_title_has_a_number(browser, pets):
    ann, _ = browser()
    for _ in range(3):
        ann.post("data/pictures?title=pets", content=pets.read_bytes())
    assert {one["title"] for one in ann.get("data").json()["sets"]} == {"pets", "pets (2)", "pets (3)"}


def test_nothing_of_a_deleted_set_stays_in_memory(browser, context, written, pets):
    ann, name = browser()
    mine = context.store.data.own.add(pets, owner=name)
    run, other = trained(context, written, mine, name), written()
    for one in (run, other):
        assert ann.get(f"views/vae/plane/plane?run={one.id}").status_code == 200
    views = context.views
    assert len(views.answers) == len(views.prepared) == len(views.networks) == 2
    ann.post(f"data/{mine}/delete")
    assert len(views.answers) == len(views.prepared) == len(views.networks) == 1


def test_the_servers_sets_are_everybodys_and_stay(browser, context, pets):
    (ann, _) = browser()
    shared = context.store.data.own.add(pets, owner="")
    assert [(one["name"], one["mine"]) for one in ann.get("data").json()["sets"]] == [(shared, False)]
    assert ann.get(f"examples?data={shared}&size=8").status_code == 200
    assert ann.post(f"data/{shared}/delete").status_code == 400


def test_sets_of_visitors_who_are_gone_are_forgotten(context, pets):
    own = context.store.data.own
    stale, current = own.add(pets, owner="ann"), own.add(pets, owner="bob")
    os.utime(own.folder / stale / "set.json", (1, 1))
    module.keep_tidy(context)
    until = time.monotonic() + 5
    while own.facts(stale):
        assert time.monotonic() < until
    assert own.facts(current)


def test_an_archive_becomes_a_set_of_whoever_sends_it(browser, context, pets, waste):
    (ann, name), (bob, _) = browser(), browser()
    sent = ann.post("data/pictures?title=pets", content=pets.read_bytes())
    (listed,) = ann.get("data").json()["sets"]
    assert sent.json() == {"data": listed["name"]} and listed["title"] == "pets" and listed["mine"]
    assert len(context.store.data.load(listed["name"]).train) == 16 and context.store.data.own.uploaded(name)
    assert bob.get("data").json()["sets"] == [] and not waste()
    assert listed["refused"] == 2
    lines = ann.get(f"data/{listed['name']}/refused.txt").text.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["cats/empty.png", "cats/notes.txt"]
    assert bob.get(f"data/{listed['name']}/refused.txt").status_code == 400


def test_what_is_no_archive_is_refused_with_a_sentence(browser, waste):
    refused = browser()[0].post("data/pictures", content=b"not a zip")
    assert refused.status_code == 400 and refused.json()["error"].endswith(".") and not waste()


def test_an_archive_that_grows_too_large_is_not_taken_in(browser, context, pets, waste):
    object.__setattr__(context, "limits", replace(HOME, upload=1000))
    ann, name = browser()
    assert ann.get("data").json()["upload"] == 1000
    refused = ann.post("data/pictures", content=(bytes(500) for _ in range(10)))
    assert refused.status_code == 400 and "MB" in refused.json()["error"] and not waste()
    object.__setattr__(context, "limits", replace(HOME, sets=0))
    assert "data sets here" in ann.post("data/pictures", content=pets.read_bytes()).json()["error"] and not waste()
    assert context.store.data.own.uploaded(name) == []


def test_a_small_archive_of_large_pictures_does_not_keep_the_decoder_busy(browser, context, tmp_path):
    object.__setattr__(context, "limits", replace(HOME, upload=50_000))
    Image.new("L", (300, 300)).save(tmp_path / "flat.png")
    archive = tmp_path / "flat.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for number in range(20):
            zipped.write(tmp_path / "flat.png", f"{number}.png")
    assert archive.stat().st_size < 50_000
    refused = browser()[0].post("data/pictures?title=flat", content=archive.read_bytes()).json()["error"]
    assert refused.startswith("The pictures in “flat” have more than 0.3 million pixels together")


def test_an_upload_that_stalls_makes_room_for_others(browser, pets, waste, monkeypatch):
    ann, _ = browser()
    request = ann.build_request("POST", "data/pictures")
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    scope = {"type": "http", "method": "POST", "path": request.url.path, "query_string": b"", "headers": headers}
    answered = []

    async def stalls():
        await asyncio.sleep(60)

    async def note(message):
        answered.append(message)

    with monkeypatch.context() as patched:
        patched.setattr(body, "PATIENCE", 0.1)
        asyncio.run(ann.app(scope, stalls, note))
    assert answered[0]["status"] == 400 and b"more slowly" in answered[1]["body"] and not waste()
    assert ann.post("data/pictures", content=pets.read_bytes()).status_code == 200


def test_archives_that_come_at_once_are_taken_one_by_one(browser, context, pets, monkeypatch):
    at_once, most = [], []
    read = own_module.read_pictures

    def watched(*args, **options):
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.05)
        result = read(*args, **options)
        at_once.pop()
        return result

    def send(client):
        return client.post("data/pictures", content=pets.read_bytes()).status_code

    monkeypatch.setattr(own_module, "read_pictures", watched)
    ann, name = browser()
    others = [TestClient(ann.app, base_url=str(ann.base_url)) for _ in range(4)]
    for other in others:
        other.get("runs")
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(send, others)] == [200] * 4 and max(most) == 1
        codes = [*pool.map(send, [ann] * 4)]
    assert set(codes) == {200, 503}, "of one visitor there is one at a time"
    assert len(context.store.data.own.uploaded(name)) == codes.count(200)
    assert send(ann) == 200


def test_a_set_that_a_run_still_learns_from_is_not_forgotten(context, pets, written):
    own = context.store.data.own
    mine = own.add(pets, owner="ann")
    run = trained(context, written, mine, "ann")
    write_status(run.path, Status(state="queued"))
    os.utime(own.folder / mine / "set.json", (1, 1))
    module.forget_stale(context)
    assert own.facts(mine)
    write_status(run.path, Status(state="done"))
    module.forget_stale(context)
    assert own.facts(mine) is None and not run.path.exists()


def test_too_much_is_refused_with_the_limit():
    admit_set(1_000_000, 0, HOME)
    with pytest.raises(OverLimit, match="larger than the limit here, 50 MB"):
        admit_set(60_000_000, 0, PUBLIC)
    with pytest.raises(OverLimit, match="You have 3 data sets here"):
        admit_set(1, 3, PUBLIC)


def test_a_drawing_becomes_a_set_of_its_own(browser, context, read_answer):
    ann, bob = browser()[0], browser()[0]
    name = ann.post("data/drawing", json=[[[-1, 0.5], [1, 0.5]], [[0.0, -1.0]]]).json()["data"]
    points = context.store.data.load(name).train["points"]
    assert points.shape == (8192, 2) and len(context.store.data.load(name).test) == 512
    on_line = ((points[:, 1] - 0.5).abs() < 0.12).float().mean()
    assert float(on_line) > 0.95 and float(points[:, 0].abs().max()) < 1.2
    launch(
        context.store, context.engine, name="point-gan-gaussians", recipe=gan(name), owner=facts(context, name).owner
    )
    with pytest.raises(UnknownData):
        launch(context.store, context.engine, name="point-gan-gaussians", recipe=gan(name), owner="bob")
    assert ann.get("data").json()["sets"][0]["title"] == "a drawing" and bob.get("data").json()["sets"] == []
    words, tensors = read_answer(ann.get("data/points").content)
    assert name not in words["names"] and tensors["points"].shape == (len(words["names"]), 300, 2)


def test_a_new_drawing_takes_the_place_of_the_oldest_where_no_more_may_be(context, browser, pets):
    object.__setattr__(context, "limits", replace(HOME, sets=2))
    context.store.data.own.add(pets, owner="")  # the server's own counts for nobody
    ann, name = browser()
    drawn = [ann.post("data/drawing", json=[[[0, 0], [0.1 * number, 1]]]).json()["data"] for number in range(3)]
    assert set(context.store.data.own.uploaded(name)) == set(drawn[1:])
    full = replace(HOME, sets=0)
    object.__setattr__(context, "limits", full)
    for one in drawn[1:]:
        ann.post(f"data/{one}/delete")
    assert "data sets here" in ann.post("data/drawing", json=[[[0, 0]]]).json()["error"]


def gan(data):
    return recipe("point-gan-gaussians").changed(data=data)


def facts(context, name):
    return context.store.data.own.facts(name)


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [[]],
        "line",
        ["line"],
        [[1, 2]],
        [[[1]]],
        [[["a", "b"]]],
        [[[0, 1.3]]],
        [[[0, 10**400]]],
        [[[0, 0]]] * 101,
        [[[0, 0]] * 2001],
    ],
)
def test_what_is_no_drawing_is_refused_with_a_sentence(browser, strokes):
    response = browser()[0].post("data/drawing", json=strokes)
    assert response.status_code == 400 and "draw" in response.json()["error"].lower()


def test_deep_json_is_no_drawing(browser):
    assert browser()[0].post("data/drawing", content=b"[" * 100_000).status_code == 400


def test_a_set_that_cannot_be_forgotten_keeps_no_other_back(context, pets, monkeypatch):
    own, forget = context.store.data.own, module.forget
    names = [own.add(pets, owner=f"visitor {number}") for number in range(3)]
    for name in names:
        os.utime(own.folder / name / "set.json", (1, 1))
    stuck = own.stale()[0]

    def stubborn(context, name):
        if name == stuck:
            raise module.CannotForget("It stays.")
        forget(context, name)

    monkeypatch.setattr(module, "forget", stubborn)
    module.forget_stale(context)
    assert own.stale() == [stuck]


def test_a_full_disk_does_not_keep_a_visitor_from_uploading_later(browser, pets, monkeypatch):
    ann, _ = browser()

    def full(**options):
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(module.tempfile, "mkstemp", full)
        assert ann.post("data/pictures", content=pets.read_bytes()).status_code == 500
    assert ann.post("data/pictures", content=pets.read_bytes()).status_code == 200
