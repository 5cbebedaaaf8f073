"""What a classifier finds: torchmetrics' score, and shares that are known."""

import pytest
import torch
from torch import nn

from playground.metrics.classified import classes_covered, inception_score
from playground.metrics.generated import torchmetrics


@pytest.mark.filterwarnings("ignore")
def test_the_inception_score_is_that_of_torchmetrics():
    torchmetrics()
    from torchmetrics.image.inception import InceptionScore

    logits = 3 * torch.randn(200, 7, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    theirs = InceptionScore(feature=nn.Identity(), splits=1).set_dtype(torch.double)
    theirs.update(logits)
    assert inception_score(logits) == pytest.approx(float(theirs.compute()[0]), rel=1e-6)
    assert inception_score(torch.zeros(9, 7)) == pytest.approx(1)
    assert inception_score(50.0 * torch.eye(7)) == pytest.approx(7)
    assert inception_score(torch.tensor([[0.0, -torch.inf]]).repeat(3, 1)) == 1


@pytest.mark.parametrize(
    ("generated", "covered"),
    [
        ([0] * 100, 1),
        ([0] * 90 + [1] * 5 + [2] * 5, 3),
        ([0] * 90 + [1] * 4 + [2] * 6, 2),
        ([0] * 10 + [1] * 20 + [2] * 40 + [7] * 30, 3),
    ],
)
def test_a_class_is_covered_from_a_tenth_of_its_share_on(generated, covered):
    real = torch.tensor([0] * 1 + [1] * 5 + [2] * 4)  # shares of 10, 50 and 40 %
    assert classes_covered(torch.tensor(generated), real) == covered
