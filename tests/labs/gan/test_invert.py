"""Inversion: pictures that the generator can draw are found again, and rounds are one search."""

import pytest
import torch

from playground.data import as_images, packs, unit
from playground.labs.gan import invert
from playground.labs.gan.factorization import factorized
from playground.labs.gan.invert import (
    ROUNDS,
    STEPS,
    Edited,
    Inversion,
    before,
    begun,
    candidates,
    distance,
    edited_view,
    invert_view,
    searched,
)
from tests.labs.gan.small import shown

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = packs.spec("faces", 16)
TEST = packs.load("faces", 16).test


@pytest.fixture
def network():
    return shown(latent=12, width=16)


@pytest.fixture
def known(network):
    return candidates(network, SPEC, {})


def drawn(network, ws):
    return as_images(network.generator.synthesis(ws).clamp(-1, 1).detach())[0]


def rounds(network, known, picture, upto=ROUNDS, **options):
    answer, all_of_them = None, []
    for number in range(upto + 1):
        inputs = {"picture": picture, "prepared": known, "answer": answer}
        answer = invert_view(network, SPEC, Inversion(round=number, **options), inputs)
        all_of_them.append(answer)
    return all_of_them


def test_the_distance_is_summed_over_scales():
    images, target = torch.randn(2, 2, 3, 8, 8, generator=torch.Generator().manual_seed(0)).unbind()
    by_hand = torch.zeros(2)
    for scale in (1, 2, 4):
        parts = (images - target).unflatten(3, (-1, scale)).unflatten(2, (-1, scale)).mean(dim=(3, 5))
        by_hand += parts.square().mean(dim=(1, 2, 3))
    torch.testing.assert_close(distance(images, target), by_hand)


def test_the_search_begins_with_the_candidate_that_is_most_like_the_picture(network, known):
    target = unit(known.images[17])[None]
    assert torch.equal(begun(network, target, known)[0], known.w[17].expand(network.generator.synthesis.layers, -1))
    first = rounds(network, known, known.images[17], upto=0)[0]
    assert torch.equal(first.tensors["picture"], known.images[17]) and first.words["l1"] < 0.01


@pytest.mark.parametrize("space", ["w", "w+"])
def test_a_picture_that_it_has_drawn_is_found_again(network, known, space):
    picture = drawn(network, network.generator.broadcast(known.w[3:4] * 0.5 + known.w[5:6] * 0.5))
    answers = rounds(network, known, picture, space=space)
    far = [float(distance(unit(answer.tensors["picture"])[None], unit(picture)[None])) for answer in answers]
    assert far[-1] < 0.5 * far[0], far
    assert [answer.words["steps"] for answer in answers] == [STEPS * number for number in range(ROUNDS + 1)]
    ws = answers[-1].tensors["ws"]
    if space == "w":
        torch.testing.assert_close(ws, ws[:, :1].expand_as(ws))
    else:
        assert float((ws - ws[:, :1]).abs().max()) > 0.01
    assert (answers[-1].tensors["picture"].int() - drawn(network, ws).int()).abs().max() <= 1


def test_rounds_are_one_search_with_adam(network, known):
    """torch's own Adam, uninterrupted, and with the rate that falls in a straight line."""
    target = unit(TEST["images"][0])[None]
    ws = begun(network, target, known)
    free = ws.clone().requires_grad_(True)
    adam = torch.optim.Adam([free], lr=1.0, betas=(0.9, 0.99))
    for step in range(2 * STEPS):
        adam.param_groups[0]["lr"] = invert.RATE * (1 - step / (ROUNDS * STEPS))
        loss = distance(network.generator.synthesis(free), target).sum()
        loss = loss + invert.SPREAD * (free - free.mean(dim=1, keepdim=True)).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    moments = ws.new_zeros(2, *ws.shape)
    for number in (1, 2):
        ws, moments = searched(network, target, ws, moments, Inversion(round=number))
    torch.testing.assert_close(ws, free.detach(), rtol=1e-3, atol=1e-3)


def test_a_conditional_network_is_searched_too(written):
    network = written("stylegan-faces", image_size=16, latent=6, width=8, condition="attributes").network(10)
    found = candidates(network, SPEC, {})
    assert found.w.isfinite().all() and len(found.images) == invert.CANDIDATES


def test_the_first_round_has_none_before_it():
    assert before(Inversion(round=0)) is None
    assert before(Inversion(round=7, space="w")) == Inversion(round=6, space="w")


def test_the_server_goes_on_from_the_round_before(ask, written):
    run = written("stylegan-faces", image_size=16, latent=6, width=8)
    _, tensors = ask(run, "inverted", round=2)
    assert not torch.equal(tensors["moments"], torch.zeros_like(tensors["moments"]))
    network = run.network(10).requires_grad_(False)
    known = candidates(network, run.spec, {})
    picture = packs.examples("faces", 16)["images"][0]
    expected = rounds(network, known, picture, upto=2)[-1]
    torch.testing.assert_close(tensors["ws"], expected.tensors["ws"], rtol=1e-3, atol=1e-3)


def test_what_was_found_is_edited_along_directions(network, known):
    found = rounds(network, known, known.images[2], upto=1)[-1]
    directions = factorized(network, SPEC, {})
    inputs = {"answer": found, "prepared": directions}
    still = edited_view(network, SPEC, Edited(round=1), inputs).tensors["picture"]
    assert torch.equal(still, found.tensors["picture"])
    moved = edited_view(network, SPEC, Edited(round=1, second=1.5, fourth=-2), inputs).tensors["picture"]
    steps = directions.components["all"].steps
    ws = found.tensors["ws"] + 1.5 * steps[1] - 2 * steps[3]
    assert (moved.int() - drawn(network, ws).int()).abs().max() <= 1
    assert not torch.equal(moved, still)
