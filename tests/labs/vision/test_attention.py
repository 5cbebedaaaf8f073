"""What is read out of the attention: it sums to one, follows closed forms, and leaves the network as it was."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from playground.labs.vision.attention import attention, attention_rollout, output_rollout, rollout
from playground.labs.vision.vit import VisionTransformer
from playground.shadow import shadow

pytestmark = pytest.mark.usefixtures("one_thread")


def network(**options):
    torch.manual_seed(0)
    model = VisionTransformer(**{"width": 32, "depth": 3, "heads": 4, "patch_size": 7} | options).eval().double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


def pictures(n=2, side=28):
    return torch.randn(n, 1, side, side, generator=torch.Generator().manual_seed(1), dtype=torch.double)


def hooks(model):
    return sum(len(module._forward_pre_hooks) + len(module._forward_hooks) for module in model.modules())


@pytest.mark.parametrize("class_token", [False, True])
def test_every_row_sums_to_one(class_token):
    model = network(class_token=class_token)
    logits, maps = attention(model, pictures())
    tokens = 16 + class_token
    assert logits.shape == (2, 10) and maps.shape == (2, 3, 4, tokens, tokens)
    assert float(maps.min()) >= 0 and float(maps.std()) > 0.01
    torch.testing.assert_close(maps.sum(dim=-1), torch.ones(2, 3, 4, tokens, dtype=torch.double))


def test_looking_changes_nothing_and_hooks_of_others_are_not_called():
    model, x = network(), pictures()
    before, seen_by_others = model(x), []
    for module in model.modules():
        module.register_forward_pre_hook(lambda *_: seen_by_others.append(1))
    logits, _ = attention(model, x)
    assert not seen_by_others and hooks(model) == len(list(model.modules()))
    assert torch.equal(logits, before) and torch.equal(model(x), before) and seen_by_others


def test_a_shadow_has_the_same_weights_in_modules_of_its_own():
    model = network()
    twin = shadow(model)
    assert not set(map(id, twin.modules())) & set(map(id, model.modules()))
    for (name, value), (other, original) in zip(twin.named_parameters(), model.named_parameters(), strict=True):
        assert name == other and value is original


def test_many_may_look_at_one_network_at_once():
    model, images = network(), [pictures() + i for i in range(8)]
    expected = [attention(model, x)[1] for x in images]
    with ThreadPoolExecutor(8) as pool:
        for maps, alone in zip(pool.map(lambda x: attention(model, x)[1], 4 * images), 4 * expected, strict=True):
            assert torch.equal(maps, alone)


def test_a_network_that_fails_is_left_without_hooks():
    model = network()
    with pytest.raises(RuntimeError):
        attention(model, pictures().expand(-1, 3, -1, -1))
    assert hooks(model) == 0


def test_the_attention_is_what_mixes_the_values():
    model, x = network(), pictures()
    first = model.blocks[0]
    q, k, v = first.attention.qkv(first.norm1(model.embed(x))).unflatten(2, (3, 4, 8)).permute(2, 0, 3, 1, 4)
    maps = attention(model, x)[1]
    torch.testing.assert_close(maps[:, 0] @ v, first.attention.attend(q, k, v), rtol=0, atol=1e-12)


def test_attention_carries_no_gradient():
    model = network()
    logits, maps = attention(model, pictures())
    assert not logits.requires_grad and not maps.requires_grad


def test_shuffled_patches_shuffle_the_maps():
    model = network()
    with torch.no_grad():
        model.positions.zero_()
    x = pictures()
    order = torch.randperm(16, generator=torch.Generator().manual_seed(3))
    patches = x.unfold(2, 7, 7).unfold(3, 7, 7).flatten(2, 3)[:, :, order]  # (B, C, patches, 7, 7)
    shuffled = patches.unflatten(2, (4, 4)).transpose(3, 4).reshape(x.shape)
    tokens = torch.cat([torch.zeros(1, dtype=torch.long), 1 + order])
    logits, maps = attention(model, x)
    logits_then, maps_then = attention(model, shuffled)
    torch.testing.assert_close(logits_then, logits)
    torch.testing.assert_close(maps_then, maps[..., tokens, :][..., tokens])


def eye(tokens=5):
    return torch.eye(tokens, dtype=torch.double)


def test_the_rollout_of_looking_at_oneself_is_staying_there():
    maps = eye().expand(2, 4, 3, 5, 5)
    assert torch.equal(rollout(maps), eye().expand(2, 5, 5))


@pytest.mark.parametrize("layers", [1, 2, 6])
def test_the_rollout_of_looking_everywhere(layers):
    maps = torch.full((1, layers, 2, 5, 5), 0.2, dtype=torch.double)
    # with U the uniform map, ((I + U) / 2)^L = I / 2^L + (1 - 1 / 2^L) U, since U U = U
    expected = 0.5**layers * eye() + (1 - 0.5**layers) * 0.2
    torch.testing.assert_close(rollout(maps)[0], expected)


def test_the_rollout_takes_the_layers_in_their_order():
    first, second = eye()[[1, 2, 0, 3, 4]], eye()[[0, 3, 2, 1, 4]]
    maps = torch.stack([first, second])[None, :, None]
    expected = (second + eye()) @ (first + eye()) / 4
    torch.testing.assert_close(rollout(maps)[0], expected)
    assert not torch.equal(expected, (first + eye()) @ (second + eye()) / 4)


def test_the_rollout_averages_the_heads():
    heads = torch.stack([eye(), torch.full((5, 5), 0.2, dtype=torch.double)])
    torch.testing.assert_close(rollout(heads[None, None])[0], 0.5 * (heads.mean(dim=0) + eye()))


def test_the_rollout_of_a_network_sums_to_one():
    flow = rollout(attention(network(), pictures())[1])
    torch.testing.assert_close(flow.sum(dim=-1), torch.ones(2, 17, dtype=torch.double))


@pytest.mark.parametrize("class_token", [False, True])
def test_what_flows_into_the_answer(class_token):
    model = network(class_token=class_token)
    maps = attention(model, pictures())[1]
    actual = output_rollout(model, maps)
    flow = rollout(maps)
    expected = flow[:, 0, 1:] if class_token else flow.mean(dim=1)
    assert actual.shape == (2, 4, 4)
    assert torch.equal(actual.flatten(1), expected)
    assert torch.equal(attention_rollout(model, pictures()), actual)
