"""The variational autoencoder against torch.distributions, scikit-learn and closed forms."""

import math

import pytest
import torch
from sklearn.decomposition import PCA
from torch.distributions import Bernoulli, Normal, kl_divergence

from playground.labs.vae.elbo import nats
from playground.labs.vae.latent import EXTENT, Plane, decoded, ellipse, encoded, manifold, plane_through
from playground.labs.vae.vae import VAE, kl_to_standard_normal

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


def cloud(n=200, latent=6):
    """Codes with a clear order of their principal directions."""
    turn = torch.linalg.qr(normal(latent, latent, seed=1)).Q
    return normal(n, latent) * torch.linspace(3.0, 0.3, latent, dtype=torch.double) @ turn + normal(latent, seed=2)


def test_the_divergence_is_that_of_torch_distributions():
    mean, log_variance = 2 * normal(50, 7), 2 * normal(50, 7, seed=1)
    expected = kl_divergence(Normal(mean, (0.5 * log_variance).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(kl_to_standard_normal(mean, log_variance), expected, rtol=1e-12, atol=1e-12)


def test_the_divergence_of_the_prior_from_itself_is_nothing():
    assert torch.equal(kl_to_standard_normal(torch.zeros(3, 2), torch.zeros(3, 2)), torch.zeros(3, 2))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_terms_of_the_bound_are_those_of_torch_distributions(channels):
    model, images = network(channels=channels), pictures(channels=channels)
    missed, kl = nats(model, images, rng(3))
    x = images.double() / 255
    mean, log_variance = model.encode(2 * x.float() - 1)
    z = mean + (0.5 * log_variance).exp() * torch.randn(mean.shape, generator=rng(3))
    pixels = Bernoulli(logits=model.decoder(z).double(), validate_args=False).log_prob(x)
    divergences = kl_divergence(Normal(mean.double(), (0.5 * log_variance.double()).exp()), Normal(0.0, 1.0))
    assert float(missed) == pytest.approx(-float(pixels.sum(dim=(1, 2, 3)).mean()), rel=1e-5)
    assert float(kl) == pytest.approx(float(divergences.sum(dim=1).mean()), rel=1e-5)
    assert float(kl) > 0.01


def test_the_sample_has_the_posteriors_mean_and_spread():
    model = network(latent=2)
    codes = []
    model.decoder.register_forward_pre_hook(lambda _, inputs: codes.append(inputs[0]))
    x = (2 * pictures(1).float() / 255 - 1).expand(40_000, -1, -1, -1)
    _, mean, log_variance = model(x, rng())
    z = codes[0]
    deviation = (0.5 * log_variance[0]).exp()
    # five standard errors of a mean and of a standard deviation
    assert ((z.mean(dim=0) - mean[0]).abs() < 5 * deviation / 200).all()
    assert ((z.std(dim=0) - deviation).abs() < 5 * deviation / math.sqrt(80_000)).all()


@pytest.mark.parametrize(("output", "variance"), [(-9.0, math.exp(-9)), (0.0, 1.0), (0.5, 1.5), (80.0, 81.0)])
def test_the_variance_is_exponential_up_to_one_and_linear_above(output, variance):
    model = network()
    torch.nn.init.zeros_(model.posterior.weight)
    model.posterior.bias.copy_(torch.tensor([0.0, 0.0, output, output]))
    _, deviation = encoded(model, pictures())
    torch.testing.assert_close(deviation.square(), torch.full_like(deviation, variance))


def test_one_odd_image_leaves_the_bound_and_its_gradient_finite():
    model = network().requires_grad_()
    with torch.no_grad():
        model.posterior.bias[-1] = 200.0
    missed, kl = nats(model, pictures(), rng())
    (missed + kl).backward()
    assert kl.item() < 200
    assert all(bool(parameter.grad.isfinite().all()) for parameter in model.parameters())


@pytest.mark.parametrize("convolutional", [False, True])
@pytest.mark.parametrize(("channels", "side"), [(1, 8), (3, 32), (1, 28)])
def test_shapes_and_range(convolutional, channels, side):
    model = network(image_size=side, channels=channels, latent=5, convolutional=convolutional)
    images = pictures(3, channels, side)
    mean, deviation = encoded(model, images)
    assert mean.shape == deviation.shape == (3, 5) and float(deviation.min()) > 0
    shown = model.decode(1e3 * normal(3, 5).float())
    assert shown.shape == (3, channels, side, side)
    assert float(shown.min()) >= 0 and float(shown.max()) <= 1
    assert decoded(model, mean).shape == images.shape and decoded(model, mean).dtype == torch.uint8
    assert model(2 * images.float() / 255 - 1, rng())[0].shape == images.shape


def test_a_side_that_cannot_be_halved_twice_is_refused():
    with pytest.raises(ValueError, match="a multiple of 4, not 30"):
        network(image_size=30, convolutional=True)


def test_brightness_is_rounded_to_the_nearest():
    class Gray(VAE):
        def decode(self, z):
            return z[:, :, None, None]

    shown = decoded(Gray(image_size=8, width=8), torch.tensor([[0.0, 1.0], [0.5 / 255 - 1e-6, 0.5 / 255 + 1e-6]]))
    assert shown.flatten().tolist() == [0, 255, 0, 1]


def test_two_dimensions_are_shown_as_they_are():
    codes = normal(20, 2)
    plane = plane_through(codes)
    assert torch.equal(plane.origin, torch.zeros(2, dtype=torch.double))
    assert torch.equal(plane.axes, torch.eye(2, dtype=torch.double)) and plane.explained_variance == 1.0
    assert torch.equal(plane.lift(codes), codes) and torch.equal(plane.project(codes), codes)


def test_the_plane_is_that_of_principal_component_analysis():
    codes = cloud()
    plane = plane_through(codes)
    reference = PCA(n_components=2).fit(codes.numpy())
    directions = torch.from_numpy(reference.components_)
    deviations = torch.from_numpy(reference.explained_variance_).sqrt()
    signs = (plane.axes * directions).sum(dim=1).sign()
    torch.testing.assert_close(plane.axes, (signs * deviations)[:, None] * directions)
    torch.testing.assert_close(plane.origin, torch.from_numpy(reference.mean_))
    assert plane.explained_variance == pytest.approx(reference.explained_variance_ratio_.sum())
    assert 0.5 < plane.explained_variance < 1


def test_one_unit_of_the_plane_is_one_standard_deviation():
    points = plane_through(codes := cloud()).project(codes)
    torch.testing.assert_close(points.mean(dim=0), torch.zeros(2, dtype=torch.double))
    torch.testing.assert_close(points.T.cov(), torch.eye(2, dtype=torch.double))


def test_directions_do_not_flip_from_one_snapshot_to_the_next():
    codes = cloud()
    plane, mirrored = plane_through(codes), plane_through(-codes)
    torch.testing.assert_close(plane.axes, mirrored.axes)
    largest = plane.axes.gather(1, plane.axes.abs().argmax(dim=1, keepdim=True))
    assert (largest > 0).all()


def test_lifting_and_dropping_undo_each_other():
    plane = plane_through(cloud())
    points = normal(30, 2, seed=3)
    torch.testing.assert_close(plane.project(plane.lift(points)), points)


def test_dropping_finds_the_nearest_point_of_the_plane():
    plane, codes = plane_through(cloud()), normal(30, 6, seed=4)
    missed = codes - plane.lift(plane.project(codes))
    torch.testing.assert_close(missed @ plane.axes.T, torch.zeros(30, 2, dtype=torch.double))
    assert float(missed.norm(dim=1).min()) > 0.1


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_a_few_codes_have_a_plane_too(n, spread):
    codes = spread * normal(n, 5) + 1
    plane = plane_through(codes)
    assert plane.axes.shape == (2, 5) and 0 <= plane.explained_variance <= 1 + 1e-9
    torch.testing.assert_close(plane.lift(plane.project(codes)), codes)
    along, across = plane.axes / plane.axes.norm(dim=1, keepdim=True)
    assert float(along @ across) == pytest.approx(0, abs=1e-9)


def test_codes_that_are_no_numbers_do_not_stop_a_preview():
    codes = torch.full((10, 5), float("nan"))
    assert plane_through(codes).axes.shape == (2, 5)


def test_the_ellipse_of_a_plane_along_two_dimensions():
    plane = Plane(torch.zeros(3), torch.tensor([[1.0, 0, 0], [0, 0, 1.0]]), 1.0)
    assert ellipse(plane, torch.tensor([0.5, 9.0, 0.2])) == pytest.approx((0.5, 0.2, 0.0))
    long, short, angle = ellipse(plane, torch.tensor([0.2, 9.0, 0.5]))
    assert (long, short, abs(angle)) == pytest.approx((0.5, 0.2, math.pi / 2))


def test_the_ellipse_of_a_turned_plane_by_closed_form():
    # axes of length 2 turned by 45 degrees: x = (a + b) / (2 sqrt 2), y = (b - a) / (2 sqrt 2) of the deviations a, b
    turn = math.sqrt(0.5)
    plane = Plane(torch.zeros(2), 2 * torch.tensor([[turn, turn], [-turn, turn]]), 1.0)
    assert ellipse(plane, torch.tensor([0.8, 0.2])) == pytest.approx((0.4, 0.1, -math.pi / 4))
    assert ellipse(plane, torch.tensor([0.2, 0.8])) == pytest.approx((0.4, 0.1, math.pi / 4))


def test_the_ellipse_is_that_of_the_projected_samples():
    plane, deviation = plane_through(cloud()), torch.linspace(0.2, 1.5, 6, dtype=torch.double)
    long, short, angle = ellipse(plane, deviation)
    turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], dtype=torch.double)
    actual = turn @ torch.diag(torch.tensor([long**2, short**2], dtype=torch.double)) @ turn.T
    projection = plane.axes / plane.axes.square().sum(dim=1, keepdim=True)
    torch.testing.assert_close(actual, projection @ torch.diag(deviation**2) @ projection.T)
    samples = plane.project(plane.origin + normal(100_000, 6) * deviation)
    torch.testing.assert_close(samples.T.cov(), actual, rtol=0.03, atol=0.003)
    assert long >= short > 0


def test_the_manifold_goes_row_by_row_from_the_top_left():
    class Shows(VAE):
        def decode(self, z):
            return ((z + EXTENT) / (2 * EXTENT))[:, :, None, None]

    tiles = manifold(Shows(image_size=8, width=8), plane_through(torch.zeros(3, 2)), side=3).flatten(1)
    low, middle, high = 0, 128, 255
    assert tiles[0].tolist() == [low, high]
    assert tiles[2].tolist() == [high, high]
    assert tiles[4].tolist() == [middle, middle]
    assert tiles[6].tolist() == [low, low]
    assert tiles[8].tolist() == [high, low]
    assert tiles[1].tolist() == [middle, high] and tiles[3].tolist() == [low, middle]


def test_the_manifold_lies_in_the_plane():
    model = network(latent=6)
    plane = plane_through(cloud().float())
    tiles = manifold(model, plane, side=5, extent=2.0)
    assert tiles.shape == (25, 1, 8, 8) and tiles.dtype == torch.uint8
    corners = plane.lift(torch.tensor([[-2.0, 2.0], [2.0, 2.0], [-2.0, -2.0], [2.0, -2.0]]))
    assert torch.equal(tiles[[0, 4, 20, 24]], decoded(model, corners))
