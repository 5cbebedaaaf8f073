"""The addressing of a Neural Turing Machine against loops over its equations, in float64, and closed forms."""

import pytest
import torch

from playground.labs.frontiers.memory.ntm import (
    NeuralTuringMachine,
    by_content,
    interpolated,
    read,
    sharpened,
    shifted,
    similarity,
    written,
)

pytestmark = pytest.mark.usefixtures("one_thread")

B, H, N, M = 3, 2, 7, 5


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def weights(*shape, seed=0):
    return drawn(*shape, seed=seed).softmax(dim=-1)


def test_content_weights_are_a_softmax_of_cosines():
    keys, memory, strength = drawn(B, H, M), drawn(B, N, M, seed=1), drawn(B, H, 1, seed=2).exp()
    found = by_content(keys, strength, memory)
    for b in range(B):
        for h in range(H):
            cosines = [keys[b, h] @ row / (keys[b, h].norm() * row.norm()) for row in memory[b]]
            powers = torch.stack([(strength[b, h, 0] * cosine).exp() for cosine in cosines])
            torch.testing.assert_close(found[b, h], powers / powers.sum(), rtol=1e-12, atol=1e-14)


def test_a_key_that_stands_in_the_memory_is_found_there_and_an_empty_one_anywhere():
    memory = torch.eye(M, dtype=torch.float64)[None]
    keys = torch.stack([3 * torch.eye(M, dtype=torch.float64)[2], torch.zeros(M, dtype=torch.float64)])[None]
    found = by_content(keys, torch.full((1, 2, 1), 50.0, dtype=torch.float64), memory)
    assert found[0, 0, 2] > 1 - 1e-12
    torch.testing.assert_close(found[0, 1], torch.full((M,), 1 / M, dtype=torch.float64))
    assert similarity(keys, memory)[0, 0].tolist() == [0, 0, 1, 0, 0]


def test_the_gate_chooses_between_content_and_the_step_before():
    before, content, gate = weights(B, H, N), weights(B, H, N, seed=1), drawn(B, H, 1, seed=2).sigmoid()
    found = interpolated(before, content, gate)
    for b in range(B):
        for h in range(H):
            expected = gate[b, h] * content[b, h] + (1 - gate[b, h]) * before[b, h]
            torch.testing.assert_close(found[b, h], expected, rtol=1e-12, atol=1e-14)


def test_a_shift_is_a_circular_convolution():
    given, shifts = weights(B, H, N), weights(B, H, 3, seed=1)
    found = shifted(given, shifts)
    for i in range(N):
        forward, stay, back = (given[..., place % N] for place in (i - 1, i, i + 1))
        expected = shifts[..., 0] * forward + shifts[..., 1] * stay + shifts[..., 2] * back
        torch.testing.assert_close(found[..., i], expected, rtol=1e-12, atol=1e-14)
    forward = torch.tensor([1.0, 0, 0], dtype=torch.float64).expand(B, H, 3)
    assert torch.equal(shifted(given, forward), given.roll(1, dims=2))


def test_sharpening_is_a_power_with_sum_one():
    given, gamma = weights(B, H, N), 1 + drawn(B, H, 1, seed=1).exp()
    powers = given**gamma
    torch.testing.assert_close(
        sharpened(given, gamma), powers / powers.sum(dim=2, keepdim=True), rtol=1e-12, atol=1e-14
    )
    assert sharpened(torch.eye(N)[None], torch.full((1, N, 1), 5.0)).equal(torch.eye(N)[None]), "zeros stay zeros"


def test_what_is_written_is_erased_then_added():
    memory, where, add = drawn(B, N, M), weights(B, N, seed=1), drawn(B, M, seed=2)
    erase = drawn(B, M, seed=3).sigmoid()
    found = written(memory, where, erase, add)
    for b in range(B):
        for i in range(N):
            expected = memory[b, i] * (1 - where[b, i] * erase[b]) + where[b, i] * add[b]
            torch.testing.assert_close(found[b, i], expected, rtol=1e-12, atol=1e-14)


