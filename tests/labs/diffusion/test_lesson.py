"""What the cards of the diffusion lab's lesson state, measured on the run that ships."""

import pytest
import torch

from playground.data import packs
from playground.labs.diffusion.sampling import Settings, recorded, sample_images
from playground.metrics.features import Features
from playground.metrics.generated import frechet_distance

pytestmark = pytest.mark.usefixtures("one_thread")
LABELS = torch.arange(100) % 10


@pytest.fixture(scope="module")
def run(shipped):
    return shipped("diffusion-fashion")


@pytest.fixture(scope="module")
def network(run):
    return run.network(run.snapshots[-1])


@pytest.fixture(scope="module")
def features(run, used_by):
    return Features.of(used_by(run.recipe)["features"])


@pytest.fixture(scope="module")
def sampled(network):
    """Ten samples of each class from the same noise, uint8, by the settings of a sampling."""
    known: dict[Settings, torch.Tensor] = {}

    def sampled(sampler="dpm++", steps=8, guidance=2.0):
        settings = Settings(sampler, steps, "uniform", guidance)
        if settings not in known:
            known[settings] = sample_images(network, noise(), LABELS, settings)
        return known[settings]

    return sampled


def noise():
    return torch.randn(100, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def diversity(images):
    """The standard deviation of a pixel among the samples of one class, a mean; 1 is black to white."""
    return float((images.float() / 255).view(10, 10, 28, 28).std(dim=0).mean())


def apart(one, other):
    """The root mean square difference of a pixel; 1 is black against white."""
    return float(((one.float() - other.float()) / 255).square().mean().sqrt())


def right_class(features, images):
    return float((features.logits(images).argmax(dim=1) == LABELS).float().mean())


def test_from_pure_noise_a_mean_is_predicted(network, features):
    film = recorded(network, noise(), LABELS, Settings("dpm++", 8, "uniform", 2.0), seed=0)
    assert diversity(film.x0[0]) == pytest.approx(0.07, abs=0.005)
    assert diversity(film.x0[-1]) == pytest.approx(0.15, abs=0.005)
    assert right_class(features, film.x0[0]) == pytest.approx(0.88, abs=0.02)


def test_one_step_gives_the_mean(sampled, features):
    real = features.embed(packs.load("fashion").test["images"][:1000])
    one, eight = (frechet_distance(real, features.embed(sampled("euler", steps))) for steps in (1, 8))
    assert one == pytest.approx(16, abs=0.5) and eight == pytest.approx(2, abs=0.5)


@pytest.mark.thorough
def test_the_solver_that_remembers_comes_closest(sampled):
    goal = sampled("heun", 50)
    dpm, euler, heun = (apart(sampled(*way), goal) for way in (("dpm++", 8), ("euler", 8), ("heun", 4)))
    assert dpm < min(euler, heun)
    assert [dpm, euler, heun] == pytest.approx([0.035, 0.049, 0.051], abs=0.001)


def test_guidance_trades_diversity_for_fidelity(sampled, features):
    plain, strong = sampled(guidance=1.0), sampled(guidance=4.0)
    assert right_class(features, plain) == pytest.approx(0.86, abs=0.015)
    assert right_class(features, strong) == pytest.approx(1.0, abs=0.005)
    assert diversity(plain) == pytest.approx(0.17, abs=0.005) and diversity(strong) == pytest.approx(0.14, abs=0.005)


@pytest.mark.thorough
def test_fresh_noise_leads_elsewhere(sampled):
    goal = sampled("heun", 50)
    assert apart(sampled("euler", 16), goal) == pytest.approx(0.03, abs=0.002)
    assert apart(sampled("ddpm", 50), goal) == pytest.approx(0.26, abs=0.01)
