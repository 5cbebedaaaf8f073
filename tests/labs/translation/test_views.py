"""The style-transfer lab's views: trips, true drawings and sheets are those of the network at that step."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import packs
from playground.labs.translation.compare import l1, translated
from playground.labs.translation.trip import distances, index_of, round_trip
from playground.labs.translation.views import SHOWN
from playground.metrics.ssim import ssim
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")
SIZE = 32


@pytest.fixture
def run(written):
    return written("cyclegan-emoji", width=8, blocks=1, discriminator_width=4, image_size=SIZE)


@pytest.fixture(scope="module")
def pairs():
    """The held-out emoji, as both draw them."""
    return packs.load("emoji-styles", SIZE).test


def example(domain):
    """The name and the drawing of an example of a domain, 0 or 1."""
    split = packs.examples("emoji-styles", SIZE)
    index = int((split["drawing"] == domain).nonzero()[0])
    return f"ex-{index}", split["images"][index]


@pytest.mark.parametrize("domain", [0, 1])
@pytest.mark.parametrize(("step", "nearest"), [(0, 0), (6, 5), (None, 10)])
def test_an_example_goes_its_own_way_beside_its_true_drawing(ask, run, pairs, domain, step, nearest):
    name, image = example(domain)
    words, tensors = ask(run, "trip", step, picture=name)
    direction = ("ab", "ba")[domain]
    trip = round_trip(run.network(nearest), image, direction)
    assert (words["step"], words["direction"], words["domain"]) == (nearest, direction, direction[0])
    for part in ("source", "translation", "reconstruction", "heat"):
        assert (tensors[part].int() - getattr(trip, part).int()).abs().max() <= 1, part
    sources, targets = (pairs["images"], pairs["others"])[:: -1 if domain else 1]
    truth = targets[index_of(image, sources)]
    assert torch.equal(tensors["truth"], truth)
    assert words["translated"] == pytest.approx(distances(trip.translation, truth), abs=1e-4)
    assert words["untouched"] == pytest.approx(distances(image, truth), abs=1e-6)
    assert words["cycle"] == pytest.approx(float(l1(trip.reconstruction[None], image[None])), abs=1e-4)


def test_against_its_direction_an_example_shall_stay_as_it_is(ask, run):
    name, image = example(1)
    words, tensors = ask(run, "trip", picture=name, direction="ab")
    assert (words["direction"], words["domain"]) == ("ab", "b")
    assert torch.equal(tensors["truth"], image) and words["untouched"] == {"l1": 0.0, "ssim": 1.0}
    assert words["translated"] == pytest.approx(distances(tensors["translation"], image), abs=1e-6)


def test_a_picture_of_ones_own_has_no_true_drawing(ask, context, run):
    content = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(content, "PNG")
    name, _ = context.inputs.add(content.getvalue())
    for options, direction in (({}, "ab"), ({"direction": "ba"}, "ba")):
        words, tensors = ask(run, "trip", picture=name, **options)
        assert (words["direction"], words["domain"]) == (direction, None)
        assert "truth" not in tensors and not {"translated", "untouched"} & set(words)
        assert torch.equal(tensors["source"], context.inputs.get(name, run.spec))


@pytest.mark.parametrize("direction", ["ab", "ba"])
def test_the_sheet_shows_held_out_emoji_and_their_means(ask, run, pairs, direction):
    words, tensors = ask(run, "sheet", 5, direction=direction)
    some = pairs.at(torch.linspace(0, len(pairs) - 1, SHOWN).long())
    sources, truth = (some["images"], some["others"])[:: 1 if direction == "ab" else -1]
    translation = translated(run.network(5).generators(direction)[0], sources)
    assert words["step"] == 5 and words["of"] == len(pairs) == 202
    assert words["names"] == list(some.names) and len(set(some.names)) == SHOWN
    for name, images in (("translated", translation), ("untouched", sources)):
        expected = {"l1": float(l1(images, truth).mean()), "ssim": float(ssim(images, truth).mean())}
        assert words[name] == pytest.approx(expected, abs=1e-4)
    sheet = np.asarray(Image.open(io.BytesIO(bytes(tensors["jpeg"].tolist()))).convert("RGB")).astype(float)
    assert sheet.shape == (SHOWN * SIZE, 3 * SIZE, 3)
    for row in (0, 7):
        for column, images in enumerate((sources, translation, truth)):
            tile = sheet[row * SIZE : (row + 1) * SIZE, column * SIZE : (column + 1) * SIZE]
            assert np.abs(tile - images[row].permute(1, 2, 0).numpy()).mean() < 8, "as JPEG has it"


@pytest.mark.parametrize("part", ["trip", "sheet"])
def test_a_direction_that_there_is_not_is_refused(ask, run, part):
    with pytest.raises(BadOption, match="“direction”: input should be .*'ab' or 'ba' .it was “up”"):
        ask(run, part, direction="up")
