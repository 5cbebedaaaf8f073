"""Pictures over plain routes: those that a visitor sends, the examples of a data set, and bodies that are refused."""

import io

import pytest
from PIL import Image

from playground.ui import inputs
from tests.ui.routes.answers import sentence


def png(width=8, height=8, color=(200, 30, 60)):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), color).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("size", ["3", "257", "-28", "nan", "1e8", "x"])
def test_a_size_out_of_range_is_told(client, size):
    sentence(client.get("examples", params={"data": "digits", "size": size}))
    sentence(client.get("examples.png", params={"data": "digits", "size": size}))


def test_a_picture_comes_back_in_the_shape_that_the_run_takes(client, written):
    run = written("vit-digits")
    added = client.post("pictures", content=png(300, 200)).json()
    assert added["bright"] is False
    answer = client.get(f"pictures/{added['picture']}.png", params={"run": run.id})
    assert Image.open(io.BytesIO(answer.content)).size == (8, 8)
    gray = Image.open(io.BytesIO(answer.content))
    assert gray.mode == "L" and gray.getpixel((4, 4)) == round(0.299 * 200 + 0.587 * 30 + 0.114 * 60)
    original = Image.open(io.BytesIO(client.get(f"pictures/{added['picture']}.png").content))
    assert original.size == (256, 256) and original.getpixel((128, 128)) == (200, 30, 60)
    assert "no longer here" in sentence(client.get("pictures/up-nobody.png"))
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
def test_a_picture_that_is_not_there_is_told(client, written, name):
    assert client.get(f"pictures/{name}.png", params={"data": "digits", "size": 8}).status_code in (400, 404)
    asked = {"run": written().id, "step": 5}
    told = sentence(client.get("views/vae/plane/encode", params={**asked, "picture": name}))
    assert "There is no example" in told or "no longer here" in told
    assert client.get("views/vae/plane/encode", params={**asked, "picture": "ex-0"}).status_code == 200


def test_examples_have_a_sheet_and_names(client):
    examples = client.get("examples", params={"data": "digits", "size": 8}).json()
    assert len(examples["labels"]) == len(examples["names"]) == 24 and examples["channels"] == 1
    sheet = Image.open(io.BytesIO(client.get("examples.png", params={"data": "digits", "size": 8}).content))
    assert sheet.size == (64, 24)
    assert "no data set" in sentence(client.get("examples", params={"data": "nothing"}))
    assert "no data set" in sentence(client.get("examples"))


def test_json_nested_without_end_is_told(client):
    body = b"[" * 100_000
    assert "no JSON object" in sentence(client.post("live", content=body))


def test_the_pictures_that_move_in_clips_are_examples_to_choose_from(client):
    examples = client.get("examples", params={"data": "moving", "size": 32}).json()
    assert len(examples["names"]) == 24 and "heart" in examples["names"] and examples["size"] == 32
    sheet = Image.open(io.BytesIO(client.get("examples.png", params={"data": "moving", "size": 32}).content))
    assert sheet.size == (8 * 32, 3 * 32)
    assert client.get("pictures/ex-3.png", params={"data": "moving", "size": 32}).status_code == 200
    assert "no other size" in sentence(client.get("examples", params={"data": "moving", "size": 20}))
    assert "holds points, not pictures" in sentence(client.get("examples", params={"data": "moons"}))
