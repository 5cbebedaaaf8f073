"""The music VAE: what it writes is what its logits say, tokens are lossless, and its bound is that of its parts."""

import math

import pytest
import torch
from torch.nn import functional as F

from playground.data import SILENCE, RollSpec
from playground.labs.vae.music import MusicVAE
from playground.labs.vae.voices import (
    HOLD,
    NONE,
    OCTAVE,
    REACH,
    REST,
    SILENT,
    UNKNOWN,
    Embeddings,
    Vocabulary,
    Voice,
)

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = RollSpec(name="small", voices=("soprano", "alto", "tenor", "bass"), frames=16, beat=4, low=50, high=61)
VOCABULARY = Vocabulary(SPEC.low, SPEC.high)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def network(dtype=torch.double):
    torch.manual_seed(0)
    net = MusicVAE(spec=SPEC, latent=8, width=18, encoder_width=8, plan=6).to(dtype).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(0.5 * torch.randn_like(parameter))
    return net


def phrases(n, seed=0, frames=SPEC.frames):
    """Random pitches, rests, long and repeated notes, as a `RollSpec` has them."""
    draw = rng(seed)
    rolls = torch.randint(SPEC.low, SPEC.high + 1, (n, frames, 4), generator=draw)
    rolls = rolls.masked_fill(torch.rand(rolls.shape, generator=draw) < 0.1, SILENCE)
    goes_on = torch.rand(rolls.shape, generator=draw) < 0.6
    for t in range(1, frames):
        rolls[:, t] = torch.where(goes_on[:, t], rolls[:, t - 1], rolls[:, t])
    onsets = torch.rand(rolls.shape, generator=draw) < 0.1  # repeated notes
    onsets[:, 1:] |= rolls[:, 1:] != rolls[:, :-1]
    onsets[:, 0] = True
    return rolls.to(torch.uint8), (onsets & (rolls != SILENCE)).to(torch.uint8)


def test_sounds_and_tokens_hold_all_that_there_is_in_a_phrase():
    rolls, onsets = phrases(20)
    sounds = VOCABULARY.sounds_of(rolls, onsets)
    assert sounds.min() == SILENT and sounds.max() == VOCABULARY.sounds - 1
    for back, truth in zip(VOCABULARY.rolls_of(sounds), (rolls, onsets), strict=True):
        assert torch.equal(back, truth)
    past = network().before(sounds)
    tokens = VOCABULARY.tokens_of(sounds, past)
    assert set(tokens.unique().tolist()) == set(range(VOCABULARY.tokens))
    assert torch.equal(VOCABULARY.after(tokens, past), sounds)


def test_a_token_says_what_a_voice_does():
    low, strike = VOCABULARY.sounds_of(torch.tensor(50), torch.tensor(0)), VOCABULARY.tokens
    past = torch.tensor([low, low + strike, low, low, SILENT, SILENT, UNKNOWN])
    now = torch.tensor([low, low, low + strike, SILENT, SILENT, low + 3 + strike, SILENT])
    tokens = [HOLD, HOLD, low, REST, HOLD, low + 3, REST]
    assert VOCABULARY.tokens_of(now, past).tolist() == tokens
    assert torch.equal(VOCABULARY.after(torch.tensor(tokens), past), now)


def test_intervals_are_semitones_between_pitches():
    far = Vocabulary(36, 81).intervals()
    sound = {pitch: pitch - 36 + 2 for pitch in range(36, 82)}
    strike = Vocabulary(36, 81).tokens
    assert far[sound[67], sound[60]] == REACH + 7 and far[sound[60] + strike, sound[67]] == REACH - 7
    assert far[sound[81], sound[36]] == 2 * REACH and far[SILENT, sound[60]] == far[sound[60], UNKNOWN] == NONE


def test_intervals_within_an_octave_are_those_of_the_sound():
    vocabulary = Vocabulary(36, 81)
    far, sound = vocabulary.classes(), {pitch: pitch - 36 + 2 for pitch in range(36, 82)}
    assert far[sound[67], sound[60]] == far[sound[79], sound[60]] == far[sound[55], sound[60]] == 7
    assert far[sound[72], sound[36]] == 0 and far[SILENT, sound[60]] == far[sound[60], UNKNOWN] == OCTAVE


