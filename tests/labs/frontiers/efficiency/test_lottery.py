"""The lottery ticket: which weights begin, which stay, and that the view goes on alike for whoever asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from playground.data import packs
from playground.labs.frontiers.efficiency.compress import matrices
from playground.labs.frontiers.efficiency.lottery import LOTTERY, TooLarge, batches, lottery_view
from playground.labs.frontiers.efficiency.ticket import ARMS, STEPS, compared, shuffled, states
from playground.labs.frontiers.search.network import CellNetwork, Searched
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.runs.networks import Networks
from playground.trained import Snapshot
from playground.ui.inputs import Inputs
from playground.ui.views import Views

pytestmark = pytest.mark.usefixtures("one_thread")


def drawn(seed):
    torch.manual_seed(seed)
    network = ConvolutionalNetwork(channels=1, classes=3, width=8)
    network.head.weight.data.normal_(std=0.1)
    return network.eval().requires_grad_(False)


def test_masks_are_of_the_end_and_weights_of_the_step():
    network, last, fresh = drawn(0), drawn(1), drawn(2)
    arms = compared(network, last, fresh, 0.75)
    assert tuple(arms) == ARMS
    hidden = {name: weight for name, weight in matrices(last).items() if name != "head.weight"}
    assert len(hidden) == len(matrices(last)) - 1 and hidden.keys() == arms["ticket"].masks.keys()
    sizes = torch.cat([weight.flatten() for weight in hidden.values()]).abs()
    limit = sizes.sort().values[int(0.75 * len(sizes))]
    for name, weight in hidden.items():
        mask = weight.abs() >= limit
        for arm, source in (("ticket", network), ("redrawn", fresh)):
            expected = source.get_parameter(name) * mask
            assert torch.equal(arms[arm].network.get_parameter(name), expected), (arm, name)
        other = arms["shuffled"].network.get_parameter(name) != 0
        assert int(other.sum()) == int(mask.sum()) and (mask.all() or not torch.equal(other, mask))
        assert torch.equal(arms["whole"].network.get_parameter(name), network.get_parameter(name))
    assert torch.equal(network.stem[0].weight, drawn(0).stem[0].weight), "what is shared stays"


def test_other_masks_are_the_same_each_time():
    masks = {"a": torch.arange(40).view(5, 8) < 9}
    assert torch.equal(shuffled(masks, 0)["a"], shuffled(masks, 0)["a"])
    assert int(shuffled(masks, 0)["a"].sum()) == 9 and not torch.equal(shuffled(masks, 0)["a"], masks["a"])


def test_what_is_kept_for_the_next_round_leaves_out_what_is_zero():
    arms = compared(drawn(0), drawn(1), drawn(2), 0.9)
    kept = {name: value.numel() for name, value in states(arms).items() if "conv1.weight" in name}
    whole = sum(count for name, count in kept.items() if name.startswith("whole."))
    assert all(sum(n for name, n in kept.items() if name.startswith(arm)) < 0.4 * whole for arm in ARMS[1:])


def test_rounds_are_the_same_whoever_asks_and_each_goes_on_from_the_one_before(written, store):
    run = written("vit-digits", depth=1, steps=(0, 10))
    query = {"gone": "0.8", "round": "1"}

    def asked(_=None):
        return Views(store, Networks(), Inputs(store.data)).answer(LOTTERY, run, 0, query)

    alone = asked()
    with ThreadPoolExecutor(3) as threads:
        assert all(content == alone for content in threads.map(asked, range(3)))
    answering = Views(store, Networks(), Inputs(store.data))
    begun = answering.answer(LOTTERY, run, 0, {**query, "round": "0"})
    assert answering.answer(LOTTERY, run, 0, query) == alone != begun


def test_an_answer_is_of_the_last_snapshot_that_there_is(written, store, read_answer):
    run = written("vit-digits", depth=1, steps=(0, 5, 10))
    answering = Views(store, Networks(), Inputs(store.data))
    words, tensors = read_answer(answering.answer(LOTTERY, run, 5, {}))
    assert words["found"] == 10 and words["steps"] == 0
    assert float((tensors["kept"] * tensors["weights"]).sum() / tensors["weights"].sum()) == pytest.approx(
        0.1, abs=1e-3
    )
    (run.path / "snapshots" / "00000010.safetensors").unlink()
    words, _ = read_answer(answering.answer(LOTTERY, run, 5, {}))
    assert words["found"] == 5, "a mask that is no longer there is not kept"


def test_the_pictures_of_rounds_follow_one_another():
    data = packs.load("digits")
    first, second = batches(data, 1), batches(data, 2)
    assert len(first) == len(second) == STEPS and not torch.equal(first[0][0], second[0][0])


def test_a_large_network_is_refused_in_a_sentence():
    large = ConvolutionalNetwork(width=128)
    inputs = {"last": Snapshot("any", large, None, 0, None)}
    with pytest.raises(TooLarge, match="at most 1,000,000 weights, and this network has"):
        lottery_view(large, None, LOTTERY.parts["lottery"].parsed({}), inputs)


def test_networks_whose_cells_change_have_no_ticket(written):
    run = written("vit-digits")
    recipe, spec = run.recipe, run.spec
    assert LOTTERY.fits(ConvolutionalNetwork, spec, recipe) and LOTTERY.fits(CellNetwork, spec, recipe)
    assert not LOTTERY.fits(Searched, spec, recipe)
