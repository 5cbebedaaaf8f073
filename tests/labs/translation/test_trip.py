"""The round trip of an image: its generators, the cycle error, and the heat-map's colors."""

import pytest
import torch
from torch import nn

from playground.heatmap import viridis
from playground.labs.translation.trip import MOST, distances, index_of, round_trip


class Known(nn.Module):
    """G turns light into dark, F makes the left half black."""

    def generators(self, direction):
        def inverted(x):
            return -x

        def halved(x):
            return torch.cat([torch.full_like(x[..., :8], -1), x[..., 8:]], dim=-1)

        return (inverted, halved) if direction == "ab" else (halved, inverted)


@pytest.fixture
def image():
    return torch.randint(0, 256, (3, 16, 16), generator=torch.Generator().manual_seed(0)).to(torch.uint8)


@pytest.mark.parametrize("direction", ["ab", "ba"])
def test_it_passes_both_generators_in_their_order(image, direction):
    trip = round_trip(Known(), image, direction)
    halved = image.clone()
    halved[:, :, :8] = 0
    translation, reconstruction = (255 - image, 255 - image) if direction == "ab" else (halved, 255 - halved)
    if direction == "ab":
        reconstruction = reconstruction.clone()
        reconstruction[:, :, :8] = 0
    assert torch.equal(trip.source, image) and torch.equal(trip.translation, translation)
    assert torch.equal(trip.reconstruction, reconstruction)
    expected = (image.double() - reconstruction.double()).abs().mean(dim=0) / 255
    torch.testing.assert_close(trip.error.double(), expected, rtol=0, atol=1e-6)


def test_the_map_is_viridis_up_to_the_most(image):
    trip = round_trip(Known(), image, "ab")
    expected = viridis((trip.error / MOST).clamp(0, 1)).permute(2, 0, 1).round()
    assert trip.heat.dtype == torch.uint8 and torch.equal(trip.heat.float(), expected)
    same = round_trip(Same(), image, "ab")
    assert torch.equal(same.heat[:, 0, 0], torch.tensor([0x44, 0x01, 0x54], dtype=torch.uint8))


class Same:
    """Leaves images as they are."""

    def generators(self, direction):
        return (lambda x: x), (lambda x: x)


def test_how_near_two_pictures_are(image):
    assert distances(image, image) == {"l1": 0.0, "ssim": 1.0}
    white = torch.full_like(image, 255)
    assert distances(white, torch.zeros_like(image))["l1"] == 1.0
    assert distances(image, white)["ssim"] < 0.2


def test_a_picture_is_found_where_it_is(image):
    images = torch.stack([255 - image, image, image])
    assert index_of(image, images) == 1
    assert index_of(image, images[:1]) is None
