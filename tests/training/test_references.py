"""The public recipes that the benchmark holds ours against: they are what they say, and they learn."""

import pytest
import torch

from playground.data import packs
from playground.labs import recipe
from training.benchmarks.generation import WithUnet2d
from training.benchmarks.references import _batches, dcgan, ddpm, unet2d

pytestmark = pytest.mark.usefixtures("one_thread")


def bright(size=28):
    """256 pictures that are white but for their frame."""
    images = torch.zeros(256, 1, size, size, dtype=torch.uint8)
    images[:, :, 1:-1, 1:-1] = 255
    return images


def test_batches_are_shuffled_and_end_with_the_time():
    images = torch.arange(100, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 28, 28)
    rng = torch.Generator().manual_seed(0)
    batches = _batches(images, 32, 60, None, rng)
    epoch = torch.cat([next(batches)[:, 0, 0, 0] for _ in range(3)])
    assert len(epoch.unique()) == 96 and not torch.equal(epoch, epoch.sort().values)
    assert list(_batches(images, 32, -1, None, rng)) == []
    assert len(list(_batches(images, 32, 60, 7, rng))) == 7


def test_a_seed_gives_the_same_untrained_pictures_and_touches_nobody_s_randomness():
    state = torch.get_rng_state()
    first = dcgan(bright(), seconds=-1, seed=0)(300)
    assert torch.equal(first, dcgan(bright(), seconds=-1, seed=0)(300))
    assert not torch.equal(first, dcgan(bright(), seconds=-1, seed=1)(300))
    assert torch.equal(state, torch.get_rng_state())
    assert first.shape == (300, 1, 28, 28) and first.dtype == torch.uint8


@pytest.mark.thorough
def test_dcgan_comes_closer_to_what_it_sees():
    def gap(max_steps):
        samples = dcgan(bright(), seconds=60, seed=0, base=8, rate=2e-3, max_steps=max_steps)(64)
        return (samples.float() - bright()[0].float()).abs().mean()

    assert gap(120) < 0.75 * gap(0)


@pytest.mark.thorough
def test_ddpm_comes_closer_to_what_it_sees():
    def gap(max_steps):
        draw = ddpm(bright(4), seconds=60, seed=0, parameters=10_000, rate=2e-3, steps=10, max_steps=max_steps)
        samples = draw(16)
        assert samples.shape == (16, 1, 4, 4) and samples.dtype == torch.uint8
        return (samples.float() - bright(4)[0].float()).abs().mean()

    assert gap(120) < 0.7 * gap(0)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "channels", "parameters"), [(28, 1, 540_000), (32, 3, 300_000)])
def test_the_network_of_diffusers_has_about_the_size_asked_for(size, channels, parameters):
    network = unet2d(channels, size, parameters=parameters, classes=11)
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(parameters, rel=0.15)
    x = torch.randn(2, channels, size, size)
    with torch.no_grad():
        assert network(x, torch.tensor([3, 700]), torch.tensor([0, 10])).sample.shape == x.shape


@pytest.mark.slow
def test_it_takes_the_place_of_our_network_in_our_recipe():
    shape = packs.spec("fashion")
    denoiser = WithUnet2d(**recipe("diffusion-fashion").model_dump()).network(shape).eval()
    x, sigma = torch.randn(2, 1, 28, 28), torch.tensor([0.1, 10.0])
    with torch.no_grad():
        conditional = denoiser(x, sigma, torch.tensor([1, 2]))
        assert conditional.shape == x.shape and torch.equal(conditional, denoiser(x, sigma, torch.tensor([1, 2])))
        assert not torch.equal(conditional, denoiser(x, sigma, None))
