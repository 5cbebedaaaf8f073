"""The objective of the music VAE: its terms against torch.distributions, its phrases in other keys, its measures."""

import math

import pytest
import torch
from torch.distributions import Categorical, Normal, kl_divergence

from playground.data import packs
from playground.labs.vae.phrases import (
    COLUMNS,
    FUSION,
    KEYS,
    TEMPERATURE,
    measured,
    moved,
    nats,
    transposition,
    with_past,
)
from playground.labs.vae.recipes_music import MUSIC, MusicVaeRecipe
from playground.labs.vae.score import FRAME, PAPER, STEP, drawn
from playground.metrics.music import RANGES
from playground.recipe import InvalidRecipe
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"latent": 8, "width": 24, "encoder_width": 8, "plan": 8}


@pytest.fixture(scope="module")
def data():
    return packs.load("chorales")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def objective(data, **knobs):
    torch.manual_seed(0)
    return MusicVaeRecipe(**{**SMALL, **knobs}).build(data)


def test_what_came_before_a_phrase_is_the_phrase_a_bar_earlier(data):
    split = with_past(data.train.first(300))
    assert 0.5 < split["known"].float().mean() < 1
    rows = {(int(p), int(b)): i for i, (p, b) in enumerate(zip(split["piece"], split["bar"], strict=True))}
    for i in range(len(split)):
        earlier = rows.get((int(split["piece"][i]), int(split["bar"][i]) - 1))
        assert bool(split["known"][i]) == (earlier is not None)
        if earlier is not None:
            assert torch.equal(split["rolls"][earlier, 16], split["rolls"][i, 0])
            assert torch.equal(split["before"][i], split["rolls"][earlier, 15])
            assert torch.equal(split["onward"][i], split["onsets"][earlier, 16])
        else:
            assert not split["before"][i].any()


def test_phrases_are_moved_to_all_keys_in_which_they_can_be_sung(data):
    rolls = data.train["rolls"][:40]
    shifts = torch.stack([transposition(rolls, rng(seed)) for seed in range(200)])  # (200, 40)
    low, high = torch.tensor(RANGES).T
    for phrase, drawn_keys in zip(rolls.long(), shifts.T, strict=True):
        outside = [((phrase != 0) & ((phrase + k < low) | (phrase + k > high))).any() for k in range(-KEYS, KEYS + 1)]
        if not outside[KEYS]:
            fitting = {k for k, out in zip(range(-KEYS, KEYS + 1), outside, strict=True) if not out}
            assert set(drawn_keys.tolist()) == fitting
    assert len(shifts.unique()) > KEYS


def test_silence_is_the_same_in_all_keys(data):
    vocabulary = objective(data).network.vocabulary
    rolls, onsets = data.train["rolls"][:30].clone(), data.train["onsets"][:30]
    shift = transposition(rolls, rng())
    sounds = moved(vocabulary.sounds_of(rolls, onsets), shift, vocabulary.tokens)
    expected = torch.where(rolls == 0, 0, rolls.long() + shift[:, None, None])
    back = vocabulary.rolls_of(sounds)
    assert torch.equal(back[0].long(), expected) and torch.equal(back[1], onsets)
    assert (rolls == 0).any() and shift.any()


def test_the_terms_are_those_of_torch_distributions(data):
    trained = objective(data)
    batch = MusicVaeRecipe(**SMALL, batch_size=16).sampler(data)(moment(0))
    network = trained.network.double()
    sounds = network.vocabulary.sounds_of(batch["rolls"], batch["onsets"])
    past = network.before(sounds)
    tokens = network.vocabulary.tokens_of(sounds, past)
    posterior = network.posterior_of(sounds)
    z = posterior.sample(rng())
    logits = network(z, sounds, past)
    expected = -Categorical(logits=logits).log_prob(tokens).sum(dim=(1, 2))
    torch.testing.assert_close(nats(logits, tokens), expected)
    gaussian = kl_divergence(Normal(posterior.mean, posterior.deviation), Normal(0.0, 1.0))
    torch.testing.assert_close(posterior.kl(), gaussian)


