"""Sequences that have to be remembered: what is asked for is what was shown, and what a batch and an error are."""

import pytest
import torch

from playground.data import SequenceSpec, packs
from playground.data.sets.sequences import ITEM, TASKS
from playground.labs.frontiers.memory.lengths import OneLength, by_length, shown, wrong_bits
from playground.labs.frontiers.memory.lstm import Lstm
from playground.labs.frontiers.memory.network import SequenceNetwork
from playground.labs.frontiers.memory.ntm import NeuralTuringMachine
from playground.labs.frontiers.memory.transformer import MemoryTransformer
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")
NETWORKS = (NeuralTuringMachine, Lstm, MemoryTransformer)


def asked(split, row=0):
    return split["targets"][row][split["asked"][row].bool()]


@pytest.mark.parametrize("length", [1, 5, 40])
def test_a_copy_is_what_was_shown_before_the_flag(length):
    split = TASKS["copy"].sequences(4, length, seed=3)
    assert split["inputs"].shape == (4, 2 * length + 1, 9)
    for row in range(4):
        inputs = split["inputs"][row]
        assert torch.equal(inputs[:length, :8], 255 * asked(split, row)) and not inputs[:length, 8].any()
        assert inputs[length].tolist() == [0] * 8 + [255] and not inputs[length + 1 :].any()


def test_a_sorted_sequence_has_the_highest_priority_first():
    split = TASKS["sort"].sequences(6, 9, seed=3)
    for row in range(6):
        inputs = split["inputs"][row]
        pairs = sorted(zip(inputs[:9, 9].tolist(), inputs[:9, :8].tolist(), strict=True), reverse=True)
        assert len({priority for priority, _ in pairs}) == 9
        assert (255 * asked(split, row)).tolist() == [bits for _, bits in pairs]
        assert inputs[9].tolist() == [0] * 8 + [255, 0] and not inputs[10:].any()


def test_the_item_after_the_query_is_recalled():
    split = TASKS["recall"].sequences(20, 5, seed=3)
    queries = set()
    for row in range(20):
        inputs = split["inputs"][row]
        items = [inputs[4 * i + 1 : 4 * i + 1 + ITEM, :6] for i in range(5)]
        flags = inputs[:, 6:].nonzero().tolist()
        assert flags == [[4 * i, 0] for i in range(5)] + [[20, 1], [24, 1]]
        query = next(i for i in range(4) if torch.equal(items[i], inputs[21:24, :6]))
        queries.add(query)
        assert torch.equal(items[query + 1], 255 * asked(split, row)) and len(inputs) == 25 + ITEM
    assert queries == {0, 1, 2, 3}


@pytest.mark.parametrize("name", TASKS)
def test_a_turned_bit_is_turned_where_it_is_shown_and_in_what_is_asked_for(name):
    task = TASKS[name]
    plain, turned = (task.sequences(1, 4, 0, flipped) for flipped in ((), [(2, 3)]))
    step = int(task.steps(4)[2])
    changed = (plain["inputs"] != turned["inputs"])[0].nonzero().tolist()
    assert changed[0] == [step, 3] and all(place == 3 for _, place in changed)
    assert len(changed) == (2 if name == "recall" else 1), "the query is this item, and is shown again"
    others = [(vector, 0) for vector in range(4 * task.vectors)]
    moved = task.sequences(1, 4, 0, others)
    assert int((asked(plain) != asked(moved)).sum()) == len(asked(plain)), "each vector has one bit that is turned"


