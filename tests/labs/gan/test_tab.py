"""The GAN lab's routes: sheets, pictures, verdicts and neighbours are those of the network at that step."""

import io
import json
import re
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.data import load
from playground.jobs.local import LocalEngine
from playground.labs.gan import tab, views
from playground.labs.gan.samples import between, draw, seeds, sheet, told, verdicts
from playground.metrics.features import features_for
from playground.ui import nearest
from playground.ui.context import Context
from playground.ui.routes import BASE

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def context(store):
    engine = LocalEngine(store, command=(sys.executable, "-c", "input()"))
    yield Context(store, engine)
    engine.close()


@pytest.fixture
def client(context):
    with TestClient(Starlette(routes=tab.routes(context)), base_url=f"http://test{BASE}/gan/") as client:
        yield client


@pytest.fixture
def run(written):
    return written("gan-digits")


def unpacked(answer):
    assert answer.status_code == 200, answer.text
    length = int.from_bytes(answer.content[:4], "little")
    head = json.loads(answer.content[4 : 4 + length])
    pictures = torch.frombuffer(bytearray(answer.content[4 + length :]), dtype=torch.uint8)
    return head, pictures.view(-1, head["channels"], head["size"], head["size"])


def picture_at(network, point, *, number, label):
    z = between(seeds(number, network.generator.latent), torch.tensor([point]))
    return draw(network, z, told(label, 1))


def test_the_sheet_is_that_of_the_snapshot_the_class_and_the_seeds(client, context, run):
    answer = client.get("square.jpg", params={"run": run.id, "step": 6, "class": 3, "seeds": 5})
    shown = np.asarray(Image.open(io.BytesIO(answer.content)).convert("L")).astype(float)
    network = context.networks.at(run, 5)
    tiles = sheet(network, seeds(5, network.generator.latent), side=8, label=3)
    assert shown.shape == (64, 64) and answer.headers["cache-control"] == "no-store"
    for row, column in ((0, 0), (0, 7), (7, 0), (4, 3)):
        tile = shown[row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
        assert np.abs(tile - tiles[row * 8 + column, 0].numpy()).max() < 16, "as JPEG has it"


@pytest.mark.parametrize("step", [0, 10])
def test_the_picture_and_its_verdict_are_those_at_the_point(client, context, run, step):
    network = context.networks.at(run, step)
    test = load("digits").test
    on_real = verdicts(network, test.images[test.labels == 4], torch.full((int((test.labels == 4).sum()),), 4))
    for point in ([0.0, 0.0], [1.0, 0.25], [0.4, 0.9]):
        query = {"run": run.id, "step": step, "class": 4, "seeds": 2, "x": point[0], "y": point[1]}
        head, pictures = unpacked(client.get("made", params=query))
        made = picture_at(network, point, number=2, label=4)
        assert (pictures.int() - made.int()).abs().max() <= 1
        verdict = float(verdicts(network, made, torch.tensor([4])))
        assert head["verdict"] == pytest.approx(verdict, abs=0.02) and head["of"] == len(on_real)
        assert abs(head["rank"] - float((on_real < verdict).double().mean())) < 0.1


def test_a_network_without_classes_is_asked_for_none(client, context, written):
    run = written("gan-digits", conditional=False)
    head, pictures = unpacked(client.get("made", params={"run": run.id, "class": 4, "x": 0.5, "y": 0.5}))
    made = picture_at(context.networks.at(run, 10), [0.5, 0.5], number=0, label=None)
    assert (pictures.int() - made.int()).abs().max() <= 1 and head["of"] == views.JUDGED


def test_the_neighbours_are_the_nearest_training_pictures(client, context, run):
    head, pictures = unpacked(client.get("nearest", params={"run": run.id, "class": 1, "x": 0.3, "y": 0.6}))
    made = picture_at(context.networks.at(run, 10), [0.3, 0.6], number=0, label=1)
    data = load("digits")
    features = features_for(data.spec)
    far = torch.cdist(features.embed(made), features.embed(data.train.images))[0]
    distances, nearest = far.sort()
    assert torch.allclose(torch.tensor(head["distances"]), distances[:4], atol=0.05)
    assert torch.equal(pictures[0], data.train.images[nearest[0]]) and head["of"] == len(data.train)
    assert head["labels"][0] == data.spec.classes[data.train.labels[nearest[0]]]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"class": "10"}, "There is no class “10”; there are 0 to 9"),
        ({"class": "shirt"}, "There is no class “shirt”"),
        ({"seeds": "0.5"}, "“seeds” must be a whole number from 0 to 2147483647, and it was 0.5."),
        ({"seeds": "-1"}, "“seeds” must be a number of at least 0"),
        ({"x": "1.5"}, r"between 0 and 1 in both directions, and it was \(1.5, 0.5\)"),
        ({"x": "nan"}, "“x” must be a number"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(client, run, query, sentence):
    answer = client.get("made", params={"run": run.id, "x": 0.5, "y": 0.5} | query)
    assert answer.status_code == 400
    assert re.search(sentence, answer.json()["error"]), answer.json()["error"]


def test_a_run_of_another_kind_is_refused(client, written):
    answer = client.get("square.jpg", params={"run": written("vae-digits").id})
    assert answer.status_code == 400 and "holds no GAN" in answer.json()["error"]


def test_without_the_data_nothing_can_be_compared(client, written):
    run = written("gan-digits", data="cifar10", conditional=False)
    answer = client.get("nearest", params={"run": run.id, "x": 0.5, "y": 0.5})
    assert answer.status_code == 400 and "are not on this machine" in answer.json()["error"]
    assert unpacked(client.get("made", params={"run": run.id, "x": 0.5, "y": 0.5}))[0]["of"] == 24


def test_warming_up_prepares_the_neighbours(context, written):
    written("gan-digits", shipped=True)
    nearest.gallery.cache_clear()
    tab.warm(context)
    assert nearest.gallery.cache_info().currsize == 1
