"""A mixture of experts against references that know no batches, and its losses against their closed forms."""

import math

import pytest
import torch

from playground.data import Data, ImageSpec, Split
from playground.labs import recipe
from playground.labs.frontiers.experts.mixture import MixtureOfExperts, Router, Routing, balance, z_loss
from playground.labs.frontiers.experts.network import routed, routings
from playground.labs.frontiers.experts.objective import ClassifyByExperts
from playground.labs.frontiers.experts.transformer import MoeTransformer
from playground.labs.vision.vit import VisionTransformer
from playground.objective import Moment

pytestmark = pytest.mark.usefixtures("one_thread")

SHAPE = {
    "image_size": 8,
    "patch_size": 4,
    "channels": 1,
    "classes": 3,
    "width": 8,
    "depth": 4,
    "heads": 2,
    "class_token": False,
}
SPEC = ImageSpec(name="any", channels=1, size=8, classes=tuple("abc"))


def mixture(top, experts=4, capacity=None):
    torch.manual_seed(0)
    network = MixtureOfExperts(width=6, hidden=12, experts=experts, top=top, capacity=capacity).double()
    for parameter in network.parameters():
        parameter.data.normal_(std=0.5)
    return network


def tokens(n=20):
    return torch.randn(n, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def scored(network, token):
    return (network.router.score.weight @ token).softmax(dim=0)


@pytest.mark.parametrize("top", [1, 2, 4])
def test_a_token_is_the_sum_of_what_its_experts_say_times_their_gates(top):
    network = mixture(top)
    for token, mixed in zip(tokens(), network(tokens()), strict=True):
        probabilities = scored(network, token)
        best = sorted(range(4), key=lambda number: -probabilities[number])[:top]
        whole = 1.0 if top == 1 else sum(probabilities[number] for number in best)
        expected = sum(probabilities[number] / whole * network.experts[number](token) for number in best)
        assert torch.allclose(mixed, expected, atol=1e-12)


def test_where_all_experts_are_asked_it_is_the_dense_mixture():
    network = mixture(top=4)
    gates = network.router.score(tokens()).softmax(dim=1)  # (N, 4)
    answers = torch.stack([expert(tokens()) for expert in network.experts], dim=1)  # (N, 4, 6)
    assert torch.allclose(network(tokens()), (gates[..., None] * answers).sum(dim=1), atol=1e-12)


def test_the_router_learns_through_the_gate_of_an_only_choice():
    network = mixture(top=1)
    assert torch.autograd.gradcheck(network, tokens(5).requires_grad_())
    network(tokens()).sum().backward()
    assert float(network.router.score.weight.grad.abs().min()) > 0


def test_one_expert_is_a_dense_network():
    torch.manual_seed(0)
    alone = MoeTransformer(**SHAPE, mlp_ratio=2, experts=1, top=1, capacity=1.0).double()
    dense = VisionTransformer(**SHAPE, mlp_ratio=2).double()
    dense.load_state_dict(
        {name.replace("experts.0.", ""): value for name, value in alone.state_dict().items() if "router" not in name}
    )
    for network in (alone, dense):
        network.head.weight.data.fill_(1.0).cumsum_(dim=1)
    images = torch.randn(5, 1, 8, 8, dtype=torch.float64)
    assert torch.allclose(alone(images), dense(images), atol=1e-12)


def test_every_second_block_has_experts_and_others_may_use_the_network_meanwhile():
    network = MoeTransformer(**SHAPE, mlp_ratio=2, experts=4, top=2, capacity=None).eval()
    network.head.weight.data.normal_()
    images = torch.randn(3, 1, 8, 8)
    assert [hasattr(block.mlp, "router") for block in network.blocks] == [False, True, False, True]
    logits, found = routed(network, images)
    assert torch.equal(logits, network(images)) and [len(routing.chosen) for routing in found] == [12, 12]
    assert not any(router._forward_hooks for router in network.routers)
    with routings(network) as seen:
        network(images)
    network(images)
    assert len(seen) == 2 and torch.equal(seen[0].chosen, found[0].chosen)


@pytest.mark.parametrize(("capacity", "room"), [(1.0, 2), (1.5, 3), (None, 5)])
def test_an_expert_takes_as_many_as_it_has_room_for_first_choices_first(capacity, room):
    router = Router(width=2, experts=3, top=1, capacity=capacity)
    router.score.weight.data = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    asking = torch.tensor([[2.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 0.0], [2.0, 0.0], [2.0, 0.0]])
    first = router(asking)
    served = [True, True, True, *[place <= room for place in (3, 4, 5)]]
    assert first.kept[:, 0].tolist() == served
    assert router.eval()(asking).kept.all()

    both = Router(width=2, experts=2, top=2, capacity=0.75)
    both.score.weight.data = torch.eye(2)
    kept = both(torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])).kept  # three places an expert
    assert kept.tolist() == [[True, True], [True, True], [True, False], [True, False]]