@pytest.mark.parametrize("name", TASKS)
def test_the_columns_are_what_the_spec_says_and_nothing_comes_twice(name):
    data, spec, source = packs.load(name), packs.spec(name), packs.source(name)
    assert isinstance(spec, SequenceSpec) and data.spec == spec and data.hash == packs.card(name).hash
    for split in (data.train, data.test):
        n, steps = split["asked"].shape
        assert set(split.columns) == set(source.columns)
        assert split["inputs"].shape == (n, steps, spec.channels) and split["targets"].shape == (n, steps, spec.bits)
        assert all(split[column].dtype == torch.uint8 for column in ("inputs", "targets", "asked"))
        assert not split["targets"][~split["asked"].bool()].any() and set(split["asked"].unique().tolist()) == {0, 1}
    keys = [{row.numpy().tobytes() for row in split["inputs"][:, : spec.steps]} for split in (data.train, data.test)]
    assert len(keys[0]) == len(data.train) and not keys[0] & keys[1]
    assert data.train["inputs"].shape[1] == spec.steps and spec.elements == spec.steps * spec.channels
    assert set(data.train["lengths"].tolist()) == set(range(spec.shortest, spec.longest + 1))
    every = list(range(spec.shortest, TASKS[name].furthest + 1))
    assert data.test["lengths"][: 2 * len(every)].tolist() == every + every


def test_a_batch_has_one_length_and_no_empty_steps():
    data = packs.load("copy")
    sampler = OneLength(data.train, batch_size=8, seed=0, curriculum=0)
    lengths = set()
    for step in range(60):
        batch = sampler(moment(step))
        (length,) = set(batch["lengths"].tolist())
        assert batch["inputs"].shape == (8, 2 * length + 1, 9) and batch["asked"].sum() == 8 * length
        lengths.add(length)
    assert lengths == set(range(1, 11))
    assert torch.equal(sampler(moment(7))["inputs"], sampler(moment(7))["inputs"])


def test_a_curriculum_begins_with_the_shortest():
    sampler = OneLength(packs.load("copy").train, batch_size=2, seed=0, curriculum=0.5)
    longest = []
    for progress in (0, 0.2, 0.5):
        batches = [sampler(moment(step, progress=progress)) for step in range(80)]
        longest.append(max(int(batch["lengths"][0]) for batch in batches))
    assert longest == [1, 4, 10] == [sampler.reached(progress) for progress in (0, 0.2, 0.5)]


class Echo(SequenceNetwork):
    """Answers a copy correctly but for the first bit of each vector, of which it says that it is always 0."""

    def forward(self, inputs):
        logits = torch.full((*inputs.shape[:2], 8), -1.0)
        for row, sequence in enumerate(inputs):
            flag = int(sequence[:, 8].argmax())
            logits[row, flag + 1 : 2 * flag + 1] = 2 * sequence[:flag, :8] - 1
        logits[..., 0] = -1
        return logits


def test_the_error_is_the_share_of_wrong_bits_at_each_length():
    test = packs.load("copy").test
    found = wrong_bits(Echo(), test)
    expected = torch.stack([asked(test, row)[:, 0].float().mean() / 8 for row in range(len(test))])
    torch.testing.assert_close(found, expected)
    each = by_length(found, test["lengths"])
    assert list(each) == list(range(1, 41))
    assert each[7] == pytest.approx(float(expected[test["lengths"] == 7].mean()))


@pytest.mark.parametrize("kind", NETWORKS)
def test_what_views_look_into_is_what_is_trained(kind):
    torch.manual_seed(0)
    network = kind(channels=9, bits=8).double().eval()
    inputs = shown(TASKS["copy"].sequences(3, 4, 0)["inputs"]).double()
    logits, maps = network.looked_into(inputs)
    torch.testing.assert_close(network(inputs), logits, rtol=1e-10, atol=1e-12)
    assert maps
    for one in maps:
        assert one.values.shape[:2] == (3, 9)
        if one.kind == "state":
            assert one.values.abs().max() <= 1
        else:
            torch.testing.assert_close(one.values.sum(dim=2), torch.ones(3, 9, dtype=torch.float64))
    longer = torch.cat([inputs, torch.rand(3, 5, 9, dtype=torch.float64)], dim=1)
    torch.testing.assert_close(network(longer)[:, :9], logits, rtol=1e-10, atol=1e-12)
