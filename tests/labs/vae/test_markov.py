"""The Markov chains: what they walk on, and how often."""

from itertools import pairwise

import pytest
import torch

from playground.labs.vae.markov import MarkovChain, voices_apart


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def music(n=30, frames=16, voices=4):
    return torch.randint(0, 4, (n, frames, voices), generator=rng(1))


def steps(rolls):
    return {(tuple(before), tuple(after)) for roll in rolls.tolist() for before, after in pairwise(roll)}


def test_a_cycle_is_walked_round():
    cycle = torch.tensor([[72, 67, 64, 48], [71, 67, 0, 43], [127, 1, 60, 0]]).repeat(3, 1)
    walks = MarkovChain.fit(cycle[None]).sample(5, 9, rng())
    assert torch.equal(walks, cycle.expand(5, 9, 4))


def test_transitions_are_as_likely_as_they_are_frequent():
    rolls = torch.tensor([[60, 62], [60, 62], [60, 62], [60, 64]])[..., None]
    walks = MarkovChain.fit(rolls).sample(20_000, 2, rng())
    assert (walks[:, 0] == 60).all()
    assert (walks[:, 1] == 62).double().mean().item() == pytest.approx(0.75, abs=0.015)  # five deviations


def test_walks_begin_as_often_as_rolls_do():
    rolls = torch.tensor([[60, 62], [64, 62], [64, 62], [64, 62]])[..., None]
    firsts = MarkovChain.fit(rolls).sample(20_000, 1, rng())
    assert firsts.shape == (20_000, 1, 1)
    assert (firsts == 64).double().mean().item() == pytest.approx(0.75, abs=0.015)


@pytest.mark.parametrize("last", [59, 62, 70])  # sorted before, between and behind the states that have followers
def test_a_state_without_a_follower_begins_anew(last):
    rolls = torch.tensor([[60, 65, last]])[..., None]
    walks = MarkovChain.fit(rolls).sample(3, 7, rng())
    assert walks[0, :, 0].tolist() == [60, 65, last, 60, 65, last, 60]


def test_a_chain_of_frames_takes_no_step_of_its_own():
    rolls = music(voices=2)
    walked = steps(MarkovChain.fit(rolls).sample(200, 16, rng()))
    assert walked <= steps(rolls) and len(walked) > 50


def test_voices_apart_take_their_own_steps_and_meet_in_new_chords():
    rolls = music(n=2)
    walks = voices_apart(rolls, 100, 16, rng())
    assert walks.shape == (100, 16, 4)
    for voice in range(4):
        assert steps(walks[..., voice : voice + 1]) <= steps(rolls[..., voice : voice + 1])
    assert not {chord for step in steps(walks) for chord in step} <= {chord for step in steps(rolls) for chord in step}


def test_the_same_seed_gives_the_same_music():
    chain = MarkovChain.fit(music())
    assert torch.equal(chain.sample(4, 16, rng(3)), chain.sample(4, 16, rng(3)))
    assert not torch.equal(chain.sample(4, 16, rng(3)), chain.sample(4, 16, rng(4)))
