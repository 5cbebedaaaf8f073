"""What all recipes of image classifiers share: their arithmetic is counted without a network that could be run."""

import pytest
import torch

from playground.data import packs
from playground.flops import flops
from playground.labs import recipe, recipes

pytestmark = pytest.mark.usefixtures("one_thread")
FIRSTS = {one.what: name for name, one in recipes().items() if one.lab == "vision"}.values()


@pytest.mark.parametrize("name", FIRSTS)
def test_the_arithmetic_of_shapes_is_that_of_the_network(name):
    chosen = recipe(name)
    spec = chosen.spec(packs)
    before = torch.get_rng_state()
    counted = chosen.flops(spec)
    assert torch.equal(torch.get_rng_state(), before), "no weights are drawn"
    network, image = chosen.network(spec).eval(), torch.zeros(1, spec.channels, spec.size, spec.size)
    with torch.no_grad():
        assert counted == flops(lambda: network(image)) > 0


def test_more_depth_is_more_arithmetic():
    chosen = recipe("vit-digits")
    spec = chosen.spec(packs)
    assert chosen.changed(depth=8).flops(spec) > 1.9 * chosen.flops(spec) > 0
