"""An archive that a visitor sends becomes a data set of theirs, or is refused with a sentence and leaves nothing."""

import asyncio
import errno
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from PIL import Image
from starlette.testclient import TestClient

from playground.data import own as own_module
from playground.jobs.admission import HOME, PUBLIC, OverLimit, admit_set
from playground.ui import body


def test_a_second_set_of_the_same_title_has_a_number(browser, pets):
    ann, _ = browser()
    for _ in range(3):
        ann.post("data/pictures?title=pets", content=pets.read_bytes())
    assert {one["title"] for one in ann.get("data").json()["sets"]} == {"pets", "pets (2)", "pets (3)"}


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
        with ThreadPoolExecutor(1) as pool:  # in this thread a browser's loop may run
            pool.submit(lambda: asyncio.run(ann.app(scope, stalls, note))).result()
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


def test_too_much_is_refused_with_the_limit():
    admit_set(1_000_000, 0, HOME)
    with pytest.raises(OverLimit, match="larger than the limit here, 50 MB"):
        admit_set(60_000_000, 0, PUBLIC)
    with pytest.raises(OverLimit, match="You have 3 data sets here"):
        admit_set(1, 3, PUBLIC)


@pytest.mark.parametrize("way", ["pictures", "drawing"])
def test_a_disk_that_is_nearly_full_takes_no_more(browser_of, context, pets, way):
    ann = browser_of(replace(context, limits=replace(HOME, free=10**18)))
    sent = {"content": pets.read_bytes()} if way == "pictures" else {"json": [[[0, 0], [0.5, 0.5]]]}
    assert "must stay free" in ann.post(f"data/{way}", **sent).json()["error"]
    assert ann.get("data").json()["sets"] == []


def test_a_full_disk_does_not_keep_a_visitor_from_uploading_later(browser, pets, monkeypatch):
    ann, _ = browser()

    def full(**options):
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patched:
        patched.setattr("tempfile.mkstemp", full)
        assert ann.post("data/pictures", content=pets.read_bytes()).status_code == 500
    assert ann.post("data/pictures", content=pets.read_bytes()).status_code == 200
