"""A transformer with a memory is full attention where it reads all of it, and sees no further than windows without."""

import pytest
import torch
from torch.nn import functional as F

from playground.labs.frontiers.memory.transformer import MemoryTransformer, allowed, rotated

pytestmark = pytest.mark.usefixtures("one_thread")

T = 12


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def built(**shape):
    torch.manual_seed(0)
    return MemoryTransformer(channels=4, bits=3, width=16, heads=2, **shape).double()


def test_a_step_sees_its_window_and_the_best_of_what_was_before():
    scores = drawn(2, 2, T, T)
    found = allowed(scores, window=3, top=2)
    for b, h, t in [(b, h, t) for b in range(2) for h in range(2) for t in range(T)]:
        old = sorted(range(max(0, t - 2)), key=lambda s: -scores[b, h, t, s])[:2]  # noqa: B023  # used at once
        assert set(found[b, h, t].nonzero()[:, 0].tolist()) == {*old, *range(max(0, t - 2), t + 1)}


@pytest.mark.parametrize("window", [1, 4])
def test_with_all_of_the_memory_it_is_full_attention(window):
    inputs = drawn(3, T, 4, seed=1)
    full, whole, part = built(window=T, top=0), built(window=window, top=T), built(window=window, top=2)
    torch.testing.assert_close(whole(inputs), full(inputs), rtol=1e-10, atol=1e-12)
    assert (part(inputs) - full(inputs)).abs().max() > 1e-3


def test_full_attention_is_that_of_torch():
    layer = built(window=T, top=0).blocks[0].attention
    x = drawn(3, T, 16, seed=1)
    q, k, v = layer.qkv(x).view(3, T, 3, 2, 8).permute(2, 0, 3, 1, 4)
    expected = F.scaled_dot_product_attention(rotated(q), rotated(k), v, is_causal=True)
    torch.testing.assert_close(layer(x)[0], layer.out(expected.transpose(1, 2).flatten(2)), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("window", "top", "sees"), [(T, 0, True), (2, 0, False), (2, 2, True)])
def test_without_a_memory_it_sees_as_far_as_its_windows_reach(window, top, sees):
    network, inputs = built(window=window, top=top), drawn(1, T, 4, seed=1)
    other = inputs.clone()
    other[:, 0] += 5  # the last step sees two windows back, 1 + 2 * (2 - 1) steps
    moved = (network(inputs) - network(other)).abs().amax(dim=2)[0]
    assert bool(moved[3:].max() > 1e-6) == sees


def test_no_step_sees_a_later_one():
    network, inputs = built(window=2, top=3), drawn(1, T, 4, seed=1)
    other = inputs.clone()
    other[:, 7:] += 5
    moved = (network(inputs) - network(other)).abs().amax(dim=2)[0]
    assert moved[:7].max() == 0 and moved[7:].min() > 1e-3


def test_attention_sees_how_far_back_a_step_lies_and_not_where():
    q, k = drawn(1, 1, 1, 8).expand(1, 1, T, 8), drawn(1, 1, 1, 8, seed=1).expand(1, 1, T, 8)
    scores = (rotated(q) @ rotated(k).transpose(2, 3))[0, 0]
    for back in range(T):
        values = scores.diagonal(-back)
        torch.testing.assert_close(values, values[:1].expand_as(values), rtol=1e-10, atol=1e-12)
    assert scores[:, 0].std() > 0.01


def test_gradients_flow_into_the_memory():
    network = built(window=2, top=3)
    inputs = drawn(1, T, 4, seed=1).requires_grad_(True)
    network(inputs)[0, -1].sum().backward()
    assert inputs.grad is not None and (inputs.grad[0, : T - 4].abs().amax(dim=1) > 0).any()
