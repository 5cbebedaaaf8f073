"""Heat-maps have the colors of viridis and cover what they say."""

import pytest
import torch

from playground.heatmap import overlay, viridis


def test_viridis_is_matplotlibs():
    # matplotlib 3.10, colormaps["viridis"](value, bytes=True)
    known = {0.0: (68, 1, 84), 0.25: (59, 82, 139), 0.5: (33, 145, 140), 0.75: (94, 201, 98), 1.0: (253, 231, 37)}
    colors = viridis(torch.tensor(list(known)))
    torch.testing.assert_close(colors, torch.tensor(list(known.values())).float(), rtol=0, atol=1.01)


def test_colors_between_two_are_mixed_and_outside_are_held():
    a, b = viridis(torch.tensor([3 / 16, 4 / 16]))
    torch.testing.assert_close(viridis(torch.tensor([3.25 / 16]))[0], 0.75 * a + 0.25 * b)
    assert torch.equal(viridis(torch.tensor([-1.0, 2.0])), viridis(torch.tensor([0.0, 1.0])))
    assert viridis(torch.rand(2, 3, 4)).shape == (2, 3, 4, 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_map_of_no_strength_shows_the_picture_alone(channels):
    images = torch.randint(0, 256, (2, channels, 8, 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    assert torch.equal(overlay(images, torch.rand(2, 2, 2), strength=0), images.expand(2, 3, 8, 8))


def shown_of(values, **options):
    """What a map of 2 x 2 looks like over black: the color of each patch of 4 x 4 pixels, which must be one."""
    shown = overlay(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), torch.tensor([values]), **options)
    assert shown.shape == (1, 3, 8, 8) and shown.dtype == torch.uint8
    patches = shown[0].unfold(1, 4, 4).unfold(2, 4, 4).flatten(3)  # (3, 2, 2, 16)
    assert (patches == patches[..., :1]).all()
    return patches[..., 0].permute(1, 2, 0).float()


def test_what_is_at_or_below_the_mean_is_not_drawn():
    black = torch.zeros(3)
    (a, b), (c, d) = shown_of([[0.0, 0.5], [1.0, 2.5]])
    assert torch.equal(a, black) and torch.equal(b, black) and torch.equal(c, black)
    assert d.sum() > 100
    for uniform in (0.0, 3.0):
        assert torch.equal(shown_of([[uniform] * 2] * 2), torch.zeros(2, 2, 3))


def test_the_far_end_is_twice_the_mean_or_the_largest_value():
    # mean 1: an excess of 0.25 of it stands at a quarter of the colors, and is mixed in with its root
    ((_, b), (c, d)) = shown_of([[0.75, 1.25], [1.0, 1.0]], strength=1)
    torch.testing.assert_close(b, 0.5 * viridis(torch.tensor(0.25)), rtol=0, atol=0.5)
    assert float(c.sum() + d.sum()) == 0
    # mean 1, the largest four times that: an excess of 3 is the end, one of 0 is not drawn
    ((_, b), _) = shown_of([[0.0, 4.0], [0.0, 0.0]], strength=0.8)
    torch.testing.assert_close(b, 0.8 * viridis(torch.tensor(1.0)), rtol=0, atol=0.5)


def test_every_map_has_its_own_scale():
    maps = torch.tensor([[[0.0, 0.1], [0.2, 0.4]], [[0.0, 10.0], [20.0, 40.0]]])
    shown = overlay(torch.zeros(2, 1, 8, 8, dtype=torch.uint8), maps)
    assert torch.equal(shown[0], shown[1])
