"""Token merging: the plain network where nothing merges, and a loop over tokens where something does."""

import pytest
import torch
from torch.nn import functional as F

from playground.labs.vision.deit import DistilledTransformer
from playground.labs.vision.merging import CannotMerge, bipartite_soft_matching, merging
from playground.labs.vision.vit import VisionTransformer

pytestmark = pytest.mark.usefixtures("one_thread")

DESIGNS = [
    {"class_token": False},
    {"class_token": True},
    {"class_token": True, "registers": 2, "prefix_located": False},
    {"class_token": False, "layer_scale": True, "positions": "sin-cos"},
]


def network(kind=VisionTransformer, **options):
    torch.manual_seed(0)
    model = kind(**{"width": 32, "depth": 3, "heads": 4, "patch_size": 4} | options).eval().double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


def pictures(n=3):
    return torch.randn(n, 1, 28, 28, generator=torch.Generator().manual_seed(1), dtype=torch.double)


@pytest.mark.parametrize("design", DESIGNS)
def test_no_merging_is_the_plain_network(design):
    model = network(**design)
    logits, owners = merging(model, pictures(), 0)
    torch.testing.assert_close(logits, model(pictures()), rtol=0, atol=1e-10)
    for owner in owners:
        assert (owner.sort(dim=1).values == torch.arange(49)).all()


def test_the_distilled_one_has_both_heads():
    model = network(DistilledTransformer)
    torch.testing.assert_close(merging(model, pictures(), 0)[0], model(pictures()), rtol=0, atol=1e-10)


@torch.no_grad()
def by_hand(model, image, r):
    """The same for one image, token by token: a token is its vector and the list of its patches."""
    tokens = list(model.embed(image[None])[0])
    first, tokens = tokens[: model.prefix], tokens[model.prefix :]
    patches = [[i] for i in range(len(tokens))]
    for block in model.blocks:
        sizes = torch.tensor([1.0] * len(first) + [len(group) for group in patches], dtype=torch.double)
        x = torch.stack(first + tokens)
        q, k, v = block.attention.split(block.norm1(x)[None])
        scores = (q @ k.transpose(2, 3) / q.shape[-1] ** 0.5).exp() * sizes  # as many keys as patches
        x = block.with_attention(x, block.attention.join(scores / scores.sum(dim=-1, keepdim=True) @ v)[0])
        keys = k[0, :, len(first) :].mean(dim=0)
        alike = {}
        for one in range(0, len(tokens), 2):
            others = {
                other: float(F.cosine_similarity(keys[one], keys[other], dim=0)) for other in range(1, len(tokens), 2)
            }
            alike[one] = max((score, other) for other, score in others.items())
        going = sorted(alike, key=lambda one: -alike[one][0])[: min(r, len(tokens) // 2)]
        first, tokens = list(x[: len(first)]), list(x[len(first) :])
        sums = [token * len(group) for token, group in zip(tokens, patches, strict=True)]
        for one in going:
            other = alike[one][1]
            sums[other], patches[other] = sums[other] + sums[one], patches[other] + patches[one]
        stay = [i for i in range(len(tokens)) if i not in going]
        stay = [i for i in stay if i % 2 == 0] + [i for i in stay if i % 2]
        tokens = [sums[i] / len(patches[i]) for i in stay]
        patches = [patches[i] for i in stay]
        x = block.within_tokens(torch.stack(first + tokens))
        first, tokens = list(x[: len(first)]), list(x[len(first) :])
    whole = [None] * model.grid**2
    for token, group in zip(tokens, patches, strict=True):
        for patch in group:
            whole[patch] = token
    return model.read(model.norm(torch.stack(first + whole)[None]))[0], {frozenset(group) for group in patches}


@pytest.mark.parametrize("r", [1, 8, 100])
@pytest.mark.parametrize("design", DESIGNS)
def test_merging_is_what_a_loop_over_tokens_does(design, r):
    model, images = network(**design), pictures()
    logits, owners = merging(model, images, r)
    for i, image in enumerate(images):
        expected, groups = by_hand(model, image, r)
        torch.testing.assert_close(logits[i], expected, rtol=0, atol=1e-9)
        last = owners[-1][i]
        assert {frozenset((last == token).nonzero()[:, 0].tolist()) for token in last.unique()} == groups
        assert len(groups) == max(49 - 3 * r, 7)  # at most half goes: 49, 25, 13, 7


def test_what_is_alike_goes_first():
    keys = torch.randn(1, 10, 6, generator=torch.Generator().manual_seed(0))
    keys[:, 4], keys[:, 8] = 3 * keys[:, 7], 0.5 * keys[:, 1]  # the same direction
    matching = bipartite_soft_matching(keys, 2)
    assert {(int(one), int(other)) for one, other in zip(matching.merged[0], matching.into[0], strict=True)} == {
        (2, 3),
        (4, 0),
    }
    assert matching.kept.tolist() == [[0, 1, 3]]
    summed = matching.summed(torch.arange(10.0).view(1, 10, 1))
    assert summed.flatten().tolist() == [0, 2, 6, 1 + 8, 3, 5, 7 + 4, 9]
    assert matching.places(10).tolist() == [[0, 3, 1, 4, 6, 5, 2, 6, 3, 7]]


def test_rotary_positions_are_refused():
    with pytest.raises(CannotMerge, match="Rotary codes"):
        merging(network(positions="rotary"), pictures(), 4)
