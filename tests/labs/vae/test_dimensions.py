"""Which dimensions are used: a code whose use is known, traversals of it, and what the view says of a snapshot."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import packs
from playground.labs.vae.autoencoder import Autoencoder
from playground.labs.vae.dimensions import (
    ACTIVE,
    FRAMES,
    Axes,
    Usage,
    active,
    axes_of,
    shares_view,
    traversals,
    used,
)
from playground.labs.vae.latent import decoded, encoded
from playground.labs.vae.plane import EXTENT
from playground.labs.vae.vae import VAE

pytestmark = pytest.mark.usefixtures("one_thread")

TEST = packs.load("digits").test
SPEC = packs.spec("digits")
SHAPE = {"image_size": 8, "channels": 1, "latent": 3, "width": 8}


def rng():
    return torch.Generator().manual_seed(0)


def network_of(kind):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return kind(**SHAPE).eval()


def test_a_dimension_whose_posterior_is_the_prior_costs_nothing_and_is_dead():
    network = network_of(VAE)
    network.posterior.weight.data.normal_(std=4, generator=rng())
    network.posterior.weight.data[1] = network.posterior.weight.data[4] = 0  # mean and log variance of the second one
    network.posterior.bias.data.zero_()
    usage = used(network, SPEC, {"test": TEST})
    assert usage.values[1] == 0 and usage.active.tolist() == [True, False, True] and usage.pictures == len(TEST)
    torch.testing.assert_close(usage.values, encoded(network, TEST["images"]).kl().mean(dim=0))


def test_a_dimension_that_costs_as_much_for_every_picture_is_dead_as_well():
    network = network_of(VAE)
    network.posterior.weight.data.zero_()
    network.posterior.bias.data[:] = torch.tensor([1.0, 2.0, 0.0, 0.0, 0.0, 0.0])
    usage = used(network, SPEC, {"test": TEST})
    assert usage.values.tolist() == pytest.approx([0.5, 2.0, 0.0]) and not usage.active.any()


def test_what_varies_by_more_than_the_threshold_is_active():
    spread = torch.tensor([1.1, 0.9]) * ACTIVE**0.5
    means = torch.tensor([[-1.0], [1.0]]) * spread
    assert active(means, prior=True).tolist() == [True, False]
    assert active(means, prior=False).all(), "without a prior nothing draws a dimension to it"


def test_an_autoencoder_is_ranked_by_variance():
    network = network_of(Autoencoder)
    usage = used(network, SPEC, {"test": TEST})
    variance = encoded(network, TEST["images"]).mean.var(dim=0)
    torch.testing.assert_close(usage.values, variance / variance.sum())
    assert usage.active.all()


def test_axes_are_the_priors_or_those_of_the_codes():
    means = torch.tensor([[1.0, 5.0], [3.0, 5.0]])
    assert [part.tolist() for part in axes_of(means, prior=True)] == [[0, 0], [1, 1]]
    axes = axes_of(means, prior=False)
    assert axes.center.tolist() == [2, 5] and axes.deviation.tolist() == pytest.approx([1, 1e-6])
    torch.testing.assert_close(axes.codes(axes.units(means)), means)


def test_in_a_traversal_one_dimension_alone_changes():
    network = network_of(VAE)
    network.decode = lambda codes, labels: codes.view(-1, 1, 1, 3) / 10 + 0.5  # a picture that shows its code
    code, axes = torch.tensor([0.3, -0.7, 1.9]), Axes(torch.tensor([0.0, 1.0, 0.0]), torch.tensor([1.0, 0.5, 1.0]))
    frames = traversals(network, axes, code).view(3, FRAMES, 3)
    steps = torch.linspace(-EXTENT, EXTENT, FRAMES)
    for d in range(3):
        expected = code.repeat(FRAMES, 1)
        expected[:, d] = axes.center[d] + axes.deviation[d] * steps
        torch.testing.assert_close(frames[d] / 255, expected / 10 + 0.5, atol=1 / 255, rtol=0)


@pytest.mark.parametrize("name", ["vae-digits", "ae-digits", "cvae-digits"])
def test_the_view_shows_the_snapshot_and_the_visitors_picture(ask, context, written, name):
    kind = {"data": "digits"} if name.startswith("ae") else {}
    run = written(name.replace("ae-digits", "ae-fashion") if kind else name, latent=3, **kind)
    network, label = run.network(10), torch.tensor([7]) if name.startswith("c") else None
    words, tensors = ask(run, "usage")
    labels = TEST["labels"] if label is not None else None
    posterior = encoded(network, TEST["images"], labels)
    assert words == {"step": 10, "nats": network.prior, "pictures": 297, "threshold": ACTIVE}
    if network.prior:
        torch.testing.assert_close(tensors["values"], posterior.kl().mean(dim=0))

    _, tensors = ask(run, "traversal", picture="ex-4", label=7)
    own = encoded(network, packs.examples("digits")["images"][4][None], label)
    axes = axes_of(posterior.mean, prior=network.prior)
    torch.testing.assert_close(axes.codes(tensors["mean"]), own.mean[0])
    torch.testing.assert_close(tensors["deviation"] * axes.deviation, own.deviation[0])
    assert torch.equal(tensors["picture"], decoded(network, own.mean, label)[0])
    sheet = np.asarray(Image.open(io.BytesIO(bytes(tensors["jpeg"].tolist()))).convert("L")).astype(int)
    assert sheet.shape == (3 * 8, FRAMES * 8)
    expected = traversals(network, axes, own.mean[0], label=7)
    tile = sheet[8:16, 8 * 6 :]  # the second dimension at its upper end
    assert np.abs(tile - expected[FRAMES + 6, 0].numpy()).max() < 16, "as JPEG has it"


def test_a_dead_dimension_has_no_share_of_the_nats():
    usage = Usage(torch.tensor([3.0, 0.5, 1.0]), torch.tensor([True, False, True]), None, 10)
    answer = shares_view(None, SPEC, None, {"prepared": usage})
    assert answer.words == {"names": ["z1", "z2", "z3"], "shares": True}
    assert answer.tensors["values"].tolist() == [0.75, 0, 0.25]
    dead = usage._replace(active=torch.zeros(3, dtype=torch.bool))
    assert shares_view(None, SPEC, None, {"prepared": dead}).tensors["values"].tolist() == [0, 0, 0]
