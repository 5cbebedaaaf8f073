"""The style-transfer lab's routes: trips, true drawings and sheets are those of the network at that step."""

import io
import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.data import emoji_pairs, examples
from playground.jobs.local import LocalEngine
from playground.labs.translation import tab
from playground.labs.translation.compare import l1, ssim, translated
from playground.labs.translation.trip import near, there_and_back
from playground.ui.context import Context
from playground.ui.routes import BASE

pytestmark = pytest.mark.usefixtures("one_thread")
SIZE = 32


@pytest.fixture
def context(store):
    engine = LocalEngine(store, command=(sys.executable, "-c", "input()"))
    yield Context(store, engine)
    engine.close()


@pytest.fixture
def client(context):
    with TestClient(Starlette(routes=tab.routes(context)), base_url=f"http://test{BASE}/translation/") as client:
        yield client


@pytest.fixture
def run(written):
    return written("cyclegan-emoji", width=8, blocks=1, discriminator_width=4, image_size=SIZE)


def parts(answer):
    assert answer.status_code == 200, answer.text
    length = int.from_bytes(answer.content[:4], "little")
    return json.loads(answer.content[4 : 4 + length]), answer.content[4 + length :]


def trip_of(client, **query):
    head, content = parts(client.get("trip", params=query))
    images = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(head["pictures"], 3, SIZE, SIZE)
    return head, images


def example(domain, skip=0):
    """The name and the drawing of an example of a domain, 0 or 1."""
    split = examples("emoji", SIZE)
    index = int((split.attributes["drawing"] == domain).nonzero()[skip])
    return f"ex-{index}", split.images[index]


@pytest.mark.parametrize("domain", [0, 1])
@pytest.mark.parametrize("step", [0, 6, None])
def test_an_example_goes_its_own_way_beside_its_true_drawing(client, context, run, domain, step):
    name, image = example(domain)
    head, images = trip_of(client, run=run.id, picture=name, **({} if step is None else {"step": step}))
    shown = {0: 0, 6: 5, None: 10}[step]
    direction = ("ab", "ba")[domain]
    trip = there_and_back(context.networks.at(run, shown), image, direction)
    assert (head["step"], head["direction"], head["domain"], head["pictures"]) == (shown, direction, direction[0], 5)
    for found, expected in zip(images, (trip.given, trip.across, trip.back, trip.heat), strict=False):
        assert (found.int() - expected.int()).abs().max() <= 1
    pairs = emoji_pairs()
    both = [drawings[[emoji.held_out for emoji in pairs.metadata]] for drawings in (pairs.noto, pairs.twemoji)]
    test = tab.held_out(SIZE)
    index = tab.place(image, (test.images, test.others)[domain])
    truth = (test.others, test.images)[domain][index]
    assert torch.equal(images[4], truth) and len(test) == len(both[0])
    assert head["translated"] == pytest.approx(near(trip.across, truth), abs=1e-4)
    assert head["untouched"] == pytest.approx(near(image, truth), abs=1e-6)
    assert head["cycle"] == pytest.approx(float(l1(trip.back[None], image[None])), abs=1e-4)


def test_against_its_direction_an_example_shall_stay_as_it_is(client, run):
    name, image = example(1)
    head, images = trip_of(client, run=run.id, picture=name, direction="ab")
    assert (head["direction"], head["domain"]) == ("ab", "b")
    assert torch.equal(images[4], image) and head["untouched"] == {"l1": 0.0, "ssim": 1.0}
    assert head["translated"] == pytest.approx(near(images[1], image), abs=1e-6)


def test_a_picture_of_ones_own_has_no_true_drawing(client, context, run):
    content = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(content, "PNG")
    name, _ = context.inputs.add(content.getvalue())
    for asked, taken in (({}, "ab"), ({"direction": "ba"}, "ba")):
        head, images = trip_of(client, run=run.id, picture=name, **asked)
        assert (head["direction"], head["domain"], head["pictures"]) == (taken, None, 4)
        assert "translated" not in head and len(images) == 4
        assert torch.equal(images[0], context.inputs.get(name, run.info.spec))


@pytest.mark.parametrize("direction", ["ab", "ba"])
def test_the_sheet_shows_held_out_emoji_and_their_means(client, context, run, direction):
    head, content = parts(client.get("sheet", params={"run": run.id, "step": 5, "direction": direction}))
    test = tab.held_out(SIZE)
    chosen = torch.linspace(0, len(test) - 1, tab.SHOWN).long()
    given, truth = test.images[chosen], test.others[chosen]
    if direction == "ba":
        given, truth = truth, given
    across = translated(context.networks.at(run, 5).way(direction)[0], given)
    assert head["step"] == 5 and head["of"] == len(test) == 202 and len(set(head["names"])) == tab.SHOWN
    assert head["names"] == [test.names[i] for i in chosen.tolist()]
    for name, images in (("translated", across), ("untouched", given)):
        expected = {"l1": float(l1(images, truth).mean()), "ssim": float(ssim(images, truth).mean())}
        assert head[name] == pytest.approx(expected, abs=1e-4)
    sheet = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(float)
    assert sheet.shape == (tab.SHOWN * SIZE, 3 * SIZE, 3)
    for row in (0, 7):
        for column, images in enumerate((given, across, truth)):
            tile = sheet[row * SIZE : (row + 1) * SIZE, column * SIZE : (column + 1) * SIZE]
            assert np.abs(tile - images[row].permute(1, 2, 0).numpy()).mean() < 8, "as JPEG has it"


def test_a_direction_that_there_is_not_is_refused(client, run):
    answer = client.get("trip", params={"run": run.id, "picture": "ex-0", "direction": "up"})
    assert answer.status_code == 400 and answer.json()["error"] == "A direction is “ab” or “ba”, and it was “up”."


def test_a_run_of_another_lab_is_refused(client, written):
    other = written()
    answer = client.get("trip", params={"run": other.id, "picture": "ex-0"})
    assert answer.status_code == 400 and "holds no CycleGAN" in answer.json()["error"]


def test_the_first_visitor_does_not_wait(context, written):
    tab.warm(context)  # without a run there is nothing to prepare
    written("cyclegan-emoji", width=8, blocks=1, discriminator_width=4, image_size=SIZE, shipped=True)
    tab.warm(context)
    assert len(context.networks._kept) == 1
