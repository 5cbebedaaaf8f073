"""What autoencoders of the lab minimize, against torch.distributions, brute force and closed forms."""

import math

import pytest
import torch
from pydantic import ValidationError
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence

from playground.data import Data, ImageSpec, Split, unit
from playground.labs.vae.autoencoder import Autoencoder
from playground.labs.vae.bound import importance_weighted_bound
from playground.labs.vae.correlation import TotalCorrelation, decomposition
from playground.labs.vae.elbo import RISE, Elbo
from playground.labs.vae.factor import FactorObjective, FactorVAE, permuted
from playground.labs.vae.latent import Posterior
from playground.labs.vae.likelihood import Likelihood
from playground.labs.vae.recipes import FactorvaeRecipe, TcvaeRecipe
from playground.labs.vae.reconstruction import Reconstruction
from playground.labs.vae.vae import VAE
from playground.objective import Moment, Phase, minimized

pytestmark = pytest.mark.usefixtures("one_thread")
SHAPE = {"image_size": 8, "width": 16, "latent": 3}


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.double)


def batch(n=6, channels=1):
    drawn = torch.randint(0, 256, (n, channels, 8, 8), generator=rng(5)).to(torch.uint8)
    return {"images": drawn, "labels": torch.arange(n) % 2}


def moment(progress=0.5, seed=3):
    return Moment(10, progress, rng(seed))


def objective(kind=Elbo, network=VAE, channels=1, classes=0, **knobs):
    torch.manual_seed(0)
    split = Split(batch(channels=channels))
    data = Data(ImageSpec(name="x", classes=("a", "b"), channels=channels, size=8), split, split, "0")
    made = network(channels=channels, classes=classes, **SHAPE)
    return kind(network=made, data=data, learning_rate=1e-3, **knobs)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_terms_of_the_bound_are_those_of_torch_distributions(channels):
    trained, given = objective(channels=channels, beta=3.0), batch(channels=channels)
    terms = {name: value.item() for name, value in trained.loss("autoencoder", given, moment()).items()}
    with torch.no_grad():
        mean, log_variance = trained.shown.encode(unit(given["images"]))
        deviation = (0.5 * log_variance).exp()
        z = mean + deviation * torch.randn(mean.shape, generator=rng(3))
        pixels = Bernoulli(logits=trained.shown.decoder(z).double(), validate_args=False)
        missed = -float(pixels.log_prob(given["images"].double() / 255).sum(dim=(1, 2, 3)).mean())
        kl = float(kl_divergence(Normal(mean.double(), deviation.double()), Normal(0.0, 1.0)).sum(dim=1).mean())
    expected = {"loss": missed + kl, "objective": missed + 3 * kl, "reconstruction": missed, "kl": kl}
    assert terms == pytest.approx(expected, rel=1e-5)
    assert kl > 0.01
    with torch.no_grad():
        measured = trained.measured(given, rng(3))
    assert float(measured["loss"].mean()) == pytest.approx(missed + kl, rel=1e-5)


@pytest.mark.parametrize(("progress", "allowed"), [(0.0, 0.0), (RISE / 2, 10.0), (RISE, 20.0), (1.0, 20.0)])
def test_the_capacity_rises_and_the_divergence_is_held_at_it(progress, allowed):
    terms = objective(beta=7.0, capacity=20.0).loss("autoencoder", batch(), moment(progress))
    expected = terms["reconstruction"] + 7 * abs(terms["kl"].item() - allowed)
    torch.testing.assert_close(terms["objective"], expected)
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + terms["kl"])


@pytest.mark.parametrize("knobs", [{"beta": 4.0}, {"beta": 1.0, "capacity": 20.0}, {"beta": 1.0}])
def test_what_is_minimized_is_the_objective_and_the_loss_is_the_bound(knobs):
    """The evaluated loss is the bound, and the curve of both has one name."""
    trained = objective(**knobs)
    terms = trained.loss("autoencoder", batch(), moment())
    assert ("objective" in terms) == (knobs != {"beta": 1.0})
    torch.testing.assert_close(terms["loss"], trained.measured(batch(), rng(3))["loss"].mean())
    weights = list(trained.shown.parameters())
    expected = torch.autograd.grad(minimized(terms), weights)
    stays = Phase("autoencoder", [torch.optim.SGD(weights, lr=0.0)])
    trained.update(stays, batch(), moment())
    for weight, gradient in zip(weights, expected, strict=True):
        torch.testing.assert_close(weight.grad, gradient)


def test_one_odd_image_leaves_the_bound_and_its_gradient_finite():
    trained = objective(beta=1.0)
    with torch.no_grad():
        trained.shown.posterior.bias[-1] = 200.0
    terms = trained.loss("autoencoder", batch(), moment())
    terms["loss"].backward()
    assert terms["kl"].item() < 200
    gradients = [weight.grad for weight in trained.shown.parameters()]
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)


