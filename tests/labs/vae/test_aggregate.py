"""Codes against the prior: holes are where no code is, and what the prior reaches can be counted by hand."""

import pytest
import torch

from playground.data import packs
from playground.labs.vae.aggregate import CODES, SIDE, Codes, Sampled, directions, overlap, prior_view, samples
from playground.labs.vae.latent import encoded
from playground.metrics.generated import TooFew, precision_recall

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(n, latent, seed):
    return torch.randn(n, latent, generator=torch.Generator().manual_seed(seed))


def test_codes_from_the_prior_fill_it_and_codes_far_out_do_not():
    prior, drawn = normal(500, 2, 1), normal(500, 2, 2)
    populated, reached = overlap(prior, drawn)
    assert populated.float().mean() > 0.9 and reached.float().mean() > 0.9
    populated, reached = overlap(prior, 10 + 0.1 * drawn)
    assert not populated.any() and not reached.any()


def test_a_hole_in_the_middle_is_found_and_so_are_codes_far_out():
    around = torch.linspace(0, 2 * torch.pi, 301)[:-1]
    circle = 8 * torch.stack([around.cos(), around.sin()], dim=1)
    ring = circle / 4 + 0.02 * normal(300, 2, 3)  # at two standard deviations
    prior = normal(300, 2, 1)
    populated, _ = overlap(prior, ring)
    inner = prior.norm(dim=1) < 1.5
    assert inner.sum() > 150 and not populated[inner].any() and populated[~inner].any()
    _, reached = overlap(prior, torch.cat([prior[:30] + 1e-3, circle[30:]]))
    assert reached[:30].all() and not reached[30:].any()


def test_its_means_are_precision_and_recall():
    prior, drawn = normal(200, 3, 1), 1.5 * normal(200, 3, 2)
    populated, reached = overlap(prior, drawn)
    expected = precision_recall(drawn, prior)
    assert (float(populated.double().mean()), float(reached.double().mean())) == expected and 0 < expected[1] < 1
    with pytest.raises(TooFew, match="at least 4 pictures"):
        overlap(prior, drawn[:3])


def test_the_plane_shows_the_directions_of_most_variance_at_their_own_scale():
    drawn = normal(400, 4, 1) * torch.tensor([1.0, 5.0, 0.1, 2.0])
    axes = directions(drawn)
    torch.testing.assert_close(axes @ axes.T, torch.eye(2), rtol=0, atol=1e-5)
    assert axes[0].abs().argmax() == 1 and axes[1].abs().argmax() == 3
    assert torch.equal(directions(7 * drawn[:, :2]), torch.eye(2)), "two dimensions are shown as they are"


@pytest.mark.parametrize("name", ["vae-digits", "ae-fashion"])
def test_the_view_shows_samples_and_codes_of_its_snapshot(ask, written, name):
    run = written(name)
    words, tensors = ask(run, "prior", seed=3)
    network, split = run.network(10), run.recipe.load(packs).test.first(CODES)
    assert tensors["points"].shape == (len(split), 2) and tensors["labels"].tolist() == split["labels"].tolist()
    posterior = encoded(network, split["images"])
    drawn = posterior.sample(torch.Generator().manual_seed(0))
    torch.testing.assert_close(tensors["points"], drawn)
    if name == "ae-fashion":
        torch.testing.assert_close(drawn, posterior.mean, msg="the posterior of an autoencoder is a point")
    torch.testing.assert_close(tensors["at"], samples(network, 0, 3))
    assert (words["precision"], words["recall"]) == precision_recall(drawn, samples(network, len(split), 3))
    assert words["share"] == pytest.approx(1) and words["side"] == SIDE


def test_few_codes_are_compared_with_as_few_samples_and_all_pictures_are_drawn(written):
    run = written()
    network = run.network(10)
    drawn = normal(10, 2, 1)
    prepared = Codes(drawn, torch.zeros(10, dtype=torch.long), torch.eye(2))
    answer = prior_view(network, run.spec, Sampled(seed=1), {"prepared": prepared})
    assert answer.tensors["at"].shape == (SIDE**2, 2) and answer.tensors["populated"].shape == (SIDE**2,)
    prior = samples(network, 10, 1)
    assert (answer.words["precision"], answer.words["recall"]) == precision_recall(drawn, prior[:10])
