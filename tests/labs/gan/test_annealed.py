"""The schedules of R3GAN."""

import pytest
import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.gan.annealed import annealed
from playground.labs.gan.style_objective import ema_decay
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def objective(used_by):
    chosen = recipe("r3gan-fashion").changed(data="digits", image_size=8, width=8, penalty_every=1, ema=100)
    torch.manual_seed(0)
    return chosen.build(packs.load("digits"), **used_by(chosen))


def test_half_a_cosine_leads_from_the_first_value_to_the_last():
    assert [annealed(4.0, 1.0, progress) for progress in (0.0, 0.5, 1.0)] == pytest.approx([4.0, 2.5, 1.0])
    assert annealed(4.0, 1.0, 0.25) == pytest.approx(2.5 + 1.5 * 0.5**0.5)


def test_rate_and_gamma_fall_and_the_memory_of_adam_grows_longer(objective):
    batch = packs.load("digits").train.batch(torch.arange(8))
    (discriminator, _) = objective.phases()
    betas, gammas = [], []
    for progress in (0.0, 0.5, 1.0):
        objective.update(discriminator, batch, moment(progress=progress))
        betas.append(discriminator.optimizers[0].param_groups[0]["betas"])
        weights = objective.weights(moment(progress=progress))
        assert weights.r1 == weights.r2
        gammas.append(weights.r1)
    assert [first for first, _ in betas] == [0.0, 0.0, 0.0]
    assert [second for _, second in betas] == pytest.approx([0.9, 0.945, 0.99])
    assert gammas == pytest.approx([2.0, 1.1, 0.2])
    assert [objective.schedule("generator", progress) for progress in (0.0, 1.0)] == [1.0, 0.25]


def test_the_penalty_of_a_step_weighs_what_gamma_is_at_that_moment(objective):
    real, fake = torch.rand(2, 4, 1, 8, 8).unbind()
    labels = torch.zeros(4, 1, dtype=torch.long)
    first, last = (
        float(objective._penalty(real, fake, labels, moment(progress=progress)).detach()) for progress in (0.0, 1.0)
    )
    assert first > 0 and last == pytest.approx(first / 10, rel=1e-4)


def test_the_average_has_the_half_life_of_stylegan2(objective):
    assert objective.decay(moment(1_000)) == ema_decay(32, 100, seen=32_000) == 0.5 ** (32 / 100)


def test_augmentation_sets_in_as_the_training_goes_on(used_by):
    chosen = recipe("r3gan-fashion").changed(data="digits", image_size=8, width=8, augment="translation")
    objective = chosen.build(packs.load("digits"), **used_by(chosen))
    batch = packs.load("digits").train.batch(torch.arange(64))
    plain = chosen.changed(augment="none").build(packs.load("digits"), **used_by(chosen))
    plain.load_state_dict(objective.state_dict())
    first, last = (
        [one.loss("discriminator", batch, moment(progress=progress))["margin"] for one in (objective, plain)]
        for progress in (0.0, 1.0)
    )
    assert torch.equal(*first) and not torch.equal(*last)
    assert [objective.probability(moment(progress=progress)) for progress in (0.0, 1.0)] == pytest.approx([0.0, 0.3])
