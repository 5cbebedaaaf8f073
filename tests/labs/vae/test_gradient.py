"""Three estimators of one gradient, where the gradient and their variances are known in closed form."""

import pytest
import torch

from playground.data import packs, unit
from playground.labs import views
from playground.labs.vae.gradient import DRAWS, SIZES, Estimates, estimates
from playground.ui.views import CannotView

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_all_three_are_unbiased_for_a_linear_decoder():
    """f(z) = |x - W z|^2 / 2, so that the gradient of its mean over q is W^T (W mean - x)."""
    weights, picture, mean = normal(12, 3, seed=1), normal(12, seed=2), normal(3, seed=3)
    deviation = torch.tensor([0.3, 0.5, 0.8], dtype=torch.float64)
    found = estimates(
        lambda z: 0.5 * (picture - z @ weights.T).square().sum(dim=1), mean, deviation, normal(200_000, 3)
    )
    exact = weights.T @ (weights @ mean - picture)
    for single in found.all:
        error = single.std(dim=0) / len(single) ** 0.5
        assert ((single.mean(dim=0) - exact).abs() < 4 * error).all(), "within the estimate's own standard error"
        assert (error < 0.2 * exact.abs()).any(), "which is small enough to tell"
    covariance = weights.T @ weights
    torch.testing.assert_close(
        found.all[0].var(dim=0), (covariance.square() * deviation.square()).sum(dim=1), rtol=0.02, atol=0
    )


def test_their_variances_are_those_of_a_parabola():
    """f = a + b e + c e^2 in the noise e: moments of a normal are 1, 3, 15; the gradient is b / s.

    Pathwise (b + 2 c e) / s varies by 4 c^2 / s^2; f e / s by (a^2 + 6 a c + 3 b^2 + 15 c^2 - b^2) / s^2; without its
    mean a + c, f has a = -c.
    """
    a, b, c, s = 20.0, 2.0, 0.5, 0.4
    deviation = torch.tensor([s], dtype=torch.float64)
    found = estimates(
        lambda z: (a + b * z / s + c * (z / s).square())[:, 0], torch.zeros(1).double(), deviation, normal(400_000, 1)
    )
    score = (a * a + 6 * a * c + 3 * b * b + 15 * c * c - b * b) / s**2
    baseline = (10 * c * c + 3 * b * b - b * b) / s**2
    expected = torch.tensor([4 * c * c / s**2, score, baseline], dtype=torch.float64)
    torch.testing.assert_close(found.all.mean(dim=1)[:, 0], torch.full((3,), b / s).double(), rtol=0.05, atol=0)
    torch.testing.assert_close(found.all.var(dim=1)[:, 0], expected, rtol=0.03, atol=0)
    torch.testing.assert_close(found.variances()[:, -1], expected / SIZES[-1], rtol=0.03, atol=0)


def sampled_covariance(nats, score):
    """Of groups (G, n)."""
    return ((nats - nats.mean(dim=1, keepdim=True)) * score).sum(dim=1) / (nats.shape[1] - 1)


@pytest.mark.parametrize("n", [2, 4, 16])
def test_the_variance_of_a_mean_is_that_of_many_such_means(n):
    """With a baseline of the same draws it is not that of one draw over n: of two it is far larger."""
    noise = normal(40_000, n)
    nats, score, pathwise = 5 + noise + noise.square(), noise / 0.5, 2 + 4 * noise
    group = Estimates(nats[0, :, None], score[0, :, None], pathwise[0, :, None])
    covariances = sampled_covariance(nats, score)
    assert float(group.all[2].mean()) == pytest.approx(float(covariances[0]))
    means = torch.stack([pathwise.mean(dim=1), (nats * score).mean(dim=1), covariances])
    whole = Estimates(nats.view(-1, 1), score.view(-1, 1), pathwise.view(-1, 1))
    torch.testing.assert_close(whole.variances((n,))[:, 0], means.var(dim=1), rtol=0.05, atol=0)


def test_the_view_shows_the_gradient_of_the_networks_own_loss(ask, written):
    run = written(latent=5)
    words, tensors = ask(run, "gradient", picture="ex-4", seed=1)
    network, image = run.network(10), packs.examples("digits")["images"][4][None]
    posterior = network.encode(unit(image))
    noise = torch.randn(DRAWS, 5, generator=torch.Generator().manual_seed(1))
    mean = posterior.mean.detach().requires_grad_()
    z = mean + posterior.deviation * noise
    loss = -network.likelihood.log_prob(network.outputs(z), image.expand(DRAWS, -1, -1, -1)).mean()
    (exact,) = torch.autograd.grad(loss, mean)  # as training has it
    chosen = torch.tensor(words["dimensions"]) - 1
    assert sorted(exact[0].abs().topk(2).indices.tolist()) == chosen.tolist() and words["latent"] == 5
    torch.testing.assert_close(tensors["means"][0], exact[0, chosen], rtol=1e-4, atol=1e-5)
    assert tensors["singles"].shape == (3, DRAWS, 2) and tensors["variances"].shape == (3, len(SIZES))
    trick, score, baseline = tensors["variances"][:, -1].tolist()
    assert trick < baseline < score
    assert ask(run, "gradient", picture="ex-4", seed=2)[1]["means"].tolist() != tensors["means"].tolist()
    assert all(parameter.grad is None for parameter in network.parameters())


def test_a_point_has_no_such_gradient(context, written):
    run = written("ae-fashion")
    with pytest.raises(CannotView, match="What does the reparameterization trick save"):
        context.views.answer(views()["vae"]["gradient"], run, 10, {})
