"""The view of compression: its numbers are those of the compressed network, and its lines run through it."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from playground.data import ImageSpec, Split, unit
from playground.flops import flops
from playground.labs.frontiers.efficiency.compress import FLOAT, Compression, compressed, matrices, size
from playground.labs.frontiers.efficiency.smaller import (
    COMPRESSION,
    accuracy_view,
    clock_line_view,
    clock_view,
    line_view,
    picture_view,
    trace_view,
)
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.vit import VisionTransformer

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = ImageSpec(name="any", channels=1, size=28, classes=tuple("abc"))


def wide(network):
    for parameter in network.parameters():
        parameter.data.normal_(std=0.3)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def cnn():
    torch.manual_seed(0)
    return wide(ConvolutionalNetwork(channels=1, classes=3, width=8, depth=1))


@pytest.fixture(scope="module")
def vit():
    torch.manual_seed(0)
    return wide(VisionTransformer(classes=3, width=16, depth=2, heads=2, patch_size=7))


@pytest.fixture(scope="module")
def test():
    images = torch.randint(0, 256, (40, 1, 28, 28), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return Split({"images": images, "labels": torch.arange(40) % 3})


def parsed(part, **values):
    return COMPRESSION.parts[part].parsed({name: str(value) for name, value in values.items()})


@pytest.mark.parametrize("kind", ["weights", "units"])
def test_the_view_says_what_the_compressed_network_says(cnn, test, kind):
    options = parsed("picture", pruned=kind, prune=0.7, bits=5)
    picture = test["images"][0]
    shown = picture_view(cnn, SPEC, options, {"picture": picture})
    small = compressed(cnn, Compression(kind, 0.7, 5))
    both = torch.cat([cnn(unit(picture[None])), small(unit(picture[None]))]).softmax(dim=1)
    assert torch.equal(shown.tensors["probabilities"], both)
    assert torch.equal(trace_view(cnn, SPEC, options, {"picture": picture}).tensors["values"], both[1])
    kept, weights = shown.tensors["kept"], shown.tensors["weights"]
    left = {"weights": 0.3, "units": sum(map(torch.numel, matrices(small).values())) / int(weights.sum())}[kind]
    assert float((kept * weights).sum() / weights.sum()) == pytest.approx(left, abs=1 / int(weights.sum()))
    assert shown.words["bytes"] == [size(cnn, Compression()), size(cnn, Compression(kind, 0.7, 5))]
    assert shown.words["units"] and not shown.words["merged"]


def test_accuracy_and_arithmetic_are_those_of_the_compressed_network(vit, test):
    shown = accuracy_view(vit, SPEC, parsed("accuracy", pruned="units", prune=0.5, bits=4, merge=4), {"test": test})
    small = compressed(vit, Compression("units", 0.5, 4, 4))
    images = unit(test["images"])
    right = small(images).argmax(dim=1) == test["labels"]
    assert float(shown.tensors["accuracy"]) == float(right.float().mean())
    assert shown.words["flops"] == [flops(partial(network, images[:1])) for network in (vit, small)]


FAMILIES = ("weights", "units", "bits", "merging")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_line_runs_through_what_is_chosen(vit, test, family):
    chosen = {"pruned": "units" if family == "units" else "weights", "prune": 0.5, "bits": 8, "merge": 3}
    at = {"weights": 0.5, "units": 0.5, "bits": 8, "merging": 3}[family]
    line = line_view(vit, SPEC, parsed("line", family=family, **chosen), {"test": test}).tensors
    exact = accuracy_view(vit, SPEC, parsed("accuracy", **chosen), {"test": test})
    i = line["values"].tolist().index(at)
    how = Compression(chosen["pruned"], 0.5, 8, 3)
    assert float(line["right"][i]) == float(exact.tensors["accuracy"])
    assert int(line["sizes"][i]) == size(vit, how) and float(line["flops"][i]) == exact.words["flops"][1]
    assert float(line["values"][0]) == (FLOAT if family == "bits" else 0), "it begins where nothing is lost"
    ups = (line["sizes"][1:] if family == "weights" else line["sizes"]).diff()  # a mask is kept of what is pruned
    assert (ups <= 0).all()
    fewer = bool((line["flops"].diff() < 0).all())
    assert fewer == (family in ("units", "merging")), "zeros and few bits save no arithmetic"


def test_a_line_does_not_depend_on_what_changes_along_it(vit, test):
    one, other = (parsed("line", family="bits", prune=0.3, bits=bits) for bits in (2, 8))
    first, second = (line_view(vit, SPEC, options, {"test": test}).encode() for options in (one, other))
    assert first == second


def test_there_is_no_line_of_what_a_network_has_not(cnn, test):
    assert line_view(cnn, SPEC, parsed("line", family="merging"), {"test": test}).tensors["right"].shape == (0,)
    assert (
        clock_line_view(cnn, SPEC, parsed("clock_line", family="merging"), {}).tensors["line_milliseconds"].numel() == 0
    )


def test_the_clock_is_asked_once_and_its_energy_is_what_a_core_draws(cnn):
    options = parsed("clock", pruned="units", prune=0.9, at_once=32)
    shown = clock_view(cnn, SPEC, options, {})
    before, after = shown.tensors["milliseconds"].tolist()
    assert 0 < after < before, "nine of ten channels inside its blocks are gone"
    assert shown.words["millijoules"] == pytest.approx([5 * before, 5 * after]) and shown.words["threads"] == 1
    assert clock_view(wide(ConvolutionalNetwork(classes=3, width=8)), SPEC, options, {}).encode() == shown.encode()
    line = clock_line_view(cnn, SPEC, parsed("clock_line", family="units", at_once=32), {}).tensors
    assert line["line_milliseconds"].shape == (8,) and bool((line["line_milliseconds"] > 0).all())
