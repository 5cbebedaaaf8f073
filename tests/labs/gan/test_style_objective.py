"""StyleGAN2's objective: mixing, noise, lazy regularization against closed forms, the average, and exact resume."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from playground.data import packs
from playground.labs import recipe
from playground.labs.gan.losses import LOSSES, path_lengths
from playground.labs.gan.recipes_style import default_gamma
from playground.labs.gan.samples import draw
from playground.labs.gan.style_objective import ema_decay
from playground.recipe import InvalidRecipe
from playground.runs.events import Checkpoint, Metrics, Snapshot
from tests.cases import Training
from tests.moments import moment
from tests.training.small import every, last_weights, stopper, through_a_file
from tests.weights import same
from training.loop import walk
from training.trainer import prepared

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def digits():
    data = packs.load("digits")
    return replace(data, train=data.train.first(64), test=data.test.first(20))


def small(**knobs):
    shape = {"data": "digits", "image_size": 8, "width": 8, "latent": 6, "batch_size": 8, "r1": None}
    return recipe("stylegan-faces").changed(**{**shape, "augment": "none", **knobs})


@pytest.fixture
def built(digits, used_by):
    def built(**knobs):
        chosen = small(**knobs)
        torch.manual_seed(0)
        return chosen.build(digits, **used_by(chosen))

    return built


@pytest.fixture
def batch(digits):
    return digits.train.batch(torch.arange(8))


def test_training_draws_fresh_noise_and_pictures_are_shown_with_fixed(built, batch):
    objective = built(mixing=0)
    for layer in objective.generator.synthesis.convolutions:
        nn.init.constant_(layer.strength, 0.5)
    z = torch.randn(4, 6)
    first, second, again = (objective.generate(z, None, moment(seed=seed)) for seed in (0, 1, 0))
    assert torch.equal(first, again) and float((first - second).detach().abs().max()) > 0.01
    assert torch.equal(draw(objective.network, z), draw(objective.network, z))


def test_mixing_gives_some_images_two_codes_and_a_crossover(built):
    objective = built(mixing=0.5)
    z = torch.randn(400, 6)
    w = objective.generator.mapping(z)
    ws = objective._styles(z, None, moment())
    own = (ws == w[:, None]).all(dim=2)  # (400, layers)
    assert own[:, 0].all(), "the coarsest layer takes the first code"
    crossovers = own.sum(dim=1)
    assert all(row[:count].all() for row, count in zip(own, crossovers, strict=True)), "one crossover an image"
    assert set(crossovers.tolist()) == {1, 2, 3, 4}
    assert float((crossovers < 4).float().mean()) == pytest.approx(0.5, abs=0.1)
    rest = [ws[i, count:] for i, count in enumerate(crossovers.tolist()) if count < 3]
    assert all(torch.equal(codes, codes[:1].expand_as(codes)) for codes in rest), "and one other code"
    whole = built(mixing=0)._styles(z, None, moment())
    assert torch.equal(whole, w[:, None].expand_as(whole))


def test_the_average_of_w_follows_the_codes_of_a_batch(built, batch):
    objective = built(mixing=1.0)
    z = torch.randn(8, 6)
    objective.generate(z, None, moment())
    torch.testing.assert_close(
        objective.generator.w_average, 0.005 * objective.generator.mapping(z).mean(dim=0).detach()
    )
    objective.after_step(moment())
    assert torch.equal(objective.shown.generator.w_average, objective.generator.w_average)


def test_both_losses_are_on_real_images_and_on_generated_ones(built, batch):
    objective = built(r1=0)
    seen = []
    handle = objective.network.discriminator.features.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    terms = objective.loss("discriminator", batch, moment())
    handle.remove()
    real, fake = seen
    torch.testing.assert_close(real, batch["images"].float() / 127.5 - 1)
    expected = LOSSES["non-saturating"].discriminator(
        objective.network.discriminator(real), objective.network.discriminator(fake)
    )
    torch.testing.assert_close(terms["loss"], expected)


class Flat(nn.Module):
    """A discriminator of slope `slope` in every direction of the image."""

    def __init__(self, slope):
        super().__init__()
        self.slope = nn.Parameter(slope)

    def forward(self, images, labels=None):
        return (images * self.slope).flatten(1).sum(dim=1)


def test_r1_of_a_linear_discriminator_is_its_squared_slope(built, batch):
    objective = built(r1=3.0)
    slope = torch.randn(1, 8, 8)
    objective.network.discriminator = Flat(slope)
    penalty = objective.r1(batch, moment())
    assert float(penalty.detach()) == pytest.approx(1.5 * float(slope.square().sum()))
    (gradient,) = torch.autograd.grad(penalty, objective.network.discriminator.slope)
    torch.testing.assert_close(gradient, 3.0 * slope)


def test_path_lengths_of_a_linear_generator():
    """For images A w of layers that all take w, each layer's gradient is A^T y."""
    rng = torch.Generator().manual_seed(0)
    a = torch.randn(3, 12, 5, generator=rng, dtype=torch.double)  # a matrix a layer
    ws = torch.randn(4, 3, 5, generator=rng, dtype=torch.double).requires_grad_()
    y = torch.randn(4, 3, 2, 2, generator=rng, dtype=torch.double)
    images = torch.einsum("lpd,bld->bp", a, ws).unflatten(1, (3, 2, 2))
    slopes = torch.einsum("lpd,bp->bld", a, y.flatten(1)) / 2  # 2 is the root of the number of pixels
    expected = (slopes.square().sum(dim=(1, 2)) / 3).sqrt()
    torch.testing.assert_close(path_lengths(images, ws, y), expected, rtol=1e-10, atol=0)


