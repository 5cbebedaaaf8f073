"""The view of a search, asked for as the page does, and the benchmark that it tells of."""

import math

import pytest
import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.frontiers.search.cells import CONV3, NONE, RESIDUAL, SKIP, canonical, cell_at, index
from playground.labs.frontiers.search.measured import Measured, Result, best, compared, read, reference
from playground.labs.frontiers.search.measured import shipped as measured_of

pytestmark = pytest.mark.usefixtures("one_thread")
SPEC = packs.load("fashion").spec


def test_all_cells_that_were_tried_are_shown_with_what_they_cost(ask, shipped):
    run = shipped("evolution-fashion")
    network = run.network(40)
    words, tensors = ask(run, "cells")
    assert tensors["numbers"].tolist() == network.cells.tolist() and len(network.cells) == 40
    torch.testing.assert_close(tensors["accuracy"], network.accuracy)
    assert tensors["accuracy"][words["best"]] == network.accuracy.max() == tensors["values"][0]
    assert not words["shared"] and words["by_hand"] == reference(SPEC, 8)[canonical(RESIDUAL)].accuracy
    _, laid = ask(run, "across", across="parameters")
    mine = sum(value.numel() for value in network.parameters())
    assert laid["across"][words["best"]] == laid["chosen"][0] == mine
    assert laid["rank"][1] < laid["rank"][0] < laid["rank"][2]


def test_before_the_first_candidate_nothing_is_known(ask, shipped):
    words, tensors = ask(shipped("random-search-fashion"), "cells", step=0)
    assert tensors["numbers"].numel() == 0 and words["best"] is None and math.isnan(tensors["values"][0])


def test_a_drawn_cell_is_recognized_under_another_name(ask, shipped):
    run = shipped("evolution-fashion")
    tried = run.network(40).tried
    twins = (n for n in range(15_625) if canonical(cell_at(n)) in tried and cell_at(n) not in tried)
    twin = next(twins)
    words, tensors = ask(run, "drawn", cell=twin)
    place = tried.index(canonical(cell_at(twin)))
    assert words["number"] == twin != words["canonical"] == index(tried[place]) and words["place"] == place
    assert tuple(tensors["operations"].tolist()) == cell_at(twin)


def test_a_drawn_cell_is_trained_as_the_benchmark_trained_it(ask, shipped):
    """What the benchmark measured, a visitor finds: to about what another processor's rounding can change."""
    run = shipped("random-search-fashion")
    known = reference(SPEC, 8)
    cell = next(cell for cell in known if cell not in run.network(40).tried)
    _, tensors = ask(run, "trained", cell=index(cell))
    assert float(tensors["accuracy"][0]) == pytest.approx(known[cell].accuracy, abs=0.03)


def test_shared_weights_are_compared_with_cells_trained_alone(ask, shipped):
    words, tensors = ask(shipped("supernet-fashion"), "cells")
    _, laid = ask(shipped("supernet-fashion"), "across", across="alone")
    known = reference(SPEC, 8)
    alone = [known[cell_at(number)].accuracy for number in tensors["numbers"].tolist()]
    torch.testing.assert_close(laid["across"], torch.tensor(alone))
    assert words["shared"] and tensors["values"][0] == pytest.approx(float(laid["rank"][0]), abs=1e-6)


def test_the_benchmark_is_read_as_it_was_written(tmp_path):
    found = measured_of(SPEC)
    file = tmp_path / "fashion.json"
    file.write_text(found.text())
    assert read(file) == found and found.data_hash == packs.load("fashion").hash
    chosen = recipe("evolution-fashion")
    assert found.budget == chosen.budget and found.batch_size == chosen.batch_size
    assert all(len(trial) == len(set(trial)) == 32 for trials in found.searches.values() for trial in trials)


def test_methods_are_compared_by_the_cell_that_was_best_held_out():
    cells = [(SKIP, NONE, NONE, NONE, NONE, SKIP), RESIDUAL, (CONV3,) * 6]
    results = dict(zip(cells, [Result(0.5, 0.9), Result(0.7, 0.6), Result(0.8, 0.55)], strict=True))
    numbers = [index(cell) for cell in cells]
    searches = {"Random search": [numbers[:2], numbers[:1]], "Other": [numbers[1:], numbers[:2]]}
    measured = Measured("", 28, 64, recipe("evolution-fashion").budget, results, searches)
    assert [one.tested for one in best(measured, "Random search")] == [0.6, 0.9]
    random, other = compared(measured)
    assert random.held[0] == pytest.approx(0.6) and other.held[0] == pytest.approx(0.75)
    assert other.more[0] == pytest.approx(0.15) and other.tested_more[0] == pytest.approx((-0.05 - 0.3) / 2)
    assert random.more == (0, 0, 0) and other.trials == 2 and other.candidates == 2
    assert compared(None) == []
