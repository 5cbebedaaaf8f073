"""What the cards of the self-supervised lab's lesson state, measured on the run that ships."""

from dataclasses import replace
from statistics import mean

import pytest
import torch
from torch.nn import functional as F

from playground.data import packs
from playground.labs.selfsupervised.labels import probed, reference
from playground.labs.selfsupervised.motion import Motion
from playground.labs.selfsupervised.representation import embedded
from playground.metrics.representations import NEIGHBORS, knn_accuracy

pytestmark = pytest.mark.usefixtures("one_thread", "no_gradients")
RUN, LAST = "simclr-fashion", 11788


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def data():
    return packs.load("fashion")


def test_untrained_networks_find_all_alike(shipped, data):
    run = shipped(RUN)
    augmentation = replace(run.recipe.augmentation(run.spec), size=run.spec.size)

    def cosines(step):
        """Of two views of one picture, and of views of two different ones."""
        network, rng = run.network(step), torch.Generator().manual_seed(0)
        views = [F.normalize(network(augmentation(data.test["images"][:500], rng)), dim=1) for _ in range(2)]
        pairs = views[0] @ views[1].T
        same = pairs.diagonal()
        return float(same.mean()), float((pairs.sum() - same.sum()) / (pairs.numel() - len(same)))

    assert cosines(0) == pytest.approx((0.96, 0.93), abs=0.006)
    assert cosines(LAST) == pytest.approx((0.74, 0.03), abs=0.006)
    assert run.recipe.temperature == 0.2


@pytest.mark.thorough
def test_random_features_are_better_than_chance(shipped, data):
    run, bank = shipped(RUN), data.train.first(8000)

    def accuracy(features):
        bank_features, test_features = features(bank["images"]), features(data.test["images"])
        return knn_accuracy(bank_features, bank["labels"], test_features, data.test["labels"])

    def at(step):
        return accuracy(lambda images: embedded(run.network(step), images))

    assert at(0) == pytest.approx(0.73, abs=0.01) and at(LAST) == pytest.approx(0.84, abs=0.005)
    assert accuracy(lambda images: images.flatten(1).float() / 127.5 - 1) == pytest.approx(0.82, abs=0.005)
    assert len(run.spec.classes) == 10 and NEIGHBORS == 20


@pytest.mark.thorough
def test_few_labels_are_worth_more_on_learned_features(shipped, data):
    known = reference(data)
    network, labels = shipped(RUN).network(LAST), data.train["labels"]
    train, test = (embedded(network, split["images"]) for split in (data.train, data.test))
    for count, probe, scratch, pixels in ((120, 0.794, 0.739, 0.715), (1200, 0.846, 0.859, None)):
        at = known.counts.index(count)
        assert mean(probed(train, labels, test, data.test["labels"], count)) == pytest.approx(probe, abs=0.005)
        assert mean(known.scratch[at]) == pytest.approx(scratch, abs=0.0005)
        assert pixels is None or mean(known.pixels[at]) == pytest.approx(pixels, abs=0.0005)


def evaluated(run, step, split, data):
    objective = run.recipe.build(data)
    objective.restore(run.network(step).state_dict())
    return objective.eval().evaluate(split)


@pytest.mark.thorough
def test_what_is_hidden_is_filled_in_blurred(shipped, data):
    run = shipped("mae-fashion")
    assert evaluated(run, 2500, data.test, data)["masked_mse"] == pytest.approx(0.030, abs=0.0005)
    usual = data.train["images"].double().mean(dim=0)
    assert float(((data.test["images"] - usual) / 255).square().mean()) == pytest.approx(0.086, abs=0.0005)
    assert run.recipe.mask_ratio == 0.75


def test_the_words_of_a_class_decide(shipped):
    run = shipped("clip-emoji")
    data = run.recipe.load(packs)
    values = evaluated(run, 4000, data.test, data)
    assert values["zero_shot"] == pytest.approx(0.28, abs=0.005)
    assert values["zero_shot_finer"] == pytest.approx(0.52, abs=0.005) and len(data.meanings["subgroup"]) == 98
    assert values["zero_shot_ensemble"] == pytest.approx(0.52, abs=0.006)
    assert values["zero_shot_nearest"] == pytest.approx(0.62, abs=0.005)
    assert len(run.spec.classes) == 9
    assert float(data.test["labels"].bincount().max() / len(data.test)) == pytest.approx(0.20, abs=0.005)


@pytest.mark.thorough
def test_what_comes_next_is_nearer_than_a_copy(shipped):
    run = shipped("frames-moving")
    data = run.recipe.load(packs)
    values = evaluated(run, 7270, data.test, data)
    assert values["psnr"] == pytest.approx(28.7, abs=0.05) and values["psnr_of_a_copy"] == pytest.approx(21.0, abs=0.05)
    assert run.network(7270).frames == 5


def test_contrast_in_time_learns_where_things_go(shipped):
    told, predicts = shipped("video-moving"), shipped("frames-moving")
    data = told.recipe.load(packs)
    motion = Motion(data)
    direction = [
        motion.probed(run.network(step), data.test)["direction"] for run, step in ((told, 5000), (predicts, 7270))
    ]
    assert direction == pytest.approx([0.94, 0.17], abs=0.006)
    assert told.recipe.temperature == 0.2 and len(data.spec.classes) == 8
