"""Codes against the prior: holes are where no code is, and what the prior reaches can be counted by hand."""

import pytest
import torch

from playground.data import packs
from playground.labs.vae.aggregate import CODES, SIDE, Codes, Sampled, directions, filled, prior_view, samples
from playground.labs.vae.latent import encoded
from playground.metrics.generated import TooFew, covered, expected_coverage, neighborhoods

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(n, latent, seed):
    return torch.randn(n, latent, generator=torch.Generator().manual_seed(seed))


def test_codes_from_the_prior_fill_it_and_codes_far_out_do_not():
    prior, drawn = normal(500, 2, 1), normal(500, 2, 2)
    same = filled(prior, drawn)
    assert same.coverage == pytest.approx(expected_coverage(500, 500), abs=0.04)
    assert same.density == pytest.approx(1, abs=0.1)
    assert filled(prior, 10 + 0.1 * drawn)[1:] == (0, 0)


def test_codes_that_are_spread_thin_leave_holes_between_them():
    """Balls around the codes themselves would be as large as the holes."""
    prior, thin = normal(500, 2, 1), 6 * normal(500, 2, 2)
    spread = filled(prior, thin)
    assert spread.density < 0.2 and spread.coverage < 0.5
    assert covered(prior, thin).float().mean() > 0.9, "as precision sees it, no sample lies in a hole"


def test_a_hole_in_the_middle_is_found():
    around = torch.linspace(0, 2 * torch.pi, 301)[:-1]
    ring = 2 * torch.stack([around.cos(), around.sin()], dim=1) + 0.02 * normal(300, 2, 3)
    prior = normal(300, 2, 1)
    populated = filled(prior, ring).populated
    inner = prior.norm(dim=1) < 1.2
    assert inner.sum() > 120 and not populated[inner].any() and populated[~inner].any()


def test_few_samples_of_the_prior_have_no_neighborhoods():
    with pytest.raises(TooFew, match="at least 6 pictures"):
        filled(normal(5, 2, 1), normal(9, 2, 2))


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
    counts = neighborhoods(samples(network, len(split), 3), drawn)
    assert words["coverage"] == pytest.approx(float((counts > 0).double().mean()))
    assert words["density"] == pytest.approx(float(counts.sum()) / (5 * len(split)))
    assert tensors["populated"].tolist() == (counts > 0)[: SIDE**2].tolist()
    assert words["share"] == pytest.approx(1) and words["side"] == SIDE


def test_few_codes_are_compared_with_as_few_samples_and_all_pictures_are_drawn(written):
    run = written()
    network = run.network(10)
    drawn = normal(10, 2, 1)
    prepared = Codes(drawn, torch.zeros(10, dtype=torch.long), torch.eye(2))
    answer = prior_view(network, run.spec, Sampled(seed=1), {"prepared": prepared})
    assert answer.tensors["at"].shape == (SIDE**2, 2) and answer.tensors["populated"].shape == (SIDE**2,)
    assert answer.words["samples"] == SIDE**2
    assert answer.words["expected"] == pytest.approx(expected_coverage(SIDE**2, 10))
