"""Every knob of a recipe reaches what it turns, and the halves of FactorVAE are asked for what the paper says."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from playground.data import Data, ImageSpec, RollSpec, Split, unit
from playground.labs.vae import recipes
from playground.labs.vae.factor import FactorObjective, FactorVAE
from playground.labs.vae.likelihood import Bernoulli, Gaussian, Logistic
from playground.labs.vae.recipes_music import MusicVaeRecipe
from playground.labs.vae.recipes_vq import VqVaeRecipe
from playground.recipe import ImageRecipe
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")
EXAMPLES, CLASSES = 40, ("a", "b", "c")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=EXAMPLES):
    images = torch.randint(0, 256, (n, 1, 8, 8), generator=rng(5)).to(torch.uint8)
    return Split({"images": images, "labels": torch.arange(n) % len(CLASSES)})


def image_data():
    return Data(ImageSpec(name="x", classes=CLASSES, channels=1, size=8), pictures(), pictures(9), "0")


def music_data():
    spec = RollSpec(name="x", voices=("s", "a", "t", "b"), frames=16, beat=4, low=50, high=61)
    silence = Split({name: torch.zeros(4, 16, 4, dtype=torch.uint8) for name in ("rolls", "onsets")})
    return Data(spec, silence, silence, "0")


def rate(phase):
    """Gives what reads the learning rate of a phase's optimizer."""
    return lambda built: {one.name: one for one in built.phases()}[phase].optimizers[0].param_groups[0]["lr"]


# of each knob an unusual value, and how what was built tells it
LATENT = {
    "latent": (5, lambda built: built.shown.latent),
    "width": (24, lambda built: built.shown.features - built.shown.classes),
    "convolutional": (True, lambda built: any(isinstance(one, torch.nn.Conv2d) for one in built.shown.modules())),
    "likelihood": ("logistic", lambda built: type(built.shown.likelihood).__name__.lower()),
    "learning_rate": (0.0125, rate("autoencoder")),
}
BETA = {"beta": (7.5, lambda built: built.beta)}
KNOBS = {
    recipes.AeRecipe: LATENT,
    recipes.VaeRecipe: {**LATENT, **BETA},
    recipes.BetaVaeRecipe: {**LATENT, **BETA, "capacity": (11.0, lambda built: built.capacity)},
    recipes.TcvaeRecipe: {**LATENT, **BETA},
    recipes.FactorvaeRecipe: {**LATENT, "gamma": (3.5, lambda built: built.gamma)},
    recipes.CvaeRecipe: {**LATENT, **BETA},
    VqVaeRecipe: {
        "codes": (7, lambda built: len(built.shown.codebook.codes)),
        "restart_below": (0.45, lambda built: built.restart_below),
        "codebook": ("gradient", lambda built: "averages" if built.shown.codebook.averaged else "gradient"),
        "beta": (0.75, lambda built: built.beta),
        "dimensions": (5, lambda built: built.shown.codebook.codes.shape[1]),
        "width": (24, lambda built: built.shown.encoder[2].out_channels),
        "prior_width": (32, lambda built: built.shown.prior.embed.weight.shape[1]),
        "prior_depth": (3, lambda built: len(built.shown.prior.blocks)),
        "learning_rate": (0.0125, rate("autoencoder")),
        "prior_learning_rate": (0.005, rate("prior")),
    },
    MusicVaeRecipe: {
        "beta": (0.75, lambda built: built.beta),
        "free_bits": (17.0, lambda built: pytest.approx(built.free / math.log(2))),
        "forget": (0.15, lambda built: built.forget),
        "alone": (0.35, lambda built: built.alone),
        "latent": (16, lambda built: built.shown.latent),
        "width": (24, lambda built: built.shown.gru.hidden_size),
        "encoder_width": (8, lambda built: built.shown.encoder.gru.hidden_size),
        "plan": (10, lambda built: built.shown.direct.out_features),
        "learning_rate": (0.0125, rate("vae")),
        "ema": (0.95, lambda built: built.ema),
    },
}


