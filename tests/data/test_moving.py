"""Clips of moving pictures: what moves, where it goes, and what the page makes of data that are clips."""

import math
from dataclasses import replace

import pytest
import torch

from playground.data import ClipSpec, UnknownData, packs
from playground.data.motion import CLIPS, DIRECTIONS, SIDE, SPEEDS, TESTS, WALLS, animated, moved
from playground.data.sets.moving import SHAPES
from playground.labs import recipe
from playground.ui.inputs import Inputs

FREE = 32 - SIDE


def one(direction="right", speed=1.0, bounce=False, start=(0.5, 0.5), frames=10, pictures=None):
    """The clip (T, C, 32, 32), float64, of a white square of `SIDE` pixels less a black border of one."""
    if pictures is None:
        pictures = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.uint8)
        pictures[..., 1:-1, 1:-1] = 255
    motion = {"direction": torch.tensor([DIRECTIONS.index(direction)]), "speed": torch.tensor([speed])}
    walls = {"bounce": torch.tensor([bounce]), "start": torch.tensor([start])}
    return moved(pictures, **motion, **walls, frames=frames, size=32)[0].double()


def middles(clip):
    """The center of mass of every frame, x from the left and y from the top, in pixels."""
    at = torch.arange(32, dtype=torch.float64) + 0.5
    mass = clip.sum(dim=1)
    return torch.stack([(mass.sum(1) * at).sum(1), (mass.sum(2) * at).sum(1)], dim=1) / mass.sum((1, 2))[:, None]


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("speed", [0.5, 0.75])
def test_a_picture_goes_where_it_was_sent_at_its_speed(direction, speed):
    angle = math.tau * DIRECTIONS.index(direction) / len(DIRECTIONS)
    step = torch.tensor([math.cos(angle), -math.sin(angle)], dtype=torch.float64) * speed
    way = middles(one(direction, speed, bounce=True)).diff(dim=0)
    torch.testing.assert_close(way, step.expand(9, 2), rtol=0, atol=0.02)


def test_the_names_of_directions_say_where_they_lead():
    for name in DIRECTIONS:
        x, y = (middles(one(name))[1] - middles(one(name))[0]).tolist()
        said = {"right": x > 0.5, "left": x < -0.5, "up": y < -0.5, "down": y > 0.5}
        assert {word for word, seen in said.items() if seen} == set(name.split(" and "))


def test_it_turns_back_at_the_wall():
    x = middles(one("right", 3.0, bounce=True, start=(0.0, 0.5), frames=13))[:, 0] - SIDE / 2
    expected = torch.tensor([0, 3, 6, 9, 12, 15, 18, 15, 12, 9, 6, 3, 0], dtype=torch.float64)
    torch.testing.assert_close(x, expected, rtol=0, atol=0.02)
    assert FREE == 18


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_through_the_wall_it_comes_in_opposite(direction):
    """After 32 pixels in each direction that it moves in it is where it was, and on the way nothing is lost."""
    speed = 2.0 if len(direction.split()) == 1 else 2 * math.sqrt(2)
    clip = one(direction, speed, start=(0.25, 0.75), frames=17)
    assert float((clip[16] - clip[0]).abs().max()) <= 1
    torch.testing.assert_close(clip.sum((1, 2, 3)), clip[0].sum().expand(17), rtol=3e-3, atol=0)


def test_the_picture_blends_into_a_ground_of_the_color_of_its_border():
    rng = torch.Generator().manual_seed(0)
    picture = torch.randint(0, 256, (1, 3, 20, 20), generator=rng, dtype=torch.uint8)
    for edge in (picture[..., 0, :], picture[..., -1, :], picture[..., 0], picture[..., -1]):
        edge[:] = torch.tensor([200, 30, 90], dtype=torch.uint8)[:, None]
    clip = one("left", 0.0, start=(0.0, 0.0), frames=2, pictures=picture)
    assert torch.equal(clip[0], clip[1])
    assert clip[0][:, 20, 20].tolist() == [200, 30, 90] == clip[0][:, 0, 31].tolist()


def test_clips_are_what_the_source_says():
    data, spec, card = packs.load("moving"), packs.spec("moving"), packs.card("moving")
    assert isinstance(spec, ClipSpec) and data.spec == spec and data.hash == card.hash
    assert spec.elements == 10 * 3 * 32 * 32 and set(data.train.columns) == set(packs.source("moving").columns)
    for split, n in ((data.train, card.n_train), (data.test, card.n_test)):
        assert split["clips"].shape == (n, spec.frames, spec.channels, spec.size, spec.size)
        assert split["images"].shape == (n, 3, 32, 32) and len(split.names) == n
        for fact, names in (("labels", spec.classes), *data.meanings.items()):
            share = split[fact].bincount(minlength=len(names)) / n
            assert (share - 1 / len(names)).abs().max() < 0.06, fact
    assert data.meanings["bounce"] == WALLS and len(data.meanings["speed"]) == len(SPEEDS)


