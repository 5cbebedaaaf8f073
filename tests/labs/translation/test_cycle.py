"""The objective: its terms in closed form, who gets a gradient, the average that is shown, resuming, previews."""

import pytest
import torch
from torch import nn

from playground.data import packs, unit
from playground.labs.translation.compare import translated
from playground.labs.translation.cycle import ROWS
from playground.labs.translation.recipes import CycleGanRecipe
from playground.recipe import InvalidRecipe
from tests.moments import moment
from training.loop import walk
from training.trainer import prepared

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = CycleGanRecipe(image_size=32, width=4, blocks=1, discriminator_width=4, steps=6, seconds=None, pool=5)


@pytest.fixture(scope="module")
def data():
    return SMALL.load(packs)


@pytest.fixture(scope="module")
def networks(used_by):
    return used_by(SMALL)


@pytest.fixture
def built(data, networks):
    def built(**knobs):
        torch.manual_seed(0)
        return SMALL.changed(**knobs).build(data, **networks)

    return built


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


class Scaled(nn.Module):
    """Multiplies by a weight: a translation whose losses can be worked out by hand."""

    def __init__(self, factor):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(float(factor)))

    def forward(self, x):
        return self.factor * x


class Scored(Scaled):
    """Scores an image by its mean."""

    def forward(self, x):
        return self.factor * x.mean(dim=(1, 2, 3))


@pytest.fixture
def known(data, built):
    """G halves, F negates, D_A scores by the mean, D_B by twice the mean; four images of each domain."""
    objective = built(flip=False, pool=0)
    objective.network.g, objective.network.f = Scaled(0.5), Scaled(-1)
    objective.network.d_a, objective.network.d_b = Scored(1), Scored(2)
    batch = data.train.batch(torch.arange(4))
    return objective, batch, unit(batch["images"]), unit(batch["others"])


def test_the_generators_loss_is_the_paper_s(known):
    objective, batch, a, b = known
    actual = objective.loss("generators", batch, moment())
    score = (2 * (0.5 * a).mean((1, 2, 3)) - 1).square().mean() + (-b.mean((1, 2, 3)) - 1).square().mean()
    cycle = (-0.5 * a - a).abs().mean() + (-0.5 * b - b).abs().mean()
    identity = (-a - a)[:2].abs().mean() + (0.5 * b - b)[:2].abs().mean()
    torch.testing.assert_close(actual["adversarial"], score)
    torch.testing.assert_close(actual["cycle"], cycle)
    torch.testing.assert_close(actual["identity"], identity)
    torch.testing.assert_close(actual["loss"], score + 10 * cycle + 10 * 0.5 * identity)


def test_the_discriminators_loss_is_the_paper_s(known):
    objective, batch, a, b = known
    actual = objective.loss("discriminators", batch, moment())
    mean_a, mean_b = a.mean((1, 2, 3)), b.mean((1, 2, 3))
    real = (mean_a - 1).square().mean() + (2 * mean_b - 1).square().mean()
    fake = (-mean_b).square().mean() + (2 * 0.5 * mean_a).square().mean()
    torch.testing.assert_close(actual["real"], real)
    torch.testing.assert_close(actual["fake"], fake)
    torch.testing.assert_close(actual["loss"], (real + fake) / 2)


def test_the_discriminators_see_what_the_generators_drew(known):
    """Translations come from the phase before, once; without one they are drawn anew."""
    objective, batch, a, b = known
    objective.loss("generators", batch, moment())
    objective.fakes = torch.zeros_like(a), torch.ones_like(b)
    actual = objective.loss("discriminators", batch, moment())
    torch.testing.assert_close(actual["fake"], torch.tensor(4.0))
    assert objective.fakes is None
    assert not torch.allclose(objective.loss("discriminators", batch, moment())["fake"], torch.tensor(4.0))


def test_no_gradient_of_the_discriminators_reaches_the_generators(known):
    objective, batch, _, _ = known
    objective.loss("generators", batch, moment())
    objective.loss("discriminators", batch, moment())["loss"].backward()
    assert objective.network.g.factor.grad is None and objective.network.d_a.factor.grad is not None


def test_no_weight_on_the_identity_leaves_it_out(built, data):
    objective = built(lambda_identity=0)
    assert "identity" not in objective.loss("generators", data.train.batch(torch.arange(2)), moment())


def test_mirroring_is_decided_picture_by_picture(built, data):
    images = data.train["images"][:64]
    actual = built()._augmented(images, rng())
    straight = (actual == unit(images)).flatten(1).all(dim=1)
    mirrored = (actual == unit(images.flip(-1))).flatten(1).all(dim=1)
    assert (straight | mirrored).all() and 20 < int(mirrored.sum()) < 44
    assert torch.equal(built(flip=False)._augmented(images, rng()), unit(images))


def test_the_generators_that_are_shown_are_an_average(built):
    objective = built(ema=0.75)
    before = objective.shown.g.stem[1].weight.clone()
    with torch.no_grad():
        objective.network.g.stem[1].weight += 1
    objective.after_step(moment(10_000))
    torch.testing.assert_close(objective.shown.g.stem[1].weight, before + 0.25)
    assert objective.shown.d_a is objective.network.d_a and not objective.shown.g.stem[1].weight.requires_grad


def test_a_snapshot_starts_all_four_networks(built):
    weights = {name: torch.randn_like(value) for name, value in built().snapshot().items()}
    objective = built()
    objective.restore(weights)
    for copy in (objective.network.state_dict(), objective.shown.state_dict()):
        assert all(torch.equal(copy[name], value) for name, value in weights.items())


def test_rates_are_constant_then_fall_in_a_line(built):
    objective = built()
    assert [objective.schedule("generators", t) for t in (0, 0.25, 0.5, 0.75, 1)] == [1, 1, 1, 0.5, 0]


def test_the_preview_holds_round_trips(built, data):
    objective = built()
    actual = objective.preview(rng()).images.unflatten(0, (ROWS, 6))
    assert torch.equal(actual[0, 0], data.test["images"][0]) and torch.equal(actual[-1, 3], data.test["others"][-1])
    net = objective.shown
    assert torch.equal(actual[:, 2], translated(net.f, translated(net.g, actual[:, 0])))
    assert torch.equal(actual[:, 4], translated(net.f, actual[:, 3]))


def test_a_resumed_run_is_the_uninterrupted_one(data, networks):
    """The image pools and the average among it: they are full after a few steps."""
    whole = list(walk(prepared(SMALL, data, networks=networks)))
    steps = iter(range(10))
    part = list(walk(prepared(SMALL, data, networks=networks), lambda: next(steps) >= 4))
    saved = [event.state for event in part if type(event).__name__ == "Checkpoint"][-1]
    assert saved.values["step"] == 4 and int(saved.tensors["objective.pool_a.count"]) == 5
    rest = list(walk(prepared(SMALL, data, networks=networks, state=saved)))

    def last(events):
        return [event.state.tensors for event in events if type(event).__name__ == "Checkpoint"][-1]

    expected, actual = last(whole), last(rest)
    assert expected.keys() == actual.keys()
    for name, value in expected.items():
        assert torch.equal(value, actual[name]), name


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"data": "faces"}, "between two classes, and “faces” has 20. Choose emoji-styles, or pictures of your own"),
        ({"image_size": 30}, "multiple of 4 .* not 30"),
    ],
)
def test_what_cannot_be_translated_is_refused(knobs, sentence):
    with pytest.raises(InvalidRecipe, match=sentence):
        SMALL.changed(**knobs).spec(packs)
