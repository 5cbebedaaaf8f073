"""The benchmark of relevance: its areas are those under the curves of single pictures, and random is the baseline."""

from pathlib import Path

import pytest
import torch

from playground.data import packs, unit
from playground.labs.vision.faithfulness import area, curves, random_rankings, ranking, shares
from playground.labs.vision.saliency import saliency
from playground.runs.store import Store
from training.benchmarks import relevance
from training.benchmarks.relevance import areas

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("insert", [False, True])
def test_the_areas_are_those_of_single_pictures(monkeypatch, insert):
    monkeypatch.setattr(relevance, "CHUNK", 2)
    run = Store(Path("nowhere")).get("cnn-fashion")
    network = run.network(run.snapshots[-1])
    images = unit(packs.load("fashion").test["images"][:3])
    by_method = areas(network, run.spec, images, insert=insert)
    assert by_method.keys() == {"Gradient", "Integrated gradients", "Occlusion", "random"}
    assert all(values.shape == (3,) and (values > 0).all() and (values < 1).all() for values in by_method.values())
    at = shares(49)
    with torch.no_grad():
        label = network(images[2:]).argmax(dim=1)
    own = ranking(saliency(network, images[2:], label), 7)
    expected = area(curves(network, images[2], int(label), own, at, insert=insert), at)
    torch.testing.assert_close(by_method["Gradient"][2:], expected, rtol=1e-4, atol=1e-4)
    drawn = curves(network, images[2], int(label), random_rankings(relevance.ORDERS, 7, seed=2), at, insert=insert)
    torch.testing.assert_close(by_method["random"][2], area(drawn, at).mean(), rtol=1e-4, atol=1e-4)
