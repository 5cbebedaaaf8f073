"""What the cards of the vision lab's lesson state, measured on the runs that ship."""

from statistics import fmean

import pytest
import torch

from playground.data import packs, unit
from playground.labs.vision.attention import attention
from playground.labs.vision.lesson import CARDS
from playground.labs.vision.saliency import saliency
from playground.ui.inputs import Inputs
from training.benchmarks.relevance import areas

pytestmark = pytest.mark.usefixtures("one_thread")


def maps(run, step):
    """Attention maps (B, blocks, heads, T, T) of test pictures."""
    images = unit(packs.load(run.recipe.data).test["images"][:128])
    return attention(run.network(step), images)[1]


def from_uniform(maps):
    """KL(A || uniform) of each block, in nats."""
    return torch.xlogy(maps, maps * maps.shape[-1]).sum(dim=-1).mean(dim=(0, 2, 3))


def test_attention_starts_uniform(shipped):
    run = shipped("vit-fashion")
    start, end = maps(run, 0), maps(run, 3000)
    assert float(start.max()) * start.shape[-1] < 1.25
    assert float(end.max()) * end.shape[-1] > 20


def test_the_first_block_stays_uniform(shipped):
    run = shipped("vit-fashion")
    for step in (850, 1912, 3000):
        assert int(from_uniform(maps(run, step)).argmin()) == 0
    first, *_, last = from_uniform(maps(run, 3000)).tolist()
    assert first == pytest.approx(0.1, abs=0.02) and last > 2


@torch.no_grad()
def test_the_shirt_is_recognized_between_steps_100_and_400(shipped):
    run = shipped("vit-fashion")
    examples, test = packs.examples("fashion"), packs.load("fashion").test
    assert run.spec.classes[int(examples["labels"][0])] == "T-shirt/top"

    def sure(step):
        return float(run.network(step)(unit(examples["images"][:1])).softmax(dim=1)[0, examples["labels"][0]])

    def accuracy(step):
        return float((run.network(step)(unit(test["images"])).argmax(dim=1) == test["labels"]).float().mean())

    assert max(sure(step) for step in run.snapshots if step < 112) < 0.2
    assert sure(112) == pytest.approx(0.20, abs=0.01) and sure(378) == pytest.approx(0.78, abs=0.01)
    assert min(sure(step) for step in run.snapshots if step > 378) > 0.5
    assert accuracy(378) == pytest.approx(0.80, abs=0.01) and accuracy(3000) == pytest.approx(0.88, abs=0.01)


def test_training_accuracy_is_no_test_accuracy(shipped, curve):
    training, test = dict(curve("vit-emoji", "metrics", "accuracy")), dict(curve("vit-emoji", "evaluated", "accuracy"))
    assert len(packs.load("emoji").train) == pytest.approx(3400, abs=20)
    assert training[2500] == pytest.approx(0.99, abs=0.01) and test[2500] == pytest.approx(0.70, abs=0.005)

    def around(accuracies, middle):
        return fmean(value for step, value in accuracies.items() if abs(step - middle) <= 100)

    assert around(training, 1400) == pytest.approx(0.855, abs=0.005) and around(training, 2400) > 0.985
    assert around(test, 2400) - around(test, 1400) == pytest.approx(0.02, abs=0.01)


def test_convolutions_win_on_little_data(curve):
    cnn, vit = (curve(name, "evaluated", "accuracy")[-1][1] for name in ("cnn-emoji", "vit-emoji"))
    assert cnn == pytest.approx(0.74, abs=0.005) and vit == pytest.approx(0.70, abs=0.005)


def test_pullovers_are_told_from_coats_down_the_middle(shipped):
    run, test = shipped("cnn-fashion"), packs.load("fashion").test
    card = next(card for card in CARDS if card.region)
    size, pullover = run.spec.size, run.spec.classes.index("Pullover")
    left, top, right, bottom = (round(share * size) for share in card.region)
    assert (right - left) * (bottom - top) / size**2 == pytest.approx(0.17, abs=0.005)
    network, images = run.network(2000), unit(test["images"])

    def share(chosen):
        maps = torch.cat([saliency(network, some) for some in chosen.split(100)])
        return float((maps[:, top:bottom, left:right].sum(dim=(1, 2)) / maps.sum(dim=(1, 2))).mean())

    with torch.no_grad():
        recognized = (test["labels"] == pullover) & (network(images).argmax(dim=1) == pullover)
    assert share(images[recognized]) == pytest.approx(0.35, abs=0.01)
    shown = Inputs(packs).get(card.show["picture"], run.spec)
    assert share(unit(shown[None])) == pytest.approx(0.50, abs=0.01)


@pytest.mark.parametrize(
    "count", [pytest.param(40, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.thorough)]
)
def test_integrated_gradients_break_the_answer_soonest(shipped, count):
    run = shipped("vit-fashion")
    images = unit(packs.load("fashion").test["images"][:count])
    found = {title: float(values.mean()) for title, values in areas(run.network(3000), run.spec, images).items()}
    stated = {"Integrated gradients": 0.18, "Attention rollout": 0.23, "random": 0.45}
    for title, value in stated.items():
        assert found[title] == pytest.approx(value, abs=0.005 if count == 200 else 0.05), title
    assert min(found, key=found.get) == "Integrated gradients" and max(found, key=found.get) == "random"
