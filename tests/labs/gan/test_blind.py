"""The blind test of eyes: the real picture lies where the outcome says, and the other one is the generator's."""

import pytest
import torch

from playground.data import packs
from playground.game import CHOICES, Round
from playground.labs.gan.blind import drawn, outcome_view, round_view
from playground.labs.gan.samples import logits

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC, TEST = packs.spec("digits"), packs.load("digits").test
INPUTS = {"test": TEST}


@pytest.fixture(params=["cgan-digits", "dcgan-digits"])
def network(written, request):
    return written(request.param).network(10)


def held_out(picture):
    """The numbers of the test pictures that look so."""
    return [i for i, image in enumerate(TEST["images"]) if torch.equal(image, picture)]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_the_real_picture_lies_where_the_outcome_says(network, number):
    answer, outcome = (view(network, SPEC, Round(round=number), INPUTS) for view in (round_view, outcome_view))
    pictures, place = answer.tensors["pictures"], CHOICES.index(outcome.words["right"])
    assert pictures.shape == (2, 1, 8, 8) and pictures.dtype == torch.uint8
    assert held_out(pictures[place]) and not held_out(pictures[1 - place])
    assert outcome.words["choices"] == list(CHOICES) and not answer.words, "nothing gives it away"


def test_the_other_one_is_of_the_same_class(written):
    network = written("cgan-digits").network(10)
    for number in range(8):
        round_ = drawn(network, SPEC, Round(round=number), TEST)
        assert int(round_.asked) in {int(TEST["labels"][i]) for i in held_out(round_.real[0])}
        rng = torch.Generator().manual_seed(number)
        for n in (2, len(TEST)):
            torch.randint(n, (), generator=rng)
        z = torch.randn(1, network.generator.latent, generator=rng)
        image = network.generator(z, round_.asked).detach()
        assert (round_.generated.float() - (image + 1) * 127.5).abs().max() <= 0.5 + 1e-3


def test_the_outcome_says_what_the_discriminator_would_have_chosen(network):
    for number in range(6):
        round_ = drawn(network, SPEC, Round(round=number), TEST)
        real, generated = (float(logits(network, one, round_.asked)) for one in (round_.real, round_.generated))
        outcome = outcome_view(network, SPEC, Round(round=number), INPUTS)
        assert outcome.words["discriminator"] is (real > generated)


def test_both_places_and_most_of_the_held_out_pictures_take_their_turn(network):
    rounds = [drawn(network, SPEC, Round(round=number), TEST) for number in range(200)]
    assert 72 < sum(one.place == 0 for one in rounds) < 128, "within four standard errors of a half"
    assert len({one.real.numpy().tobytes() for one in rounds}) > 120
