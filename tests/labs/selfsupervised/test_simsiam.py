"""SimSiam: its loss against lightly's and closed forms, and where its gradient stops."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from playground.compat import torchvision_operators
from playground.data import packs
from playground.labs import recipe
from playground.labs.selfsupervised import simsiam
from playground.labs.selfsupervised.simsiam import negative_cosine
from tests.cases import Case
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_for_two_views_the_loss_and_its_gradient_are_those_of_lightly():
    torchvision_operators()
    from lightly.loss import NegativeCosineSimilarity

    ours, theirs, targets = normal(2, 6, 8).requires_grad_(), normal(2, 6, 8).requires_grad_(), normal(2, 6, 8, seed=1)
    criterion = NegativeCosineSimilarity()
    loss = negative_cosine(ours, targets)
    reference = 0.5 * (criterion(theirs[0], targets[1]) + criterion(theirs[1], targets[0]))
    torch.testing.assert_close(loss, reference, rtol=1e-12, atol=0)
    loss.backward(), reference.backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-9, atol=1e-12)


def test_of_more_views_the_mean_of_the_others_is_predicted():
    predictions, embeddings = normal(3, 5, 4), normal(3, 5, 4, seed=1)
    pairs = [(predictions[i], embeddings[[j for j in range(3) if j != i]].mean(dim=0)) for i in range(3)]
    expected = -torch.stack([F.cosine_similarity(p, z, dim=1).mean() for p, z in pairs]).mean()
    torch.testing.assert_close(negative_cosine(predictions, embeddings), expected)


def test_predictions_that_meet_the_others_are_worth_minus_one():
    z = normal(4, 3, 5)
    others = torch.stack([z[[j for j in range(4) if j != i]].mean(dim=0) for i in range(4)])
    assert float(negative_cosine(2 * others, z)) == pytest.approx(-1)
    assert float(negative_cosine(-others, z)) == pytest.approx(1)


def test_what_the_predictor_says_is_compared_with_what_gets_no_gradient(monkeypatch):
    seen = []
    monkeypatch.setattr(simsiam, "negative_cosine", lambda *given: seen.extend(given) or given[0].sum())
    few = recipe("simsiam-fashion").changed(width=8)
    objective = few.build(few.load(packs))
    hook = objective.shown.predictor.register_forward_hook(lambda _, __, said: torch.ones_like(said) + 0 * said)
    objective.loss("pretrain", {"images": objective.bank[:8]}, moment())
    hook.remove()
    predictions, embeddings = seen
    assert (predictions == 1).all() and predictions.requires_grad
    assert embeddings.std() > 0.01 and not embeddings.requires_grad


@pytest.mark.parametrize("stop_gradient", [True, False])
def test_the_gradient_stops_at_what_is_predicted(stop_gradient):
    """All that reaches the encoder comes through the predictor, so that none does if that says a constant."""
    few = recipe("simsiam-fashion").changed(width=8, stop_gradient=stop_gradient)
    data = few.load(packs)
    case = Case(few, replace(data, train=data.train.first(8)), {})
    objective = case.objective()
    with torch.no_grad():
        objective.shown.predictor[-1].weight.zero_()
    objective.loss("pretrain", case.data.train.columns, moment(0))["loss"].backward()
    size = sum(float(parameter.grad.abs().sum()) for parameter in objective.shown.encoder.parameters())
    assert (size == 0) if stop_gradient else (size > 0)