def test_what_found_no_room_adds_nothing():
    network = mixture(top=1, experts=2, capacity=1.0).train()
    network.router.score.weight.data = torch.eye(2, 6, dtype=torch.float64)
    x = tokens(4)
    x[:, :2] = torch.tensor([5.0, 0.0])
    mixed = network(x)
    assert mixed[:2].abs().min() > 0 and torch.equal(mixed[2:], torch.zeros(2, 6, dtype=torch.float64))


def routing(logits, chosen):
    chosen = torch.tensor(chosen)[:, None]
    return Routing(logits, chosen, torch.ones(chosen.shape), torch.ones(chosen.shape, dtype=torch.bool))


def test_balance_is_one_where_all_are_asked_alike_and_the_number_of_experts_where_one_is():
    even = routing(torch.zeros(8, 4, dtype=torch.float64), [0, 1, 2, 3] * 2)
    one = routing(torch.tensor([[50.0, 0, 0, 0]] * 8, dtype=torch.float64), [0] * 8)
    assert math.isclose(balance(even), 1) and math.isclose(balance(one), 4)
    logits = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    p = logits.softmax(dim=1).mean(dim=0)
    assert math.isclose(balance(routing(logits, [0, 0, 1])), 2 * (2 / 3 * p[0] + 1 / 3 * p[1]))


def test_balance_moves_probability_to_where_fewer_are_asked():
    logits = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.5, 0.0], [0.0, 1.0]], requires_grad=True)
    balance(routing(logits, [0, 0, 0, 1])).backward()
    assert (logits.grad[:, 0] > 0).all() and (logits.grad[:, 1] < 0).all()


def test_the_z_loss_is_the_square_of_the_log_of_the_sum():
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0], [3.0, -1.0, 2.0, 0.0]], dtype=torch.float64)
    expected = (math.log(4) ** 2 + math.log(math.exp(3) + math.exp(-1) + math.exp(2) + 1) ** 2) / 2
    assert math.isclose(z_loss(routing(logits, [0, 0])), expected)


def objective(**knobs):
    made = recipe("moe-fashion").changed(width=8, patch_size=4, image_size=8, **knobs)
    images = torch.randint(0, 256, (6, 1, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    split = Split({"images": images, "labels": torch.arange(6) % 3})
    torch.manual_seed(0)
    return made.build(Data(SPEC, split, split, hash="")), {"images": images, "labels": split["labels"]}


def test_the_objective_adds_what_the_losses_weigh():
    trained, batch = objective(balance=0.5, z_loss=0.25, experts=4)
    assert isinstance(trained, ClassifyByExperts)
    terms = trained.loss("classify", batch, Moment(0, 0.0, torch.Generator()))
    expected = terms["loss"] + 0.5 * terms["balance"] + 0.25 * terms["z_loss"]
    assert torch.allclose(terms["objective"], expected) and terms["load_1"].shape == terms["load_2"].shape == (4,)
    assert math.isclose(float(terms["load_1"].sum()), 1, rel_tol=1e-6)


def test_the_evaluation_says_how_unevenly_experts_are_asked():
    trained, batch = objective(experts=4)
    for router in trained.shown.routers:
        router.score.weight.data.zero_()  # ties: the first expert is asked always
    with torch.no_grad():
        found = trained.eval().evaluate(Split(batch))
    assert (found["least"], found["most"], found["used"]) == (0, 4, 1) and "accuracy" in found


def test_muon_leaves_the_routers_alone():
    trained, _ = objective(experts=4)
    muon, adamw = trained.phases()[0].optimizers
    scores = {id(router.score.weight) for router in trained.shown.routers}
    held = [{id(one) for group in optimizer.param_groups for one in group["params"]} for optimizer in (muon, adamw)]
    assert not scores & held[0] and scores <= held[1]
    assert held[0] | held[1] == {id(one) for one in trained.shown.parameters()}


def test_arithmetic_is_that_of_the_experts_that_are_asked():
    knobs = {"image_size": 8, "patch_size": 4, "width": 8}
    dense, one, two, many = (
        recipe("moe-fashion").changed(**knobs, experts=experts, top=top).flops(SPEC)
        for experts, top in ((1, 1), (8, 1), (8, 2), (10, 1))
    )
    router = 2 * 2 * 4 * 8  # two routers, four tokens of eight features: multiply-adds a further expert
    assert one - dense == 7 * router and many - one == 2 * router
    assert two - one == 2 * 4 * (2 * 8 * 16 + 2 * 16 * 8)
