"""The view of a text: what it tells of each character is what the network does with it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from playground.data import Split, TextSpec
from playground.labs.frontiers.experts.characters import CharacterTransformer, written
from playground.labs.frontiers.experts.letters import COUNT, LETTERS, further_view, prepared, symbols_view, text_view
from playground.labs.frontiers.experts.network import routed
from playground.randomness import seeded
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = TextSpec(name="any", symbols=" abcdefg", length=10, classes=("one", "other"))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    shape = {"symbols": 8, "length": 9, "width": 16, "depth": 4, "heads": 2, "mlp_ratio": 2}
    model = CharacterTransformer(**shape, experts=4, top=2, capacity=1.25)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.4)
    return model.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def test():
    rows = torch.randint(8, (12, 10), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return Split({"characters": rows, "labels": torch.arange(12) % 2})


def of(part, **query):
    return LETTERS.parts[part].parsed(query)


def test_each_character_goes_where_the_routers_send_it(network):
    answer = text_view(network, SPEC, of("text", text="bad cab!"), {})
    assert answer.words["text"] == "bad cab" and answer.words["blocks"] == [2, 4] and answer.words["experts"] == 4
    characters = SPEC.numbers("bad cab")
    logits, routings = routed(network, characters[None])
    for router, routing in enumerate(routings):
        assert torch.equal(answer.tensors["chosen"][router].long(), routing.chosen)
        assert torch.equal(answer.tensors["gates"][router], routing.gates)
    after = logits[0].softmax(dim=1)
    for i, numbers in enumerate(answer.tensors["likely"].long()):
        assert torch.allclose(answer.tensors["probabilities"][i], after[i, numbers])
        assert after[i].max() == answer.tensors["probabilities"][i, 0]
    surprise = answer.tensors["surprise"]
    assert surprise[0].isnan()
    nats = -after[:-1].gather(1, characters[1:, None].long())[:, 0].log()
    assert torch.allclose(surprise[1:], nats, atol=1e-5)


def test_a_continuation_is_drawn_from_its_number_and_told_of_like_the_text(network):
    options = of("further", text="bad", draw="7", temperature="1.5")
    answer = further_view(network, SPEC, options, {})
    drawn = written(network, SPEC.numbers("bad"), COUNT, 1.5, seeded(torch.Generator(), 7, "continuation"))
    assert answer.words["text"] == SPEC.text(drawn[3:]) and answer.words["after"] == "bad"
    whole = text_view(network, SPEC, of("text", text=SPEC.text(drawn[:60])), {})  # all that comes later is not seen
    for name, values in answer.tensors.items():
        dim = 1 if name in ("chosen", "gates") else 0
        told = values.narrow(dim, 0, 57)
        assert torch.allclose(told, whole.tensors[name].narrow(dim, 3, 57), atol=1e-5), name
    other = further_view(network, SPEC, of("further", text="bad", draw="8", temperature="1.5"), {})
    assert other.words["text"] != answer.words["text"]


def test_loads_are_shares_of_all_choices(network, test):
    found = prepared(network, SPEC, {"test": test})
    answer = symbols_view(network, SPEC, of("symbols"), {"test": test, "prepared": found})
    load, symbols, classes = (answer.tensors[name] for name in ("load", "symbols", "classes"))
    assert torch.allclose(load.sum(dim=1), torch.ones(2))
    assert torch.allclose(symbols.sum(dim=2), load, atol=1e-6) and torch.allclose(classes.sum(dim=2), load, atol=1e-6)
    by_hand = torch.zeros(2, 4, 8)
    for row in test["characters"]:
        for router, routing in enumerate(routed(network, row[None])[1]):
            for character, experts in zip(row.tolist(), routing.chosen.tolist(), strict=True):
                for expert in experts:
                    by_hand[router, expert, character] += 0.5
    assert torch.allclose(symbols, by_hand / test["characters"].numel(), atol=1e-6)


@pytest.mark.parametrize("text", ["", "!!"])
def test_a_text_without_letters_is_refused_in_a_sentence(network, text):
    with pytest.raises(BadOption, match="Write a few letters"):
        text_view(network, SPEC, of("text", text=text), {})


def test_many_visitors_get_their_own_answers(network):
    texts = ["bad", "cab", "face", "egg"]

    def ask(text):
        return text_view(network, SPEC, of("text", text=text), {}), further_view(
            network, SPEC, of("further", text=text), {}
        )

    alone = [ask(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(ask, texts * 2))
    for (text, further), (own, on) in zip(together, alone * 2, strict=True):
        assert (text.words, further.words) == (own.words, on.words)
        assert torch.equal(text.tensors["chosen"], own.tensors["chosen"])
        assert torch.equal(further.tensors["probabilities"], on.tensors["probabilities"])
