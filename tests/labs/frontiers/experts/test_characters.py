"""A transformer that reads characters: what it may look at, what it costs to be wrong, and how it goes on."""

import math

import pytest
import torch
from torch import Generator

from playground.data import Data, Split, TextSpec
from playground.labs import recipe
from playground.labs.frontiers.experts.characters import CharacterTransformer, written
from playground.labs.frontiers.experts.network import routed
from playground.labs.frontiers.experts.prediction import cross_entropy
from playground.objective import Moment, minimized
from playground.optim import Muon

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = TextSpec(name="any", symbols="abcdefg", length=9, classes=("one", "other"))
SHAPE = {"symbols": 7, "length": 8, "width": 16, "depth": 2, "heads": 2, "mlp_ratio": 2}


def network(**changes):
    torch.manual_seed(0)
    model = CharacterTransformer(**{**SHAPE, "experts": 4, "top": 1, "capacity": None, **changes}).double().eval()
    for parameter in model.parameters():
        parameter.data.normal_(std=0.4)
    return model.requires_grad_(False)


def text(n=8, seed=1):
    return torch.randint(7, (n,), generator=Generator().manual_seed(seed), dtype=torch.uint8)


@pytest.fixture(scope="module")
def data():
    rows = torch.randint(7, (40, 9), generator=Generator().manual_seed(2), dtype=torch.uint8)
    split = Split({"characters": rows, "labels": torch.arange(40) % 2})
    return Data(spec=SPEC, train=split, test=split.first(10), hash="any")


def test_what_comes_later_changes_nothing_before():
    model, one = network(), text()
    for changed in range(1, 8):
        other = one.clone()
        other[changed] = (other[changed] + 1) % 7
        difference = (model(one[None]) - model(other[None])).abs().amax(dim=2)[0]
        assert difference[:changed].max() < 1e-12 < difference[changed]


def test_a_text_alone_reads_as_in_a_batch_and_as_its_beginning():
    model = network()
    texts = torch.stack([text(seed=seed) for seed in range(3)])
    together = model(texts)
    for row, logits in zip(texts, together, strict=True):
        assert torch.allclose(model(row[None])[0], logits, atol=1e-12)
        assert torch.allclose(model(row[None, :5])[0], logits[:5], atol=1e-12)


def test_attention_depends_on_distances_alone():
    """Behind one and the same character at other places in the text, the first block attends the same."""
    model = network(depth=2)
    attention = model.blocks[0].attention
    x = torch.randn(1, 1, 16, dtype=torch.float64).expand(1, 8, 16)
    from playground.labs.waves import angles

    q, k, _ = attention.split(x, angles(8, 1, 8))
    scores = (q @ k.transpose(2, 3))[0]  # (heads, 8, 8)
    for distance in range(8):
        line = scores.diagonal(-distance, 1, 2)
        assert torch.allclose(line, line[:, :1].expand_as(line), atol=1e-6)  # the codes are float32


def test_heads_that_cannot_be_turned_are_refused():
    with pytest.raises(ValueError, match="multiple of 4 features a head"):
        network(width=12)
    with pytest.raises(Exception, match="cannot be cut into 3 heads"):
        recipe("moe-text-books").changed(width=32).spec(_catalog())


def _catalog():
    from playground.data import packs

    return packs


def test_an_untrained_network_finds_all_characters_alike(data):
    objective = recipe("moe-text-books").changed(width=16, heads=2, experts=4).build(data).eval()
    told = objective.evaluate(data.test)
    assert told["loss"] == pytest.approx(math.log(7), abs=1e-6)
    logits = torch.randn(2, 5, 7, dtype=torch.float64)
    characters = torch.randint(7, (2, 5))
    by_hand = -logits.softmax(dim=2).gather(2, characters[..., None])[..., 0].log()
    assert torch.allclose(cross_entropy(logits, characters), by_hand, atol=1e-12)


def test_it_is_evaluated_as_one_by_one(data):
    objective = recipe("moe-text-books").changed(width=16, heads=2, experts=4).build(data).eval()
    for parameter in objective.parameters():
        parameter.data.normal_(std=0.4, generator=Generator().manual_seed(parameter.numel()))
    told = objective.evaluate(data.test)
    nats, right, loads = [], [], []
    for passage in data.test["characters"]:
        logits, routings = routed(objective.shown, passage[None, :-1])
        following = passage[1:].long()
        nats += [-logits[0, i].log_softmax(dim=0)[c] for i, c in enumerate(following)]
        right += (logits[0].argmax(dim=1) == following).tolist()
        loads.append(torch.stack([routing.load for routing in routings]))
    assert told["loss"] == pytest.approx(float(torch.stack(nats).mean()), abs=1e-5)
    assert told["accuracy"] == pytest.approx(sum(right) / len(right))
    assert told["most"] == pytest.approx(4 * float(torch.stack(loads).mean(dim=0).max()), abs=1e-5)


def test_what_is_minimized_has_the_losses_of_the_routers(data):
    objective = recipe("moe-text-books").changed(width=16, heads=2, experts=4, balance=0.5, z_loss=0.25).build(data)
    terms = objective.loss("predict", data.train.first(8).columns, Moment(0, 0.0, Generator()))
    expected = terms["loss"] + 0.5 * terms["balance"] + 0.25 * terms["z_loss"]
    assert torch.allclose(minimized(terms), expected) and terms["load_1"].sum() == pytest.approx(1)
    (phase,) = objective.phases()
    by_muon = {id(p) for o in phase.optimizers if isinstance(o, Muon) for g in o.param_groups for p in g["params"]}
    assert by_muon and not by_muon & {id(router.score.weight) for router in objective.shown.routers}


def test_it_goes_on_with_the_likeliest_where_it_is_cold():
    model, begun = network(), text(3)
    rng = Generator().manual_seed(0)
    cold = written(model, begun, 12, 1e-6, rng)
    assert torch.equal(cold[:3], begun) and len(cold) == 15
    for end in range(3, 15):
        assert cold[end] == model(cold[None, :end][:, -8:])[0, -1].argmax()  # no more than it saw in training


def test_characters_are_drawn_from_the_softmax():
    model, begun = network(), text(4)
    rng = Generator().manual_seed(0)
    drawn = torch.stack([written(model, begun, 1, 2.0, rng)[-1] for _ in range(2000)])
    shares = drawn.long().bincount(minlength=7) / 2000
    expected = (model(begun[None])[0, -1] / 2).softmax(dim=0)
    assert (shares - expected).abs().max() < 0.04
