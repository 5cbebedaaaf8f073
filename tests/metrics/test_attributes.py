"""Attributes named by a small network: planted ones, and those of portraits, clean and disturbed."""

import pytest
import torch

from playground.data import Catalog, Split
from playground.data.spec import Attribute
from playground.metrics.attributes import AttributeClassifier, disturbed

pytestmark = pytest.mark.usefixtures("one_thread")

TWO = (Attribute(name="left", values=("a", "b")), Attribute(name="right", values=("a", "b", "c")))


@pytest.fixture(scope="module")
def planted():
    """Pictures of noise with a bright square on the left half or none, and one of three on the right half."""
    rng = torch.Generator().manual_seed(0)
    left, right = torch.randint(2, (400,), generator=rng), torch.randint(3, (400,), generator=rng)
    images = torch.randint(60, (400, 1, 16, 16), generator=rng, dtype=torch.uint8)
    images[:, 0, 4:8, 2:6] += (left * 150).byte()[:, None, None]
    for value in (1, 2):
        images[right == value, 0, 4 * value : 4 * value + 4, 10:14] += 150
    return Split({"images": images, "left": left, "right": right})


def test_each_attribute_has_a_softmax_of_its_own(planted):
    classifier = AttributeClassifier.of(planted.first(300), TWO)
    rest = torch.arange(300, 400)
    named = classifier.named(planted["images"][rest])
    assert named.shape == (100, 2)
    assert torch.equal(named, torch.stack([planted["left"], planted["right"]], dim=1)[rest])
    assert [part.shape for part in classifier(torch.zeros(5, 1, 16, 16))] == [(5, 2), (5, 3)]


def test_it_always_learns_alike_and_leaves_the_random_numbers_of_others_alone(planted):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    with torch.no_grad():  # as evaluations are
        first, second = (AttributeClassifier.of(planted.first(64), TWO, epochs=1) for _ in range(2))
    assert torch.equal(torch.rand(3), expected)
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name]), name


def test_disturbed_pictures_are_moved_and_noisy():
    x = torch.zeros(400, 1, 8, 8)
    x[:, :, 4, 4] = 1
    rng = torch.Generator().manual_seed(0)
    seen = torch.stack([disturbed(x, rng) for _ in range(60)])
    places = {divmod(int(one[0, 0].argmax()), 8) for one in seen}
    assert places == {(row, column) for row in (3, 4, 5) for column in (3, 4, 5)}
    deviations = seen.flatten(1).sub(seen.flatten(1).median(dim=1, keepdim=True).values).quantile(0.84, dim=1)
    assert 0 <= deviations.min() < 0.005 and 0.025 < deviations.max() <= 0.033


@pytest.mark.thorough
def test_of_held_out_portraits_it_names_nearly_all_even_where_pixels_are_off():
    data = Catalog().load("faces")
    classifier = AttributeClassifier.of(data.train, data.spec.attributes)
    shown = torch.stack([data.test[one.name] for one in data.spec.attributes], dim=1)
    images = data.test["images"]
    noise = 0.15 * 127.5 * torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    noisy = (images + noise).clamp(0, 255).byte()
    clean, off = ((classifier.named(some) == shown).double().mean(dim=0) for some in (images, noisy))
    right = dict(zip((one.name for one in data.spec.attributes), clean.tolist(), strict=True))
    assert min(right[name] for name in ("skin", "hair", "eyes", "clothing", "clothing color")) >= 0.98
    assert right["hair color"] == pytest.approx(0.88, abs=0.03)  # heads without hair have none to see
    assert float(clean.mean()) > 0.94 and float(off.mean()) > 0.9
