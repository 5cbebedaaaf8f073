"""Few-shot learning in float64: prototypes, MAML's gradients and Reptile's step against references written by hand."""

from copy import deepcopy

import pytest
import torch
from torch import Generator
from torch.func import functional_call, grad
from torch.nn import functional as F
from torch.optim import SGD

from playground.data import Data, ImageSpec, Split, unit
from playground.labs import recipe
from playground.labs.frontiers.meta.hand import rewritten
from playground.labs.frontiers.meta.network import Learner, Prototypes, classes, nearness
from playground.labs.frontiers.meta.recipes import RECIPES
from playground.objective import Moment

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = ImageSpec(name="any", channels=1, size=16)
WAYS = 3


@pytest.fixture(scope="module")
def data():
    rng = Generator().manual_seed(0)
    identities = torch.arange(8).repeat_interleave(6)
    patterns = (
        torch.randint(0, 200, (8, 1, 4, 4), generator=rng).repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)
    )
    images = (patterns[identities] + torch.randint(0, 56, (48, 1, 16, 16), generator=rng)).to(torch.uint8)
    split = Split({"images": images, "identities": identities})
    return Data(SPEC, split, split, hash="", examples=split.first(24))


def learner(steps=1, rate=0.4):
    torch.manual_seed(0)
    network = Learner(image_size=16, channels=1, width=8, ways=WAYS, inner_rate=rate, inner_steps=steps).double()
    for parameter in network.head.parameters():
        parameter.data.normal_(std=0.3)
    return network


def task(seed=1, each=4):
    return torch.randn(WAYS, each, 1, 16, 16, generator=Generator().manual_seed(seed), dtype=torch.double)


def objective(name, data, **knobs):
    chosen = recipe(name).changed(ways=WAYS, width=8, rewritten=False, image_size=None, **knobs)
    torch.manual_seed(0)
    return chosen, chosen.build(data)


def moment(step=0):
    return Moment(step, 0.0, Generator().manual_seed(step))


def test_prototypes_are_means_and_the_nearest_one_is_meant():
    rng = Generator().manual_seed(0)
    support = torch.randn(4, 3, 5, generator=rng, dtype=torch.double)
    queries = torch.randn(7, 5, generator=rng, dtype=torch.double)
    logits = nearness(support, queries)
    for i, query in enumerate(queries):
        for j, examples in enumerate(support):
            prototype = sum(examples) / 3
            assert float(logits[i, j]) == pytest.approx(-float(((query - prototype) ** 2).sum()), abs=1e-12)


def test_a_prototypical_network_sees_each_query_by_itself():
    torch.manual_seed(0)
    network = Prototypes(image_size=16, channels=1, width=8).double().eval()
    images = task()
    (recognize,) = network.learned(images[:, :2])
    queries = images[:, 2:].flatten(0, 1)
    alone = torch.cat([recognize(query[None]) for query in queries])
    assert torch.allclose(recognize(queries), alone, atol=1e-10)
    assert torch.allclose(alone, nearness(network(images[:, :2].flatten(0, 1)).view(WAYS, 2, -1), network(queries)))


def test_a_learner_sees_each_query_by_itself():
    network, images = learner(), task()
    recognize = network.learned(images[:, :1])[-1]
    queries = images[:, 1:].flatten(0, 1)
    assert torch.allclose(recognize(queries), torch.cat([recognize(query[None]) for query in queries]), atol=1e-10)


def by_hand(network, weights, images, steps, *, constant):
    """The loss of the queries after plain gradient descent on the support set, by `torch.func`."""
    support, queries = images[:, :1].flatten(0, 1), images[:, 1:]

    def inner(at):
        return F.cross_entropy(functional_call(network, at, (support,)), torch.arange(WAYS))

    for _ in range(steps):
        gradients = grad(inner)(weights)
        if constant:
            gradients = {name: value.detach() for name, value in gradients.items()}
        weights = {name: weights[name] - network.inner_rate * gradients[name] for name in weights}
    return F.cross_entropy(functional_call(network, weights, (queries.flatten(0, 1),)), classes(queries))


@pytest.mark.parametrize("second_order", [True, False])
@pytest.mark.parametrize("steps", [1, 3])
def test_mamls_gradient_is_that_of_torch_func(second_order, steps):
    network, images = learner(steps), task()
    start = dict(network.named_parameters())
    *_, weights = network.descent(start, images[:, :1], second_order=second_order)
    loss = F.cross_entropy(network.at(weights, images[:, 1:].flatten(0, 1)), classes(images[:, 1:]))
    ours = torch.autograd.grad(loss, list(start.values()))
    plain = {name: value.detach().clone() for name, value in start.items()}
    theirs = grad(lambda at: by_hand(network, at, images, steps, constant=not second_order))(plain)
    for mine, name in zip(ours, start, strict=True):
        assert torch.allclose(mine, theirs[name], rtol=1e-8, atol=1e-12), name


