"""How well points are denoised: the error of the velocity, and its excess over the exact denoiser's."""

import pytest
import torch

from playground.data import packs
from playground.labs.diffusion.path import PATHS
from playground.labs.diffusion.points import exact_denoiser, velocity_error, with_noise
from tests.labs.diffusion.plane import Exact, moons, trained, untrained

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_error_is_that_of_the_velocity():
    """On the straight path the velocity eps - x0 of a guess differs from the true one by (guess - x0) / t."""
    data = moons()
    x, sigma = with_noise(data)
    t = PATHS["straight"].time(sigma)[:, None]
    assert velocity_error(data, data, sigma) == 0
    assert velocity_error(data + 0.3 * t, data, sigma) == pytest.approx(0.09, rel=1e-3)
    noise = (x - data) / sigma[:, None]
    assert noise.std() == pytest.approx(1, abs=0.05) and torch.equal(with_noise(data)[0], x)
    assert t.flatten().sort().values.diff().std() < 1e-5, "levels drawn evenly in time"


def test_the_excess_is_the_error_above_the_least_possible():
    """What is counted is the distance from the exact denoiser; with much noise both are the same number."""
    objective, data = untrained(points=256), moons(256)
    with torch.no_grad():
        for parameter in objective.shown.parameters():
            parameter.normal_(std=0.1, generator=torch.Generator().manual_seed(0))
    often = data.repeat(400, 1)
    x, sigma = with_noise(often)
    error, least = (velocity_error(one(x, sigma), often, sigma) for one in (objective.shown, exact_denoiser(data)))
    assert objective.evaluate(packs.load("moons").test)["excess"] == pytest.approx(error - least, rel=0.05)


def test_nobody_is_better_than_the_exact_denoiser():
    objective, test = untrained(), packs.load("moons").test
    objective.shown = Exact(objective.data)
    assert objective.evaluate(test)["excess"] == 0
    objective.shown = Exact(moons(900))
    assert objective.evaluate(test)["excess"] > 0


def test_the_excess_on_few_points_is_a_mean_over_much_noise():
    """With eight points alone the error would hang on eight noise levels."""
    x, sigma, best = untrained(points=8)._exact
    assert len(x) == len(sigma.unique()) == 2048
    assert torch.equal(best, exact_denoiser(moons(8))(x, sigma, None))
    nearest = torch.cdist(x[sigma < 0.05], moons(8)).argmin(dim=1)
    assert nearest.unique().tolist() == [*range(8)]


def test_training_comes_nearer_to_what_is_possible():
    start = untrained().evaluate(packs.load("moons").test)["excess"]
    _, values = trained(100)
    assert 0 < values["excess"] < 0.2 * start
    assert values.keys() == {"loss", "excess"}