def test_what_is_written_at_one_place_with_everything_erased_is_read_there():
    memory, add = drawn(1, N, M), drawn(1, M, seed=2)
    place = torch.eye(N, dtype=torch.float64)[3:4]
    after = written(memory, place, torch.ones(1, M, dtype=torch.float64), add)
    torch.testing.assert_close(read(after, place), add)
    torch.testing.assert_close(read(after, 1 - place), memory.sum(dim=1) - memory[:, 3])


def as_torch(network):
    """Its controller as torch's cell, whose gates are in another order: input, forget, candidate, output."""
    order = torch.arange(4 * network.width).view(4, -1)[[1, 2, 0, 3]].flatten()
    cell = torch.nn.LSTMCell(network.inputs.in_features + network.size, network.width, dtype=torch.float64)
    back = network.back.weight[order]
    cell.weight_ih.data = torch.cat([network.inputs.weight[order], back[:, : network.size]], dim=1)
    cell.weight_hh.data, cell.bias_ih.data = back[:, network.size :], network.inputs.bias[order]
    cell.bias_hh.data.zero_()
    return cell


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
def test_a_step_puts_the_equations_together(controller):
    torch.manual_seed(0)
    network = NeuralTuringMachine(channels=4, bits=3, locations=N, size=M, width=6, controller=controller).double()
    control = as_torch(network) if controller == "lstm" else None
    inputs = drawn(B, 9, 4, seed=4).sigmoid()
    logits, (write, reading) = network.looked_into(inputs)
    memory = torch.full((B, N, M), 1e-6, dtype=torch.float64)
    before = network.start.softmax(dim=1).expand(B, 2, N)
    r, h, c = (torch.zeros(B, size, dtype=torch.float64) for size in (M, 6, 6))
    for t in range(9):
        if control:
            h, c = control(torch.cat([inputs[:, t], r], dim=1), (h, c))
        else:
            h = torch.tanh(network.inputs(inputs[:, t]) + network.back(r))
        key, add, sigmoids, positive, shifts = network.heads(h).split(network.parts, dim=1)
        after = []
        for head in range(2):
            beta = torch.log1p(positive[:, head].exp())
            gamma = 1 + torch.log1p(positive[:, 2 + head].exp())
            gate = sigmoids[:, M + head].sigmoid()
            content = by_content(key[:, None, M * head : M * (head + 1)], beta[:, None, None], memory)[:, 0]
            mixed = gate[:, None] * content + (1 - gate[:, None]) * before[:, head]
            s = shifts[:, 3 * head : 3 * head + 3].softmax(dim=1)
            moved = s[:, :1] * mixed.roll(1, 1) + s[:, 1:2] * mixed + s[:, 2:] * mixed.roll(-1, 1)
            after.append(moved ** gamma[:, None] / (moved ** gamma[:, None]).sum(dim=1, keepdim=True))
        before = torch.stack(after, dim=1)
        torch.testing.assert_close(reading.values[:, t], after[0], rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(write.values[:, t], after[1], rtol=1e-9, atol=1e-12)
        r = torch.einsum("bn,bnm->bm", after[0], memory)
        expected = network.outputs(torch.cat([h, r], dim=1))
        torch.testing.assert_close(logits[:, t], expected, rtol=1e-9, atol=1e-12)
        w, e = after[1], sigmoids[:, :M].sigmoid()
        memory = memory * (1 - torch.einsum("bn,bm->bnm", w, e)) + torch.einsum("bn,bm->bnm", w, add)


def test_its_gradient_is_that_of_finite_differences():
    torch.manual_seed(0)
    network = NeuralTuringMachine(channels=3, bits=2, locations=5, size=3, width=4).double()
    inputs = drawn(2, 4, 3).sigmoid().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda x: network(x), (inputs,))
