"""The prior of a VQ-VAE: causal, normalized, and sampled as its probabilities say."""

import math
from itertools import product

import pytest
import torch

from playground.labs.vae.prior import Prior

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def prior(tokens=4, codes=2, **options):
    """One whose weights are wide: nothing of it is all but uniform."""
    torch.manual_seed(0)
    made = Prior(**{"tokens": tokens, "codes": codes, "width": 32} | options).double()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.4)
    return made


def all_sequences(tokens, codes):
    return torch.tensor(list(product(range(codes), repeat=tokens)))


def frequencies(sequences, codes):
    """Of each of all sequences, in the order of `all_sequences`."""
    tokens = sequences.shape[1]
    digits = codes ** torch.arange(tokens - 1, -1, -1)
    return torch.bincount((sequences * digits).sum(dim=1), minlength=codes**tokens) / len(sequences)


def near(measured, expected, n):
    """Within five standard errors of a frequency among n."""
    return bool(((measured - expected).abs() < 5 * (expected * (1 - expected) / n).sqrt() + 1e-9).all())


@torch.no_grad()
def test_a_token_changes_the_logits_of_later_ones_alone():
    model = prior(tokens=9, codes=7)
    tokens = torch.randint(7, (3, 9), generator=rng())
    before = model(tokens)
    for place in range(9):
        changed = tokens.clone()
        changed[:, place] = (changed[:, place] + 1) % 7
        difference = (model(changed) - before).abs().amax(dim=(0, 2))
        assert torch.equal(difference[: place + 1], torch.zeros(place + 1, dtype=torch.double))
        assert (difference[place + 1 :] > 1e-6).all()


@torch.no_grad()
def test_an_untrained_prior_is_uniform():
    torch.manual_seed(0)
    nats = Prior(tokens=5, codes=3, width=16).nats(all_sequences(5, 3))
    torch.testing.assert_close(nats, torch.full((3**5,), 5 * math.log(3)))


@torch.no_grad()
def test_the_probabilities_of_all_sequences_sum_to_one():
    probabilities = prior(codes=3).nats(all_sequences(4, 3)).neg().exp()
    assert float(probabilities.sum()) == pytest.approx(1, abs=1e-12)
    assert float(probabilities.max()) > 4 * float(probabilities.median())


@torch.no_grad()
def test_samples_occur_as_often_as_their_probabilities_say():
    model, n = prior(), 20_000
    expected = model.nats(all_sequences(4, 2)).neg().exp()
    assert near(frequencies(model.sample(n, rng()), 2), expected, n)


@torch.no_grad()
def test_the_temperature_divides_the_logits():
    model, n = prior(tokens=2), 20_000
    sequences = all_sequences(2, 2)
    logits = model(sequences) / 0.5
    expected = logits.log_softmax(dim=-1).gather(-1, sequences[:, :, None]).sum(dim=(1, 2)).exp()
    assert near(frequencies(model.sample(n, rng(), temperature=0.5), 2), expected, n)
    cold = prior(tokens=12, codes=7)
    greedy = cold.sample(5, rng(), temperature=1e-6)
    assert torch.equal(cold(greedy).argmax(dim=-1), greedy)


def test_samples_are_the_generators():
    model = prior(tokens=12, codes=7)
    assert torch.equal(model.sample(6, rng(3)), model.sample(6, rng(3)))
    assert not torch.equal(model.sample(6, rng(3)), model.sample(6, rng(4)))


def test_it_learns_a_chain_of_two_codes():
    # the first is 1 in 30 % of cases, and each next one is the same as the one before in 80 %
    start, stays, tokens, n = 0.3, 0.8, 4, 20_000
    sequences = all_sequences(tokens, 2)
    same = (sequences[:, 1:] == sequences[:, :-1]).sum(dim=1)
    first = torch.where(sequences[:, 0] == 1, start, 1 - start)
    exact = first * stays**same * (1 - stays) ** (tokens - 1 - same)
    torch.manual_seed(0)
    model = Prior(tokens=tokens, codes=2, width=16, depth=1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(250):
        optimizer.zero_grad()
        cross_entropy = (exact * model.nats(sequences)).sum()
        cross_entropy.backward()
        optimizer.step()
    entropy = -(exact * exact.log()).sum()
    assert entropy <= cross_entropy.detach() < entropy + 1e-3
    assert (frequencies(model.sample(n, rng(1)), 2) - exact).abs().max() < 0.02


@torch.no_grad()
def test_given_tokens_stay_and_the_others_are_drawn_given_them():
    model, n = prior(), 20_000
    drawn = model.sample(n, rng(), given=torch.tensor([1, 0]))
    assert (drawn[:, :2] == torch.tensor([1, 0])).all()
    sequences = torch.cat([torch.tensor([[1, 0]]).expand(4, 2), all_sequences(2, 2)], dim=1)
    expected = model.each(sequences)[:, 2:].sum(dim=1).neg().exp()
    assert near(frequencies(drawn[:, 2:], 2), expected, n)
    everything = torch.tensor([1, 0, 1, 1])
    assert torch.equal(model.sample(3, rng(), given=everything), everything.expand(3, 4))
