"""SimCLR: its loss against closed forms, and that it learns what it should."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from playground.compat import torchvision_operators
from playground.data import packs
from playground.labs import recipe
from playground.labs.selfsupervised.contrast import attraction, cosines, nt_xent


def normal(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def by_hand(z, temperature):
    """Equation 1, pair by pair; with more than two views, further views of the same image do not count as others."""
    views, batch, _ = z.shape
    flat, losses = z.flatten(0, 1), []
    for i in range(views * batch):
        cosines = [float(F.cosine_similarity(flat[i], other, dim=0)) / temperature for other in flat]
        wrong = sum(math.exp(value) for k, value in enumerate(cosines) if k % batch != i % batch)
        right = [math.exp(cosines[k]) for k in range(views * batch) if k != i and k % batch == i % batch]
        losses += [-math.log(value / (value + wrong)) for value in right]
    return sum(losses) / len(losses)


@pytest.mark.parametrize("views", [2, 3])
@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
def test_the_loss_is_that_of_the_paper(views, temperature):
    z = normal(views, 5, 7)
    assert float(nt_xent(z, temperature=temperature)) == pytest.approx(by_hand(z, temperature), rel=1e-12)


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_the_loss_and_its_gradient_are_those_of_lightly(temperature):
    torchvision_operators()
    from lightly.loss import NTXentLoss

    ours, theirs = normal(2, 16, 8).requires_grad_(), normal(2, 16, 8).requires_grad_()
    loss = nt_xent(ours, temperature=temperature)
    reference = NTXentLoss(temperature=temperature)(theirs[0], theirs[1])
    torch.testing.assert_close(loss, reference, rtol=1e-12, atol=0)
    loss.backward(), reference.backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-9, atol=1e-12)


def test_where_all_are_alike_the_loss_is_the_log_of_the_others():
    assert float(nt_xent(torch.ones(2, 8, 4), temperature=0.5)) == pytest.approx(math.log(15))


def test_views_that_agree_and_images_that_do_not_have_a_known_loss():
    """Orthogonal images whose views coincide: one other at a cosine of 1, all the rest at 0."""
    z, temperature = torch.eye(4, dtype=torch.float64).expand(2, 4, 4), 0.5
    expected = -math.log(math.exp(2) / (math.exp(2) + 6))
    assert float(nt_xent(z, temperature=temperature)) == pytest.approx(expected)


def test_lengths_do_not_matter():
    z = normal(2, 6, 3)
    torch.testing.assert_close(nt_xent(z, temperature=0.2), nt_xent(3 * z, temperature=0.2))


def test_the_gradient_draws_views_together_and_pushes_images_apart():
    z = F.normalize(normal(2, 6, 3), dim=2).requires_grad_()
    before = cosines(z.detach().flatten(0, 1), z.detach().flatten(0, 1))
    nt_xent(z, temperature=0.5).backward()
    moved = (z - 0.5 * z.grad).detach().flatten(0, 1)
    after = cosines(moved, moved)
    pairs = torch.arange(6)
    assert (after[pairs, pairs + 6] - before[pairs, pairs + 6]).mean() > 0
    rest = ~torch.eye(12, dtype=torch.bool) & (torch.arange(12)[:, None] % 6 != torch.arange(12)[None] % 6)
    assert after[rest].mean() < before[rest].mean()


@pytest.mark.parametrize("views", [2, 4])
def test_attraction_is_the_mean_cosine_of_views_of_one_image(views):
    z = normal(views, 5, 7)
    cosines = F.normalize(z, dim=2).transpose(0, 1) @ F.normalize(z, dim=2).permute(1, 2, 0)  # (B, V, V)
    expected = -cosines[:, ~torch.eye(views, dtype=torch.bool)].mean() / 0.2
    torch.testing.assert_close(attraction(z, temperature=0.2), expected)


def test_attraction_is_nt_xent_without_its_denominator():
    """The gradients differ by that of the logarithm of the sum over all others."""
    z = normal(2, 6, 5).requires_grad_()
    flat = F.normalize(z.flatten(0, 1), dim=1)
    logits = (flat @ flat.T / 0.5).masked_fill(torch.eye(12, dtype=torch.bool), -torch.inf)
    torch.testing.assert_close(
        nt_xent(z, temperature=0.5), attraction(z, temperature=0.5) + logits.logsumexp(dim=1).mean()
    )


def test_pictures_of_one_class_are_not_told_apart_by_name():
    chosen = recipe("simclr-fashion").changed(width=8)
    data = chosen.load(packs)
    few = replace(data, train=data.train.first(20), test=data.test.first(10))
    single = replace(few, spec=few.spec.model_copy(update={"classes": ("all",)}))
    with torch.no_grad():
        assert "knn" in chosen.build(few).eval().evaluate(few.test)
        assert "knn" not in chosen.build(single).eval().evaluate(single.test)
    assert chosen.watched(few.spec)[0] == "knn" and chosen.watched(single.spec)[0] == "effective_rank"
