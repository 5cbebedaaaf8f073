"""Relevance by attention and gradient: against another implementation, in closed form, and asked by many at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from playground.labs.vision.attention import attention
from playground.labs.vision.deit import DistilledTransformer
from playground.labs.vision.hybrid import Hybrid
from playground.labs.vision.relevance import backward, relevance
from playground.labs.vision.vit import VisionTransformer

pytestmark = pytest.mark.usefixtures("one_thread")
LABELS = torch.tensor([0, 3, 4])


def drawn(network):
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(std=0.3)
    return network.double().eval().requires_grad_(False)


def transformer(**options):
    shape = {"image_size": 8, "patch_size": 2, "channels": 3, "classes": 5, "width": 16, "depth": 3, "heads": 2}
    return drawn(VisionTransformer(**shape | options))


def pictures():
    return torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.double)


def logits_of(model, image, maps):
    """The logits (classes,) of one image, with the attention maps (heads, T, T) of all layers put in by hand."""
    x = model.embed(image[None])
    for block, attention_map in zip(model.blocks, maps, strict=True):
        normed = block.norm1(x)
        _, _, values = block.attention.qkv(normed).chunk(3, dim=-1)
        values = values.unflatten(-1, (block.attention.heads, -1)).transpose(1, 2)
        mixed = torch.stack([one @ value for one, value in zip(attention_map, values[0], strict=True)])
        x = x + block.attention.project(mixed.transpose(0, 1).flatten(1)[None])
        x = x + block.mlp(block.norm2(x))
    x = model.norm(x)
    return model.head(x[:, 0] if model.class_token is not None else x.mean(dim=1))[0]


def own_maps(model, image):
    """The attention maps of an image, each a function of those below it."""
    maps = []
    x = model.embed(image[None])
    for block in model.blocks:
        q, k, v = (
            one.unflatten(-1, (block.attention.heads, -1)).transpose(1, 2)
            for one in block.attention.qkv(block.norm1(x)).chunk(3, dim=-1)
        )
        scores = torch.einsum("bhqd,bhkd->bhqk", q, k) / q.shape[-1] ** 0.5
        maps.append(scores.exp() / scores.exp().sum(dim=-1, keepdim=True))
        x = x + block.attention.project((maps[-1] @ v).transpose(1, 2).flatten(2))
        x = x + block.mlp(block.norm2(x))
    x = model.norm(x)
    return maps, model.head(x[:, 0] if model.class_token is not None else x.mean(dim=1))[0]


def expected_relevance(model, image, label):
    """Equations 1, 5 and 6 with loops, for one image."""
    maps, logits = own_maps(model, image.clone().requires_grad_())
    gradients = torch.autograd.grad(logits[label], maps)
    tokens = maps[0].shape[-1]
    total = torch.eye(tokens, dtype=torch.double)
    for one, gradient in zip(maps, gradients, strict=True):
        mean = torch.stack([(g * a).relu() for g, a in zip(gradient[0], one[0], strict=True)]).mean(dim=0)
        total = total + mean @ total
    if model.class_token is not None:
        return total[0, 1:].view(model.grid, model.grid).detach()
    return ((total.sum(dim=0) - 1) / tokens).view(model.grid, model.grid).detach()


@pytest.mark.parametrize("class_token", [False, True])
def test_relevance_is_what_the_equations_say(class_token):
    model = transformer(class_token=class_token)
    images = pictures()
    expected = torch.stack([expected_relevance(model, *one) for one in zip(images, LABELS, strict=True)])
    assert expected.std() > 1e-4
    torch.testing.assert_close(relevance(model, images, LABELS), expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("class_token", [False, True])
def test_with_one_layer_it_is_how_the_logit_follows_each_number_of_the_map(class_token):
    """One layer in closed form: R - 1 is the mean over the heads of (dlogit/dA * A)+, here by differences."""
    model = transformer(depth=1, class_token=class_token)
    image, label = pictures()[0], 3
    maps = attention(model, image[None])[1][0, 0]  # (heads, T, T)
    slopes = torch.zeros_like(maps)
    for place in range(maps.numel()):
        change = torch.zeros(maps.numel(), dtype=torch.double)
        change[place] = 1e-5
        up, down = (logits_of(model, image, [maps + sign * change.view_as(maps)])[label] for sign in (1, -1))
        slopes.view(-1)[place] = (up - down) / 2e-5
    rows = (slopes * maps).clamp(min=0).mean(dim=0)
    expected = (rows[0, 1:] if class_token else rows.mean(dim=0)).view(4, 4)
    actual = relevance(model, image[None], torch.tensor([label]))[0]
    torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-8)


def test_the_maps_are_those_of_the_attention_view():
    model = transformer()
    *_, maps, gradients = backward(model, pictures(), lambda _: LABELS)
    torch.testing.assert_close(torch.stack(maps, dim=1), attention(model, pictures())[1])
    assert [one.shape for one in gradients] == [one.shape for one in maps]
    assert not any(one.requires_grad for one in (*maps, *gradients))


def test_another_class_is_seen_elsewhere():
    model = transformer()
    one, other = (relevance(model, pictures(), torch.full((3,), label)) for label in (0, 1))
    assert (one - other).abs().max() > 0.1 * one.max()


def test_a_hybrid_has_the_grid_of_its_tokens():
    model = drawn(Hybrid(image_size=16, channels=3, classes=5, stem_width=8, width=16, depth=2, heads=2))
    images = torch.randn(2, 3, 16, 16, dtype=torch.double)
    maps = relevance(model, images, torch.tensor([1, 2]))
    assert maps.shape == (2, 4, 4) and maps.min() >= 0 and maps.std() > 0


def test_of_two_tokens_that_are_classified_either_tells_what_it_depends_on():
    """Where the class token's head is silent, one layer has all relevance in the row of the distillation token."""
    shape = {"image_size": 8, "patch_size": 2, "channels": 3, "classes": 5, "width": 16, "depth": 1, "heads": 2}
    model = drawn(DistilledTransformer(**shape))
    for parameter in model.head.parameters():
        parameter.zero_()
    passes = backward(model, pictures(), lambda _: LABELS)
    rows = (passes.maps[0] * passes.gradients[0]).clamp(min=0).mean(dim=1)  # (B, T, T)
    assert rows[:, 0].abs().max() == 0 and rows[:, 1, 2:].std() > 1e-4
    torch.testing.assert_close(relevance(model, pictures(), LABELS), rows[:, 1, 2:].unflatten(1, (4, 4)) / 2)


def test_many_may_ask_one_network_at_once():
    model, images = transformer(), pictures()
    expected = relevance(model, images, LABELS)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: relevance(model, images, LABELS), range(24)))
    assert all(torch.equal(one, expected) for one in answers)
    assert not any(module._forward_hooks for module in model.modules())
