"""Heat-maps have the colours of viridis and cover what they say."""

import pytest
import torch

from playground.labs.vision.figures import overlay, viridis


def test_viridis_is_matplotlibs():
    # matplotlib 3.10, colormaps["viridis"](value, bytes=True)
    known = {0.0: (68, 1, 84), 0.25: (59, 82, 139), 0.5: (33, 145, 140), 0.75: (94, 201, 98), 1.0: (253, 231, 37)}
    colours = viridis(torch.tensor(list(known)))
    torch.testing.assert_close(colours, torch.tensor(list(known.values())).float(), rtol=0, atol=1.01)


def test_colours_between_two_are_mixed_and_outside_are_held():
    a, b = viridis(torch.tensor([3 / 16, 4 / 16]))
    torch.testing.assert_close(viridis(torch.tensor([3.25 / 16]))[0], 0.75 * a + 0.25 * b)
    assert torch.equal(viridis(torch.tensor([-1.0, 2.0])), viridis(torch.tensor([0.0, 1.0])))
    assert viridis(torch.rand(2, 3, 4)).shape == (2, 3, 4, 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_map_of_no_strength_shows_the_picture_alone(channels):
    images = torch.randint(0, 256, (2, channels, 8, 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    assert torch.equal(overlay(images, torch.rand(2, 2, 2), strength=0), images.expand(2, 3, 8, 8))


def test_a_map_of_full_strength_covers_whole_patches_in_its_own_scale():
    images = torch.zeros(2, 1, 8, 8, dtype=torch.uint8)
    maps = torch.tensor([[[0.0, 0.1], [0.2, 0.4]], [[0.0, 10.0], [20.0, 40.0]]])
    shown = overlay(images, maps, strength=1)
    assert shown.shape == (2, 3, 8, 8) and shown.dtype == torch.uint8
    assert torch.equal(shown[0], shown[1])
    expected = viridis(torch.tensor([[0.0, 0.25], [0.5, 1.0]])).round().to(torch.uint8)
    for row in range(2):
        for column in range(2):
            patch = shown[0, :, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
            assert torch.equal(patch, expected[row, column][:, None, None].expand(3, 4, 4))


def test_a_map_of_nothing_has_the_colour_of_nothing():
    shown = overlay(torch.zeros(1, 3, 4, 4, dtype=torch.uint8), torch.zeros(1, 2, 2), strength=1)
    assert torch.equal(shown[0, :, 0, 0], viridis(torch.tensor(0.0)).to(torch.uint8))
