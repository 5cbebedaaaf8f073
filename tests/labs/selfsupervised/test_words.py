"""CLIP and SigLIP: their losses against open_clip's and closed forms, and the texts that they read."""

import math

import pytest
import torch
from torch.nn import functional as F

from playground.compat import torchvision_operators
from playground.data import Data, ImageSpec, Split, packs
from playground.data.texts import captions, utf8
from playground.labs import recipe
from playground.labs.selfsupervised.clip import clip_loss
from playground.labs.selfsupervised.imagetext import ensemble
from playground.labs.selfsupervised.siglip import siglip_loss
from playground.labs.selfsupervised.text import TextEncoder, bags, drawn, hashed, matches
from playground.labs.selfsupervised.views.words import probabilities
from playground.metrics.retrieval import ranks, recall
from tests.moments import moment


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def embeddings():
    return F.normalize(normal(12, 5), dim=1).requires_grad_(), F.normalize(
        normal(12, 5, seed=1), dim=1
    ).requires_grad_()


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_the_loss_and_its_gradients_are_those_of_open_clip(name):
    torchvision_operators()
    from open_clip.loss import ClipLoss, SigLipLoss

    (images, texts), (their_images, their_texts) = embeddings(), embeddings()
    scale, bias = torch.tensor(9.0, dtype=torch.float64), torch.tensor(-3.0, dtype=torch.float64)
    ours, theirs = ([value.clone().requires_grad_() for value in (scale, bias)] for _ in range(2))
    if name == "clip":
        loss = clip_loss(ours[0] * images @ texts.T)
        expected = ClipLoss()(their_images, their_texts, theirs[0])
    else:
        loss = siglip_loss(ours[0] * images @ texts.T + ours[1])
        expected = SigLipLoss()(their_images, their_texts, theirs[0], theirs[1])
    torch.testing.assert_close(loss, expected, rtol=1e-12, atol=0)
    loss.backward(), expected.backward()
    for one, other in ((images, their_images), (texts, their_texts), (ours[0], theirs[0])):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-9, atol=1e-12)
    if name == "siglip":
        torch.testing.assert_close(ours[1].grad, theirs[1].grad, rtol=1e-9, atol=1e-12)


def test_what_is_also_true_is_no_wrong_answer():
    """By hand, pair by pair."""
    logits, also = normal(6, 6), torch.rand(6, 6, generator=torch.Generator().manual_seed(2)) < 0.4
    rows, columns, sigmoids = 0.0, 0.0, 0.0
    for i in range(6):
        row = sum(math.exp(logits[i, j]) for j in range(6) if i == j or not also[i, j])
        column = sum(math.exp(logits[j, i]) for j in range(6) if i == j or not also[j, i])
        rows, columns = rows + math.log(row) - float(logits[i, i]), columns + math.log(column) - float(logits[i, i])
        for j in range(6):
            sign = 1 if i == j or also[i, j] else -1
            sigmoids += math.log(1 + math.exp(-sign * float(logits[i, j])))
    assert float(clip_loss(logits, also)) == pytest.approx((rows + columns) / 12, rel=1e-12)
    assert float(siglip_loss(logits, also)) == pytest.approx(sigmoids / 6, rel=1e-12)


def test_where_all_are_alike_the_losses_are_known():
    same = torch.full((8, 8), 3.0)
    assert float(clip_loss(same)) == pytest.approx(math.log(8))
    assert float(clip_loss(same, torch.ones(8, 8, dtype=torch.bool))) == pytest.approx(0, abs=1e-6)
    assert float(siglip_loss(torch.zeros(8, 8))) == pytest.approx(8 * math.log(2))


def grams(text):
    """All that the encoder may know a text by, found the slow way."""
    found = []
    for word in text.split():
        marked = [256, *word.encode(), 256]
        found += [("word", word)] + [
            tuple(marked[i : i + size]) for size in (3, 4, 5) for i in range(len(marked) - size + 1)
        ]
    return found


def test_a_text_is_known_by_its_words_and_their_parts():
    texts = ["deer", "red deer", "", "a", "鹿", "deer", "ee eer"]
    hashes, starts = bags(utf8(texts))
    ends = [*starts.tolist()[1:], len(hashes)]
    of_each = [hashes[start:end].tolist() for start, end in zip(starts.tolist(), ends, strict=True)]
    assert [len(values) for values in of_each] == [len(grams(text)) for text in texts]
    assert of_each[0] == of_each[5] and set(of_each[0]) <= set(of_each[1])
    every = {gram for text in texts for gram in grams(text)}
    assert len({value for values in of_each for value in values}) == len(every), "one number for one gram"


