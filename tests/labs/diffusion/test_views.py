"""The diffusion lab's views: every frame is that of the sampler, from the noise that the seed stands for."""

import pytest
import torch

from playground.data import DataUnavailable, packs
from playground.labs.diffusion.sampling import Settings, film, recorded, visible
from playground.labs.diffusion.views import MOST_STEPS, PICTURES, Sampling, start
from playground.metrics.generated import Neighbors
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("sampler", ["dpm++", "euler", "heun", "ddpm"])
def test_the_film_is_the_samplers(ask, run, wild, sampler):
    words, tensors = ask(run, "sampling", sampler=sampler, steps=3, seed=7)
    labels = torch.arange(PICTURES) % 10
    rng = torch.Generator().manual_seed(7)
    with torch.no_grad():
        steps = [*film(wild, start(run.spec, 7), labels, Settings(sampler=sampler, steps=3, guidance=2.0), rng)]
    assert tensors["x"].shape == tensors["x0"].shape == (4, PICTURES, 1, 8, 8)
    assert tensors["x"].float().std() > 20
    for x, x0, step in zip(tensors["x"], tensors["x0"], steps, strict=True):
        assert torch.equal(x, visible(step.x, step.sigma))
        assert torch.equal(x0, ((step.x0 + 1) * 127.5).round().clamp(0, 255).byte())
    assert torch.equal(tensors["x"][-1], tensors["x0"][-1])
    assert tensors["sigmas"].tolist() == pytest.approx([step.sigma for step in steps], rel=1e-3)
    assert tensors["labels"].tolist() == labels.tolist()
    assert (words["evaluations"], words["conditional"], words["step"]) == (2 * steps[-1].evaluations, True, 10)


def test_the_start_is_noise_and_the_seed_decides_it(ask, run, wild):
    def first(**options):
        return ask(run, "sampling", **{"steps": 2} | options)[1]["x"][0]

    assert torch.equal(first(seed=1, sampler="heun"), first(seed=1, steps=5, guidance=4))
    assert not torch.equal(first(seed=1), first(seed=2))
    assert (first(seed=1).float() / 127.5 - 1).std() == pytest.approx(0.72, abs=0.05), "normal noise, cut off at 1"


def test_guidance_costs_two_evaluations_and_changes_the_end(ask, run, wild):
    plain, once = ask(run, "sampling", steps=4, guidance=1)
    more, twice = ask(run, "sampling", steps=4, guidance=3)
    assert (plain["evaluations"], more["evaluations"]) == (4, 8)
    assert torch.equal(once["x"][0], twice["x"][0]) and not torch.equal(once["x"][-1], twice["x"][-1])


def test_a_class_can_be_asked_for_or_none(ask, run, wild):
    actual = {label: ask(run, "sampling", steps=2, label=label)[1] for label in ("each", "none", "3")}
    assert actual["none"]["labels"].tolist() == [] and actual["3"]["labels"].tolist() == [3] * PICTURES
    end = {label: tensors["x0"][-1] for label, tensors in actual.items()}
    assert torch.equal(end["3"][3], end["each"][3]) and torch.equal(end["3"][13], end["each"][13])
    assert not torch.equal(end["3"][4], end["each"][4])


def test_a_run_without_classes_asks_for_none(ask, written):
    run = written("diffusion-digits", conditional=False)
    words, tensors = ask(run, "sampling", steps=2, label=3, guidance=3)
    assert tensors["labels"].tolist() == [] and (words["conditional"], words["evaluations"]) == (False, 2)


def test_a_sampling_of_large_images_has_few_steps(run):
    network, spec = run.network(5), run.spec.sized(256)
    with pytest.raises(BadOption, match="50 steps of images this large .* choose 14 at most"):
        Sampling(steps=50).film(network, spec)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"sampler": "magic"}, "“sampler”: input should be 'euler', .* .it was “magic”"),
        ({"schedule": "magic"}, "“schedule”: input should be 'uniform' or 'karras'"),
        ({"steps": MOST_STEPS + 1}, "“steps”: input should be less than or equal to 50 .it was “51”"),
        ({"steps": 0}, "“steps”: input should be greater than or equal to 1"),
        ({"steps": 2.5}, "“steps”: input should be a valid integer"),
        ({"guidance": 9}, "“guidance”: input should be less than or equal to 8"),
        ({"label": "10"}, "There is no class 10; there are “each”, “none” and 0 to 9"),
        ({"label": "a²"}, "“label”: string should match"),
        ({"seed": -1}, "“seed”: input should be greater than or equal to 0"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(ask, run, options, sentence):
    with pytest.raises(BadOption, match=sentence):
        ask(run, "sampling", **options)


@pytest.mark.parametrize(("frame", "shown"), [(2, 2), (50, 4)])
def test_the_nearest_training_pictures_to_a_frame_of_a_sample(ask, context, run, wild, frame, shown):
    words, tensors = ask(run, "nearest", steps=4, seed=3, label=2, sample=5, frame=frame)
    settings = Settings(steps=4, guidance=2.0)
    sample = recorded(wild, start(run.spec, 3), torch.full((PICTURES,), 2), settings, seed=3).x0[shown, 5]
    train = packs.load("digits").train
    indices, distances = Neighbors.of(train, context.store.trained("cnn-fashion")).nearest(sample[None], 4)
    assert torch.equal(tensors["pictures"], train["images"][indices[0]])
    assert torch.equal(tensors["labels"].long(), train["labels"][indices[0]])
    torch.testing.assert_close(tensors["distances"], distances[0].float(), rtol=0, atol=0.01)
    assert words["of"] == len(train)


def test_without_the_training_pictures_it_says_so(ask, run, monkeypatch):
    monkeypatch.setattr("playground.data.catalog.Catalog.available", lambda self, name: False)
    with pytest.raises(DataUnavailable, match="The data “digits” are not on this machine"):
        ask(run, "nearest")
