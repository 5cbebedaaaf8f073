"""The classifier's objective: its augmentations, its loss, and its evaluation."""

import math

import pytest
import torch
from torch.optim import AdamW

from playground.data import Split, packs, unit
from playground.labs.vision.classify import Classify, augmented
from playground.labs.vision.vit import VisionTransformer
from playground.metrics.classified import classification
from playground.optim import Muon
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=64, channels=1, height=16, width=16):
    return torch.randint(0, 256, (n, channels, height, width), generator=rng(9)).to(torch.uint8)


def moved(images, down, right):
    """Images (B, C, H, W) seen through a window that is moved, their edges going on for ever."""
    height, width = images.shape[-2:]
    rows = (torch.arange(height) + down).clamp(0, height - 1)
    columns = (torch.arange(width) + right).clamp(0, width - 1)
    return images[:, :, rows][..., columns]


def test_half_of_the_pictures_are_mirrored_and_nothing_else_happens():
    images = pictures(4000, height=8, width=8)
    actual = augmented(images, ["flip"], rng())
    mirrored = (actual == images.flip(-1)).all(dim=(1, 2, 3))
    unchanged = (actual == images).all(dim=(1, 2, 3))
    assert (mirrored ^ unchanged).all()
    # five standard deviations of a fair coin
    assert abs(float(mirrored.double().mean()) - 0.5) < 5 * math.sqrt(0.25 / 4000)


@pytest.mark.parametrize(("channels", "height", "width"), [(1, 16, 16), (3, 16, 24), (1, 8, 8), (3, 32, 32)])
def test_a_shift_is_a_translation_whose_edges_are_repeated(channels, height, width):
    images = pictures(400, channels, height, width)
    actual = augmented(images, ["shift"], rng())
    assert actual.dtype == torch.uint8 and actual.shape == images.shape
    reach = height // 8
    ways = [(down, right) for down in range(-reach, reach + 1) for right in range(-reach, reach + 1)]
    hits = torch.stack([(moved(images, *way) == actual).flatten(1).all(dim=1) for way in ways])  # (ways, B)
    assert torch.equal(hits.sum(dim=0), torch.ones(400, dtype=torch.long))
    taken = {ways[index] for index in hits.long().argmax(dim=0).tolist()}
    for axis in (0, 1):
        assert {way[axis] for way in taken} == set(range(-reach, reach + 1))
    if reach <= 2:
        assert taken == set(ways)


def test_the_middle_of_a_shift_is_as_likely_as_its_ends():
    images = pictures(5000, height=16, width=16)
    actual = augmented(images, ["shift"], rng())
    still = (actual == images).all(dim=(1, 2, 3)).double().mean()
    assert abs(float(still) - 1 / 25) < 5 * math.sqrt(0.04 * 0.96 / 5000)


@pytest.mark.parametrize("ways", [["flip"], ["shift"], ["flip", "shift"]])
def test_the_generator_alone_decides(ways):
    images = pictures()
    original = images.clone()
    first = augmented(images, ways, rng(1))
    torch.manual_seed(123)
    assert torch.equal(first, augmented(images, ways, rng(1)))
    assert not torch.equal(first, augmented(images, ways, rng(2)))
    assert first.dtype == torch.uint8
    assert torch.equal(images, original)


def test_without_augmentation_pictures_stay_and_no_randomness_is_used():
    images, source = pictures(), rng(1)
    before = source.get_state()
    assert torch.equal(augmented(images, [], source), images)
    assert torch.equal(source.get_state(), before)


