"""What the cards of the frontiers lab's lesson state, measured on the runs that ship."""

import pytest
import torch
from torch import Tensor

from playground.data import packs, unit
from playground.labs import recipe
from playground.labs.frontiers.continual.accuracy import answered
from playground.labs.frontiers.efficiency.compress import FLOAT, Compression, compressed, size
from playground.labs.frontiers.experts.letters import prepared as where_letters_go
from playground.labs.frontiers.experts.routed import asked
from playground.labs.frontiers.federated.apart import CLIENTS, apart_view
from playground.labs.frontiers.federated.inversion import INVERSION, ROUNDS, inversion_view
from playground.labs.frontiers.meta.episodes import fixed
from playground.labs.frontiers.meta.network import classes
from playground.labs.frontiers.search.measured import compared
from playground.labs.frontiers.search.measured import shipped as reference_of
from playground.metrics.classified import classification
from training.loop import walk
from training.trainer import prepared

pytestmark = pytest.mark.usefixtures("one_thread", "no_gradients")


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def data():
    return packs.load("fashion")


@pytest.fixture
def final(shipped):
    """What the last evaluation of a shipped run says."""

    def said(run, name):
        events = shipped(run).read_events().events
        return [event for event in events if event["event"] == "evaluated"][-1]["values"][name]

    return said


def entropy(p: Tensor) -> Tensor:
    return torch.special.entr(p).sum(dim=-1)


def explained(shares: Tensor, groups: Tensor) -> float:
    """What part of the uncertainty about the expert goes once the group is known: shares (N, T, E), groups (N, T)."""
    shares, groups = shares.flatten(0, 1), groups.flatten().unique(return_inverse=True)[1]
    counts = torch.bincount(groups)
    of_group = torch.zeros(len(counts), shares.shape[1]).index_add_(0, groups, shares) / counts[:, None]
    return float(1 - entropy(of_group) @ (counts / len(groups)) / entropy(shares.mean(dim=0)))


@pytest.fixture(scope="module")
def letters(shipped):
    """A run's recipe, where the characters of all test passages go at a step, and these passages."""

    def routes(name, step):
        run = shipped(name)
        test = run.recipe.load(packs).test
        return run.recipe, where_letters_go(run.network(step), run.spec, {"test": test}), test

    return routes


def test_without_balance_two_experts_do_nearly_all(letters, final):
    chosen, found, _ = letters("moe-text-books-collapse", 1500)
    load = found.shares[-1].mean(dim=(0, 1)).sort(descending=True).values
    assert (chosen.balance, chosen.experts) == (0, 8) and int((load > 0.01).sum()) == 2
    assert load[:2].tolist() == pytest.approx([0.78, 0.21], abs=0.005)
    balanced, _, _ = letters("moe-text-books", 6000)
    assert balanced.balance == 0.05 and final("moe-text-books", "least") == pytest.approx(0.90, abs=0.005)


def test_no_expert_speaks_shakespeare(letters):
    _, found, test = letters("moe-text-books", 6000)
    shares, characters = found.shares[-1][:, 1:], test["characters"].long()
    now, before = characters[:, 1:], characters[:, :-1]
    assert explained(shares, now) == pytest.approx(0.64, abs=0.005)
    assert explained(shares, 1000 * before + now) == pytest.approx(0.83, abs=0.005)
    assert explained(shares, test["labels"][:, None].expand_as(now)) == pytest.approx(0.002, abs=0.0005)


def test_the_first_router_asks_where_the_last_one_what(shipped, data):
    test = data.test.first(500)
    _, found = asked(shipped("moe-fashion").network(4000), unit(test["images"]))
    told = []
    for shares in found.shares:  # (N, P, experts), of the first router, then of the last
        places = torch.arange(shares.shape[1]).expand(shares.shape[:2])
        told.append((explained(shares, test["labels"][:, None].expand(shares.shape[:2])), explained(shares, places)))
    assert told == [
        (pytest.approx(0.06, abs=0.005), pytest.approx(0.20, abs=0.006)),
        (pytest.approx(0.59, abs=0.005), pytest.approx(0.02, abs=0.005)),
    ]
    assert float(found.shares[-1].mean(dim=1).amax(dim=1).mean()) == pytest.approx(0.81, abs=0.005)


def test_what_comes_last_is_all_that_is_known(shipped, data):
    run = shipped("finetune-fashion")
    assert (run.snapshots[-1], run.recipe.tasks, run.recipe.scenario) == (1500, 5, "class")
    test = data.test
    taken = answered(run.network(1500), test["images"], test["labels"])
    right = taken == test["labels"]
    assert not right[test["labels"] < 8].any() and (taken >= 8).all()
    assert float(right[test["labels"] >= 8].float().mean()) == pytest.approx(0.99, abs=0.001)


@pytest.mark.thorough
def test_it_depends_on_what_is_asked(shipped, final, data):
    assert shipped("ewc-fashion").recipe.scenario == "task"
    assert final("ewc-fashion", "accuracy") == pytest.approx(0.986, abs=0.0006)
    assert final("ewc-fashion", "forgetting") == pytest.approx(0.001, abs=0.0006)
    chosen = recipe("ewc-fashion").changed(scenario="class", seconds=None, steps=1000)
    with torch.enable_grad():
        trainer = prepared(chosen, data)
        for _ in walk(trainer):
            pass
    found = trainer.objective.eval().evaluate(data.test)
    assert 0.19 < found["accuracy"] < 0.21


