"""The drawn shapes: size, place and turn are what the factors say."""

import math

import pytest
import torch

from playground.data import packs
from playground.data.sets.sprites import PLACE, SCALE, SHAPES, draw


def one(shape, scale=0.25, orientation=0.0, x=0.5, y=0.5, size=256):
    factors = [torch.tensor([value], dtype=torch.float32) for value in (scale, orientation, x, y)]
    return draw(torch.tensor([SHAPES.index(shape)]), *factors, size=size)[0, 0].double() / 255


@pytest.mark.parametrize(("shape", "area"), [("square", 1.6**2), ("ellipse", math.pi * 0.55)])
def test_the_area_is_the_closed_form(shape, area):
    assert float(one(shape).mean()) == pytest.approx(area * 0.25**2, rel=2e-3)


def test_the_area_of_a_heart_is_a_square_and_two_half_circles():
    # a square of side 1/sqrt(2) and two half circles on it, 1.2 times as large
    area = 1.2**2 * (0.5 + math.pi / 8)
    assert float(one("heart").mean()) == pytest.approx(area * 0.25**2, rel=2e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_place_moves_the_middle(shape):
    at = (torch.arange(256) + 0.5) / 256
    here, there = one(shape, 0.2), one(shape, 0.2, x=0.625, y=0.375)
    for picture, x, y in ((here, 0.0, 0.0), (there, 0.125, -0.125)):
        middle_x = float((picture.sum(0) * at).sum() / picture.sum())
        middle_y = float((picture.sum(1) * at).sum() / picture.sum())
        start_x = float((here.sum(0) * at).sum() / here.sum())
        start_y = float((here.sum(1) * at).sum() / here.sum())
        assert middle_x - start_x == pytest.approx(x, abs=1e-3)
        assert middle_y - start_y == pytest.approx(y, abs=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_quarter_turn_is_counterclockwise(shape):
    rotated = one(shape, orientation=math.pi / 2)
    assert float((rotated - one(shape).rot90()).abs().max()) < 0.02


def test_a_heart_has_its_tip_below():
    heart = one("heart")
    widths = (heart > 0.5).sum(1)[(heart > 0.5).any(1)]
    assert int(widths[-1]) < 6 < int(widths[5])
    assert float((heart - heart.flip(1)).abs().max()) < 0.02


def test_no_shape_reaches_the_edge():
    images = packs.load("sprites").train["images"]
    for edge in (images[..., 0, :], images[..., -1, :], images[..., 0], images[..., -1]):
        assert int(edge.max()) == 0


def test_the_bins_are_those_of_the_drawn_factors():
    split = packs.load("sprites").train
    at = (torch.arange(32) + 0.5) / 32
    mass = split["images"][:, 0].double()
    x = (mass.sum(1) * at).sum(1) / mass.sum((1, 2))
    low, high = PLACE
    drawn = (x - low) / (high - low) * 8
    square = split["labels"] == 0
    assert float((drawn - split["x"] - 0.5).abs()[square].max()) < 0.6
    size = (mass.mean((1, 2))[square] / 255).sqrt() / 1.6
    bins = (size - SCALE[0]) / (SCALE[1] - SCALE[0]) * 6
    assert float((bins - split["scale"][square] - 0.5).abs().max()) < 0.6
