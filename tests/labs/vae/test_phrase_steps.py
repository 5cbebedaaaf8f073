"""What one step of the music VAE tells its decoder, and what it asks it for: keys, pasts, codes and forgotten notes."""

from types import SimpleNamespace

import pytest
import torch

from playground.data import SILENCE, packs
from playground.labs.vae import phrases
from playground.labs.vae.phrases import nats, transposition
from playground.labs.vae.recipes_music import MusicVaeRecipe
from playground.labs.vae.voices import HOLD, UNKNOWN
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"latent": 8, "width": 24, "encoder_width": 8, "plan": 8}


@pytest.fixture(scope="module")
def data():
    return packs.load("chorales")


@pytest.fixture(scope="module")
def batch(data):
    return MusicVaeRecipe(**SMALL, batch_size=64).sampler(data)(moment(0))


@pytest.fixture
def seen(data, batch, monkeypatch):
    """Gives what one loss with some knobs moves phrases by, tells the decoder, and asks it for."""

    def seen(**knobs):
        torch.manual_seed(0)
        trained, found = MusicVaeRecipe(**{**SMALL, "alone": 0, "forget": 0, **knobs}).build(data), SimpleNamespace()

        def shifted(rolls, rng):
            found.kept_in_range, found.shift = rolls, transposition(rolls, rng)
            return found.shift

        def priced(logits, tokens):
            found.tokens = tokens
            return nats(logits, tokens)

        def told(network, given):
            found.network, (found.z, found.sounds, found.past) = network, given

        monkeypatch.setattr(phrases, "transposition", shifted)
        monkeypatch.setattr(phrases, "nats", priced)
        trained.network.register_forward_pre_hook(told)
        with torch.no_grad():
            trained.loss("vae", batch, moment(0, progress=1.0))
        found.told = (found.past[:, 0] != UNKNOWN).all(dim=1)
        return found

    return seen


def transposed(rolls, shift):
    """Pitches (B, ..., V) of phrases that are moved by semitones (B,)."""
    return torch.where(rolls == SILENCE, SILENCE, rolls.long() + shift.view(-1, *[1] * (rolls.ndim - 1)))


def test_the_decoder_is_given_a_sample_of_the_posterior(seen, batch):
    found = seen()
    sounds = found.network.vocabulary.sounds_of(transposed(batch["rolls"], found.shift), batch["onsets"])
    with torch.no_grad():
        posterior = found.network.posterior_of(sounds)
    noise = (found.z - posterior.mean) / posterior.deviation
    assert 0.85 < float(noise.std()) < 1.15 and abs(float(noise.mean())) < 0.15


def test_a_phrase_is_learned_in_another_key_with_all_that_came_before_it(seen, batch):
    found = seen()
    of = found.network.vocabulary.sounds_of
    rolls, before = (transposed(batch[name], found.shift) for name in ("rolls", "before"))
    assert found.shift.any() and torch.equal(found.kept_in_range[:, 0], batch["before"])
    assert torch.equal(found.kept_in_range[:, 1:], batch["rolls"])
    assert torch.equal(found.sounds[:, 1:], of(rolls, batch["onsets"])[:, 1:])
    first = torch.where(found.told[:, None], of(rolls[:, 0], batch["onward"]), of(rolls[:, 0], batch["onsets"][:, 0]))
    assert torch.equal(found.sounds[:, 0], first)
    assert torch.equal(found.past[found.told, 0], of(before, torch.zeros_like(before))[found.told])


def test_every_other_phrase_that_has_a_past_goes_on_from_it(seen, batch):
    told = seen().told
    assert not told[~batch["known"]].any() and not batch["known"].all()
    assert 0.3 < float(told[batch["known"]].float().mean()) < 0.7


@pytest.mark.parametrize("forget", [0.0, 0.3, 1.0])
def test_the_decoder_forgets_a_share_of_notes_and_is_asked_for_the_same_ones(seen, forget):
    found = seen(forget=forget)
    truth, past = found.sounds[:, :-1], found.past[:, 1:]
    assert float((past == UNKNOWN).float().mean()) == pytest.approx(forget, abs=0.03)
    assert torch.equal(past, truth.masked_fill(past == UNKNOWN, UNKNOWN)) and found.told.any()
    expected = found.network.vocabulary.tokens_of(found.sounds[:, 1:], truth)
    assert torch.equal(found.tokens[:, 1:], expected) and (expected == HOLD).any()