def test_texts_of_one_bag_have_one_embedding_whatever_stands_between_or_after_them():
    encoder = TextEncoder(buckets=512, width=8, embedding=4)
    one = encoder(utf8(["red deer", "a much longer text than that"]))[0]
    torch.testing.assert_close(one, encoder(utf8(["deer red"]))[0])
    parts = captions([["red", "deer"]]).flatten(1)
    torch.testing.assert_close(one, encoder(parts)[0])
    assert (one - encoder(utf8(["red dear"]))[0]).abs().max() > 1e-3


@pytest.mark.parametrize("text", ["", "?!", "猫", "ß", "👩\u200d🚀", "x" * 5000, "a " * 2000, "\u0000\ud7ff"])
def test_any_text_has_an_embedding(text):
    encoder = TextEncoder(buckets=64, width=8, embedding=4)
    embedding = encoder(utf8([text]))
    assert embedding.shape == (1, 4) and embedding.isfinite().all()


def test_equal_texts_and_no_others_have_one_hash():
    names = packs.load("emoji").train["captions"].flatten(0, 1)
    rows = {bytes(row.tolist()) for row in names}
    values = hashed(names)
    assert len(set(values.tolist())) == len(rows)
    assert values[~names.bool().any(dim=1)].unique().tolist() == [0]
    assert torch.equal(hashed(utf8(["cat"])), hashed(utf8(["cat", "much longer"]))[:1])


def test_a_caption_is_the_name_or_a_few_of_the_keywords():
    texts = captions([["name", "k1", "k2", "k3", "k4"], ["alone"]]).repeat(400, 1, 1)
    parts = drawn(texts, torch.Generator().manual_seed(0), names=0.5)
    said = [[bytes(part.tolist()).rstrip(b"\0").decode() for part in row if part.any()] for row in parts]
    assert all(row == ["alone"] for row in said[1::2])
    first = said[::2]
    named = [row for row in first if "name" in row]
    others = [row for row in first if "name" not in row]
    assert all(row == ["name"] for row in named) and 150 < len(named) < 250
    assert all(1 <= len(set(row)) == len(row) <= 3 for row in others)
    counts = [sum(len(row) == n for row in others) for n in (1, 2, 3)]
    assert min(counts) > len(others) / 5
    assert {text for row in others for text in row} == {"k1", "k2", "k3", "k4"}
    assert torch.equal(parts, drawn(texts, torch.Generator().manual_seed(0), names=0.5))


def test_a_caption_is_true_of_all_that_have_all_its_texts():
    texts = captions([["cat", "pet", "animal"], ["dog", "pet", "animal"], ["deer", "animal", "wild"]])
    parts = captions([["pet", "animal"], ["dog"], ["animal"]])
    expected = torch.tensor([[1, 0, 1], [1, 1, 1], [0, 0, 1]]).bool()
    assert torch.equal(matches(texts, parts), expected)


def test_a_rank_counts_the_wrong_ones_before_the_best_right_one():
    scores = torch.tensor([[3.0, 2.0, 1.0], [1.0, 1.0, 1.0], [1.0, 2.0, 3.0]])
    right = torch.tensor([[0, 1, 1], [1, 0, 0], [1, 0, 1]]).bool()
    assert ranks(scores, right).tolist() == [1, 2, 0]
    assert [recall(scores, right, k) for k in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])


def test_an_ensemble_is_the_mean_of_a_classes_texts():
    words = F.normalize(normal(5, 3), dim=1).float()
    classes = ensemble(words, torch.tensor([0, 2, 0, 2, 2]), 3)
    torch.testing.assert_close(classes[0], F.normalize(words[0] + words[2], dim=0))
    assert not classes[1].any()


@pytest.mark.parametrize("name", ["clip-emoji", "siglip-emoji"])
def test_the_recipes_build_their_networks_as_they_stand(name):
    chosen = recipe(name)
    network = chosen.network(chosen.spec(packs))
    assert (network.bias is None) == (name == "clip-emoji")
    expected = 1 / chosen.temperature + (chosen.first_bias or 0)
    assert float(network.logits(torch.ones(())).detach()) == pytest.approx(expected)


def test_the_scale_is_taken_back_to_its_limit_where_it_can_still_learn():
    network = recipe("clip-emoji").changed(temperature=0.01).network(recipe("clip-emoji").spec(packs))
    with torch.no_grad():
        network.log_scale.add_(1)
    network.limit()
    assert float(network.log_scale.exp().detach()) == pytest.approx(100)
    network.logits(torch.ones(())).backward()
    assert float(network.log_scale.grad) == pytest.approx(100), "no gradient would be none for ever"


def test_siglip_says_yes_or_no_of_each_prompt_and_clip_chooses_one():
    image = packs.examples("emoji")["images"][0]
    for name, sums_to_one in (("clip-emoji", True), ("siglip-emoji", False)):
        network = recipe(name).network(recipe(name).spec(packs)).eval()
        with torch.no_grad():
            shares = probabilities(network, image, ["cat", "dog"])
            logits = network.logits(network.words(["cat", "dog"]) @ network.pictures(image[None])[0])
        expected = logits.softmax(dim=0) if sums_to_one else logits.sigmoid()
        torch.testing.assert_close(shares, expected)
        assert len(probabilities(network, image, ["cat"])) == (0 if sums_to_one else 1)


