"""The variational autoencoder against torch.distributions and closed forms."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from playground.labs.vae.autoencoder import Autoencoder
from playground.labs.vae.latent import Posterior, decoded, encoded, log_normal
from playground.labs.vae.vae import VAE

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.double)


def pictures(n=6, channels=1, side=8):
    return torch.randint(0, 256, (n, channels, side, side), generator=rng(5)).to(torch.uint8)


def network(**options):
    torch.manual_seed(0)
    return VAE(**{"image_size": 8, "width": 16} | options).eval().requires_grad_(False)


def torches(posterior):
    return Normal(posterior.mean, posterior.deviation)


def test_the_divergence_is_that_of_torch_distributions():
    posterior = Posterior(2 * normal(50, 7), 2 * normal(50, 7, seed=1))
    expected = kl_divergence(torches(posterior), Normal(0.0, 1.0))
    torch.testing.assert_close(posterior.kl(), expected, rtol=1e-12, atol=1e-12)


def test_the_divergence_of_the_prior_from_itself_is_nothing():
    assert torch.equal(Posterior(torch.zeros(3, 2), torch.zeros(3, 2)).kl(), torch.zeros(3, 2))


def test_densities_are_those_of_torch_distributions():
    posterior, z = Posterior(normal(50, 7), normal(50, 7, seed=1)), 3 * normal(50, 7, seed=2)
    torch.testing.assert_close(posterior.log_prob(z), torches(posterior).log_prob(z), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(log_normal(z), Normal(0.0, 1.0).log_prob(z).double(), rtol=1e-6, atol=1e-6)


def test_a_sample_has_the_posteriors_mean_and_spread():
    one = encoded(network(latent=2), pictures(1))
    z = Posterior(one.mean.expand(40_000, -1), one.log_variance.expand(40_000, -1)).sample(rng())
    # five standard errors of a mean and of a standard deviation
    assert ((z.mean(dim=0) - one.mean[0]).abs() < 5 * one.deviation[0] / 200).all()
    assert ((z.std(dim=0) - one.deviation[0]).abs() < 5 * one.deviation[0] / math.sqrt(80_000)).all()


def test_the_gradient_goes_through_a_sample():
    mean, log_variance = normal(4, 3).requires_grad_(), normal(4, 3, seed=1).requires_grad_()
    Posterior(mean, log_variance).sample(rng()).sum().backward()
    noise = torch.randn(4, 3, generator=rng(), dtype=torch.double)
    torch.testing.assert_close(mean.grad, torch.ones(4, 3, dtype=torch.double))
    torch.testing.assert_close(log_variance.grad, 0.5 * (0.5 * log_variance.detach()).exp() * noise)


def test_the_codes_of_an_autoencoder_have_no_width():
    torch.manual_seed(0)
    codes = encoded(Autoencoder(image_size=8, width=16, latent=3), pictures())
    assert torch.equal(codes.deviation, torch.zeros(6, 3)) and torch.equal(codes.sample(rng()), codes.mean)
    assert float(codes.mean.std()) > 0


@pytest.mark.parametrize(("output", "variance"), [(-9.0, math.exp(-9)), (0.0, 1.0), (0.5, 1.5), (80.0, 81.0)])
def test_the_variance_is_exponential_up_to_one_and_linear_above(output, variance):
    model = network()
    torch.nn.init.zeros_(model.posterior.weight)
    model.posterior.bias.copy_(torch.tensor([0.0, 0.0, output, output]))
    deviation = encoded(model, pictures()).deviation
    torch.testing.assert_close(deviation.square(), torch.full_like(deviation, variance))


@pytest.mark.parametrize("convolutional", [False, True])
@pytest.mark.parametrize(("channels", "side"), [(1, 8), (3, 32), (1, 28)])
def test_shapes_and_range(convolutional, channels, side):
    model = network(image_size=side, channels=channels, latent=5, convolutional=convolutional)
    images = pictures(3, channels, side)
    posterior = encoded(model, images)
    assert posterior.mean.shape == posterior.deviation.shape == (3, 5) and float(posterior.deviation.min()) > 0
    shown = model.decode(1e3 * normal(3, 5).float())
    assert shown.shape == (3, channels, side, side)
    assert float(shown.min()) >= 0 and float(shown.max()) <= 1
    drawn = decoded(model, posterior.mean)
    assert drawn.shape == images.shape and drawn.dtype == torch.uint8


def test_a_side_that_cannot_be_halved_twice_is_refused():
    with pytest.raises(ValueError, match="a multiple of 4, not 30"):
        network(image_size=30, convolutional=True)


def test_brightness_is_rounded_to_the_nearest():
    class Gray(VAE):
        def decode(self, z, labels=None):
            return z[:, :, None, None]

    shown = decoded(Gray(image_size=8, width=8), torch.tensor([[0.0, 1.0], [0.5 / 255 - 1e-6, 0.5 / 255 + 1e-6]]))
    assert shown.flatten().tolist() == [0, 255, 0, 1]


def test_both_halves_of_a_conditional_network_are_given_the_class():
    model, images = network(latent=3, classes=4), pictures(2)
    first, second = (encoded(model, images, torch.tensor(labels)).mean for labels in ([0, 3], [0, 1]))
    assert torch.equal(first[0], second[0]) and not torch.allclose(first[1], second[1])
    shown = decoded(model, first[:1].expand(4, -1), torch.arange(4))
    assert shown.shape == (4, 1, 8, 8) and len(shown.unique(dim=0)) == 4
    with pytest.raises(ValueError, match="needs the classes"):
        encoded(model, images)
