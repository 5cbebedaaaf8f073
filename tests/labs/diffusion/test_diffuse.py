"""The objective: the loss by hand, class dropout, previews and evaluations."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.optim import AdamW

from playground.data import packs, unit
from playground.labs import recipe
from playground.labs.diffusion import diffuse
from playground.labs.diffusion.denoise import UNCONDITIONAL, Denoiser
from playground.labs.diffusion.diffuse import Diffuse
from playground.labs.diffusion.parameterization import PARAMETERIZATIONS
from playground.labs.diffusion.path import PATHS
from playground.optim import Muon
from playground.recipe import InvalidRecipe
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def digits():
    data = packs.load("digits")
    return replace(data, train=data.train.first(64), test=data.test.first(40))


@pytest.fixture
def objective(digits, used_by):
    def built(**knobs):
        chosen = recipe("diffusion-digits").changed(width=16, **knobs)
        torch.manual_seed(0)
        return chosen.build(digits, **used_by(chosen))

    return built


class Echo(nn.Module):
    """Outputs a learned multiple of its input, and records the classes."""

    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(0.5))

    def forward(self, x, level, condition):
        self.condition = condition
        return self.factor * x


def echo(data, parameterization="velocity", path="straight", **options):
    network = Denoiser(network=Echo(), path=PATHS[path], parameterization=PARAMETERIZATIONS[parameterization])
    given = {"levels": "uniform", "weighting": "output", "conditional": True, "class_dropout": 0.25, "ema": 0.9}
    return Diffuse(network=network, spec=data.spec, features=None, guidance=1.0, learning_rate=1e-3, **given | options)


def test_flow_matching_is_the_squared_error_of_the_velocity(digits):
    """Lipman et al., equation 23, with the noise and the levels drawn again in the same order."""
    ours, batch = echo(digits, conditional=False), digits.train.batch(torch.arange(32))
    actual = ours.loss("denoise", batch, moment())["loss"]
    again, x0 = rng(), unit(batch["images"])
    sigma = PATHS["straight"].draw(32, again, "uniform")
    noise = torch.randn(x0.shape, generator=again)
    t = (sigma / (1 + sigma))[:, None, None, None]
    x_t = (1 - t) * x0 + t * noise
    output = 0.5 * x_t / (1 - t) / (sigma**2 + 0.7**2).sqrt()[:, None, None, None]
    torch.testing.assert_close(actual, (output - (noise - x0)).square().mean(), rtol=1e-4, atol=1e-5)


def test_the_class_of_a_part_of_the_images_is_dropped(digits):
    ours = echo(digits)
    batch = digits.train.batch(torch.arange(64).repeat(50))
    ours.loss("denoise", batch, moment())
    condition = ours.network.network.condition
    dropped = condition == UNCONDITIONAL
    assert dropped.float().mean() == pytest.approx(0.25, abs=0.03)
    assert torch.equal(condition[~dropped], batch["labels"][~dropped])
    ours = echo(digits, conditional=False)
    ours.loss("denoise", batch, moment())
    assert ours.network.network.condition is None


@pytest.mark.parametrize("conditional", [True, False])
def test_the_preview_has_a_row_a_class(objective, conditional, monkeypatch):
    call = {}

    def sample_images(denoiser, noise, condition, settings):
        call.update(noise=noise, condition=condition)
        return torch.zeros(noise.shape, dtype=torch.uint8)

    ours = objective(conditional=conditional)
    monkeypatch.setattr(diffuse, "sample_images", sample_images)
    sheet = ours.preview(rng())
    assert len(sheet.images) % sheet.columns == 0
    if conditional:
        rows = call["condition"].view(-1, sheet.columns)
        assert rows.tolist() == [[label] * sheet.columns for label in range(10)]
    else:
        assert call["condition"] is None
    first = call["noise"]
    ours.preview(rng())
    assert torch.equal(first, call["noise"])


@pytest.mark.parametrize("path", sorted(PATHS))
@pytest.mark.parametrize("parameterization", sorted(PARAMETERIZATIONS))
def test_all_knobs_go_together(objective, digits, path, parameterization):
    ours = objective(path=path, parameterization=parameterization)
    for levels, weighting in (("uniform", "edm"), ("log-normal", "output"), ("uniform", "min-snr")):
        ours.levels, ours.weighting = levels, weighting
        loss = ours.loss("denoise", digits.train.batch(torch.arange(16)), moment())["loss"]
        assert loss.isfinite() and loss > 0
    with torch.no_grad():
        for parameter in ours.shown.parameters():
            parameter.normal_(std=0.1)
        assert ours.eval().preview(rng()).images.float().std() > 5


def test_evaluated_by_samples_of_the_same_classes(objective, digits, monkeypatch):
    call = {}

    def sample_images(denoiser, noise, condition, settings):
        call.update(n=len(noise), condition=condition)
        return torch.zeros(noise.shape, dtype=torch.uint8)

    def generation_metrics(generated, real, features):
        assert generated.shape == real.shape
        return {"fid_x": 1.0}

    monkeypatch.setattr(diffuse, "sample_images", sample_images)
    monkeypatch.setattr(diffuse, "generation_metrics", generation_metrics)
    test = digits.test.first(20)
    actual = objective().eval().evaluate(test)
    assert call["n"] == 20 and torch.equal(call["condition"], test["labels"])
    assert actual["fid_x"] == 1.0 and 0 < actual["loss"] < 10


def test_pictures_must_halve_twice():
    with pytest.raises(InvalidRecipe, match="Pictures of 30 pixels do not halve twice; give a multiple of 4"):
        recipe("diffusion-fashion").changed(image_size=30).spec(packs)
    with pytest.raises(InvalidRecipe, match="A width of 44 is no multiple of 8"):
        recipe("diffusion-fashion").changed(width=44)


def test_muon_has_the_hidden_layers_and_adamw_the_rest(digits, objective):
    assert [type(one) for one in echo(digits).phases()[0].optimizers] == [AdamW], "nothing to orthogonalize"
    trained = objective(learning_rate=1e-3)
    muon, adamw = trained.phases()[0].optimizers
    assert isinstance(adamw, AdamW) and isinstance(muon, Muon)
    names = {id(parameter): name for name, parameter in trained.network.network.named_parameters()}
    hidden, rest = ({names[id(p)] for group in one.param_groups for p in group["params"]} for one in (muon, adamw))
    assert hidden | rest == set(names.values()) and not hidden & rest
    rows = ("down.0", "middle_in.0", "middle_out.0", "up.0")
    kernels = {f"{row}.{conv}.weight" for row in rows for conv in ("conv1", "conv2")}
    assert hidden == kernels | {"attend.qkv.weight", "attend.out.weight"}
    assert [one.param_groups[0]["lr"] for one in (adamw, muon)] == pytest.approx([1e-3, 1e-2])