def test_the_facts_are_those_of_the_clips():
    """Where nothing turns back, the phase of a clip's first frequencies turns by the same angle from frame to frame."""
    split = packs.load("moving").test
    passing = split.at(torch.where(split["bounce"] == 0)[0])
    spectrum = torch.fft.fft2(passing["clips"].double().mean(dim=2))
    across, down = spectrum[..., 0, 1], spectrum[..., 1, 0]  # each (N, T)
    angle = math.tau / len(DIRECTIONS) * passing["labels"]
    speed = torch.tensor(SPEEDS, dtype=torch.float64)[passing["speed"]]
    for waves, velocity in ((across, speed * angle.cos()), (down, -speed * angle.sin())):
        strong = waves.abs().amin(dim=1) > 1000
        turned = -(waves[:, 1:] / waves[:, :-1]).angle().mean(dim=1) * 32 / math.tau
        assert strong.sum() > 100
        assert (turned - velocity)[strong].abs().max() < 0.1


def test_what_moves_in_the_test_does_not_move_in_the_training():
    data = packs.load("moving")
    train, test = (set(split.names) for split in (data.train, data.test))
    assert set(SHAPES["train"]) <= train and set(SHAPES["test"]) <= test
    pictures = [{image.numpy().tobytes() for image in split["images"]} for split in (data.train, data.test)]
    assert not pictures[0] & pictures[1]
    held_out = set(packs.load("emoji").test.names)
    assert test - set(SHAPES["test"]) <= held_out


def test_clips_have_one_size_alone():
    assert packs.spec("moving", 32) == packs.spec("moving")
    with pytest.raises(UnknownData, match="holds clips, which have no other size in pixels"):
        packs.spec("moving", 28)
    assert "moving" not in packs.names(kinds=("images",)) and packs.names(kinds=("clips",)) == ("moving",)


def test_a_picture_to_look_at_is_what_moves_in_an_example():
    examples, spec = packs.examples("moving"), packs.spec("moving")
    assert len(examples) == 24 and set(examples["labels"].tolist()) == set(range(8))
    uploads = Inputs(packs)
    assert torch.equal(uploads.get("ex-5", spec), examples["images"][5])
    assert uploads.get("ex-5-inverted", spec).shape == (3, 32, 32)


def test_the_images_of_any_data_set_can_be_moved():
    data = packs.load("fashion")
    clips = packs.moving("fashion")
    assert clips is packs.moving("fashion"), "once, and kept"
    assert clips.spec == ClipSpec(name="fashion", channels=1, size=32, frames=10, classes=DIRECTIONS)
    assert (len(clips.train), len(clips.test)) == (CLIPS, TESTS) and clips.hash == data.hash
    torch.testing.assert_close(clips.test["images"], data.test.first(TESTS).resized(32)["images"])
    assert clips.test["clips"].shape == (TESTS, 10, 1, 32, 32) and clips.test["clips"].dtype == torch.uint8
    assert packs.moving("moving") is packs.load("moving")


def test_few_images_move_several_times_in_other_ways():
    data = packs.load("fashion")
    few = animated(replace(data, train=data.train.first(3), test=data.test.first(1)))
    assert (len(few.train), len(few.test)) == (CLIPS, TESTS)
    assert torch.equal(few.train["images"][0], few.train["images"][3])
    assert not torch.equal(few.train["clips"][0], few.train["clips"][3])
    for fact, names in (("labels", DIRECTIONS), *few.meanings.items()):
        assert few.train[fact].bincount().tolist() == pytest.approx([CLIPS / len(names)] * len(names), rel=0.35)


@pytest.mark.parametrize("name", ["frames-moving", "video-moving"])
def test_what_learns_from_clips_learns_from_pictures_that_move(name):
    chosen = recipe(name).changed(data="fashion", batch_size=8)
    spec = chosen.spec(packs)
    data = chosen.load(packs)
    assert spec == data.spec and spec.frames == 10 and spec.channels == 1
    objective = chosen.build(data)
    objective.eval()
    with torch.no_grad():
        values = objective.evaluate(data.test.first(20))
    assert set(values) >= {"direction", "speed"}