def test_the_path_penalty_is_the_distance_from_its_running_mean(built, batch, monkeypatch):
    objective = built(path_length=2.0)
    lengths = torch.tensor([1.0, 3.0, 2.0, 2.0])
    monkeypatch.setattr("playground.labs.gan.style_objective.path_lengths", lambda images, ws, y: lengths)
    objective.path_mean.fill_(1.0)
    penalty = objective.path_length(batch, moment())
    mean = 0.99 * 1.0 + 0.01 * 2.0
    assert float(objective.path_mean) == pytest.approx(mean)
    assert float(penalty) == pytest.approx(2.0 * float((lengths - mean).square().mean()))


def test_the_path_penalty_reaches_the_mapping_and_the_synthesis(built, batch):
    objective = built(path_length=2.0)
    objective.path_length(batch, moment()).backward()
    generator = objective.generator
    for weight in (generator.layers[0].weight, generator.synthesis.convolutions[0].convolution.weight):
        assert bool(weight.grad.any()) and bool(weight.grad.isfinite().all())
    assert all(weight.grad is None for weight in objective.network.discriminator.parameters())


def test_a_lazy_penalty_has_a_step_of_its_own_so_many_times_over(built, batch, monkeypatch):
    objective = built(r1=1.0, r1_every=3)
    parameter = objective.network.discriminator.real.weight
    monkeypatch.setattr(objective, "r1", lambda batch, moment: 2.0 * parameter.sum())
    phase = objective.phases()[0]
    steps = []
    phase.optimizers[0].register_step_pre_hook(lambda *_: steps.append(parameter.grad.clone()))
    for step in range(4):
        terms = objective.update(phase, batch, moment(step))
        assert ("penalty" in terms) == (step % 3 == 0)
    assert len(steps) == 4 + 2
    assert (steps[1] == 6.0).all() and (steps[5] == 6.0).all(), "nothing of the adversarial loss is left in it"