def test_an_autoencoder_is_paid_for_its_pictures_alone():
    trained = objective(Reconstruction, Autoencoder)
    with torch.no_grad():
        code = trained.shown.encode(unit(batch()["images"])).mean
        expected = -trained.shown.likelihood.log_prob(trained.shown.decoder(code), batch()["images"])
        error = (trained.shown.decode(code) - batch()["images"].float() / 255).square().mean()
        evaluated = trained.evaluate(Split(batch()))
    torch.testing.assert_close(trained.loss("autoencoder", batch(), moment())["loss"], expected.mean())
    assert evaluated == pytest.approx({"loss": float(expected.mean()), "error": float(error)})


def test_a_conditional_bound_is_told_the_classes():
    trained, given = objective(beta=1.0, classes=2), batch()
    losses = [
        float(trained.loss("autoencoder", {**given, "labels": labels}, moment())["loss"].detach())
        for labels in (given["labels"], 1 - given["labels"])
    ]
    assert losses[0] != pytest.approx(losses[1], rel=1e-6)
    with torch.no_grad():
        assert trained.preview(rng()).images.shape == (144, 1, 8, 8)


class Linear(Likelihood):
    """A Gaussian of variance 1 around a linear function of the code: all that is asked of it has a closed form."""

    def log_prob(self, outputs, images):
        return Normal(outputs, 1.0).log_prob(images.to(outputs) / 255).sum(dim=(1, 2, 3))


def test_the_importance_weighted_bound_comes_to_the_likelihood_of_a_linear_model():
    torch.manual_seed(0)
    model = VAE(**SHAPE).double()
    model.likelihood, images = Linear(), batch()["images"]
    model.decoder = torch.nn.Sequential(torch.nn.Linear(3, 64), torch.nn.Unflatten(1, (1, 8, 8))).double()
    x = images.double().flatten(1) / 255
    weight, bias = model.decoder[0].weight.detach(), model.decoder[0].bias.detach()
    exact = MultivariateNormal(bias, torch.eye(64, dtype=torch.double) + weight @ weight.T).log_prob(x)
    precision = torch.eye(3, dtype=torch.double) + weight.T @ weight
    mean = torch.linalg.solve(precision, weight.T @ (x - bias).T).T
    model.encode = lambda x, labels: Posterior(mean, (2 * precision.inverse().diagonal()).log().expand(6, 3))
    bounds = {k: importance_weighted_bound(model, images, rng(), samples=k) for k in (1, 20, 2000)}
    elbo = torch.stack([importance_weighted_bound(model, images, rng(seed), samples=1) for seed in range(400)]).mean(0)
    gap = 1.5 * (1 - math.log(2))  # the divergence of a posterior of twice the variance, in three dimensions
    torch.testing.assert_close(exact - elbo, torch.full_like(exact, gap), rtol=0, atol=0.1)
    torch.testing.assert_close(bounds[2000], exact, rtol=0, atol=0.05)


def test_the_parts_of_the_divergence_add_up():
    posterior = Posterior(normal(40, 4), normal(40, 4, seed=1) - 1)
    z = posterior.sample(rng())
    parts = decomposition(posterior, z, examples=40)
    expected = (posterior.log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(dim=1).mean()
    torch.testing.assert_close(sum(parts), expected)


def test_the_parts_are_those_of_the_whole_data_where_the_batch_is_all_of_them():
    posterior = Posterior(normal(30, 2), normal(30, 2, seed=1) - 1)
    z = posterior.sample(rng())
    kernel = Normal(posterior.mean[None], posterior.deviation[None]).log_prob(z[:, None]).exp()  # (30, 30, 2)
    # with N = M + 1 = 30, z's own posterior counts 1 / N and all others 1 / M, but the next one 1 / (N M)
    weights = torch.full((30, 30), 1 / 29, dtype=torch.double)
    for row in range(30):
        weights[row, row], weights[row, (row + 1) % 30] = 1 / 30, 1 / (30 * 29)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(30, dtype=torch.double))
    joint = (weights * kernel.prod(dim=2)).sum(dim=1).log()
    marginal = (weights[:, :, None] * kernel).sum(dim=1).log().sum(dim=1)
    expected = [
        float((posterior.log_prob(z).sum(dim=1) - joint).mean()),
        float((joint - marginal).mean()),
        float((marginal - Normal(0.0, 1.0).log_prob(z).sum(dim=1)).mean()),
    ]
    assert [float(part) for part in decomposition(posterior, z, 30)] == pytest.approx(expected, rel=1e-9)


