"""What is tried next, how a candidate is trained, and what a search keeps of it."""

import pytest
import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.frontiers.search.candidate import HELD_OUT, CandidateSampler, parted
from playground.labs.frontiers.search.cells import CONV1, CONV3, NONE, POOL, RESIDUAL, SKIP, canonical, index
from playground.labs.frontiers.search.latency import latency, table
from playground.labs.frontiers.search.strategies import at_random, evolved
from training.loop import walk
from training.trainer import prepared

pytestmark = pytest.mark.usefixtures("one_thread")
POPULATION = 6


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def some(count):
    tried = []
    while len(tried) < count:
        tried.append(at_random(tried, torch.zeros(len(tried)), rng(len(tried))).cell)
    return tried


def test_random_search_tries_no_network_twice():
    tried = some(300)
    assert len(set(tried)) == 300 and all(canonical(cell) == cell for cell in tried)


def test_the_oldest_dies_however_good_it_was():
    tried = some(20)
    rewards = torch.zeros(20)
    rewards[13], rewards[17] = 1.0, 0.5  # the best of all is one older than the population of the last six
    parents = {
        evolved(tried, rewards, rng(seed), population=POPULATION, tournament=POPULATION).parent for seed in range(60)
    }
    assert 13 not in parents and parents <= set(range(14, 20)) and 17 in parents
    rewards[14] = 1.0
    always = [evolved(tried, rewards, rng(seed), population=POPULATION, tournament=200).parent for seed in range(20)]
    assert always == [14] * 20


def test_a_child_differs_in_one_operation_unless_that_was_tried():
    tried, near = some(12), 0
    for seed in range(30):
        cell, parent = evolved(tried, torch.rand(12, generator=rng(1)), rng(seed), population=POPULATION, tournament=2)
        assert cell not in tried and parent >= 6
        neighbors = {
            canonical(tuple(other if edge == place else kind for place, kind in enumerate(tried[parent])))
            for edge in range(6)
            for other in range(5)
        }
        near += cell in neighbors
    assert near >= 22


def test_the_first_ones_are_random():
    tried = some(POPULATION - 1)
    assert evolved(tried, torch.zeros(len(tried)), rng(3), population=POPULATION, tournament=2).parent == -1


@pytest.fixture(scope="module")
def data():
    full = packs.load("fashion")
    return type(full)(spec=full.spec, train=full.train.first(240), test=full.test.first(60), hash="few")


def small(**knobs):
    return recipe("evolution-fashion").changed(batches=4, batch_size=16, width=4, population=3, **knobs)


def test_what_is_held_out_is_never_trained_on(data):
    held, rest = parted(data.train, 0)
    assert len(held) == len(data.train) / HELD_OUT and len(held) + len(rest) == len(data.train)
    batch = CandidateSampler(data.train, batches=30, batch_size=16, seed=0)(None)
    seen, kept = ({one.numpy().tobytes() for one in batch[name]} for name in ("images", "held_images"))
    assert len(batch["images"]) == 480 and not seen & kept and len(kept) == 40


def test_a_cell_is_as_good_whoever_trains_it_and_whatever_it_is_called(data):
    budget, batch = small().budget, small().sampler(data)(None)
    twin = (CONV3, CONV1, NONE, POOL, SKIP, NONE)
    other = (CONV1, CONV3, NONE, POOL, NONE, SKIP)  # nodes 1 and 2 have changed places
    assert canonical(twin) == canonical(other)
    torch.rand(3)
    (one, first), (two, second) = (budget.trained(cell, data.spec, batch) for cell in (twin, other))
    assert first == second
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert first != small(seed=1).budget.trained(twin, data.spec, batch)[1]


def states(trainer, stop=lambda: False):
    return [event for event in walk(trainer, stop) if type(event).__name__ == "Checkpoint"][-1].state


def test_a_search_that_was_interrupted_goes_on_as_if_it_had_not_been(data):
    chosen = small(steps=8, seconds=None)
    whole = prepared(chosen, data)
    states(whole)
    half = prepared(chosen, data)
    state = states(half, stop=lambda: half.step == 5)
    resumed = prepared(chosen, data, state=state)
    states(resumed)
    one, other = whole.objective.state_dict(), resumed.objective.state_dict()
    assert len(one["shown.cells"]) == 8 and whole.objective.shape() == resumed.objective.shape()
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    assert set(one["shown.parents"].tolist()) > {-1}


def test_the_best_network_is_kept_with_what_it_was_measured_at(data):
    trainer = prepared(small(steps=6, seconds=None), data)
    states(trainer)
    shown = trainer.objective.shown
    assert shown.accuracy[shown.kept] == shown.accuracy.max() and index(shown.cell) == shown.cells[shown.kept]
    batch = small().sampler(data)(None)
    again, found = small().budget.trained(shown.cell, data.spec, batch)
    assert found["accuracy"] == pytest.approx(float(shown.accuracy[shown.kept]))
    assert all(torch.equal(again.state_dict()[name], shown.state_dict()[name]) for name in again.state_dict())


def test_a_hardware_aware_search_measures_once_and_counts_latency(data):
    trainer = prepared(small(steps=3, seconds=None, latency_weight=0.5), data)
    states(trainer)
    objective = trainer.objective
    measured = objective.shown.latency
    assert torch.equal(measured.view(3, 5), table(4, 28)) and (measured.view(3, 5)[:, 1:] > 0).all()
    slow, fast = (CONV3,) * 6, (NONE, NONE, NONE, SKIP, NONE, NONE)
    assert latency(slow, measured) > latency(RESIDUAL, measured) > latency(fast, measured) > 0
    assert objective.reward(RESIDUAL, 0.7) == pytest.approx(0.7)
    assert objective.reward(slow, 0.7) < 0.7 < objective.reward(fast, 0.7)
    ratio = latency(slow, measured) / latency(RESIDUAL, measured)
    assert objective.reward(slow, 0.8) == pytest.approx(0.8 / ratio**0.5)
    shown = objective.shown
    known = zip(shown.tried, shown.accuracy.tolist(), strict=True)
    rewards = [objective.reward(cell, accuracy) for cell, accuracy in known]
    assert shown.kept == max(range(3), key=rewards.__getitem__)