def test_adam_makes_up_for_the_steps_of_the_penalties(built):
    def constants(**knobs):
        return [phase.optimizers[0].defaults for phase in built(**knobs).phases()]

    discriminator, generator = constants(r1=1.0, r1_every=16, path_length=1.0, path_every=4)
    assert discriminator["lr"] == pytest.approx(0.0025 * 16 / 17)
    assert discriminator["betas"] == pytest.approx((0.0, 0.99 ** (16 / 17)))
    assert generator["lr"] == pytest.approx(0.0025 * 4 / 5)
    assert generator["betas"] == pytest.approx((0.0, 0.99 ** (4 / 5)))
    for plain in constants(r1=0.0):
        assert plain["lr"] == 0.0025 and plain["betas"] == (0.0, 0.99)


def test_the_half_life_of_the_average_ramps_up(built):
    assert ema_decay(16, 10_000, seen=0) == 0
    assert ema_decay(16, 10_000, seen=6_400) == pytest.approx(0.5 ** (16 / 320))
    assert ema_decay(16, 10_000, seen=10**6) == pytest.approx(0.5 ** (16 / 10_000))
    assert ema_decay(16, 0, seen=10**6) == 0
    assert math.prod([ema_decay(10, 1000, seen=10**6)] * 100) == pytest.approx(0.5)
    objective = built(ema=1000)
    assert objective.decay(moment(50)) == ema_decay(8, 1000, seen=400)


def test_gamma_follows_from_pixels_and_batch(built):
    assert default_gamma(64, 32) == pytest.approx(0.0256)  # what StyleGAN2-ADA computes for 64 pixels
    assert built().settings.r1 == pytest.approx(0.0002 * 64 / 8)
    assert built(r1=0.7).settings.r1 == 0.7


PATHS = {"path_length": 2.0, "path_every": 2, "r1_every": 3, "condition": "class", "augment": "translation"}


@pytest.mark.parametrize("pause", [3, 4])
def test_a_resumed_run_equals_the_uninterrupted_one(digits, used_by, pause):
    chosen = small(steps=8, seconds=None, **PATHS)

    def train(**options):
        return walk(prepared(chosen, digits, networks=used_by(chosen), **options.pop("start", {})), **options)

    whole, before = list(train()), list(train(stop=stopper(pause)))
    state = through_a_file(every(Checkpoint, before)[-1].state)
    assert float(state.tensors["objective.path_mean"]) > 0
    after = list(train(start={"state": state}))
    assert same(last_weights(after), last_weights(whole))
    end, expected = every(Checkpoint, after)[-1].state, every(Checkpoint, whole)[-1].state
    assert same(dict(end.tensors), dict(expected.tensors))
    names = {name for event in every(Metrics, whole) for name in event.values}
    assert {"discriminator/penalty", "generator/penalty", "discriminator/right"} <= names
    assert "generator.w_average" in every(Snapshot, whole)[0].weights


def test_it_trains_in_bfloat16_with_all_that_there_is(built, digits):
    chosen, objective = small(**PATHS), built(**PATHS)
    objective.precision = torch.bfloat16
    training = Training(objective, chosen.sampler(digits)).after(12)
    assert all(bool(weight.isfinite().all()) for weight in objective.state_dict().values())
    assert all(math.isfinite(float(terms["loss"].detach())) for terms in training.terms.values())
    assert all(terms["loss"].dtype is torch.float32 for terms in training.terms.values())


@pytest.mark.parametrize("size", [36, 18])
def test_a_side_that_does_not_come_of_a_small_one_is_refused(size):
    with pytest.raises(InvalidRecipe, match=f"4 to 7 pixels doubled some times, .* not {size}"):
        small(image_size=size).spec(packs)


def test_the_views_of_the_lab_answer(ask, written):
    run = written("stylegan-faces", data="digits", image_size=8, condition="class", latent=6)
    words, tensors = ask(run, "sample", label=3)
    again, same_picture = ask(run, "sample", label=3)
    assert tensors["picture"].shape == (1, 8, 8) and words["rank"] is not None
    assert torch.equal(tensors["picture"], same_picture["picture"]) and words == again
    assert ask(run, "square", label=3)[0]["side"] == 8
    assert ask(run, "nearest", label=3)[0]["of"] > 0