def test_a_few_pictures_are_enough_to_remember_by(shipped, final, data):
    run = shipped("replay-fashion")
    assert (run.recipe.scenario, run.recipe.memory) == ("class", 20)
    assert len(data.train) / (20 * 10) == 60
    assert final("replay-fashion", "accuracy") == pytest.approx(0.705, abs=0.0006)


def test_a_good_mean_can_leave_one_with_nothing(shipped, final, data):
    run = shipped("fedavg-fashion")
    assert (run.snapshots[-1], run.recipe.clients, run.recipe.local_steps) == (600, 10, 10)
    assert final("fedavg-fashion", "accuracy") == pytest.approx(0.79, abs=0.005)
    assert final("fedavg-fashion", "worst") == final("fedavg-fashion", "client.5") == 0
    shirt, coat = (run.spec.classes.index(name) for name in ("Shirt", "Coat"))
    held = run.recipe.holdings(data)
    assert held[4, shirt] == held[4].sum() == held[:, shirt].sum()
    given = {"recipe": run.recipe, "data": data, "test": data.test.first(500)}
    known = apart_view(run.network(600), run.spec, CLIENTS.parts["clients"].parsed({}), given).tensors["recalls"]
    assert (float(known[5, shirt]), float(known[5, coat])) == (1, 0) and float(known[-1, shirt]) < 0.1


def test_a_gradient_gives_the_picture_away(shipped):
    run = shipped("fedavg-fashion")
    network, picture = run.network(600), packs.load("fashion").examples["images"][0]
    answer, errors = None, []
    for round in range(ROUNDS + 1):
        options = INVERSION.parts["found"].parsed({"round": str(round)})
        answer = inversion_view(network, run.spec, options, {"picture": picture, "answer": answer})
        errors.append(answer.tensors["l1"])
    assert answer.words["steps"] == 320
    assert int(answer.tensors["labels"][0]) == answer.words["label"]
    assert float(errors[0][0]) == pytest.approx(0.37, abs=0.005)
    found = dict(zip(answer.words["noises"], errors[-1].tolist(), strict=True))
    assert [found[noise] for noise in (0, 1, 10)] == pytest.approx([0.08, 0.09, 0.29], abs=0.02)


def recognized(network, shots=1, episodes=40):
    """The share of drawings of made-up signs that are recognized, by step of the learning."""
    test, found = packs.load("signs").test, []
    for rows in fixed(test, ways=5, shots=shots, queries=15, count=episodes):
        images = unit(test["images"][rows])
        queries = images[:, shots:]
        said = [recognize(queries.flatten(0, 1)).argmax(dim=1) for recognize in network.learned(images[:, :shots])]
        found.append(torch.stack([(taken == classes(queries)).float().mean() for taken in said]))
    return torch.stack(found).mean(dim=0).tolist()


def test_one_drawing_is_enough(shipped, final):
    run = shipped("protonet-omniglot")
    assert (run.snapshots[-1], run.recipe.data, run.recipe.ways, run.recipe.shots) == (8000, "omniglot-small", 5, 1)
    assert final("protonet-omniglot", "one_shot") == pytest.approx(0.947, abs=0.0006)
    assert final("protonet-omniglot", "one_shot_half") == pytest.approx(0.004, abs=0.0006)
    assert recognized(run.network(8000)) == pytest.approx([0.95], abs=0.01)
    assert recognized(run.network(0)) == pytest.approx([0.68], abs=0.01)


def test_it_is_ready_for_three_steps(shipped):
    run = shipped("maml-omniglot")
    assert (run.snapshots[-1], run.recipe.inner_steps) == (4000, 3)
    assert recognized(run.network(4000)) == pytest.approx([0.2, 0.39, 0.64, 0.78], abs=0.02)
    assert recognized(run.network(0))[3] == pytest.approx(0.42, abs=0.03)


def test_it_goes_on_where_it_has_learned_how(final, shipped):
    for name in ("ntm-copy", "lstm-copy"):
        assert shipped(name).recipe.data == "copy" and shipped(name).spec.longest == 10
    assert (shipped("ntm-copy").snapshots[-1], final("ntm-copy", "error.40")) == (1500, 0)
    assert final("lstm-copy", "error.40") == pytest.approx(0.43, abs=0.005)


def test_the_best_of_many_is_lucky_as_well(shipped):
    random, evolution = compared(reference_of(shipped("evolution-fashion").spec))[:2]
    assert (random.name, evolution.trials, evolution.candidates) == ("Random search", 5, 32)
    assert evolution.more == pytest.approx((0.008, 0.005, 0.011), abs=0.0006) and evolution.more[1] > 0
    assert evolution.tested_more == pytest.approx((-0.001, -0.009, 0.005), abs=0.0006)


def test_four_bits_are_enough_and_two_are_not(shipped, data):
    network = shipped("moe-fashion").network(4000)
    whole = size(network, Compression("weights", 0, FLOAT))

    def accuracy(share, bits):
        return classification(compressed(network, Compression("weights", share, bits)), data.test)["accuracy"]

    found = [accuracy(0, bits) for bits in (FLOAT, 4, 3, 2)]
    assert found == pytest.approx([0.873, 0.8705, 0.654, 0.243], abs=0.002)
    assert size(network, Compression("weights", 0, 4)) / whole == pytest.approx(1 / 6, abs=0.02)
    assert accuracy(0.5, FLOAT) == pytest.approx(0.44, abs=0.005)