def test_what_follows_an_interval_is_a_matter_of_both_and_of_whether_the_other_voice_moves():
    """With a table that says so alone, a tenor does not follow its bass in fifths, whatever else it may do."""
    torch.manual_seed(0)
    vocabulary = Vocabulary(36, 81)
    tenor = Voice(vocabulary=vocabulary, order=(3, 2), state=4, hidden=8)
    sound = {pitch: pitch - 36 + 2 for pitch in range(36, 82)}
    state, past = (
        torch.randn(4),
        [torch.tensor(SILENT), torch.tensor(SILENT), *map(torch.tensor, (sound[55], sound[48]))],
    )

    def logits(bass):
        return tenor(state, past, [*past[:3], torch.tensor(bass + vocabulary.tokens)])  # the bass strikes a note

    free = {bass: logits(sound[bass]).detach() for bass in (48, 50)}
    with torch.no_grad():
        tenor.follows[0][1, 7, 7] = -100
    held = {bass: logits(sound[bass]).detach() for bass in (48, 50)}
    assert torch.equal(held[48], free[48]), "a bass that repeats its note does not move"
    fell = {pitch for pitch in sound if free[50][sound[pitch]] - held[50][sound[pitch]] > 50}
    assert fell == {pitch for pitch in sound if (pitch - 50) % 12 == 7}, "fifths above the new bass, in any octave"
    assert held[50][HOLD] == free[50][HOLD] and held[50][REST] == free[50][REST]


def test_embeddings_are_looked_up_in_a_table_each_and_added():
    sizes, numbers = [3, 5, 2], torch.tensor([[2, 4, 1], [0, 3, 0]])
    embeddings = Embeddings(sizes=sizes, width=4)
    tables = embeddings.table.split(sizes)
    for row, given in zip(embeddings(numbers), numbers.tolist(), strict=True):
        torch.testing.assert_close(row, sum(table[i] for table, i in zip(tables, given, strict=True)))


def test_the_logits_of_a_note_know_what_comes_before_it_and_nothing_after():
    net = network()
    sounds = VOCABULARY.sounds_of(*phrases(1))
    z = torch.randn(1, 8, generator=rng(), dtype=torch.double)
    logits = net(z, sounds, net.before(sounds))
    order = net.order
    assert sorted(order) == [0, 1, 2, 3]
    for t, rank in ((0, 0), (5, 2), (9, 3)):
        changed = sounds.clone()
        v = order[rank]
        changed[0, t, v] = VOCABULARY.tokens + 2 + (sounds[0, t, v] + 3) % 12
        differs = (net(z, changed, net.before(changed)) != logits).any(dim=-1)[0]  # (T, V)
        assert not differs[:t].any() and not differs[t, order[: rank + 1]].any()
        assert differs[t, order[rank + 1 :]].all() and differs[t + 1 :].all()


def test_all_phrases_of_a_code_together_have_the_probability_one():
    spec = SPEC.model_copy(update={"frames": 1, "beat": 1, "voices": ("upper", "lower"), "high": 51})
    torch.manual_seed(0)
    net = MusicVAE(spec=spec, latent=2, width=6, encoder_width=4, plan=2).double()
    # silence, and either pitch struck: nothing can go on from the unknown
    choices = net.vocabulary.sounds_of(torch.tensor([0, 50, 51]), torch.tensor([0, 1, 1]))
    sounds = torch.cartesian_prod(choices, choices)[:, None]  # (9, 1, 2)
    past = net.before(sounds)
    tokens = net.vocabulary.tokens_of(sounds, past)
    log_p = net(torch.randn(1, 2).double().expand(9, -1), sounds, past).log_softmax(dim=-1)
    torch.testing.assert_close(log_p.gather(-1, tokens[..., None]).sum(dim=(1, 2, 3)).exp().sum().item(), 1.0)


