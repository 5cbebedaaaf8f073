"""The view of new signs: its episodes, a visitor's own drawings, and what is said of them."""

from copy import deepcopy

import pytest
import torch

from playground.data import packs, unit
from playground.labs import recipe
from playground.labs.frontiers.meta.signs import QUERIES, SIGNS, episode, signs_view, trace_view

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module", params=["protonet-signs", "maml-signs"])
def made(request):
    chosen = recipe(request.param).changed(width=8)
    data = packs.load("signs")
    torch.manual_seed(0)
    network = chosen.network(data.spec).eval().requires_grad_(False)
    for parameter in network.parameters():
        if parameter.ndim > 1:
            parameter.data.normal_(std=0.2)
    return chosen, network, data


def asked(made, pictures=None, **options):
    chosen, network, data = made
    inputs = {"recipe": chosen, "test": data.test, "picture": data.test["images"][0], "pictures": pictures or {}}
    query = {name: str(value) for name, value in options.items()}
    with torch.no_grad():
        return signs_view(network, data.spec, SIGNS.parts["signs"].parsed(query), inputs)


def test_the_first_episode_has_the_signs_that_the_page_offers(made):
    data = made[2]
    rows = episode(data.test, 5, 1, 0)
    assert rows.shape == (5, 1 + QUERIES)
    assert set(data.test["identities"][rows[:, 0]].tolist()) == set(data.examples["identities"].tolist())
    assert torch.equal(data.test["images"][rows[0, 0]], data.examples["images"][0])


def test_other_episodes_have_others(made):
    found = {tuple(episode(made[2].test, 5, 1, number).flatten().tolist()) for number in range(6)}
    assert len(found) == 6
    assert torch.equal(episode(made[2].test, 5, 1, 3), episode(made[2].test, 5, 1, 3))


def test_probabilities_are_of_what_the_network_has_learned_from_the_framed_drawings(made):
    chosen, network, data = made
    before = deepcopy(network.state_dict())
    answer = asked(made, episode=4)
    rows = episode(data.test, 5, 1, 4)
    assert torch.equal(answer.tensors["support"], data.test["images"][rows[:, 0]])
    assert torch.equal(answer.tensors["queries"], data.test["images"][rows[:, 1:]])
    assert len(answer.tensors["said"]) == (1 + chosen.inner_steps if hasattr(chosen, "inner_steps") else 1)
    steps = network.learned(unit(answer.tensors["support"])[:, None])
    for step, recognize in enumerate(steps):
        for row in range(5):
            expected = recognize(unit(answer.tensors["queries"][row])).softmax(dim=1)
            assert torch.allclose(answer.tensors["said"][step, row], expected, atol=1e-5)
        own = recognize(unit(data.test["images"][:1])).softmax(dim=1)[0]
        assert torch.allclose(answer.tensors["picture"][step], own, atol=1e-5)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_visitors_drawing_takes_the_place_of_a_sign(made):
    drawing = torch.zeros(1, 28, 28, dtype=torch.uint8)
    drawing[:, 8:20, 12:16] = 255
    plain, mine = asked(made), asked(made, pictures={"sign_2": drawing})
    assert mine.words["own"] == [1] and not plain.words["own"]
    assert torch.equal(mine.tensors["support"][1], drawing)
    copies = mine.tensors["queries"][1]
    assert len({copy.numpy().tobytes() for copy in copies}) == QUERIES  # each as by another hand
    assert (copies.float().sum(dim=(1, 2, 3)) > drawing.float().sum() / 2).all()
    others = [0, 2, 3, 4]
    assert torch.equal(mine.tensors["queries"][others], plain.tensors["queries"][others])
    assert not torch.allclose(mine.tensors["said"][-1], plain.tensors["said"][-1])


def test_emoji_that_are_drawn_twice_have_one_query():
    chosen = recipe("protonet-emoji").changed(width=8)
    data = packs.load("emoji", 32)
    network = chosen.network(data.spec).eval()
    inputs = {"recipe": chosen, "test": data.test, "picture": data.test["images"][0], "pictures": {}}
    with torch.no_grad():
        answer = signs_view(network, data.spec, SIGNS.parts["signs"].parsed({}), inputs)
    assert answer.tensors["queries"].shape[:2] == (5, 1) and answer.tensors["said"].shape == (1, 5, 1, 5)


def test_the_trace_is_a_share(made):
    chosen, network, data = made
    inputs = {"recipe": chosen, "test": data.test}
    with torch.no_grad():
        one, other = (trace_view(network, data.spec, None, inputs).tensors["values"] for _ in range(2))
    assert one.shape == (1,) and 0 <= float(one) <= 1 and torch.equal(one, other)


def test_where_few_drawings_stand_in_for_others_it_learns_from_fewer_shots(made):
    chosen, network, data = made
    inputs = {
        "recipe": chosen.changed(shots=8),
        "test": data.examples,
        "picture": data.test["images"][0],
        "pictures": {},
    }
    with torch.no_grad():
        answer = signs_view(network, data.spec, SIGNS.parts["signs"].parsed({}), inputs)
        assert 0 <= float(trace_view(network, data.spec, None, inputs).tensors["values"]) <= 1
    assert answer.words["shots"] == 3 and answer.tensors["queries"].shape[:2] == (5, 1)
    assert inputs["recipe"].build(data).eval().preview(None).images.shape[0] == 20
