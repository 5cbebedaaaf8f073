"""What the cards of the self-supervised lab's lesson state, measured on the run that ships."""

import pytest
import torch

from playground.data import packs
from playground.labs.selfsupervised.representation import embedded
from playground.labs.selfsupervised.views.same import Same, same_view
from playground.metrics.representations import NEIGHBORS, knn_accuracy

pytestmark = pytest.mark.usefixtures("one_thread", "no_gradients")
RUN, LAST = "simclr-fashion", 4000


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def data():
    return packs.load("fashion")


def test_untrained_networks_find_all_alike(shipped, data):
    run = shipped(RUN)
    inputs = {"picture": data.examples["images"][0], "test": data.test.first(1000), "recipe": run.recipe}
    first, last = (same_view(run.network(step), run.spec, Same(), inputs).words for step in (0, LAST))
    assert first["other"] == pytest.approx(0.96, abs=0.005) == first["same"]
    assert last["other"] == pytest.approx(-0.10, abs=0.02) and last["same"] == pytest.approx(0.85, abs=0.02)
    assert run.recipe.temperature == 0.2


def test_random_features_are_better_than_chance(shipped, data):
    run, bank = shipped(RUN), data.train.first(8000)

    def accuracy(features):
        bank_features, test_features = features(bank["images"]), features(data.test["images"])
        return knn_accuracy(bank_features, bank["labels"], test_features, data.test["labels"])

    def at(step):
        return accuracy(lambda images: embedded(run.network(step), images))

    assert at(0) == pytest.approx(0.73, abs=0.01) and at(LAST) == pytest.approx(0.83, abs=0.01)
    assert accuracy(lambda images: images.flatten(1).float() / 127.5 - 1) == pytest.approx(0.82, abs=0.005)
    assert len(run.spec.classes) == 10 and NEIGHBORS == 20
