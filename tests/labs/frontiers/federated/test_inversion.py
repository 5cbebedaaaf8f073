"""Gradient inversion: the gradient that is sent, its noise, and the search against one written with torch's parts."""

import math
from copy import deepcopy

import pytest
import torch
from torch import Generator
from torch.nn import functional as F
from torch.optim import Adam

from playground.data import ImageSpec, unit
from playground.labs.frontiers.federated.inversion import (
    INVERSION,
    NOISES,
    RATE,
    ROUNDS,
    SMOOTH,
    STEPS,
    apart,
    disturbed,
    gradient,
    inversion_view,
    label_of,
    norm,
    searched,
    variation,
)
from playground.labs.vision.lenet import LeNet

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = ImageSpec(name="any", channels=1, size=12, classes=tuple("abcd"))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return LeNet(image_size=12, channels=1, classes=4, width=3).double().eval().requires_grad_(False)


def picture(seed=0):
    return 2 * torch.rand(1, 12, 12, generator=Generator().manual_seed(seed), dtype=torch.double) - 1


def test_a_gradient_is_that_of_the_cross_entropy(network):
    own = deepcopy(network).requires_grad_(True)
    loss = F.cross_entropy(own(picture()[None]), torch.tensor([2]))
    expected = torch.autograd.grad(loss, list(own.parameters()))
    sent = gradient(network, picture(), torch.tensor(2))
    assert list(sent) == [name for name, _ in own.named_parameters()]
    for one, other in zip(sent.values(), expected, strict=True):
        assert torch.allclose(one, other, atol=1e-12)


def test_noise_is_as_long_as_it_is_said_to_be(network):
    sent = gradient(network, picture(), torch.tensor(2))
    several = disturbed(sent, torch.tensor([0.0, 1.0, 10.0]), Generator().manual_seed(0))
    for i, length in enumerate((0, 1, 10)):
        noise = {name: value[i] - sent[name] for name, value in several.items()}
        assert float(norm(noise)) == pytest.approx(length * float(norm(sent)), rel=0.1, abs=1e-12)


def test_how_far_two_gradients_point_apart(network):
    one = gradient(network, picture(), torch.tensor(2))
    assert float(apart(one, {name: 3 * value for name, value in one.items()})) == pytest.approx(0, abs=1e-9)
    assert float(apart(one, {name: -value for name, value in one.items()})) == pytest.approx(2, abs=1e-9)
    flat = torch.cat([value.flatten() for value in one.values()])
    other = gradient(network, picture(1), torch.tensor(0))
    flat_other = torch.cat([value.flatten() for value in other.values()])
    assert float(apart(one, other)) == pytest.approx(1 - float(F.cosine_similarity(flat, flat_other, dim=0)))


def test_total_variation_is_that_of_neighbors():
    image = torch.tensor([[[0.0, 1.0], [0.5, 0.0]]])
    assert float(variation(image)) == pytest.approx((1 + 0.5) / 2 + (0.5 + 1) / 2)


@pytest.mark.parametrize("label", range(4))
def test_the_label_is_given_away(network, label):
    assert all(int(label_of(gradient(network, picture(seed), torch.tensor(label)))) == label for seed in range(5))


def test_a_round_of_the_search_is_adam_on_the_picture(network):
    sent = disturbed(
        gradient(network, picture(), torch.tensor(2)), torch.tensor([0.0, 0.3]), Generator().manual_seed(0)
    )
    start = torch.stack([picture(1), picture(2)]) * 0.2
    images, moments = searched(network, sent, start, torch.zeros(2, *start.shape, dtype=torch.double), round=1)
    images, _ = searched(network, sent, images, moments, round=2)
    own = deepcopy(network).requires_grad_(True)
    for i, begun in enumerate(start):
        target = [value[i] for value in sent.values()]
        mine = begun.clone().requires_grad_(True)
        optimizer = Adam([mine], lr=RATE)
        for step in range(2 * STEPS):
            for group in optimizer.param_groups:
                group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / (ROUNDS * STEPS)))
            loss = F.cross_entropy(own(mine[None]), torch.tensor([2]))
            found = torch.autograd.grad(loss, list(own.parameters()), create_graph=True)
            product = sum((a * b).sum() for a, b in zip(found, target, strict=True))
            lengths = [sum(a.square().sum() for a in side).sqrt() for side in (found, target)]
            rough = (mine[:, :, 1:] - mine[:, :, :-1]).abs().mean() + (mine[:, 1:] - mine[:, :-1]).abs().mean()
            cost = 1 - product / (lengths[0] * lengths[1]) + SMOOTH * rough
            (mine.grad,) = torch.autograd.grad(cost, mine)
            optimizer.step()
            mine.data.clamp_(-1, 1)
        assert torch.allclose(images[i], mine.detach(), atol=1e-5)


def test_what_is_found_comes_nearer_where_no_noise_is(network):
    network = network.float()
    before = deepcopy(network.state_dict())
    shown = ((picture()[:, :3, :3].float().repeat_interleave(4, 1).repeat_interleave(4, 2) + 1) * 127.5).to(torch.uint8)
    answer, errors = None, []
    with torch.no_grad():
        for round in range(5):
            options = INVERSION.parts["found"].parsed({"round": str(round)})
            answer = inversion_view(network, SPEC, options, {"picture": shown, "answer": answer})
            errors.append(answer.tensors["l1"])
            apart = (answer.tensors["pictures"].float() - shown.float()).abs().mean(dim=(1, 2, 3)) / 255
            assert torch.allclose(apart, answer.tensors["l1"], atol=0.005)
    label = int(network(unit(shown)[None]).argmax())
    assert answer.words["steps"] == 4 * STEPS and answer.words["label"] == label == int(answer.tensors["labels"][0])
    assert float(errors[-1][0]) < 0.8 * float(errors[0][0])
    assert float(errors[-1][0]) < float(errors[-1][NOISES.index(30)])
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
