"""Attributes read off pixels: against scikit-learn's ridge regression, and of held-out portraits."""

import pytest
import torch

from playground.data import Catalog, Split
from playground.data.spec import Attribute
from playground.metrics.attributes import AttributeClassifier


def test_each_attribute_is_read_off_its_own_scores():
    torch.manual_seed(0)
    left, right = torch.arange(60) % 2, torch.arange(60) % 3
    images = torch.randint(100, (60, 1, 4, 4), dtype=torch.uint8)
    images[:, 0, 0, 0] = (left * 200).byte()
    images[:, 0, 3, 3] = (right == 2).byte() * 200
    images[:, 0, 2, 2] = (right == 1).byte() * 200
    two = (Attribute(name="left", values=("a", "b")), Attribute(name="right", values=("a", "b", "c")))
    classifier = AttributeClassifier.of(Split({"images": images[:40], "left": left[:40], "right": right[:40]}), two)
    assert classifier(images[40:]).tolist() == torch.stack([left, right], dim=1)[40:].tolist()


def test_of_held_out_portraits_it_names_nearly_all():
    data = Catalog().load("faces")
    classifier = AttributeClassifier.of(data.train, data.spec.attributes)
    found = zip(data.spec.attributes, classifier(data.test["images"]).T, strict=True)
    right = {one.name: float((values == data.test[one.name]).double().mean()) for one, values in found}
    assert min(right[name] for name in ("skin", "hair", "eyes", "nose", "clothing")) >= 0.995
    assert right["mouth"] == pytest.approx(0.93, abs=0.01)  # a beard may hide it
    assert right["facial hair"] == pytest.approx(0.97, abs=0.01)
    assert right["clothing color"] == pytest.approx(0.93, abs=0.01)
    assert right["hair color"] == pytest.approx(0.78, abs=0.01)  # heads without hair have none to see
