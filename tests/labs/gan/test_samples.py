"""The surface between four seeds, what is drawn on it, and its logits."""

import math

import pytest
import torch
from torch import nn

from playground.labs.gan.conditional import Gan
from playground.labs.gan.samples import draw, grid_points, logits, of_all, rank, seeds, sheet
from playground.labs.sphere import between, slerp

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


class Shows(nn.Module):
    """Draws two numbers of its noise as two pixels, and the class as a third; the first pixel is the logit."""

    choices = (10,)

    def forward(self, z, labels=None):
        third = torch.zeros(len(z)) if labels is None else labels[:, 0] / 10
        if z.ndim == 4:
            return z[:, 0, 0, 0] + (0 if labels is None else labels[:, 0])
        return torch.cat([z[:, :2], third[:, None], third[:, None]], dim=1).view(-1, 1, 2, 2)


def stand_in():
    return Gan(generator=Shows(), discriminator=Shows())


def test_a_great_circle_by_hand():
    start, end = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])
    share = torch.tensor([[0.0], [1 / 3], [0.5], [1.0]])
    expected = [[2 * math.cos(t * math.pi / 2), 2 * math.sin(t * math.pi / 2)] for t in share[:, 0].tolist()]
    torch.testing.assert_close(slerp(start, end, share), torch.tensor(expected), rtol=1e-5, atol=1e-5)


def test_the_way_is_walked_at_an_even_pace():
    start, end = seeds(0, 32, n=2).double()
    way = slerp(start, end, torch.linspace(0, 1, 9, dtype=torch.double)[:, None])
    torch.testing.assert_close(way.norm(dim=1), torch.full((9,), math.sqrt(32), dtype=torch.double), rtol=1e-6, atol=0)
    steps = torch.cosine_similarity(way[1:], way[:-1], dim=1)
    torch.testing.assert_close(steps, steps[:1].expand(8))


def test_a_way_to_where_one_is_does_not_move():
    place = normal(8)
    torch.testing.assert_close(slerp(place, place, torch.tensor([[0.3]]).double())[0], place, rtol=1e-4, atol=1e-4)


def test_the_corners_are_the_seeds():
    corners = seeds(3, 16)
    at = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    torch.testing.assert_close(between(corners, at), corners, rtol=1e-4, atol=1e-4)


def test_no_place_between_seeds_leaves_their_sphere():
    z = between(seeds(1, 16), torch.rand(200, 2, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(z.norm(dim=1), torch.full((200,), 4.0), rtol=1e-4, atol=0)


def test_seeds_are_always_the_same_and_differ():
    assert torch.equal(seeds(5, 16), seeds(5, 16)) and not torch.equal(seeds(5, 16), seeds(6, 16))
    torch.testing.assert_close(seeds(5, 16).norm(dim=1), torch.full((4,), 4.0))


def test_the_tiles_go_row_by_row_from_the_top_left():
    assert grid_points(2).tolist() == [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]


def test_pictures_are_rounded_to_the_nearest_and_cut_off():
    z = torch.tensor([[-1.0, 1.0], [-2.0, 2.0], [1 / 255 - 1e-4, 1 / 255 + 1e-4]])
    shown = draw(stand_in(), z)[:, 0, 0]
    assert shown.dtype == torch.uint8 and shown.tolist() == [[0, 255], [0, 255], [128, 128]]
    assert draw(stand_in(), torch.tensor([[0.5 / 127.5 - 1e-3, 0.5 / 127.5 + 1e-3]]))[0, 0, 0].tolist() == [128, 128]


def test_the_sheet_shows_the_places_and_the_class():
    corners = seeds(2, 16) / 8
    tiles = sheet(stand_in(), corners, side=3, asked=torch.tensor([[7]]))
    z = between(corners, grid_points(3))
    expected = ((z[:, :2] + 1) * 127.5).round().clamp(0, 255)
    assert tiles.shape == (9, 1, 2, 2)
    assert (tiles[:, 0, 0].float() - expected).abs().max() <= 1 and tiles[0, 0, 1].tolist() == [217, 217]
    assert of_all(None, 3) is None and of_all(torch.tensor([[4, 2]]), 3).tolist() == [[4, 2]] * 3


def test_logits_are_the_discriminators_in_their_order():
    images = torch.randint(0, 256, (1201, 1, 2, 2), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    labels = torch.arange(1201) % 10
    expected = images[:, 0, 0, 0].float() / 127.5 - 1
    torch.testing.assert_close(logits(stand_in(), images), expected)
    torch.testing.assert_close(logits(stand_in(), images, labels[:, None]), expected + labels)


def test_the_rank_is_the_share_below():
    others = torch.tensor([-1.0, 0.0, 0.0, 3.0])
    assert [rank(value, others) for value in (-2.0, 0.0, 1.0, 9.0)] == [0.0, 0.5, 0.75, 1.0]