@pytest.mark.parametrize(("beta", "free_bits"), [(0.2, 0.0), (0.5, 1.0), (0.2, 1000.0)])
def test_the_divergence_costs_beta_beyond_the_free_bits(data, beta, free_bits):
    trained = objective(data, beta=beta, free_bits=free_bits, alone=0)
    batch = MusicVaeRecipe(**SMALL, batch_size=16).sampler(data)(moment(0))
    for progress, risen in ((0.0, 0.0), (0.1, 0.5), (0.2, 1.0), (1.0, 1.0)):
        with torch.no_grad():
            terms = trained.loss("vae", batch, moment(0, progress=progress))
        beyond = max(0.0, float(terms["kl"]) - free_bits * math.log(2))
        cost = 32 * float(terms["objective"] - terms["reconstruction"])
        assert cost == pytest.approx(beta * risen * beyond, abs=1e-3)


def test_phrases_without_a_code_teach_no_encoder_and_are_told_all_notes(data):
    batch = MusicVaeRecipe(**SMALL, batch_size=16).sampler(data)(moment(0))
    trained = objective(data, alone=0.9, forget=1.0)
    trained.alone = 1.0
    terms = trained.loss("vae", batch, moment(0, progress=1.0))
    terms["objective"].backward()
    network = trained.network
    assert terms["kl"] == terms["reconstruction"] == 0
    assert all(one.grad is None or not one.grad.any() for one in network.encoder.parameters())
    assert network.nothing.grad.any() and network.given.table.grad.any()
    seen = network.given.table.grad[1 : network.vocabulary.sounds]  # of what was sung before, but for the unknown
    assert seen.any(), "note dropout is for phrases that have a code to ask"


@pytest.mark.parametrize("alone", [0.0, 0.2, 0.8])
def test_beta_weighs_the_divergence_against_the_reconstruction_however_many_have_a_code(data, alone):
    batch = MusicVaeRecipe(**SMALL, batch_size=64).sampler(data)(moment(0))
    trained = objective(data, alone=alone, beta=0.0, free_bits=0)
    with torch.no_grad():
        without = trained.loss("vae", batch, moment(0, progress=1.0))
        trained.beta = 1000.0  # far above the reconstruction's rounding
        weighted = trained.loss("vae", batch, moment(0, progress=1.0))
    paid = 32 * float(weighted["objective"] - without["objective"])
    share = paid / (1000 * float(weighted["kl"]))
    assert share == pytest.approx(1 - alone, abs=0.15)
    assert share * 64 == pytest.approx(round(share * 64), abs=1e-2), "as many as have a code, of 64"


def test_a_part_of_the_phrases_counts_without_a_code(data):
    batch = MusicVaeRecipe(**SMALL, batch_size=64).sampler(data)(moment(0))
    trained = objective(data, alone=0.5, forget=0.0, beta=0.0)
    with torch.no_grad():
        trained.network.nothing.fill_(3.0)
        terms = trained.loss("vae", batch, moment(0))
        trained.alone = 0.0
        all_told = trained.loss("vae", batch, moment(0))
    assert float(terms["objective"]) != pytest.approx(float(terms["reconstruction"]), rel=1e-4)
    assert float(all_told["objective"]) == pytest.approx(float(all_told["reconstruction"]))
    assert float(terms["kl"]) == pytest.approx(float(all_told["kl"]), rel=0.3)


def test_tables_of_intervals_learn_ten_times_as_fast_and_never_decay(data):
    trained = objective(data, learning_rate=0.002)
    (phase,) = trained.phases()
    rest, tables = phase.optimizers[0].param_groups
    assert (rest["lr"], rest["weight_decay"]) == (0.002, 0.01)
    assert (tables["lr"], tables["weight_decay"]) == (pytest.approx(0.02), 0)
    assert [id(table) for table in tables["params"]] == [id(table) for table in trained.network.tables()]
    assert len(rest["params"]) + len(tables["params"]) == len(list(trained.network.parameters()))


def test_nothing_that_validates_or_tests_is_learned_from(data):
    sampler = MUSIC["musicvae-chorales"].sampler(data)
    assert (sampler.split["part"] == 0).all() and len(sampler.split) == int((data.train["part"] == 0).sum())


