"""What keeps representations from a collapse, switched off: all pictures land on nearly one point."""

from dataclasses import replace

import pytest
import torch

from playground.data import packs, unit
from playground.labs import recipe
from playground.labs.selfsupervised.representation import embedded
from playground.metrics.representations import effective_rank, uniformity
from tests.cases import Training

pytestmark = pytest.mark.usefixtures("one_thread")
SWITCHES = {"simclr-fashion": "negatives", "simsiam-fashion": "stop_gradient"}
STEPS = 80


def trained(name, seed, **knobs):
    """Of a small training on few images: effective rank of test images' features, and uniformity of embeddings."""
    small = recipe(name).changed(batch_size=32, width=8, seed=seed, **knobs)
    data = small.load(packs)
    images = data.test["images"][:400]
    few = replace(data, train=data.train.first(256))
    torch.manual_seed(seed)
    objective = Training(small.build(few), small.sampler(few)).after(STEPS).objective.eval()
    with torch.no_grad():
        return effective_rank(embedded(objective.shown, images)), uniformity(objective.shown(unit(images)))


def check(name, seed):
    rank, uniform = trained(name, seed)
    collapsed_rank, collapsed = trained(name, seed, **{SWITCHES[name]: False})
    assert uniform < -0.5, f"{name} is healthy: {uniform}"
    assert collapsed > -0.25, f"{name} has collapsed: {collapsed}"
    assert collapsed_rank < 0.9 * rank, f"its features have, too: {collapsed_rank}, not {rank}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_without_its_switch_a_method_collapses_and_with_it_does_not(name, seed):
    check(name, seed)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_so_it_does_with_other_seeds(name, seed):
    check(name, seed)