@pytest.mark.parametrize("kind", KNOBS, ids=lambda kind: kind.what)
def test_every_knob_reaches_what_it_turns(kind):
    usual, table = kind(), KNOBS[kind]
    assert set(table) == set(kind.model_fields) - set(ImageRecipe.model_fields), "a knob without a place in the table"
    assert all(getattr(usual, name) != value for name, (value, _) in table.items())
    chosen = kind(batch_size=16, **{name: value for name, (value, _) in table.items()})
    built = chosen.build(music_data() if kind is MusicVaeRecipe else image_data())
    assert {name: read(built) for name, (_, read) in table.items()} == {
        name: value for name, (value, _) in table.items()
    }


@pytest.mark.parametrize(("name", "kind"), [("bernoulli", Bernoulli), ("gaussian", Gaussian), ("logistic", Logistic)])
def test_a_likelihood_goes_by_its_name(name, kind):
    built = recipes.VaeRecipe(likelihood=name, width=8).build(image_data())
    assert type(built.shown.likelihood) is kind


def test_total_correlation_is_that_of_all_that_is_trained_on():
    assert recipes.TcvaeRecipe(batch_size=16, width=8).build(image_data()).examples == EXAMPLES


def test_a_conditional_network_knows_the_classes_of_the_data():
    assert recipes.CvaeRecipe(width=8).build(image_data()).shown.classes == len(CLASSES)


def factor(gamma=1.0):
    torch.manual_seed(0)
    network = FactorVAE(image_size=8, width=16, latent=3)
    return FactorObjective(network=network, data=image_data(), learning_rate=1e-3, gamma=gamma)


@torch.no_grad()
def test_the_autoencoder_of_factor_vae_pays_for_the_bound_and_gamma_times_the_logit():
    trained, given = factor(gamma=7.0), pictures(6).columns
    terms = {name: float(value) for name, value in trained.loss("autoencoder", given, moment(seed=3)).items()}
    posterior = trained.shown.encode(unit(given["images"]))
    z = posterior.mean + posterior.deviation * torch.randn(6, 3, generator=rng(3))
    expected = {
        "reconstruction": float(-trained.shown.likelihood.log_prob(trained.shown.outputs(z), given["images"]).mean()),
        "kl": float(kl_divergence(Normal(posterior.mean, posterior.deviation), Normal(0.0, 1.0)).sum(dim=1).mean()),
        "total_correlation": float(trained.shown.discriminator(z).mean()),
    }
    expected["loss"] = expected["reconstruction"] + expected["kl"] + 7 * expected["total_correlation"]
    assert terms == pytest.approx(expected, rel=1e-5)
    assert abs(expected["total_correlation"]) > 0.01 and expected["kl"] > 0.01


def test_the_discriminator_of_factor_vae_shall_find_codes_positive_and_permuted_codes_negative():
    trained = factor()
    trained.shown.discriminator = torch.nn.Module()
    trained.shown.discriminator.forward = lambda z: torch.tensor([2.0] * 10 + [-3.0] * 10)[:, None]
    loss = trained.loss("discriminator", pictures(20).columns, moment())["loss"]
    assert float(loss) == pytest.approx((math.log1p(math.exp(-2)) + math.log1p(math.exp(-3))) / 2)


@torch.no_grad()
def test_the_discriminator_of_factor_vae_sees_samples_of_which_half_lost_what_their_dimensions_share():
    trained, given, seen = factor(), pictures(20).columns, []
    trained.shown.discriminator.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    trained.loss("discriminator", given, moment(seed=3))
    z = trained.shown.encode(unit(given["images"])).sample(rng(3))
    (codes,) = seen
    torch.testing.assert_close(codes[:10], z[:10])
    torch.testing.assert_close(codes[10:].sort(dim=0).values, z[10:].sort(dim=0).values)
    assert not any(torch.equal(mixed, whole) for mixed in codes[10:] for whole in z[10:])


def test_the_discriminator_of_factor_vae_learns_at_a_tenth_of_the_rate_with_shorter_averages():
    settings = {one.name: one.optimizers[0].defaults for one in factor().phases()}
    assert (settings["autoencoder"]["lr"], settings["autoencoder"]["betas"]) == (1e-3, (0.9, 0.999))
    assert settings["discriminator"]["lr"] == pytest.approx(1e-4) and settings["discriminator"]["betas"] == (0.5, 0.9)
