"""The view of the clients: each row is what a client by itself would know, and the server's network stays as it is."""

from copy import deepcopy

import pytest
import torch
from torch import Generator
from torch.nn import functional as F

from playground.data import Data, ImageSpec, Split, unit
from playground.labs import recipe
from playground.labs.frontiers.federated.apart import CLIENTS as VIEW
from playground.labs.frontiers.federated.apart import PICTURES, apart_view, trace_view
from playground.labs.frontiers.federated.averaging import recalls, well_off
from playground.objective import Moment

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = ImageSpec(name="any", channels=1, size=12, classes=tuple("abcd"))


@pytest.fixture(scope="module")
def inputs():
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(200) % 4
    images = torch.randint(0, 256, (200, 1, 12, 12), generator=rng, dtype=torch.uint8)
    split = Split({"images": images, "labels": labels})
    chosen = recipe("fedavg-fashion").changed(clients=5, asked=2, local_steps=3, batch_size=8, width=3)
    return {"recipe": chosen, "data": Data(SPEC, split, split, hash=""), "test": split.first(80)}


@pytest.fixture
def network(inputs):
    torch.manual_seed(0)
    model = inputs["recipe"].network(SPEC)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.2)
    return model.eval().requires_grad_(False)


def shown(network, inputs):
    with torch.no_grad():
        return apart_view(network, SPEC, VIEW.parts["clients"].parsed({}), inputs).tensors


def test_a_row_is_what_a_client_knows_after_its_own_training(network, inputs):
    before = deepcopy(network.state_dict())
    tensors = shown(network, inputs)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    everyone = inputs["recipe"].changed(asked=5)
    batch = everyone.sampler(inputs["data"])(Moment(0, 0.0, Generator()))
    assert batch["client"].unique().tolist() == list(range(5))
    after = []
    for client in range(5):
        own = deepcopy(network).requires_grad_(True)
        for step in range(3):
            rows = (batch["client"] == client) & (batch["batch"] == step)
            loss = F.cross_entropy(own(unit(batch["images"][rows])), batch["labels"][rows])
            for parameter, gradient in zip(own.parameters(), torch.autograd.grad(loss, own.parameters()), strict=True):
                parameter.data -= 0.05 * gradient
        moved = sum(float((one - before[name]).square().sum()) for name, one in own.state_dict().items()) ** 0.5
        assert float(tensors["drift"][client]) == pytest.approx(moved, rel=1e-3)
        with torch.no_grad():
            assert torch.equal(tensors["recalls"][client + 1], recalls(own, inputs["test"], 4))
        after.append(own.state_dict())
    sizes = tensors["holdings"].sum(dim=1)
    mean = {
        name: sum(size * one[name] for size, one in zip(sizes, after, strict=True)) / sizes.sum() for name in before
    }
    own.load_state_dict(mean)
    with torch.no_grad():
        assert torch.equal(tensors["recalls"][0], recalls(network, inputs["test"], 4))
        assert torch.allclose(tensors["recalls"][-1], recalls(own, inputs["test"], 4), atol=0.06)  # one picture of 20


def test_pictures_are_the_clients_own(network, inputs):
    tensors, owner = shown(network, inputs), inputs["recipe"].owner(inputs["data"])
    assert int(tensors["holdings"].sum()) == 200 and tensors["pictures"].shape[:2] == (5, PICTURES)
    for client in range(5):
        own = inputs["data"].train["images"][owner == client]
        assert torch.equal(tensors["pictures"][client], own[:PICTURES])


def test_agreement_is_the_cosine_with_the_step_of_the_server(network, inputs):
    tensors = shown(network, inputs)
    shares = tensors["holdings"].sum(dim=1) / tensors["holdings"].sum()
    length = float((shares * tensors["drift"] * tensors["agreement"]).sum())  # of the mean, as it is their sum
    assert 0 < length < float((shares * tensors["drift"]).sum()) and (tensors["agreement"].abs() <= 1).all()
    alone = {**inputs, "recipe": inputs["recipe"].changed(clients=1)}
    assert float(shown(network, alone)["agreement"]) == pytest.approx(1, abs=1e-5)


def test_the_trace_says_how_well_off_clients_are(network, inputs):
    with torch.no_grad():
        values = trace_view(network, SPEC, VIEW.trace.parsed({}), inputs).tensors["values"]
        recall = recalls(network, inputs["test"], 4)
    held = shown(network, inputs)["holdings"]
    each = (held * recall).sum(dim=1) / held.sum(dim=1)
    assert torch.allclose(values, torch.stack([each.mean(), each.min()]))


def test_who_has_nothing_and_what_is_not_tested_say_nothing():
    recall = torch.tensor([0.5, float("nan"), 1.0])
    found = well_off(recall, torch.tensor([[2.0, 0, 2], [1, 7, 0], [0, 0, 0]]))
    assert found[0] == 0.75 and found[2].isnan()
