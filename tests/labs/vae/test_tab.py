"""The VAE lab's routes: points, manifold, codes and ellipses are those of the network at that step."""

import io
import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.data import examples, load
from playground.jobs.local import LocalEngine
from playground.labs.vae import tab
from playground.labs.vae.latent import EXTENT, drawn, ellipse, encoded, manifold, plane_through
from playground.ui.context import Context
from playground.ui.routes import BASE


@pytest.fixture
def context(store):
    engine = LocalEngine(store, command=(sys.executable, "-c", "input()"))
    yield Context(store, engine)
    engine.close()


@pytest.fixture
def client(context):
    with TestClient(Starlette(routes=tab.routes(context)), base_url=f"http://test{BASE}/vae/") as client:
        yield client


def plane_of(context, run, step):
    network = context.networks.at(run, step)
    return network, plane_through(encoded(network, load("digits").test.first(tab.DOTS).images)[0])


def pixels(answer):
    assert answer.status_code == 200, answer.text
    length = int.from_bytes(answer.content[:4], "little")
    head = json.loads(answer.content[4 : 4 + length])
    picture = torch.frombuffer(bytearray(answer.content[4 + length :]), dtype=torch.uint8)
    return picture.view(head["channels"], head["size"], head["size"])


@pytest.mark.parametrize("latent", [2, 5])
def test_the_plane_is_that_of_the_snapshot(client, context, written, latent):
    run = written(latent=latent)
    told = client.get("plane", params={"run": run.id, "step": 6}).json()
    network, plane = plane_of(context, run, 5)
    assert (told["step"], told["latent"]) == (5, latent)
    assert told["kept"] == pytest.approx(plane.kept, abs=1e-4)
    test = load("digits").test.first(tab.DOTS)
    expected = plane.drop(encoded(network, test.images)[0])
    assert np.allclose(told["points"], expected, atol=1e-3) and told["labels"] == test.labels.tolist()


def test_the_manifold_is_what_the_decoder_draws(client, context, written):
    run = written()
    network, plane = plane_of(context, run, 10)
    tiles = manifold(network, plane, side=tab.SIDE)
    answer = client.get("manifold.jpg", params={"run": run.id})
    sheet = np.asarray(Image.open(io.BytesIO(answer.content)).convert("L")).astype(float)
    assert sheet.shape == (20 * 8, 20 * 8) and answer.headers["cache-control"] == "no-store"
    for row, column in ((0, 0), (0, 19), (19, 0), (10, 3)):
        tile = sheet[row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
        assert np.abs(tile - tiles[row * 20 + column, 0].numpy()).max() < 16, "as JPEG has it"


@pytest.mark.parametrize("latent", [2, 5])
def test_a_point_of_the_plane_is_decoded_there(client, context, written, latent):
    run = written(latent=latent)
    network, plane = plane_of(context, run, 10)
    for point in ([0.0, 0.0], [-EXTENT, EXTENT], [1.25, -2.5]):
        picture = pixels(client.get("decode", params={"run": run.id, "x": point[0], "y": point[1]}))
        expected = drawn(network, plane.lift(torch.tensor([point])))[0]
        assert (picture.int() - expected.int()).abs().max() <= 1


@pytest.mark.parametrize("latent", [2, 5])
def test_a_picture_decoded_where_it_lies_is_its_reconstruction(client, context, written, latent):
    """Also what the plane does not hold of its code counts."""
    run = written(latent=latent)
    at = client.get("encode", params={"run": run.id, "picture": "ex-4"}).json()["at"]
    picture = pixels(client.get("decode", params={"run": run.id, "x": at[0], "y": at[1], "picture": "ex-4"}))
    network, _ = plane_of(context, run, 10)
    code, _ = encoded(network, examples("digits", 8).images[4:5])
    assert (picture.int() - drawn(network, code)[0].int()).abs().max() <= 1


def test_the_encoder_says_where_and_how_sure_it_is(client, context, written):
    run = written()
    found = client.get("encode", params={"run": run.id, "picture": "ex-4"}).json()
    network, plane = plane_of(context, run, 10)
    mean, deviation = encoded(network, examples("digits", 8).images[4:5])
    assert found["at"] == pytest.approx(plane.drop(mean)[0].tolist(), abs=1e-4)
    assert found["ellipse"] == pytest.approx(ellipse(plane, deviation[0]), abs=1e-4)
    assert found["extent"] == EXTENT


def test_the_dots_are_the_first_test_pictures(written):
    run = written()
    assert len(tab._looked_at(run)) == len(load("digits").test) == 297
    sprites = written("vae-sprites", latent=2)
    assert len(tab._looked_at(sprites)) == tab.DOTS


def test_without_the_data_examples_stand_in(written):
    run = written("vae-digits", data="cifar10")
    assert len(tab._looked_at(run)) == 24
