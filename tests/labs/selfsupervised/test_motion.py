"""The probe of motion: what it can know, and what not."""

from dataclasses import replace

import pytest
import torch

from playground.data import packs
from playground.data.motion import DIRECTIONS, SPEEDS
from playground.labs.selfsupervised.motion import Motion
from playground.labs.selfsupervised.representation import ClipEncoder
from playground.labs.selfsupervised.views import motion as view
from playground.labs.selfsupervised.views.moving import Heading

pytestmark = pytest.mark.usefixtures("one_thread")


class Turns(ClipEncoder):
    """Circular centers of mass, whose turn from frame to frame is the velocity of what passes through walls."""

    frames = 3

    def features(self, clips):
        waves = torch.fft.fft2(clips.mean(dim=2))
        both = torch.stack([waves[..., 0, 1], waves[..., 1, 0]], dim=-1)
        turned = (both[:, 1:] * both[:, :-1].conj()).sum(dim=1)
        return torch.view_as_real(turned / turned.abs().clamp(min=1e-6)).flatten(1)


class Still(ClipEncoder):
    frames = 1

    def features(self, clips):
        return clips.flatten(1)[:, :32]


def test_where_a_picture_goes_is_read_off_the_difference_of_its_frames():
    data = packs.load("moving")
    known, blind = (Motion(data).probed(encoder, data.test) for encoder in (Turns(), Still()))
    assert known["direction"] > 0.8 and known["speed"] > 0.5
    assert blind["direction"] < 0.25 and blind["speed"] < 0.4


def test_the_view_names_every_direction_that_an_encoder_knows():
    """Pictures of the test part, none of which a probe was fitted to."""
    data, encoder = packs.load("moving"), Turns()
    prepared = view.prepared_motion(encoder, data.spec, {"data": data})
    named = prepared.confusion["direction"]
    assert named.sum() == len(data.test) and named.diagonal().sum() > 0.8 * len(data.test)
    for picture in data.test["images"][:3]:
        for i, direction in enumerate(DIRECTIONS):
            inputs = {"picture": picture, "prepared": prepared}
            answer = view.motion_view(encoder, data.spec, Heading(direction=direction, speed=2), inputs)
            assert answer.tensors["direction"].argmax() == answer.words["direction"] == i
            assert answer.tensors["clip"].shape == (3, 3, 32, 32)


def test_a_probe_learns_from_training_clips_alone():
    """Test clips are those of the training under other labels: a probe that has seen these is right about them."""
    moving = packs.load("moving")
    few = moving.train.first(200)
    turned = {"labels": (few["labels"] + 4) % len(DIRECTIONS), "speed": (few["speed"] + 1) % len(SPEEDS)}
    data = replace(moving, train=few, test=replace(few, columns={**few.columns, **turned}))
    known, misled = Motion(data).probed(Turns(), data.train), Motion(data).probed(Turns(), data.test)
    assert known["direction"] > 0.8 and known["speed"] > 0.5
    assert misled["direction"] < 0.05 and misled["speed"] < 0.4