def objective(smoothing=0.0, augment=()):
    torch.manual_seed(0)
    network = VisionTransformer(image_size=8, patch_size=4, width=16, depth=2, heads=2)
    torch.nn.init.normal_(network.head.weight)
    return Classify(
        network=network,
        data=packs.load("digits"),
        learning_rate=1e-3,
        weight_decay=0.05,
        label_smoothing=smoothing,
        augment=augment,
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_the_loss_is_cross_entropy_with_smoothed_labels(smoothing):
    batch = {"images": pictures(32, 1, 8, 8), "labels": torch.arange(32) % 10}
    terms = objective(smoothing).loss("classify", batch, moment())
    log_p = objective().shown(unit(batch["images"])).log_softmax(dim=1)
    target = torch.full((32, 10), smoothing / 10)
    target[torch.arange(32), batch["labels"]] += 1 - smoothing
    torch.testing.assert_close(terms["loss"], -(target * log_p).sum(dim=1).mean())
    torch.testing.assert_close(terms["accuracy"], (log_p.argmax(dim=1) == batch["labels"]).float().mean())
    assert terms["loss"].requires_grad and not terms["accuracy"].requires_grad


def test_the_loss_sees_the_augmented_pictures():
    batch = {"images": pictures(32, 1, 8, 8), "labels": torch.arange(32) % 10}
    mirrored = {"images": augmented(batch["images"], ["flip"], rng(5)), "labels": batch["labels"]}
    actual = objective(augment=["flip"]).loss("classify", batch, moment(seed=5))["loss"]
    assert torch.equal(actual, objective().loss("classify", mirrored, moment())["loss"])
    assert not torch.equal(actual, objective().loss("classify", batch, moment())["loss"])


def test_a_network_is_evaluated_on_all_pictures_once():
    network = objective().shown.eval()
    split = Split({"images": pictures(1101, 1, 8, 8), "labels": torch.arange(1101) % 10})
    with torch.no_grad():
        actual = classification(network, split)
        log_p = network(unit(split["images"])).log_softmax(dim=1)
    assert actual["accuracy"] == pytest.approx(float((log_p.argmax(dim=1) == split["labels"]).double().mean()))
    expected = -log_p[torch.arange(1101), split["labels"]].double().mean()
    assert actual["loss"] == pytest.approx(float(expected), rel=1e-5)


def test_a_network_that_knows_the_answers_scores_all_of_them():
    class Reader(torch.nn.Module):
        def forward(self, x):
            return 50 * torch.nn.functional.one_hot(((x[:, 0, 0, 0] + 1) * 127.5).round().long(), 10).float()

    labels = torch.arange(700) % 10
    images = labels.to(torch.uint8)[:, None, None, None].expand(-1, 1, 8, 8)
    split = Split({"images": images, "labels": labels})
    assert classification(Reader(), split) == {"accuracy": 1.0, "loss": pytest.approx(0, abs=1e-6)}


def test_muon_has_the_matrices_of_the_blocks_and_adamw_all_else():
    trained = objective()
    muon, adamw = trained.phases()[0].optimizers
    assert isinstance(muon, Muon) and isinstance(adamw, AdamW)
    names = {id(parameter): name for name, parameter in trained.shown.named_parameters()}
    hidden = [names[id(parameter)] for group in muon.param_groups for parameter in group["params"]]
    rest = [names[id(parameter)] for group in adamw.param_groups for parameter in group["params"]]
    assert sorted(hidden + rest) == sorted(names.values())
    assert hidden and all(name.startswith("blocks.") and name.endswith("weight") for name in hidden)
    assert not any(name.startswith("blocks.") and "norm" not in name and name.endswith("weight") for name in rest)


def test_the_preview_shows_sixteen_examples_under_their_heat_maps():
    trained = objective().eval()
    trained.heatmap = lambda network, images: torch.ones(len(images), 2, 2)  # uniform: nothing is drawn
    sheet = trained.preview(rng())
    examples = packs.examples("digits")["images"][:16]
    assert sheet.columns == 4 and torch.equal(sheet.images, examples.expand(-1, 3, -1, -1))
    trained.heatmap = lambda network, images: (images[:, 0] > 0).float()
    assert not torch.equal(trained.preview(rng()).images, sheet.images)
