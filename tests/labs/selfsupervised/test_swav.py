"""SwAV: its assignments and its loss against closed forms and lightly's."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from playground.compat import torchvision_operators
from playground.data import packs
from playground.labs import recipe
from playground.labs.selfsupervised import swav
from playground.labs.selfsupervised.swav import sinkhorn, swapped_prediction
from playground.recipe import InvalidRecipe
from tests.cases import Case
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")


def cosines(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 - 1


@pytest.mark.parametrize(("epsilon", "iterations"), [(0.05, 3), (0.5, 1), (1.0, 10)])
def test_assignments_are_those_of_lightly(epsilon, iterations):
    torchvision_operators()
    from lightly.loss.swav_loss import sinkhorn as reference

    scores = cosines(24, 6)
    ours = sinkhorn(scores, epsilon=epsilon, iterations=iterations)
    torch.testing.assert_close(ours, reference(scores, iterations=iterations, epsilon=epsilon), rtol=1e-9, atol=1e-15)


def test_where_all_scores_are_equal_all_prototypes_are_equally_likely():
    torch.testing.assert_close(sinkhorn(torch.ones(8, 4), epsilon=0.05), torch.full((8, 4), 0.25))


def test_probabilities_sum_to_one_and_prototypes_get_equal_shares():
    assignments = sinkhorn(cosines(24, 6), epsilon=0.5, iterations=50)
    torch.testing.assert_close(assignments.sum(dim=1), torch.ones(24).double())
    torch.testing.assert_close(assignments.sum(dim=0), torch.full((6,), 4.0).double())


def test_a_prototype_that_all_prefer_gets_no_more_than_its_share():
    scores = 0.2 * cosines(16, 4) + torch.tensor([0.8, 0, 0, 0])
    assert (scores.argmax(dim=1) == 0).all()
    shares = sinkhorn(scores, epsilon=0.2, iterations=50).sum(dim=0)
    torch.testing.assert_close(shares, torch.full((4,), 4.0).double(), rtol=0.01, atol=0)


def test_scores_whose_exp_is_no_float_are_assigned():
    assignments = sinkhorn(torch.eye(4) * 100, epsilon=0.05)
    torch.testing.assert_close(assignments, torch.eye(4))


@pytest.mark.parametrize("small", [0, 3])
@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_the_loss_and_its_gradient_are_those_of_lightly(small, temperature):
    torchvision_operators()
    from lightly.loss import SwaVLoss

    ours, theirs = (cosines(2 + small, 12, 5).requires_grad_() for _ in range(2))
    assignments = torch.stack([sinkhorn(each, epsilon=0.05) for each in ours[:2]])
    loss = swapped_prediction(ours, assignments, temperature=temperature)
    reference = SwaVLoss(temperature=temperature)(list(theirs[:2]), list(theirs[2:]))
    torch.testing.assert_close(loss, reference[0], rtol=1e-12, atol=0)
    loss.backward(), reference.backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-9, atol=1e-12)


def test_a_prediction_that_knows_nothing_costs_the_log_of_the_prototypes():
    assignments = torch.softmax(cosines(2, 3, 7), dim=2)
    loss = swapped_prediction(torch.zeros(4, 3, 7).double(), assignments, temperature=0.1)
    assert float(loss) == pytest.approx(math.log(7))


def test_small_crops_predict_and_are_not_assigned():
    few = recipe("swav-fashion").changed(batch_size=8, width=8)
    data = few.load(packs)
    objective = Case(few, replace(data, train=data.train.first(8)), {}).objective()
    seen, scores = [], objective.shown.scores
    objective.shown.scores = lambda images: seen.append(images.shape) or scores(images)
    objective.loss("pretrain", data.train.first(8).columns, moment(0))
    assert seen == [(2 * 8, 1, 20, 20), (4 * 8, 1, 12, 12)]
    assert objective.small.largest == objective.augmentation.smallest
    objective.small_views, seen[:] = 0, []
    assert objective.loss("pretrain", data.train.first(8).columns, moment(0))["loss"].isfinite() and len(seen) == 1


def test_lengths_of_prototypes_do_not_matter():
    few = recipe("swav-fashion").changed(width=8)
    network = few.network(few.spec(packs)).eval()
    images = torch.rand(4, 1, 20, 20, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before = network.scores(images)
        network.prototypes.mul_(torch.linspace(0.5, 2, len(network.prototypes))[:, None])
        torch.testing.assert_close(network.scores(images), before)
    assert before.abs().max() <= 1 + 1e-6
    expected = F.normalize(network(images), dim=1) @ F.normalize(network.prototypes, dim=1).T
    torch.testing.assert_close(before, expected.detach())


def test_large_crops_that_begin_outside_the_bounds_are_refused():
    with pytest.raises(InvalidRecipe, match="Large crops begin at 0.1, which is not between the smallest crop, 0.15,"):
        recipe("swav-fashion").changed(divide=0.1).spec(packs)


def test_each_large_crop_is_assigned_by_itself_and_both_temperatures_have_their_places(monkeypatch):
    few = recipe("swav-fashion").changed(batch_size=8, width=8, temperature=0.3, epsilon=0.05)
    data = few.load(packs)
    objective, seen = Case(few, replace(data, train=data.train.first(8)), {}).objective(), []

    def spy(scores, assignments, *, temperature):
        seen.append((scores.detach(), assignments, temperature))
        return swapped_prediction(scores, assignments, temperature=temperature)

    monkeypatch.setattr(swav, "swapped_prediction", spy)
    objective.loss("pretrain", data.train.first(8).columns, moment(0))
    [(scores, assignments, temperature)] = seen
    assert scores.shape == (6, 8, 32) and temperature == 0.3
    for assigned, given in zip(assignments, scores[:2], strict=True):
        torch.testing.assert_close(assigned, sinkhorn(given, epsilon=0.05))
