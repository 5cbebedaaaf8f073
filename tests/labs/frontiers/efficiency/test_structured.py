"""Structured pruning against masks on what layers read, in float64, for every family of classifiers."""

from __future__ import annotations

import copy

import pytest
import torch

from playground.data import packs
from playground.flops import flops
from playground.inner import inner
from playground.labs import recipes
from playground.labs.frontiers.efficiency.structured import magnitudes, sliced, strongest, without
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.recipes_base import ClassifierRecipe
from playground.labs.vision.vit import VisionTransformer

pytestmark = pytest.mark.usefixtures("one_thread")

FAMILIES = {type(one).what: one for one in reversed(recipes().values()) if isinstance(one, ClassifierRecipe)}
NONE = {"cell", "random-search", "evolution", "supernet"}
"""Their cells add up what several layers give."""


def wide(network):
    """The network in float64, with weights and statistics that agree with nothing by chance."""
    rng = torch.Generator().manual_seed(0)
    network = network.double().eval().requires_grad_(False)
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            small = tensor.flatten(1).shape[1] ** -0.5 if tensor.ndim > 1 else 0.5
            tensor.normal_(std=small, generator=rng)
            if "var" in name or "norm" in name and "weight" in name:
                tensor.abs_().add_(0.5)
    return network


def masked(network, kept):
    """A copy in which all layers that read units get zeros in place of those that are not kept."""
    twin = copy.deepcopy(network)
    for units, indices in kept.items():
        count = len(network.get_submodule(units.gives).weight)
        mask = torch.zeros(count, dtype=torch.float64)
        mask[indices] = 1

        def mask_input(module, inputs, mask=mask):
            (x,) = inputs
            if x.ndim == 4 and x.shape[1] == len(mask):
                return x * mask[:, None, None]
            return x * mask.repeat_interleave(x.shape[-1] // len(mask))

        twin.get_submodule(units.reads).register_forward_pre_hook(mask_input)
    return twin


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    recipe = FAMILIES[request.param]
    spec = recipe.spec(packs)
    if spec.size > 32:
        spec = spec.sized(32)
    torch.manual_seed(0)
    network = recipe.network(spec)
    if not isinstance(network, Classifier):
        pytest.skip("no classifier of pictures alone")
    images = torch.randn(2, spec.channels, spec.size, spec.size, dtype=torch.float64)
    return request.param, wide(network), images


def test_the_smaller_network_is_the_one_whose_units_are_masked(family):
    name, network, images = family
    whole = network(images)
    kept = strongest(network, 0.4)
    assert bool(kept) == (name not in NONE)
    small = sliced(network, kept)
    expected = masked(network, kept)(images)
    torch.testing.assert_close(small(images), expected, atol=1e-10, rtol=1e-10)
    torch.testing.assert_close(network(images), whole, atol=0, rtol=0)
    if kept:
        assert (expected - whole).abs().max() > 1e-3, "the mask hides something"
        assert sum(one.numel() for one in small.parameters()) < sum(one.numel() for one in network.parameters())
        assert flops(lambda: small(images)) < flops(lambda: network(images))


@pytest.mark.parametrize("name", ["cnn", "vit", "resnet"])
def test_units_that_nobody_listens_to_change_nothing(name):
    spec = FAMILIES[name].spec(packs)
    network = wide(FAMILIES[name].network(spec))
    kept = strongest(network, 0.5)
    for units, indices in kept.items():
        reads = network.get_submodule(units.reads)
        count = len(network.get_submodule(units.gives).weight)
        gone = [unit for unit in range(count) if unit not in indices]
        for unit in gone:
            reads.weight[:, unit::count] = 0  # of a matrix and of kernels whose channels lie innermost
    images = torch.randn(2, spec.channels, spec.size, spec.size, dtype=torch.float64)
    torch.testing.assert_close(sliced(network, kept)(images), network(images), atol=1e-10, rtol=1e-10)


def test_the_units_of_the_smallest_magnitudes_go():
    network = wide(ConvolutionalNetwork(width=8))
    (first, sizes), *_ = magnitudes(network).items()
    torch.testing.assert_close(sizes, network.blocks[0].conv1.kernels().abs().sum(dim=(1, 2, 3)))
    kept = strongest(network, 0.5)[first]
    gone = [unit for unit in range(8) if unit not in kept]
    assert len(kept) == 4 and sizes[gone].max() <= sizes[kept].min() and (kept.diff() > 0).all()


@pytest.mark.parametrize("share", [0, 0.99])
def test_nothing_goes_of_no_share_and_one_unit_always_stays(share):
    network = wide(VisionTransformer(width=8, depth=1, heads=2))
    assert {len(indices) for indices in strongest(network, share).values()} == {32 if share == 0 else 1}
    assert without(network, share)(torch.zeros(1, 1, 28, 28, dtype=torch.float64)).shape == (1, 10)


def test_half_of_the_hidden_units_is_half_of_the_perceptrons_arithmetic():
    network = wide(VisionTransformer(width=16, depth=2, heads=2, mlp_ratio=4))
    image = torch.zeros(1, 1, 28, 28, dtype=torch.float64)
    saved = flops(lambda: network(image)) - flops(lambda: without(network, 0.5)(image))
    tokens = 49 + 1
    assert saved == 2 * (2 * 2 * tokens * 16 * 32)  # blocks x layers x multiply and add


def test_layers_that_lose_nothing_are_those_of_the_network_itself():
    network = ConvolutionalNetwork(width=8).eval()
    small = without(network, 0.5)
    assert len(inner(network)) == 2 and small.stem[0].weight is network.stem[0].weight
    assert small.blocks[0].conv1.weight.shape == (4, 72) and small.blocks[0].conv2.weight.shape == (8, 36)
