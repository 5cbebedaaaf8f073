"""Deletion and insertion of a linear network, whose curves are known."""

import pytest
import torch
from torch import nn

from playground.labs.vision import faithfulness
from playground.labs.vision.faithfulness import area, changed, curves, random_rankings, ranking, shares

pytestmark = pytest.mark.usefixtures("one_thread")
WEIGHTS = torch.tensor([[4.0, -1.0], [2.0, 0.5]])
"""What each of four cells adds to the logit of the second class; the first one has none."""


class Cells(nn.Module):
    """Two logits: 0, and the sum of `WEIGHTS` times the upper left pixel of each cell of 2 x 2 pixels."""

    def forward(self, images):
        logit = (images[:, 0, ::2, ::2] * WEIGHTS.to(images)).sum(dim=(1, 2))
        return torch.stack([torch.zeros_like(logit), logit], dim=1)


IMAGE = torch.ones(1, 4, 4, dtype=torch.double)
AT = shares(4)


def probabilities(*logits):
    return torch.tensor(logits, dtype=torch.double).sigmoid()


def test_cells_are_ranked_by_their_mean_the_upper_left_one_first_where_they_are_equal():
    fine = WEIGHTS.repeat_interleave(3, dim=0).repeat_interleave(3, dim=1)
    assert ranking(torch.stack([fine, torch.zeros(6, 6)]), 2).tolist() == [[0, 2, 3, 1], [0, 1, 2, 3]]
    assert ranking(WEIGHTS[None], 4)[0, :4].tolist() == [0, 1, 4, 5], "a coarse map ranks finer cells alike"
    noisy = torch.zeros(1, 4, 4)
    noisy[0, 0, 0], noisy[0, 2:, 2:] = 3, 1  # a mean of 3/4 and one of 1
    assert ranking(noisy, 2).tolist() == [[3, 0, 1, 2]]


def test_random_orders_are_permutations_and_the_first_ones_stay():
    many, few = random_rankings(20, 5), random_rankings(3, 5)
    assert torch.equal(many[:3], few) and len({tuple(one) for one in many.tolist()}) == 20
    assert torch.equal(many.sort(dim=1).values, torch.arange(25).expand(20, -1))


def test_a_curve_has_all_cells_or_as_many_points_as_are_enough():
    assert AT.tolist() == [0, 0.25, 0.5, 0.75, 1]
    fine = shares(49, points=24)
    assert len(fine) == 25 and fine[0] == 0 and fine[-1] == 1 and (fine.diff() > 0).all()
    torch.testing.assert_close(fine * 49, (fine * 49).round())


@pytest.mark.parametrize("pixels", [faithfulness.PIXELS, 1])
def test_deletion_takes_what_adds_most_first(pixels, monkeypatch):
    monkeypatch.setattr(faithfulness, "PIXELS", pixels)
    orders = torch.tensor([[0, 2, 3, 1], [1, 3, 2, 0]])
    expected = torch.stack([probabilities(5.5, 1.5, -0.5, -1, 0), probabilities(5.5, 6.5, 6, 4, 0)])
    torch.testing.assert_close(curves(Cells(), IMAGE, 1, orders, AT), expected)
    torch.testing.assert_close(curves(Cells(), IMAGE, 0, orders, AT), 1 - expected)


def test_insertion_puts_what_adds_most_first_on_gray():
    orders = torch.tensor([[0, 2, 3, 1]])
    expected = probabilities(0, 4, 6, 6.5, 5.5)[None]
    torch.testing.assert_close(curves(Cells(), IMAGE, 1, orders, AT, insert=True), expected)


def test_what_is_inserted_and_what_is_left_are_the_picture():
    image, orders = torch.randn(3, 8, 8), random_rankings(2, 4)
    left, put = (changed(image, orders, shares(16), insert=insert) for insert in (False, True))
    assert left.shape == (2, 17, 3, 8, 8)
    torch.testing.assert_close(left + put, image.expand_as(left))
    assert torch.equal(left[:, 0], image.expand(2, -1, -1, -1)) and not left[:, -1].any()
    cell = int(orders[1, 0])
    first = (left[1, 0] - left[1, 1]).unfold(1, 2, 2).unfold(2, 2, 2).abs().sum(dim=(0, 3, 4))
    assert first.flatten().nonzero().flatten().tolist() == [cell]


def test_the_area_is_that_under_a_line():
    line = torch.stack([AT, torch.full_like(AT, 0.3), 1 - AT**2])
    torch.testing.assert_close(area(line, AT), torch.tensor([0.5, 0.3, 0.65625], dtype=torch.double))


def test_the_order_of_the_weights_is_the_best_of_all_orders():
    drawn = random_rankings(200, 2)
    best = ranking(WEIGHTS[None], 2)
    for insert, sign in ((False, 1), (True, -1)):
        areas, own = (area(curves(Cells(), IMAGE, 1, some, AT, insert=insert), AT) for some in (drawn, best))
        assert (sign * (areas - own)).min() > -1e-12 and (sign * (areas - own)).max() > 0.01
