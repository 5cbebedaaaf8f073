"""The detector on generators whose answer is known, and asked as the page asks it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from playground.data import packs
from playground.labs.gan import detector
from playground.labs.gan.detector import Elsewhere, detector_view, elsewhere_view, examples_view, held_out
from playground.labs.gan.learner import ROUNDS, Rounds
from playground.labs.gan.recipes import RECIPES
from playground.runs.store import UnknownRun
from playground.trained import Snapshot
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")

DATA = packs.load("fashion")


class Copies:
    """Returns real training pictures, whatever it is asked for."""

    generates = True

    def generate(self, network, spec, like, rng):
        return DATA.train["images"][torch.randint(len(DATA.train), (len(like),), generator=rng)]


class Noise(Copies):
    """Returns noise."""

    def generate(self, network, spec, like, rng):
        return torch.randint(0, 256, like["images"].shape, generator=rng).to(torch.uint8)


class Blurred(Copies):
    """Returns real training pictures whose pixels are means of two: what gives it away is small."""

    def generate(self, network, spec, like, rng):
        images = super().generate(network, spec, like, rng).float()
        return ((images + images.roll(1, dims=3)) / 2).to(torch.uint8)


def trained(recipe, rounds=ROUNDS):
    """The last answer, and the inputs that others go on with."""
    inputs = {"data": DATA, "recipe": recipe, "answer": None}
    inputs["prepared"] = held_out(None, DATA.spec, inputs)
    for number in range(1, rounds + 1):
        inputs["answer"] = detector_view(None, DATA.spec, Rounds(round=number), inputs)
    return inputs["answer"].words, inputs


def test_real_pictures_are_not_told_from_real_ones():
    words, _ = trained(Copies())
    assert words["low"] <= 0.5 <= words["high"], words


def test_noise_is_told_at_once():
    words, _ = trained(Noise(), rounds=2)
    assert words["accuracy"] > 0.98 and words["low"] > 0.97, words


def test_small_traces_are_found_and_others_are_judged_by_them():
    words, inputs = trained(Blurred(), rounds=4)
    assert words["accuracy"] > 0.95
    assert words["accuracy"] == (words["generated"] + words["real"]) / (2 * words["n"]) and words["n"] == 400
    other = Snapshot("other", None, DATA.spec, 7, Copies())
    for given, least, most in ((None, 90, 100), (other, 0, 15)):
        asked = elsewhere_view(None, DATA.spec, Elsewhere(), {**inputs, "runs": {"other": given}}).words
        assert least <= asked["right"] <= most and asked["n"] == 100, asked


def test_examples_are_the_ends_of_both_kinds():
    _, inputs = trained(Blurred(), rounds=1)
    scores = inputs["answer"].state["scores"]
    tensors = examples_view(None, DATA.spec, Rounds(), inputs).tensors
    n = len(scores) // 2
    fakes, reals = scores[:n].sort().values, scores[n:].sort().values
    ends = torch.stack([fakes.flip(0)[:8], fakes[:8], reals[:8], reals.flip(0)[:8]])
    assert torch.equal(tensors["scores"], ends) and tensors["pictures"].shape == (4, 8, 1, 28, 28)
    best = int(scores[:n].argmax())
    assert torch.equal(tensors["pictures"][0, 0], inputs["prepared"].generated[best])
    differences = tensors["maps"].mean(dim=(2, 3)) - tensors["scores"]
    assert differences.std() < 1e-3, "the mean over places is the score, but for one constant"


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(detector, "STEPS", 2)
    monkeypatch.setattr(detector, "HELD_OUT", 20)


def test_answers_are_the_same_from_many_threads(few, ask, written, context):
    run = written("gan-digits")
    expected = ask(run, "detector")
    context.views.answers.drop(lambda key: True)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: ask(run, "detector"), range(8)))
    assert all(words == expected[0] for words, _ in answers)
    assert expected[1] == {}, "the detector itself stays on the server"
    assert ask(run, "detector", round=1)[0]["pairs"] * ROUNDS == expected[0]["pairs"]


def test_a_picture_of_ones_own_is_judged(few, ask, written):
    words, tensors = ask(written("gan-digits"), "verdict", picture="ex-3-inverted")
    assert tensors["score"].shape == (1,) and tensors["map"].ndim == 2 and words["step"] == 10
    assert torch.equal(tensors["picture"], 255 - packs.examples("digits")["images"][3])


def test_it_is_tried_on_another_run_of_any_lab(few, ask, written):
    run, vae, other = written("gan-digits"), written("vae-digits"), written("vae-fashion")
    for name in ("", vae.id, f"{vae.id}@5", f"{run.id}@0"):
        words, _ = ask(run, "elsewhere", other=name)
        assert words["step"] == 10 and 0 <= words["right"] <= words["n"]
    for name, error, sentence in (
        (other.id, BadOption, "of the same data and size"),
        (written("vit-digits").id, BadOption, "generates no pictures"),
        ("none", UnknownRun, "There is no run “none”"),
        ("../x", BadOption, "“other”"),
    ):
        with pytest.raises(error, match=sentence):
            ask(run, "elsewhere", other=name)


def test_a_run_that_is_written_anew_is_judged_anew(few, ask, written):
    run, vae = written("gan-digits"), written("vae-digits")
    before = ask(run, "elsewhere", other=vae.id)[1]["picture"]
    (vae.path / "snapshots" / "00000000.safetensors").replace(vae.path / "snapshots" / "00000010.safetensors")
    assert not torch.equal(ask(run, "elsewhere", other=vae.id)[1]["picture"], before)


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe.generates])
def test_all_gans_generate_what_they_are_asked_for(name, written):
    run = written(name, **({"image_size": 16, "width": 8} if "image_size" in type(RECIPES[name]).model_fields else {}))
    like = packs.first_test(run.spec.name, 3, run.spec.size)
    draws = [
        run.recipe.generate(run.network(10), run.spec, like, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    ]
    assert draws[0].shape == like["images"].shape and draws[0].dtype == torch.uint8
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])
