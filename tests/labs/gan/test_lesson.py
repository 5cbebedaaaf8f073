"""What the cards of the GAN lab's lesson state, measured on the runs that ship."""

import pytest
import torch

from playground.data import packs
from playground.labs.gan.dynamics import dynamics_view
from playground.labs.gan.layers import groups
from playground.labs.gan.samples import difference, draw, of_all, seeds
from playground.labs.gan.styles import codes, swapped
from playground.labs.sphere import between
from playground.metrics.features import Features
from playground.metrics.generated import nearest
from playground.view import Options

pytestmark = pytest.mark.usefixtures("one_thread")
T_SHIRT, PULLOVER = torch.tensor([[0]]), torch.tensor([[2]])


@pytest.fixture
def gan(shipped):
    run = shipped("cgan-fashion")
    return run.network(run.snapshots[-1])


def noise(n, seed=0):
    return torch.randn(n, 64, generator=torch.Generator().manual_seed(seed))


def test_a_perfect_generator_leaves_a_coin_flip(curve):
    right = curve("point-gan-gaussians", "metrics", "discriminator/right")
    late = [value for step, value in right if step > 2500]
    assert len(late) > 10 and sum(late) / len(late) == pytest.approx(0.54, abs=0.005)
    assert curve("point-gan-gaussians", "evaluated", "modes")[-1][1] == 8


def test_a_collapsed_generator_covers_hardly_a_mode(curve, shipped):
    recipe = shipped("point-gan-gaussians-collapse").recipe
    assert (recipe.generator_steps, recipe.discriminator_steps) == (20, 1) and recipe.momentum > 0
    measured = [modes for _, modes in curve("point-gan-gaussians-collapse", "evaluated", "modes")]
    assert len(measured) > 20 and sorted(measured)[-2:] == [1, 2]
    assert curve("point-gan-gaussians", "evaluated", "modes")[-1][1] == 8


def test_a_sure_discriminator_gives_no_gradient(curve, shipped):
    def without(name, first):
        """The share of generated points whose gradient is below a thousandth, frame by frame."""
        run = shipped(name)
        frames = [run.network(step) for step in run.snapshots if step >= first]
        answers = [
            dynamics_view(network, run.spec, Options(), {"test": packs.load("gaussians").test}) for network in frames
        ]
        return [float((answer.tensors["arrows"].norm(dim=1) < 1e-3).float().mean()) for answer in answers]

    vanishing = "point-gan-gaussians-vanishing"
    recipe = shipped(vanishing).recipe
    assert recipe.loss == "minimax" and recipe.r1 == 0
    shares = without(vanishing, 33)
    assert len(shares) >= 5 and min(shares) > 0.5
    assert max(without("point-gan-gaussians", 33)) == 0
    assert max(modes for step, modes in curve(vanishing, "evaluated", "modes") if step >= 33) <= 1


def test_between_seeds_nothing_jumps(gan):
    points = torch.stack([torch.linspace(0, 1, 33), torch.zeros(33)], dim=1)
    drawn = draw(gan, between(seeds(0, gan.generator.latent), points), of_all(T_SHIRT, 33)).float()
    changes = (drawn[1:] - drawn[:-1]).square().mean(dim=(1, 2, 3)).sqrt()
    assert gan.generator.latent == 64
    assert float(changes.max() / changes.mean()) == pytest.approx(1.35, abs=0.05)
    assert float((drawn[-1] - drawn[0]).square().mean().sqrt()) > 5 * float(changes.max())


def test_a_seed_keeps_its_brightness_in_another_class(gan):
    pair = [draw(gan, noise(200), of_all(asked, 200)).float().mean(dim=(1, 2, 3)) for asked in (T_SHIRT, PULLOVER)]
    assert float(torch.corrcoef(torch.stack(pair))[0, 1]) == pytest.approx(0.95, abs=0.02)


@pytest.mark.slow
def test_generated_pictures_are_not_memorized(gan, used_by, shipped):
    features = used_by(shipped("cgan-fashion").recipe)["features"]
    data = packs.load("fashion")
    embed = Features.of(features).embed
    known = embed(data.train["images"])
    generated = embed(draw(gan, noise(500, seed=1), torch.arange(500) % 10))
    new = embed(data.test["images"][:500])
    far, usual = (float(nearest(images, known)[1].median()) for images in (generated, new))
    assert far == pytest.approx(1.50, abs=0.03) and usual == pytest.approx(1.39, abs=0.03)


def test_coarse_layers_decide_most(shipped):
    run = shipped("stylegan-faces")
    network = run.network(run.snapshots[-1])
    synthesis, found = network.generator.synthesis, groups(network.generator.synthesis)
    a, b = codes(network, seeds(0, network.generator.latent, n=200), None).chunk(2)
    with torch.no_grad():
        before = synthesis(a)
        changes = {}
        for name in ("fine", "coarse", "all"):
            numbers = torch.arange(synthesis.layers)
            taken = (numbers >= found[name].numbers.start) & (numbers < found[name].numbers.stop)
            changes[name] = float(difference(synthesis(swapped(a, b, taken)), before).mean())
    assert changes == pytest.approx({"fine": 0.014, "coarse": 0.082, "all": 0.112}, abs=0.001)
    assert [len(found[name].numbers) for name in ("fine", "coarse", "all")] == [3, 3, 10]
