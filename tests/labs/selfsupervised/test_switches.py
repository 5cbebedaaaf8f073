"""What keeps representations from a collapse, switched off: pictures land on nearly one point, and the view says so."""

from dataclasses import dataclass, replace

import pytest
import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.selfsupervised.views.collapse import collapse_view, prepared_collapse
from playground.view import Options
from tests.cases import Training

pytestmark = pytest.mark.usefixtures("one_thread")


@dataclass(frozen=True)
class Case:
    """A small training: its switch, its knobs and its steps."""

    switch: str
    steps: int
    knobs: dict


SMALL = {"batch_size": 32, "width": 8}
DINO = {"width": 16, "depth": 1, "heads": 2, "embedding": 32, "hidden": 16, "bottleneck": 8}
DINO |= {"batch_size": 32, "learning_rate": 1e-3}
CASES = {
    "simclr-fashion": Case("negatives", 80, SMALL),
    "simsiam-fashion": Case("stop_gradient", 480, SMALL),
    "dino-fashion": Case("centering", 180, DINO),
}


def seen(name, seed, *, on):
    """What the view says of a training on few images, and where its gauges stand."""
    case = CASES[name]
    small = recipe(name).changed(**case.knobs, seed=seed, **{case.switch: on})
    data = small.load(packs)
    few = replace(data, train=data.train.first(256))
    torch.manual_seed(seed)
    objective = Training(small.build(few), small.sampler(few)).after(case.steps).objective.eval()
    inputs = {"test": data.test.first(400), "recipe": small}
    with torch.no_grad():
        inputs["prepared"] = prepared_collapse(objective.shown, data.spec, inputs)
        return collapse_view(objective.shown, data.spec, Options(), inputs).words


def check(name, seed):
    healthy, collapsed = (seen(name, seed, on=on) for on in (True, False))
    assert ": collapsed." in collapsed["verdict"], (collapsed["verdict"], collapsed["embeddings"])
    assert ": collapsed." not in healthy["verdict"], (healthy["verdict"], healthy["embeddings"])
    if name != "dino-fashion":  # which at this size may use few directions, or hardly leave where it began
        assert healthy["verdict"].endswith(": not collapsed."), (healthy["verdict"], healthy["embeddings"])
    assert healthy["embeddings"]["spread"] > 4 * collapsed["embeddings"]["spread"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in sorted(CASES) if name != "simsiam-fashion"])  # it takes longest
def test_without_its_switch_a_method_collapses_and_with_it_does_not(name):
    check(name, 0)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", sorted(CASES))
def test_so_it_does_with_other_seeds(name, seed):
    check(name, seed)


def branched(network, chosen, data, steps):
    """What the view says of a branch off a network after some steps, and the network."""
    objective = chosen.build(data)
    objective.restore(network.state_dict())
    objective = Training(objective, chosen.sampler(data)).after(steps).objective.eval()
    inputs = {"test": data.test.first(400), "recipe": chosen}
    with torch.no_grad():
        inputs["prepared"] = prepared_collapse(objective.shown, data.spec, inputs)
        return collapse_view(objective.shown, data.spec, Options(), inputs).words["verdict"], objective.shown


@pytest.mark.thorough
def test_a_branch_of_the_run_that_ships_collapses_without_negatives_and_recovers_with_them(shipped):
    run = shipped("simclr-fashion")
    data = run.recipe.load(packs)
    verdict, collapsed = branched(run.network(run.snapshots[-1]), run.recipe.changed(negatives=False), data, 250)
    assert ": collapsed." in verdict
    verdict, _ = branched(collapsed, run.recipe, data, 150)
    assert verdict.endswith(": not collapsed.")


@pytest.mark.thorough
def test_a_branch_of_the_run_that_ships_collapses_without_centering_from_its_first_step_on(shipped):
    """A teacher that tells pictures apart already goes on doing so, at least for some hundred steps."""
    run = shipped("dino-fashion")
    data = run.recipe.load(packs)
    verdict, _ = branched(run.network(0), run.recipe.changed(centering=False), data, 100)
    assert ": collapsed." in verdict