def test_a_decoder_that_is_told_all_finds_all_notes(data):
    """Logits that name the truth: every share is 1, and there is nothing to reconstruct."""
    network = objective(data).network
    split = data.test.first(3)
    right = measured(network, split["rolls"], split["onsets"], rng())
    assert 0 <= right["notes"] < 0.5 and 0 <= right["notes_told"] < 0.5

    class Told(type(network)):
        def forward(self, z, sounds, past):
            tokens = self.vocabulary.tokens_of(sounds, past)
            return 100.0 * torch.nn.functional.one_hot(tokens, self.vocabulary.tokens).float()

        def generate(self, z, **options):
            return split["rolls"], split["onsets"]

    network.__class__ = Told
    perfect = measured(network, split["rolls"], split["onsets"], rng())
    assert all(perfect[name] == 1 for name in ("notes", "notes_told", "pitches", "pitches_told"))
    assert perfect["reconstruction"] == pytest.approx(0, abs=1e-6)
    assert perfect["loss"] * 32 == pytest.approx(perfect["kl"], rel=1e-5)


def test_what_is_measured_is_a_sample_no_code_and_the_most_likely_notes(data):
    network, split = objective(data).network, data.test.first(5)
    with torch.no_grad():
        network.nothing.fill_(3.0)
    asked, generate = [], network.generate
    network.generate = lambda z, **options: asked.append((z, options)) or generate(z, **options)
    values = measured(network, split["rolls"], split["onsets"], rng(7))
    with torch.no_grad():
        sounds = network.vocabulary.sounds_of(split["rolls"], split["onsets"])
        past = network.before(sounds)
        tokens, posterior = network.vocabulary.tokens_of(sounds, past), network.posterior_of(sounds)
        codes = {"reconstruction": posterior.sample(rng(7)), "alone": torch.full((5, 8), 3.0)}
        for name, z in codes.items():
            nats_of_each = -Categorical(logits=network(z, sounds, past)).log_prob(tokens)
            assert values[name] == pytest.approx(float(nats_of_each.sum() / 5 / 32), rel=1e-5)
    ((z, options),) = asked
    assert torch.equal(z, posterior.mean) and options["temperature"] == 0 and not options.get("fusion")


def test_the_preview_reconstructs_the_most_likely_notes_and_samples_with_fusion(data):
    trained, asked = objective(data), []
    generate = trained.shown.generate
    trained.shown.generate = lambda z, **options: asked.append((z, options)) or generate(z, **options)
    sheet = trained.preview(rng(4))
    (again, greedy), (fresh, sampled) = asked
    with torch.no_grad():
        means = trained.shown.encode(data.test["rolls"][:COLUMNS], data.test["onsets"][:COLUMNS]).mean
    assert torch.equal(again, means) and greedy["temperature"] == 0 and not greedy.get("fusion")
    assert fresh.shape == (2 * COLUMNS, 8) and (sampled["temperature"], sampled["fusion"]) == (TEMPERATURE, FUSION)
    assert torch.equal(
        sheet.images[:COLUMNS], drawn(data.test["rolls"][:COLUMNS], data.test["onsets"][:COLUMNS], data.spec)
    )


def test_a_piano_roll_shows_each_note_at_its_pitch_and_time(data):
    rolls, onsets = torch.zeros(1, 32, 4, dtype=torch.uint8), torch.zeros(1, 32, 4, dtype=torch.uint8)
    rolls[0, 4:6, 0], onsets[0, 4, 0] = 80, 1
    image = drawn(rolls, onsets, data.spec)[0]
    marked = (image != PAPER).any(dim=0)
    rows, columns = marked.nonzero(as_tuple=True)
    assert image.shape == (3, 46 * STEP, 32 * FRAME)
    assert rows.unique().tolist() == [2, 3] and columns.unique().tolist() == list(range(4 * FRAME + 1, 6 * FRAME))


def test_data_of_other_voices_are_refused(data):
    class Catalog:
        def fits(self, data, *, kinds, columns):
            return True

        def spec(self, name):
            return data.spec.model_copy(update={"voices": ("one", "two")})

    with pytest.raises(InvalidRecipe, match="4 voices"):
        MusicVaeRecipe().spec(Catalog())
