"""Attributes read off pixels: against scikit-learn's ridge regression, and of held-out portraits."""

import pytest
import torch
from sklearn.linear_model import Ridge
from torch.nn.functional import one_hot

from playground.data import Catalog, Split, unit
from playground.data.spec import Attribute
from playground.metrics.attributes import RIDGE, AttributeClassifier

TWO = (Attribute(name="left", values=("a", "b")), Attribute(name="right", values=("a", "b", "c")))


def test_it_is_ridge_regression_onto_one_hot_vectors():
    torch.manual_seed(0)
    columns = {"images": torch.randint(256, (20, 3, 4, 4), dtype=torch.uint8)}
    split = Split({**columns, "left": torch.arange(20) % 2, "right": torch.arange(20) % 3})
    classifier = AttributeClassifier.of(split, TWO)
    x = unit(split["images"]).flatten(1).double()
    y = torch.cat([one_hot(split["left"], 2), one_hot(split["right"], 3)], dim=1).double()
    alpha = RIDGE * float((x - x.mean(dim=0)).square().sum(dim=1).mean())
    others = torch.randint(256, (5, 3, 4, 4), dtype=torch.uint8)
    expected = torch.from_numpy(Ridge(alpha=alpha).fit(x, y).predict(unit(others).flatten(1).double()))
    torch.testing.assert_close(classifier.scores(others).double(), expected, rtol=1e-3, atol=1e-4)
    assert classifier(others).tolist() == [[int(row[:2].argmax()), int(row[2:].argmax())] for row in expected]


def test_of_held_out_portraits_it_names_nearly_all():
    data = Catalog().load("faces")
    classifier = AttributeClassifier.of(data.train, data.spec.attributes)
    right = {
        name: float((found == data.test[name]).double().mean())
        for name, found in zip(classifier.names, classifier(data.test["images"]).T, strict=True)
    }
    assert min(right[name] for name in ("skin", "hair", "eyes", "nose", "clothing")) >= 0.995
    assert right["mouth"] == pytest.approx(0.93, abs=0.01)  # a beard may hide it
    assert right["facial hair"] == pytest.approx(0.97, abs=0.01)
    assert right["clothing color"] == pytest.approx(0.93, abs=0.01)
    assert right["hair color"] == pytest.approx(0.78, abs=0.01)  # heads without hair have none to see
