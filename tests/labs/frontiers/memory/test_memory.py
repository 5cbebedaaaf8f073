"""The view of a memory: what it is given, what it says of it, and what it refuses."""

import pytest
import torch

from playground.data import packs
from playground.data.sets.sequences import TASKS
from playground.labs.frontiers.memory.lengths import shown, wrong_bits
from playground.labs.frontiers.memory.lstm import Lstm
from playground.labs.frontiers.memory.memory import TRACED, trace_view
from playground.view import BadOption, Options

pytestmark = pytest.mark.usefixtures("one_thread")


def test_it_shows_what_the_network_answers_and_does_with_its_memory(ask, context, written):
    run = written("ntm-copy")
    words, tensors = ask(run, "memory", length=7, sequence=5)
    split = TASKS["copy"].sequences(1, 7, 5)
    for name in ("inputs", "targets", "asked"):
        assert torch.equal(tensors[name], split[name][0])
    logits, maps = context.networks.at(run, 10).looked_into(shown(split["inputs"]))
    torch.testing.assert_close(tensors["answers"], logits[0].sigmoid())
    assert [one["kind"] for one in words["maps"]] == ["write", "read"] and words["longest"] == 10
    for number, one in enumerate(maps):
        torch.testing.assert_close(tensors[f"map.{number}"], one.values[0])
    assert tensors["vectors"].tolist() == [*range(7), *[-1] * 8]


def test_a_turned_bit_is_turned_in_what_is_shown_and_asked_for(ask, written):
    run = written("lstm-recall")
    plain, turned = (ask(run, "memory", length=4, flipped=flipped)[1] for flipped in ("", "4.2-11.5"))
    step = plain["vectors"].tolist().index(4)
    assert plain["inputs"][step, 2] + turned["inputs"][step, 2] == 255
    changed = (plain["inputs"] != turned["inputs"]).nonzero()[:, 0].unique()
    assert {step, plain["vectors"].tolist().index(11)} <= set(changed.tolist())


@pytest.mark.parametrize("flipped", ["7.0", "3.8"])
def test_a_bit_that_is_not_there_is_refused(ask, written, flipped):
    with pytest.raises(BadOption, match="There is no bit . of vector . in a sequence of length 7."):
        ask(written("ntm-copy"), "memory", length=7, flipped=flipped)


def test_a_length_below_the_shortest_is_the_shortest(ask, written):
    words, tensors = ask(written("lstm-recall"), "memory", length=1)
    assert words["length"] == 2 and int(tensors["vectors"].max()) == 5


def test_the_curve_has_every_length_of_the_test_sequences(ask, context, written):
    run = written("lstm-sort")
    words, tensors = ask(run, "lengths")
    test = packs.load("sort").test.first(320)
    assert tensors["lengths"].tolist() == list(range(1, 21)) and words["n"] == 320
    wrong = wrong_bits(context.networks.at(run, 10), test)
    torch.testing.assert_close(tensors["wrong"][4], wrong[test["lengths"] == 5].mean())


def test_the_trace_tells_of_the_longest_in_training_and_of_twice_that():
    torch.manual_seed(0)
    network = Lstm(channels=9, bits=8).eval()
    with torch.no_grad():
        answer = trace_view(network, packs.spec("copy"), Options(), {})
        expected = wrong_bits(network, TASKS["copy"].sequences(TRACED[0], 20, TRACED[1])).mean()
    assert answer.words["names"] == ["Wrong bits, length 10", "Wrong bits, length 20"]
    assert answer.tensors["values"][1] == expected != answer.tensors["values"][0]
