"""The blind listening test: Bach's phrase lies where the outcome says, and the other one is the model's."""

import pytest
import torch

from playground.data import packs
from playground.game import CHOICES, Round
from playground.labs.vae.blind import outcome_view, round_view
from playground.labs.vae.phrases import FUSION, TEMPERATURE

pytestmark = pytest.mark.usefixtures("one_thread", "no_gradients")

TEST = packs.load("chorales").test
INPUTS = {"test": TEST}


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def network(shipped):
    run = shipped("musicvae-chorales")
    return run.network(run.snapshots[-1])


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_bachs_phrase_lies_where_the_outcome_says(network, number):
    answer, words = (view(network, None, Round(round=number), INPUTS) for view in (round_view, outcome_view))
    place = CHOICES.index(words.words["right"])
    found = [i for i, rolls in enumerate(TEST["rolls"]) if torch.equal(rolls, answer.tensors["rolls"][place])]
    assert any(TEST.names[i] == words.words["piece"] for i in found)
    row = next(i for i in found if TEST.names[i] == words.words["piece"])
    assert torch.equal(answer.tensors["onsets"][place], TEST["onsets"][row])
    other = answer.tensors["rolls"][1 - place]
    assert not any(torch.equal(rolls, other) for rolls in TEST["rolls"]), "the model's is its own"


def test_the_other_phrase_is_what_the_prior_gives(network):
    place, _, rng = Round(round=7).drawn(len(TEST))
    z = torch.randn(1, network.latent, generator=rng)
    rolls, onsets = network.generate(z, temperature=TEMPERATURE, fusion=FUSION, rng=rng)
    tensors = round_view(network, None, Round(round=7), INPUTS).tensors
    assert torch.equal(tensors["rolls"][1 - place], rolls[0]) and torch.equal(tensors["onsets"][1 - place], onsets[0])


def test_both_places_and_all_of_the_held_out_phrases_take_their_turn():
    rounds = [Round(round=number).drawn(len(TEST)) for number in range(400)]
    firsts = sum(place == 0 for place, _, _ in rounds)
    assert 160 < firsts < 240, "within four standard errors of a half"
    numbers = {number for _, number, _ in rounds}
    assert len(numbers) > 0.7 * 400 * (1 - 400 / 2 / len(TEST)) and max(numbers) < len(TEST)
