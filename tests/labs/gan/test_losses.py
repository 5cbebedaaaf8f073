"""The losses and the penalties against torch's own, closed forms and a GAN of two numbers."""

import math

import pytest
import torch
from torch.nn import functional as F

from playground.labs.gan.losses import LOSSES, gradient_penalty, zero_centered

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.double)


REAL, FAKE = 2 * normal(40), 2 * normal(40, seed=1)


def test_the_logistic_loss_is_cross_entropy():
    adversarial, cross_entropy = LOSSES["non-saturating"], F.binary_cross_entropy_with_logits
    expected = cross_entropy(REAL, torch.ones_like(REAL)) + cross_entropy(FAKE, torch.zeros_like(FAKE))
    torch.testing.assert_close(adversarial.discriminator(REAL, FAKE), expected)
    torch.testing.assert_close(adversarial.generator(FAKE, REAL), cross_entropy(FAKE, torch.ones_like(FAKE)))
    undecided = torch.zeros(5)  # equation 1 at its optimum
    assert float(adversarial.discriminator(undecided, undecided)) == pytest.approx(math.log(4))


def test_least_squares_are_mean_squared_errors():
    adversarial = LOSSES["least-squares"]
    expected = (F.mse_loss(REAL, torch.ones_like(REAL)) + F.mse_loss(FAKE, torch.zeros_like(FAKE))) / 2
    torch.testing.assert_close(adversarial.discriminator(REAL, FAKE), expected)
    torch.testing.assert_close(adversarial.generator(FAKE, REAL), F.mse_loss(FAKE, torch.ones_like(FAKE)) / 2)


def test_the_hinge_by_hand():
    real, fake = torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-3.0, 0.0, 1.0])
    assert float(LOSSES["hinge"].discriminator(real, fake)) == pytest.approx((0 + 0.5 + 2) / 3 + (0 + 1 + 2) / 3)
    assert float(LOSSES["hinge"].generator(fake, real)) == pytest.approx(2 / 3)


def test_the_distance_of_wasserstein_is_that_of_the_means():
    adversarial = LOSSES["wasserstein"]
    assert float(adversarial.discriminator(REAL, FAKE)) == pytest.approx(float(FAKE.mean() - REAL.mean()))
    assert float(adversarial.generator(FAKE, REAL)) == pytest.approx(-float(FAKE.mean()))


def test_the_relativistic_loss_is_cross_entropy_of_differences():
    adversarial, cross_entropy = LOSSES["relativistic"], F.binary_cross_entropy_with_logits
    ones = torch.ones_like(REAL)
    torch.testing.assert_close(adversarial.discriminator(REAL, FAKE), cross_entropy(REAL - FAKE, ones))
    torch.testing.assert_close(adversarial.generator(FAKE, REAL), cross_entropy(FAKE - REAL, ones))


def test_only_relativistic_losses_do_not_see_a_constant():
    for name, adversarial in LOSSES.items():
        moved = adversarial.discriminator(REAL + 5, FAKE + 5) - adversarial.discriminator(REAL, FAKE)
        assert (abs(float(moved)) < 1e-9) == (name in ("relativistic", "wasserstein")), name


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("shape", [(6,), (6, 1), (2, 3, 4)])
def test_generator_and_discriminator_pull_in_opposite_ways(name, shape):
    adversarial = LOSSES[name]
    real, fake = (torch.zeros(shape, requires_grad=True) for _ in range(2))
    loss = adversarial.discriminator(real, fake)
    on_real, on_fake = torch.autograd.grad(loss, (real, fake), allow_unused=True)
    assert loss.ndim == 0 and (on_real < 0).all() and ((on_fake > 0).all() or name == "least-squares")
    (on_fake,) = torch.autograd.grad(adversarial.generator(fake, real), fake)
    assert (on_fake < 0).all()


@pytest.mark.parametrize("shape", [(7, 2), (7, 3, 4, 4)])
def test_the_slope_of_a_plane(shape):
    real, fake, w = normal(*shape), normal(*shape, seed=1), normal(*shape[1:], seed=2)

    def plane(x):
        return (x * w).flatten(1).sum(dim=1) + 3

    slope = float(w.norm())
    assert float(gradient_penalty(plane, real, fake, rng())) == pytest.approx((slope - 1) ** 2)
    assert float(zero_centered(plane, real)) == pytest.approx(slope**2)
    assert float(zero_centered(lambda x: plane(x)[:, None], real)) == pytest.approx(slope**2)


def test_the_slope_of_a_bowl_is_taken_where_the_samples_are():
    a, x = normal(3, 3), normal(20, 3, seed=1)
    a = a + a.T
    actual = zero_centered(lambda x: ((x @ a) * x).sum(dim=1) / 2, x)
    assert float(actual.detach()) == pytest.approx(float((x @ a).square().sum(dim=1).mean()))


def test_the_places_between_lie_on_straight_lines():
    real, fake = normal(9, 2), normal(9, 2, seed=1)
    share = torch.rand(9, 1, generator=rng(4), dtype=torch.double)
    between = share * real + (1 - share) * fake
    actual = gradient_penalty(lambda x: x.square().sum(dim=1) / 2, real, fake, rng(4))
    assert float(actual.detach()) == pytest.approx(float((between.norm(dim=1) - 1).square().mean()))


def test_penalties_reach_the_discriminator_and_nobody_else():
    real, fake = normal(5, 3), normal(5, 3, seed=1).requires_grad_(True)
    w = normal(3, seed=2).requires_grad_(True)
    gradient_penalty(lambda x: x @ w, real, fake, rng()).backward()
    slope = w.detach().norm()
    torch.testing.assert_close(w.grad, 2 * (slope - 1) * w.detach() / slope)
    w.grad = None
    zero_centered(lambda x: x @ w, fake).backward()
    torch.testing.assert_close(w.grad, 2 * w.detach())
    assert fake.grad is None and not real.requires_grad


def test_a_flat_discriminator_has_a_finite_gradient():
    w = torch.zeros(3, dtype=torch.double, requires_grad=True)
    gradient_penalty(lambda x: x @ w, normal(5, 3), normal(5, 3, seed=1), rng()).backward()
    assert w.grad.isfinite().all()


def test_penalties_work_where_gradients_are_switched_off():
    with torch.no_grad():
        assert float(zero_centered(lambda x: 2 * x[:, 0], normal(4, 2))) == pytest.approx(4)


@pytest.mark.parametrize(("gamma", "settles"), [(0.0, False), (1.0, True)])
def test_the_smallest_gan_settles_only_with_a_penalty(gamma, settles):
    """The Dirac-GAN of Mescheder et al., section 2: data at 0, a generated sample at `place`, D(x) = `slope` x.

    Without a penalty the two go round and round the equilibrium; with R1 they spiral into it.
    """
    place, slope = torch.ones(1, 1, requires_grad=True), torch.ones(1, requires_grad=True)
    adversarial, real = LOSSES["wasserstein"], torch.zeros(1, 1)
    for _ in range(500):
        loss = adversarial.discriminator(real @ slope, place.detach() @ slope)
        loss = loss + gamma / 2 * zero_centered(lambda x, slope=slope: x @ slope, real)
        (down,) = torch.autograd.grad(loss, slope)
        with torch.no_grad():
            slope -= 0.1 * down
        (down,) = torch.autograd.grad(adversarial.generator(place @ slope, real @ slope), place)
        with torch.no_grad():
            place -= 0.1 * down
    distance = math.hypot(float(place.detach()), float(slope.detach()))
    assert distance < 0.01 if settles else distance > 0.5