def test_mamls_gradient_is_the_slope_of_the_loss_after_learning():
    network, images = learner(2), task()
    start = {name: value.detach().clone().requires_grad_() for name, value in network.named_parameters()}

    def after(at):
        *_, weights = network.descent(at, images[:, :1], second_order=True)
        return F.cross_entropy(network.at(weights, images[:, 1:].flatten(0, 1)), classes(images[:, 1:]))

    gradients = dict(zip(start, torch.autograd.grad(after(start), list(start.values())), strict=True))
    rng = Generator().manual_seed(3)
    direction = {name: torch.randn(value.shape, generator=rng, dtype=torch.double) for name, value in start.items()}
    slope = float(sum((gradients[name] * direction[name]).sum() for name in start))
    ends = [
        after(
            {name: (value + sign * 1e-6 * direction[name]).detach().requires_grad_() for name, value in start.items()}
        )
        for sign in (1, -1)
    ]
    assert float((ends[0] - ends[1]).detach()) / 2e-6 == pytest.approx(slope, rel=1e-5)


def test_learning_leaves_the_network_as_it_was():
    network = learner(3).requires_grad_(False)
    before = deepcopy(network.state_dict())
    with torch.no_grad():
        steps = network.learned(task()[:, :1])
        said = torch.stack([recognize(task()[:, 1]) for recognize in steps])
    assert len(steps) == 4 and not said.requires_grad
    assert torch.equal(said[0], network(task()[:, 1])) and not torch.allclose(said[0], said[3])
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_fewer_signs_than_outputs_are_in_question():
    network = learner()
    assert network.learned(task()[:2, :1])[-1](task()[:, 1]).shape == (WAYS, 2)


def test_before_the_first_step_all_signs_are_as_likely():
    fresh = Learner(image_size=16, channels=1, width=8, ways=5, inner_rate=0.4, inner_steps=1)
    assert not fresh(torch.randn(4, 1, 16, 16)).any()


def test_reptile_goes_towards_where_the_tasks_lead(data):
    chosen, reptile = objective("reptile-signs", data, inner_steps=3, batch_size=2, learning_rate=0.5)
    for parameter in reptile.shown.head.parameters():
        parameter.data.normal_(std=0.3)
    start = deepcopy(reptile.shown.state_dict())
    batch = chosen.sampler(data)(moment())
    ends = []
    for images in unit(batch["images"]):
        own = deepcopy(reptile.shown)
        optimizer = SGD(own.parameters(), lr=chosen.inner_rate)
        for _ in range(3):
            optimizer.zero_grad()
            F.cross_entropy(own(images.flatten(0, 1)), classes(images)).backward()
            optimizer.step()
        ends.append(own.state_dict())
    (phase,) = reptile.phases()
    reptile.update(phase, batch, moment())
    for name, value in reptile.shown.state_dict().items():
        mean = (ends[0][name] + ends[1][name]) / 2
        assert torch.allclose(value, start[name] + 0.5 * (mean - start[name]), atol=1e-5), name


@pytest.mark.parametrize("name", ["protonet-signs", "maml-signs"])
def test_the_loss_falls(name, data):
    chosen, trained = objective(name, data, learning_rate=0.01, turned=False)
    (phase,), sampler = trained.phases(), chosen.sampler(data)
    losses = [float(trained.update(phase, sampler(moment(step)), moment(step))["loss"].detach()) for step in range(40)]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


def test_the_accuracy_is_that_of_the_episodes(data):
    _, trained = objective("protonet-signs", data)
    trained.eval()
    images = data.test["images"].view(8, 6, 1, 16, 16)[:WAYS]
    right = trained.recognized(images, 2)
    recognize = trained.shown.learned(unit(images[:, :2]))[-1]
    expected = [[int(recognize(unit(images[i, j])[None]).argmax()) == i for j in range(2, 6)] for i in range(WAYS)]
    assert right.tolist() == expected
    assert 0 <= trained.evaluate(data.test)["accuracy"] <= 1


def test_another_hand_writes_the_same_sign_a_little_otherwise():
    images = torch.zeros(32, 1, 16, 16)
    images[:, :, 6:10, 6:10] = 1
    other = rewritten(images, Generator().manual_seed(0))
    assert other.shape == images.shape and torch.equal(other, rewritten(images, Generator().manual_seed(0)))
    moved = (other - images).abs().flatten(1).amax(dim=1)
    assert (
        (moved > 0.2).all()
        and (other.sum(dim=(1, 2, 3)) / 16 > 0.5).all()
        and (other.sum(dim=(1, 2, 3)) / 16 < 2).all()
    )


def test_every_recipe_says_how_large_pictures_must_be():
    with pytest.raises(ValueError, match="16 pixels or more"):
        RECIPES["maml-signs"].check(SPEC.sized(8))