@pytest.mark.parametrize("context", [False, True])
def test_the_likeliest_phrase_is_that_of_the_logits(context):
    net = network()
    z = torch.randn(3, 8, generator=rng(), dtype=torch.double)
    start = phrases(3, seed=1) if context else None
    rolls, onsets = net.generate(z, temperature=0, rng=rng(), start=start)
    assert rolls.dtype == onsets.dtype == torch.uint8 and rolls.shape == onsets.shape == (3, 16, 4)
    sounds = VOCABULARY.sounds_of(rolls, onsets)
    past = net.before(sounds, VOCABULARY.sounds_of(*start)[:, -1] if context else None)
    assert torch.equal(net(z, sounds, past).argmax(dim=-1), VOCABULARY.tokens_of(sounds, past))
    assert len(rolls.unique()) > 3


@pytest.mark.parametrize("fusion", [0.0, 0.5, 2.0])
def test_a_note_counts_by_both_likelihoods(fusion):
    net = network()
    z = torch.randn(3, 8, generator=rng(), dtype=torch.double)
    sounds = VOCABULARY.sounds_of(*net.generate(z, temperature=0, rng=rng(), fusion=fusion))
    past = net.before(sounds)
    told, alone = (net(codes, sounds, past).log_softmax(dim=-1) for codes in (z, net.nothing.expand_as(z)))
    scores = told if not fusion else told + fusion * alone
    assert torch.equal(scores.argmax(dim=-1), VOCABULARY.tokens_of(sounds, past))
    assert not torch.equal(told.argmax(dim=-1), alone.argmax(dim=-1)), "else it would not matter"


def test_where_fusion_is_all_that_counts_all_codes_sing_alike():
    net = network()
    z = torch.randn(3, 8, generator=rng(), dtype=torch.double)
    rolls, _ = net.generate(z, temperature=0, rng=rng(), fusion=1e9)
    assert torch.equal(rolls, rolls[:1].expand_as(rolls))


def test_notes_are_drawn_as_often_as_they_are_likely():
    net, n = network(torch.float), 4000
    z = torch.randn(1, 8, generator=rng())
    rolls, onsets = net.generate(z.expand(n, -1), temperature=2.0, rng=rng())
    sounds = VOCABULARY.sounds_of(rolls, onsets)
    past = net.before(sounds)
    voice = net.order[0]
    expected = (net(z, sounds[:1], past[:1])[0, 0, voice] / 2).softmax(dim=0)
    drawn = torch.bincount(VOCABULARY.tokens_of(sounds, past)[:, 0, voice], minlength=VOCABULARY.tokens) / n
    assert expected[HOLD] == drawn[HOLD] == 0 and expected.max() < 0.9
    assert (drawn - expected).abs().max() < 4 * math.sqrt(0.25 / n)


def test_the_same_noise_gives_the_same_phrases():
    net = network()
    z = torch.randn(2, 8, generator=rng(), dtype=torch.double)
    first, again, other = (net.generate(z, temperature=1.0, rng=rng(seed))[0] for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_a_phrase_goes_on_from_the_frame_before_it():
    net = network()
    z = torch.randn(2, 8, generator=rng(), dtype=torch.double)
    with torch.no_grad():
        for voice in net.voices:  # none ever does anything but hold
            voice.token.weight.zero_()
            voice.token.bias.copy_(100.0 * F.one_hot(torch.tensor(HOLD), VOCABULARY.tokens))
            voice.interval.weight.zero_()
            voice.interval.bias.zero_()
    before = phrases(2)
    rolls, onsets = net.generate(z, temperature=0, rng=rng(), start=before)
    assert torch.equal(rolls, before[0][:, -1:].expand(-1, 16, -1)) and not onsets.any()
    rolls, onsets = net.generate(z, temperature=0, rng=rng())  # what is unknown cannot be held
    assert onsets[:, 0].logical_or(rolls[:, 0] == SILENCE).all() and not onsets[:, 1:].any()