def test_one_picture_tells_no_total_correlation_and_no_recipe_asks_for_it():
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        TcvaeRecipe(batch_size=1)
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        FactorvaeRecipe(batch_size=1)
    terms = objective(TotalCorrelation, beta=6.0, examples=6).loss("autoencoder", batch(2), moment())
    assert all(bool(term.isfinite()) for term in terms.values())


def test_total_correlation_is_found_where_dimensions_say_the_same():
    code = normal(500, 1)
    same = Posterior(torch.cat([code, code], dim=1), torch.full((500, 2), -4.0, dtype=torch.double))
    apart = Posterior(normal(500, 2, seed=4), torch.full((500, 2), -4.0, dtype=torch.double))
    found = [float(decomposition(one, one.sample(rng()), 500).total_correlation) for one in (same, apart)]
    # of two standard normals with noise of variance v = exp(-4), whose correlation is 1 / (1 + v)
    v = math.exp(-4)
    assert found[0] == pytest.approx(-0.5 * math.log(1 - (1 / (1 + v)) ** 2), abs=0.2)
    assert abs(found[1]) < 0.25


def test_the_estimate_of_the_marginal_has_weights_of_one():
    posterior = Posterior(torch.zeros(8, 2, dtype=torch.double), torch.zeros(8, 2, dtype=torch.double))
    parts = decomposition(posterior, posterior.sample(rng()), examples=1000)
    assert [float(part) for part in parts] == pytest.approx([0, 0, 0], abs=1e-12)


def test_beta_weighs_the_total_correlation_alone():
    once, thrice = (
        objective(TotalCorrelation, beta=beta, examples=1000).loss("autoencoder", batch(), moment()) for beta in (1, 3)
    )
    torch.testing.assert_close(minimized(once), once["reconstruction"] + once["kl"])
    torch.testing.assert_close(minimized(thrice) - minimized(once), 2 * once["total_correlation"])
    assert torch.equal(thrice["loss"], once["loss"])


def test_permuted_codes_keep_each_dimension_and_lose_what_they_share():
    code = normal(4000, 1)
    z = torch.cat([code, code], dim=1)
    mixed = permuted(z, rng())
    assert torch.equal(mixed.sort(dim=0).values, z.sort(dim=0).values)
    assert abs(float(mixed.T.corrcoef()[0, 1])) < 0.08


def test_codes_that_are_permuted_are_of_other_pictures_than_those_that_are_not():
    """Algorithm 2 draws a second batch: else the discriminator could know permuted codes by their dimensions."""
    trained, seen = objective(FactorObjective, FactorVAE, gamma=1.0), []
    trained.shown.discriminator.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    with torch.no_grad():
        trained.shown.posterior.weight[3:] = 0
        trained.shown.posterior.bias[3:] = -1e9  # posteriors without width
        trained.loss("discriminator", batch(), moment())
        codes = trained.shown.encode(unit(batch()["images"])).mean
    (given,) = seen
    torch.testing.assert_close(given[:3], codes[:3])
    torch.testing.assert_close(given[3:].sort(dim=0).values, codes[3:].sort(dim=0).values)


@pytest.mark.slow
def test_the_discriminators_logit_comes_to_the_total_correlation():
    trained = objective(FactorObjective, FactorVAE, gamma=1.0)
    discriminator, noise = trained.shown.discriminator, rng(1)
    correlation = 0.8
    optimizer = torch.optim.Adam(discriminator.parameters(), lr=2e-3)

    def codes(n):
        z = torch.randn(n, 3, generator=noise)
        z[:, 1] = correlation * z[:, 0] + math.sqrt(1 - correlation**2) * z[:, 1]
        return z

    for _ in range(600):
        z = codes(512)
        logits = discriminator(torch.cat([z, permuted(codes(512), noise)])).squeeze(1)
        target = torch.cat([torch.ones(512), torch.zeros(512)])
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(logits, target).backward()
        optimizer.step()
    estimate = discriminator(codes(8000)).mean().item()
    assert estimate == pytest.approx(-0.5 * math.log(1 - correlation**2), abs=0.12)


def test_each_phase_of_factor_vae_moves_its_own_half():
    trained = objective(FactorObjective, FactorVAE, gamma=10.0)
    halves = {"autoencoder": trained.shown.encoder, "discriminator": trained.shown.discriminator}
    for phase in trained.phases():
        before = {name: [p.clone() for p in half.parameters()] for name, half in halves.items()}
        trained.update(phase, batch(), moment())
        moved = {
            name: any(not torch.equal(a, b) for a, b in zip(before[name], half.parameters(), strict=True))
            for name, half in halves.items()
        }
        assert moved == {name: name == phase.name for name in halves}
