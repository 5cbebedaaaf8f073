"""DiffAugment against its formulas, change by change."""

import pytest
import torch

from playground.labs.gan.augment import AUGMENTATIONS, draw

pytestmark = pytest.mark.usefixtures("one_thread")

SIDE, REACH, HOLE = 16, 2, 8


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=6, channels=3, side=SIDE):
    return torch.rand(n, channels, side, side, generator=rng(5), dtype=torch.double) * 2 - 1


def test_no_augmentation_changes_nothing():
    images = pictures()
    assert torch.equal(draw(images, (), rng())(images), images)


def test_the_color_is_changed_as_the_paper_says():
    images = pictures()
    drawn = draw(images, ("color",), rng())
    actual = drawn(images)
    for i in range(len(images)):
        x = images[i] + drawn.brightness[i]
        gray = x.mean(dim=0, keepdim=True)
        x = gray + drawn.saturation[i] * (x - gray)
        x = x.mean() + drawn.contrast[i] * (x - x.mean())
        torch.testing.assert_close(actual[i], x)


def test_the_colors_range():
    drawn = draw(pictures(4000, 1, 2), ("color",), rng())
    for values, low, high in ((drawn.brightness, -0.5, 0.5), (drawn.saturation, 0, 2), (drawn.contrast, 0.5, 1.5)):
        assert low <= values.min() < low + 0.02 * (high - low) and high - 0.02 * (high - low) < values.max() <= high


def shifted(image, down, right):
    """The image moved by whole pixels, zeros coming in."""
    moved = torch.zeros_like(image)
    for row in range(SIDE):
        for column in range(SIDE):
            if 0 <= row - down < SIDE and 0 <= column - right < SIDE:
                moved[:, row, column] = image[:, row - down, column - right]
    return moved


def test_translation_moves_by_whole_pixels_and_fills_with_zeros():
    images = pictures(12)
    actual = draw(images, ("translation",), rng())(images)
    ways = [(down, right) for down in range(-REACH, REACH + 1) for right in range(-REACH, REACH + 1)]
    moves = set()
    for image, result in zip(images, actual, strict=True):
        moves |= {way for way in ways if torch.equal(shifted(image, *way), result)}
    assert len(moves) > 6, "each of the twelve is one of the 25 moves, and they differ"
    drawn = draw(pictures(2000, 1), ("translation",), rng())
    assert {int(by) for by in (drawn.rows[:, 0].argmax(dim=2)[:, SIDE // 2] - SIDE // 2)} == set(
        range(-REACH, REACH + 1)
    )


def test_cutout_blots_out_one_square():
    drawn = draw(pictures(3000, 1), ("cutout",), rng())
    holes = drawn.mask[:, 0] == 0
    heights, widths = holes.any(dim=2).sum(dim=1), holes.any(dim=1).sum(dim=1)
    assert torch.equal(holes.sum(dim=(1, 2)), heights * widths), "a full rectangle"
    assert heights.max() == widths.max() == HOLE and heights.min() == widths.min() == HOLE // 2
    assert (heights == HOLE).double().mean() == pytest.approx((SIDE + 1 - HOLE) / (SIDE + 1), abs=0.04)
    images = pictures(3000, 1)
    assert torch.equal(drawn(images), torch.where(holes[:, None], 0.0, images))


def test_one_draw_changes_both_kinds_of_pictures_alike():
    images = pictures()
    drawn = draw(images, AUGMENTATIONS, rng())
    assert torch.equal(drawn(images), drawn(images.clone()))
    assert not torch.equal(drawn(images), draw(images, AUGMENTATIONS, rng(1))(images))
    assert torch.equal(drawn(images), draw(images, AUGMENTATIONS, rng())(images))


def test_each_augmentation_comes_with_its_probability_and_by_itself():
    drawn = draw(pictures(4000, 1, 4), AUGMENTATIONS, rng(), probability=0.3)
    still = torch.eye(4)
    undergone = torch.stack(
        [
            drawn.brightness.flatten() != 0,
            drawn.saturation.flatten() != 1,
            drawn.contrast.flatten() != 1,
            ((drawn.rows != still) | (drawn.columns != still)).flatten(1).any(dim=1),
            (drawn.mask == 0).flatten(1).any(dim=1),
        ]
    ).double()
    shares = torch.tensor([0.3, 0.3, 0.3, 0.3 * 8 / 9, 0.3])  # at 4 pixels one of nine moves stays where it is
    torch.testing.assert_close(undergone.mean(dim=1), shares.double(), atol=0.03, rtol=0)
    assert (torch.corrcoef(undergone) - torch.eye(5)).abs().max() < 0.06


@pytest.mark.parametrize("way", AUGMENTATIONS)
def test_gradients_flow_through(way):
    images = pictures(2, 3, 8).requires_grad_(True)
    drawn = draw(images, (way,), rng(2))
    assert torch.autograd.gradcheck(drawn, images)
    (slope,) = torch.autograd.grad(drawn(images).square().sum(), images)
    assert slope.abs().sum() > 0
