"""Metrics of translations against torchmetrics, closed forms, and a network whose translations are known."""

import pytest
import torch
from torch import nn

from playground.compat import torchvision_operators
from playground.data import Split
from playground.labs.translation.compare import compared, directions, feature_distance, l1, likeness, translated
from playground.metrics.features import Features
from playground.metrics.ssim import ssim
from playground.runs.store import Store


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    """Those of color images."""
    return Features.of(Store(tmp_path_factory.mktemp("runs")).trained("cnn-emoji"))


def pictures(n=6, seed=0, side=32):
    return torch.randint(0, 256, (n, 3, side, side), generator=torch.Generator().manual_seed(seed)).to(torch.uint8)


def smooth(n=6, seed=0, side=32):
    return nn.functional.interpolate(pictures(n, seed, 6).float(), size=side, mode="bilinear").to(torch.uint8)


@pytest.mark.parametrize("amount", [0, 3, 40, 255])
def test_structural_similarity_is_that_of_torchmetrics(amount):
    torchvision_operators()
    from torchmetrics.functional.image import structural_similarity_index_measure

    one = smooth()
    noise = torch.randint(-amount, amount + 1, one.shape, generator=torch.Generator().manual_seed(1))
    other = (one + noise).clamp(0, 255).to(torch.uint8)
    expected = structural_similarity_index_measure(
        one.double() / 255, other.double() / 255, data_range=1.0, reduction="none"
    )
    torch.testing.assert_close(ssim(one, other).double(), expected, rtol=1e-4, atol=1e-4)
    if not amount:
        assert torch.equal(one, other) and (ssim(one, other) == 1).all()


def test_l1_is_from_black_to_white():
    black = torch.zeros(3, 3, 16, 16, dtype=torch.uint8)
    gray = black.clone()
    gray[1], gray[2, :, :8] = 51, 255
    assert l1(black, gray).tolist() == pytest.approx([0, 0.2, 0.5])
    assert torch.equal(l1(black, gray), l1(gray, black))


def test_features_are_nought_apart_for_the_same_and_one_for_others(features):
    images = torch.cat([smooth(4), smooth(4, seed=1)])
    assert feature_distance(images, images, features) == 0
    assert feature_distance(images.roll(4, dims=0), images, features) == pytest.approx(1, abs=1e-6)


class Known(nn.Module):
    """G makes all lighter by an eighth of the range, F turns light into dark."""

    def generators(self, direction):
        def lighter(x):
            return (x + 0.25).clamp(max=1)

        def inverted(x):
            return -x

        return (lighter, inverted) if direction == "ab" else (inverted, lighter)


def test_both_directions_count_alike(features):
    split = Split({"images": pictures(seed=1), "others": pictures(seed=2)})
    metrics = compared(Known(), split, features)
    a, b = split["images"], split["others"]
    light = translated(lambda x: (x + 0.25).clamp(max=1), a)
    dark = 255 - b
    for name in ("l1", "ssim", "features"):
        expected = (likeness(light, b, features)[name] + likeness(dark, a, features)[name]) / 2
        assert metrics[name] == pytest.approx(expected, abs=1e-4), name
    back = (l1(255 - light, a).mean() + l1(translated(lambda x: (x + 0.25).clamp(max=1), dark), b).mean()) / 2
    assert metrics["cycle"] == pytest.approx(float(back), abs=1e-4)
    assert [name for name, _, _ in directions(split)] == ["ab", "ba"]


def test_translation_keeps_every_gray_value_in_its_place():
    images = pictures(70)
    assert torch.equal(translated(nn.Identity(), images), images)
