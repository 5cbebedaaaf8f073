"""Random views: what they may change, and what not."""

import pytest
import torch

from playground.data.images import luma
from playground.labs.selfsupervised.augment import Augmentation, jittered


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def images(batch=32, channels=3, size=16):
    return torch.randint(0, 256, (batch, channels, size, size), generator=rng(1), dtype=torch.uint8)


def test_a_picture_of_one_color_stays_as_it_is_but_for_its_colors():
    still = Augmentation(size=16, color=0, gray=0)
    plain = torch.full((4, 1, 8, 8), 100, dtype=torch.uint8)
    torch.testing.assert_close(still(plain, rng()), torch.full((4, 1, 16, 16), 2 * 100 / 255 - 1))


@pytest.mark.parametrize("channels", [1, 3])
def test_views_have_their_size_and_range_and_follow_from_the_generator(channels):
    augmentation = Augmentation(size=12)
    views = augmentation(images(channels=channels), rng())
    assert views.shape == (32, channels, 12, 12)
    assert -1 <= views.min() < -0.5 < 0.5 < views.max() <= 1
    assert torch.equal(views, augmentation(images(channels=channels), rng()))
    assert not torch.equal(views, augmentation(images(channels=channels), rng(2)))


def extents(smallest, largest):
    """Widths and heights of 256 crops as parts of the image: on a ramp the slope of a view is its width."""
    ramp = torch.linspace(0, 1, 64).expand(256, 1, 64, 64)
    crops = Augmentation(size=32, smallest=smallest, largest=largest, flip=False)
    across, down = crops.cropped(ramp, rng()), crops.cropped(ramp.mT, rng())
    # between pixels of the view that see no edge
    width = (across[:, 0, 16, -3] - across[:, 0, 16, 2]) * 32 / 27 * 63 / 64
    height = (down[:, 0, -3, 16] - down[:, 0, 2, 16]) * 32 / 27 * 63 / 64
    return width, height


def test_a_crop_shows_a_part_whose_area_lies_between_the_bounds():
    width, height = extents(0.2, 0.4)
    area, ratio = width * height, width / height
    assert area.min() > 0.19 and area.max() < 0.42
    assert ratio.min() > 0.72 and ratio.max() < 1.38 and ratio.std() > 0.1


def test_large_crops_keep_to_the_bounds_too_and_are_nearly_squares():
    width, height = extents(0.9, 1)
    area, ratio = width * height, width / height
    assert area.min() > 0.89 and area.max() < 1.01
    assert ratio.min() > 0.88 and ratio.max() < 1.13 and ratio.std() > 0.01
    whole, too = extents(1, 1)
    torch.testing.assert_close(whole, torch.ones(256), rtol=0, atol=0.01)
    torch.testing.assert_close(too, torch.ones(256), rtol=0, atol=0.01)


def test_half_of_the_views_are_mirrored():
    ramp = torch.linspace(0, 1, 16).expand(400, 1, 16, 16)
    views = Augmentation(size=16).cropped(ramp, rng())
    rising = views[:, 0, 8, -1] > views[:, 0, 8, 0]
    assert 0.4 < rising.float().mean() < 0.6
    assert (Augmentation(size=16, flip=False).cropped(ramp, rng())[:, 0, 8].diff(dim=1) >= 0).all()


def test_gray_views_are_gray_and_keep_their_brightness():
    given = images(batch=8)
    gray = Augmentation(size=16, smallest=1, largest=1, flip=False, color=0, gray=1)(given, rng())
    plain = Augmentation(size=16, smallest=1, largest=1, flip=False, color=0, gray=0)(given, rng())
    torch.testing.assert_close(gray, luma(plain).expand_as(gray), rtol=0, atol=1e-5)
    assert torch.equal(gray[:, 0], gray[:, 2])


def test_turning_the_hue_leaves_grays_alone():
    grays = torch.rand(64, 1, 4, 4, generator=rng()).expand(-1, 3, -1, -1)
    turned = jittered(grays, 1, rng())
    torch.testing.assert_close(turned[:, 0], turned[:, 1])
    torch.testing.assert_close(turned[:, 0], turned[:, 2])


def test_colors_of_a_fifth_of_the_views_stay_as_they_are():
    given = torch.rand(500, 3, 4, 4, generator=rng())
    same = (jittered(given, 0.4, rng()) == given).flatten(1).all(dim=1)
    assert 0.15 < same.float().mean() < 0.25


def test_several_views_are_drawn_anew_and_those_of_one_draw_stand_together():
    augmentation, given, once, again = Augmentation(size=12), images(batch=4), rng(), rng()
    views = augmentation.several(given, 3, once)
    assert torch.equal(views, torch.cat([augmentation(given, again) for _ in range(3)]))
    first, second, third = views.chunk(3)
    assert not torch.equal(first, second) and not torch.equal(second, third)
