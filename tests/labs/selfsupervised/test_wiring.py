"""What objectives hand to their losses and metrics: views by image, and labels of the training alone."""

import math
from dataclasses import replace

import pytest
import torch

from playground.data import Data, ImageSpec, Split, packs
from playground.labs import recipe
from playground.labs.selfsupervised import dino, simclr, simsiam, swav
from playground.labs.selfsupervised.pretrain import warmup_and_cosine
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize(
    ("name", "module", "loss", "knobs"),
    [
        pytest.param("simclr-fashion", simclr, "nt_xent", {}, id="simclr"),
        pytest.param("simclr-fashion", simclr, "attraction", {"negatives": False}, id="simclr-attraction"),
        pytest.param("simsiam-fashion", simsiam, "negative_cosine", {}, id="simsiam"),
        pytest.param("swav-fashion", swav, "swapped_prediction", {}, id="swav"),
        pytest.param("dino-fashion", dino, "cross_entropy", {"depth": 1}, id="dino"),
    ],
)
def test_a_loss_gets_the_views_of_one_image_at_one_place(name, module, loss, knobs, monkeypatch):
    """All crops of an image of one color are alike where they have one size; large ones come first."""
    seen, real = [], getattr(module, loss)
    monkeypatch.setattr(module, loss, lambda *given, **more: seen.extend(given) or real(*given, **more))
    chosen = recipe(name).changed(views=5, color=0, width=8, **knobs)
    gray = torch.arange(0, 240, 40, dtype=torch.uint8)[:, None, None, None].expand(6, 1, 28, 28)
    torch.manual_seed(0)
    chosen.build(chosen.load(packs)).loss("pretrain", {"images": gray}, moment())
    assert seen and all(given.shape[:2] in ((5, 6), (2, 6)) for given in seen)
    for given in seen:
        torch.testing.assert_close(given[0], given[1], rtol=0, atol=1e-4)
        torch.testing.assert_close(given[-2], given[-1], rtol=0, atol=1e-4)
        assert torch.pdist(given[0].detach()).min() > 1e-3, "different images are told apart"


def test_neighbors_and_probe_know_the_labels_of_the_training_alone():
    """Test pictures are those of the training under the other label: right is only what has seen it."""
    rng, labels = torch.Generator().manual_seed(0), torch.arange(50) % 2
    noise = torch.randint(0, 60, (50, 1, 8, 8), generator=rng) + 190 * labels[:, None, None, None]
    train = Split({"images": noise.to(torch.uint8), "labels": labels})
    test = replace(train, columns={**train.columns, "labels": 1 - labels})
    spec = ImageSpec(name="noise", channels=1, size=8, classes=("dark", "bright"))
    torch.manual_seed(0)
    objective = recipe("simclr-fashion").changed(width=8).build(Data(spec=spec, train=train, test=test, hash="noise"))
    with torch.no_grad():
        known, misled = (objective.eval().evaluate(split) for split in (train, test))
    assert known["knn"] == known["linear_probe"] == 1
    assert misled["knn"] == misled["linear_probe"] == 0


def test_learning_rates_warm_up_and_fall_as_a_cosine():
    """By hand: a line from 0.05 on to a twentieth of the budget, times half of 1 + cos(pi progress)."""
    expected = [0.05, 0.525 * (1 + math.cos(math.pi / 40)) / 2, (1 + math.cos(math.pi / 20)) / 2, 0.5, 0]
    assert [warmup_and_cosine(at) for at in (0, 0.025, 0.05, 0.5, 1)] == pytest.approx(expected)
    chosen = recipe("simclr-fashion")
    objective = chosen.build(chosen.load(packs))
    assert objective.schedule("pretrain", 0.025) == pytest.approx(expected[1])
