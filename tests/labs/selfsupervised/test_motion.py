"""The probe of motion: what it can know, and what not."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from playground.data import packs
from playground.labs.selfsupervised.motion import Motion, probe_accuracy

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_probe_is_a_logistic_regression_on_standardized_features():
    train, test = 5 * normal(200, 6) + 3, 5 * normal(100, 6, seed=1) + 3
    labels, truth = (part[:, 0].div(4).long().clamp(0, 2) for part in (train, test))
    mean, spread = train.mean(dim=0), train.std(dim=0)
    expected = LogisticRegression(C=0.1, max_iter=200).fit(((train - mean) / spread).numpy(), labels.numpy())
    score = expected.score(((test - mean) / spread).numpy(), truth.numpy())
    assert probe_accuracy(train, labels, test, truth) == pytest.approx(score, abs=0.011)


def test_features_that_say_it_are_read_and_noise_is_not():
    labels = torch.arange(400) % 8
    says = torch.nn.functional.one_hot(labels, 8) + 0.1 * normal(400, 8)
    assert probe_accuracy(says[:200], labels[:200], says[200:], labels[200:]) == 1
    noise = normal(400, 8)
    assert probe_accuracy(noise[:200], labels[:200], noise[200:], labels[200:]) < 0.3


def test_one_answer_alone_is_always_given():
    same = torch.zeros(10, dtype=torch.int64)
    assert probe_accuracy(normal(10, 3), same, normal(4, 3), torch.tensor([0, 0, 1, 2])) == 0.5


def test_where_a_picture_goes_is_read_off_the_difference_of_its_frames():
    """Circular centers of mass, whose turn from frame to frame is the velocity of what passes through walls."""
    data = packs.load("moving")

    def turns(clips):
        waves = torch.fft.fft2(clips.mean(dim=2))
        both = torch.stack([waves[..., 0, 1], waves[..., 1, 0]], dim=-1)
        turned = (both[:, 1:] * both[:, :-1].conj()).sum(dim=1)
        return torch.view_as_real(turned / turned.abs().clamp(min=1e-6)).flatten(1)

    known = Motion(data, frames=3).probed(turns, data.test)
    blind = Motion(data, frames=1).probed(lambda clips: clips.flatten(1)[:, :32], data.test)
    assert known["direction"] > 0.8 and known["speed"] > 0.5
    assert blind["direction"] < 0.25 and blind["speed"] < 0.4