def pairing(name, texts, labels=None, classes=()):
    """A method on pictures of noise, each with its texts, and the columns of these."""
    rng = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (len(texts), 3, 8, 8), generator=rng, dtype=torch.uint8)
    columns = {"images": images, "captions": captions(texts)} | ({} if labels is None else {"labels": labels})
    data = Data(
        spec=ImageSpec(name="noise", channels=3, size=8, classes=classes),
        train=Split(columns),
        test=Split(columns),
        hash="noise",
    )
    return recipe(name).changed(width=4, names=1).build(data), columns


@pytest.mark.parametrize("name", ["clip-emoji", "siglip-emoji"])
def test_pictures_are_rows_captions_are_columns_and_what_else_is_true_is_marked(name):
    """Both pictures show a pet, one of them a cat; to the encoders both captions are like the first picture."""
    objective, batch = pairing(name, [["cat", "pet"], ["pet"]])
    network, seen = objective.shown, []
    network.forward = lambda images: torch.eye(2)
    network.text.register_forward_hook(lambda *_: torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    objective.pair_loss = lambda *given: seen.extend(given) or given[0].sum()
    objective.loss("pretrain", batch, moment())
    logits, also = seen
    torch.testing.assert_close(logits, network.logits(torch.tensor([[1.0, 1.0], [0.0, 0.0]])))
    assert also.tolist() == [[True, True], [False, True]]


def test_where_all_captions_are_the_same_clip_has_no_wrong_answers():
    objective, batch = pairing("clip-emoji", [["cat"]] * 4)
    assert float(objective.loss("pretrain", batch, moment())["loss"].detach()) == pytest.approx(0, abs=1e-6)


def test_where_all_captions_are_the_same_siglip_has_no_wrong_pairs():
    """At a scale of 0 all logits are the bias, -10, and each of 16 pairs costs what a true one does."""
    objective, batch = pairing("siglip-emoji", [["cat"]] * 4)
    torch.nn.init.constant_(objective.shown.log_scale, -100)
    loss = objective.loss("pretrain", batch, moment())["loss"]
    assert float(loss.detach()) == pytest.approx(16 * math.log(1 + math.exp(10)) / 4)


def test_each_step_takes_the_scale_back_to_its_limit():
    objective, _ = pairing("clip-emoji", [["cat"], ["dog"]])
    torch.nn.init.constant_(objective.shown.log_scale, 10)
    objective.after_step(moment())
    assert float(objective.shown.log_scale.exp().detach()) == pytest.approx(100)


def in_a_plane(objective, pictures, texts):
    """Has embeddings known: pictures by their places, texts by their letters, both in degrees."""

    def embeddings(degrees):
        angles = torch.deg2rad(torch.tensor(degrees, dtype=torch.float32))
        return torch.stack([angles.cos(), angles.sin()], dim=1)

    def words(given):
        letters = given if isinstance(given, tuple) else [chr(text[0]) for text in given.tolist()]
        return embeddings([texts[letter] for letter in letters])

    objective.shown.pictures, objective.shown.words = lambda images: embeddings(pictures), words
    return objective.eval()


@torch.no_grad()
def test_names_find_pictures_pictures_find_names_and_keywords_find_pictures():
    """By hand: of a, b and c only c is nearest to its own picture; the first and the last one are to their names."""
    objective, columns = pairing("clip-emoji", [["a", "x"], ["b", "y"], ["c", "z"]])
    texts = {"a": 12, "b": 200, "c": 100, "x": 0, "y": 10, "z": 90}
    values = in_a_plane(objective, [0, 10, 90], texts).evaluate(Split(columns))
    assert values["text_to_image_1"] == pytest.approx(1 / 3)
    assert values["image_to_text_1"] == pytest.approx(2 / 3)
    assert values["keywords_to_image_1"] == 1 == values["text_to_image_5"]


@torch.no_grad()
def test_the_classes_of_names_are_those_of_the_training():
    """Each picture lies at its own name, whose class is one in the training, and the other one in the test."""
    trained, tested = torch.tensor([0, 1, 0, 1]), torch.tensor([1, 0, 1, 0])
    objective, columns = pairing("clip-emoji", [[name, name] for name in "abcd"], labels=trained, classes=("t", "u"))
    in_a_plane(objective, [0, 90, 10, 100], {"a": 0, "b": 90, "c": 10, "d": 100, "t": 0, "u": 180})
    values = objective.evaluate(Split(columns | {"labels": tested}))
    assert values["zero_shot_nearest"] == values["zero_shot_ensemble"] == 0
    assert objective.evaluate(Split(columns))["zero_shot_nearest"] == 1
