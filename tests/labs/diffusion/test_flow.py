"""The view of diffusion in the plane: its answer is that of its functions, and invalid options are refused."""

import pytest
import torch

from playground.data import packs
from playground.labs.diffusion.points import (
    EXTENT,
    FIELD,
    MOST_POINTS,
    SAMPLES,
    exact_denoiser,
    field,
    fixed_noise,
    paths,
)
from playground.labs.diffusion.views import FIRST, LAST
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")


def moons(n):
    return packs.load("moons").train["points"][:n]


@pytest.fixture
def run(written):
    """A run that learned from few points; the weights of its snapshots are those of untrained networks."""
    return written("point-diffusion-moons", points=40)


def test_the_view_shows_the_field_the_samples_and_the_data(ask, run, wild):
    words, tensors = ask(run, "flow", time=0.6, steps=4, sampler="heun")
    torch.testing.assert_close(tensors["arrows"], field(wild, 0.6))
    times, samples = paths(wild, "heun", 4)
    assert torch.equal(tensors["times"], times) and torch.equal(tensors["samples"], samples)
    assert torch.equal(tensors["data"], moons(40)) and tensors["noise"].shape == (40, 2)
    assert {value.dtype for value in tensors.values()} == {torch.float32}
    assert words == {
        "extent": EXTENT,
        "field": FIELD,
        "samples": SAMPLES,
        "exact": False,
        "step": 10,
    }


def test_the_best_possible_denoiser_knows_what_the_run_learned_from(ask, run, wild):
    words, tensors = ask(run, "flow", exact=True, steps=3)
    assert words["exact"] is True
    torch.testing.assert_close(tensors["arrows"], field(exact_denoiser(moons(40)), 0.15))
    torch.testing.assert_close(tensors["samples"], paths(exact_denoiser(moons(40)), "euler", 3)[1])


@pytest.mark.parametrize(("time", "drawn"), [(0, FIRST), (1, LAST)])
def test_at_the_ends_of_time_the_field_is_that_just_before(ask, run, wild, time, drawn):
    torch.testing.assert_close(ask(run, "flow", time=time, steps=1)[1]["arrows"], field(wild, drawn))


def test_the_noise_of_the_data_is_always_the_same(ask, run, written):
    first, second = ask(run, "flow")[1], ask(written("point-diffusion-moons"), "flow", time=0.5)[1]
    assert torch.equal(first["noise"], second["noise"][:40])
    assert not torch.equal(first["noise"], fixed_noise(SAMPLES, seed=0)[:40]), "samples do not start at the data's"


def test_no_more_points_are_shown_than_can_be_seen(ask, written):
    assert len(ask(written("point-diffusion-moons", points=5000), "flow", steps=1)[1]["data"]) == MOST_POINTS


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"sampler": "best"}, "“sampler”: input should be 'euler', .* .it was “best”"),
        ({"steps": 0}, "“steps”: input should be greater than or equal to 1"),
        ({"steps": 33}, "“steps”: input should be less than or equal to 32"),
        ({"time": 1.1}, "“time”: input should be less than or equal to 1 .it was “1.1”"),
        ({"time": "nan"}, "“time”: input should be a finite number"),
        ({"exact": "perhaps"}, "“exact”: input should be a valid boolean"),
    ],
)
def test_invalid_options_are_refused(ask, run, options, sentence):
    with pytest.raises(BadOption, match=sentence):
        ask(run, "flow", **options)
