"""Linear probes, draws of labels and intervals against cases whose answer is known."""

import time

import numpy as np
import pytest
import torch

from playground.metrics.probes import INVERSE_PENALTY, TOLERANCE, Probe, balanced, mean_and_interval, probe_accuracy

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def blobs(n, classes=5, dimensions=16, spread=1.0, seed=0):
    """Gaussian clouds around random centers, classes in turn."""
    labels = torch.arange(n) % classes
    centers = 3 * torch.randn(classes, dimensions, generator=rng(1))
    return centers[labels] + spread * torch.randn(n, dimensions, generator=rng(seed)), labels


def test_what_a_plane_separates_is_told_apart_whatever_its_scale():
    train, labels = blobs(200)
    test, truth = blobs(100, seed=2)
    scales = 10.0 ** torch.linspace(-3, 3, 16)
    assert probe_accuracy(train, labels, test, truth) == 1
    assert probe_accuracy(train * scales + 7 * scales, labels, test * scales + 7 * scales, truth) == 1


def test_random_labels_are_named_by_chance():
    train, _ = blobs(400)
    test, truth = blobs(2000, seed=2)
    noise = torch.randint(0, 5, (400,), generator=rng(3))
    assert probe_accuracy(train, noise, test, truth) == pytest.approx(0.2, abs=0.15)


def test_the_fit_is_the_minimum_of_the_penalized_cross_entropy():
    """In the same accuracy as Newton's method on the same loss, whose minimum is one point."""
    train, labels = blobs(300, classes=3, dimensions=4, spread=4.0)
    test, truth = blobs(300, classes=3, dimensions=4, spread=4.0, seed=2)
    mean, spread = train.mean(dim=0), train.std(dim=0, correction=0)
    x, y = ((train - mean) / spread).double(), ((test - mean) / spread).double()

    def loss(w):
        logits = x @ w[:12].view(3, 4).T + w[12:]
        cross = torch.nn.functional.cross_entropy(logits, labels, reduction="sum")
        return INVERSE_PENALTY * cross + w[:12].square().sum() / 2 + 1e-9 * w[12:].square().sum()

    w = torch.zeros(15, dtype=torch.float64)
    for _ in range(20):
        gradient = torch.autograd.functional.jacobian(loss, w)
        w = w - torch.linalg.solve(torch.autograd.functional.hessian(loss, w), gradient)
    assert gradient.abs().max() < 1e-6
    named = (y @ w[:12].view(3, 4).T + w[12:]).argmax(dim=1)
    expected = float((named == truth).float().mean())
    assert 0.4 < expected < 0.95, "the classes overlap"
    assert probe_accuracy(train, labels, test, truth) == pytest.approx(expected, abs=0.011)


def test_equal_features_give_an_equal_answer():
    train, labels = blobs(300, spread=6.0)
    test, truth = blobs(300, spread=6.0, seed=2)
    assert len({probe_accuracy(train, labels, test, truth) for _ in range(3)}) == 1


def test_collapsed_and_broken_features_have_an_answer():
    labels, truth = torch.arange(40) % 4, torch.arange(20) % 4
    assert probe_accuracy(torch.ones(40, 8), labels, torch.ones(20, 8), truth) == 0.25
    broken = torch.full((40, 8), torch.nan)
    assert probe_accuracy(broken, labels, broken[:20], truth) == 0.25


def test_one_class_alone_is_named_always():
    truth = torch.tensor([2, 2, 0, 2])
    assert probe_accuracy(torch.randn(3, 4), torch.tensor([2, 2, 2]), torch.randn(4, 4), truth) == 0.75


def test_a_probe_takes_well_under_a_second():
    train, labels = blobs(4000, classes=10, dimensions=128, spread=4.0)
    test, truth = blobs(1000, classes=10, dimensions=128, spread=4.0, seed=2)
    probe_accuracy(train[:100], labels[:100], test, truth)  # the first one also imports
    start = time.perf_counter()
    probe_accuracy(train, labels, test, truth)
    assert time.perf_counter() - start < 2, "twice as long on a busy machine"


def test_draws_are_balanced_and_differ():
    labels = torch.arange(1000) % 10
    draws = [balanced(labels, 120, rng(seed)) for seed in range(3)]
    for draw in draws:
        assert len(draw.unique()) == 120 and labels[draw].bincount().tolist() == [12] * 10
    assert not torch.equal(draws[0].sort().values, draws[1].sort().values)
    assert torch.equal(draws[0], balanced(labels, 120, rng(0)))


def test_classes_that_are_too_few_or_do_not_divide_are_filled_up():
    labels = torch.tensor([0] * 50 + [1] * 3 + [2] * 50)
    drawn = labels[balanced(labels, 23, rng())].bincount().tolist()
    assert drawn == [10, 3, 10]
    assert sorted(labels[balanced(labels, 5, rng())].bincount(minlength=3).tolist()) == [1, 2, 2]
    assert balanced(labels, 103, rng()).sort().values.tolist() == list(range(103))


def test_fewer_labels_are_the_beginning_of_more():
    labels = torch.arange(100) % 7
    assert torch.equal(balanced(labels, 30, rng())[:12], balanced(labels, 12, rng()))


def test_the_interval_holds_the_mean_as_often_as_it_says():
    values = torch.randn(2000, 5, generator=rng(), dtype=torch.float64)
    held = [abs(mean) <= reach for mean, reach in map(mean_and_interval, values)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)
    assert mean_and_interval([0.5]) == (0.5, 0.0)
    mean, reach = mean_and_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert mean == 3 and reach == pytest.approx(2.7764 * 2.5**0.5 / 5**0.5, rel=1e-4)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_probabilities_are_those_of_scikit_learn(classes):
    from sklearn.linear_model import LogisticRegression

    train, labels = blobs(200, classes=classes, dimensions=4, spread=4.0)
    test, _ = blobs(50, classes=classes, dimensions=4, spread=4.0, seed=2)
    mean, spread = train.mean(dim=0), train.std(dim=0, correction=0)
    model = LogisticRegression(C=INVERSE_PENALTY, tol=TOLERANCE, max_iter=1000)
    model.fit(((train - mean) / spread).numpy(), labels.numpy())
    expected = torch.from_numpy(model.predict_proba(((test - mean) / spread).numpy())).float()
    probe = Probe.fit(train, labels)
    torch.testing.assert_close(probe.probabilities(test, classes=classes), expected, atol=1e-5, rtol=0)
    assert torch.equal(probe.named(test), expected.argmax(dim=1)) and expected.max(dim=1).values.min() < 0.9


def test_what_there_was_no_example_of_has_no_probability():
    train, labels = blobs(200, classes=3)
    said = Probe.fit(train, 2 * labels + 1).probabilities(train, classes=7)
    assert said.shape == (200, 7) and said[:, [0, 2, 4, 6]].abs().max() == 0
    torch.testing.assert_close(said.sum(dim=1), torch.ones(200))
    assert torch.equal(said.argmax(dim=1), 2 * labels + 1)
    assert Probe.fit(train, 0 * labels + 2).probabilities(train, classes=4)[0].tolist() == [0, 0, 1, 0]
