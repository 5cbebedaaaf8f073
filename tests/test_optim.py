"""Muon: its update has singular values of about 1, is torch's own, and comes out of the arithmetic asked for."""

import math

import pytest
import torch

from playground import optim
from playground.optim import Muon, fast_arithmetic, newton_schulz, orthogonalized

pytestmark = pytest.mark.usefixtures("one_thread")

SHAPES = [(24, 8), (8, 8), (8, 24), (8, 8), (12, 5)]
CPU = torch.device("cpu")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def matrices(seed=0, shapes=SHAPES, dtype=torch.float32):
    source = rng(seed)
    return [torch.randn(shape, generator=source, dtype=torch.float64).to(dtype) for shape in shapes]


def stepped(optimizer, parameters, steps):
    """What the parameters are after some steps whose gradients are always the same ones."""
    for step in steps:
        for parameter, gradient in zip(parameters, matrices(100 + step), strict=True):
            parameter.grad = gradient
        optimizer.step()
    return [parameter.detach().clone() for parameter in parameters]


def polar(matrix):
    """The update in closed form, float64: the singular values go through p(s) = a s + b s^3 + c s^5, five times."""
    u, s, vh = torch.linalg.svd(matrix.double(), full_matrices=False)
    s = s / s.square().sum().sqrt()
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return u @ torch.diag(s) @ vh


def reference(shapes_steps, *, lr, weight_decay, momentum, nesterov):
    """Muon written out for one matrix at a time in float64."""
    weights = [matrix.double() for matrix in matrices()]
    means = [torch.zeros_like(weight) for weight in weights]
    for step in shapes_steps:
        for weight, mean, gradient in zip(weights, means, matrices(100 + step), strict=True):
            mean.copy_(momentum * mean + (1 - momentum) * gradient.double())
            ahead = momentum * mean + (1 - momentum) * gradient.double() if nesterov else mean
            rows, columns = weight.shape
            weight.mul_(1 - lr * weight_decay).sub_(lr * math.sqrt(max(1, rows / columns)) * polar(ahead))
    return weights


@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize(("lr", "weight_decay", "momentum"), [(0.02, 0.0, 0.95), (0.1, 0.5, 0.5), (0.1, 0.1, 0.0)])
def test_it_is_the_paper_s_update_in_closed_form(lr, weight_decay, momentum, nesterov):
    knobs = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov}
    parameters = [torch.nn.Parameter(matrix) for matrix in matrices()]
    updated = stepped(Muon(parameters, arithmetic="float32", **knobs), parameters, range(4))
    for ours, theirs in zip(updated, reference(range(4), **knobs), strict=True):
        torch.testing.assert_close(ours.double(), theirs, rtol=0, atol=2e-5 * lr * 4 + 1e-6)


@pytest.mark.parametrize("arithmetic", ["float32", "bfloat16"])
@pytest.mark.parametrize("nesterov", [True, False])
def test_it_is_torch_s_own_to_the_precision_of_bfloat16(arithmetic, nesterov):
    knobs = {"lr": 0.02, "weight_decay": 0.1, "momentum": 0.95, "nesterov": nesterov}
    parameters = [torch.nn.Parameter(matrix) for matrix in matrices()]
    ours = stepped(Muon(parameters, arithmetic=arithmetic, **knobs), parameters, [0])
    parameters = [torch.nn.Parameter(matrix) for matrix in matrices()]
    theirs = stepped(torch.optim.Muon(parameters, **knobs), parameters, [0])
    for a, b, start in zip(ours, theirs, matrices(), strict=True):
        moved = (b - start).norm()
        assert (a - b).norm() < 0.05 * moved, "the updates differ by more than rounding to 8 bits explains"


def test_the_singular_values_of_an_update_are_about_one():
    for matrix, updated in zip(matrices(), orthogonalized(matrices(), "float32"), strict=True):
        assert updated.shape == matrix.shape
        given = torch.linalg.svdvals(matrix)
        values = torch.linalg.svdvals(updated)[given > 0.02 * given.norm()]
        assert values.min() > 0.67 and values.max() < 1.22


@pytest.mark.parametrize("arithmetic", ["float32", "bfloat16"])
def test_a_matrix_does_not_feel_what_it_is_stacked_with(arithmetic):
    alone = [orthogonalized([matrix], arithmetic)[0] for matrix in matrices()]
    for updated, expected in zip(orthogonalized(matrices(), arithmetic), alone, strict=True):
        torch.testing.assert_close(updated, expected, rtol=0, atol=1e-5 if arithmetic == "float32" else 0.05)


def test_a_gradient_of_zeros_moves_nothing_and_one_of_any_size_the_same():
    zero, tiny, huge = orthogonalized([torch.zeros(4, 6), *(matrices()[2] * size for size in (1e-4, 1e4))], "float32")
    assert torch.equal(zero, torch.zeros(4, 6))
    torch.testing.assert_close(tiny, huge, rtol=0, atol=1e-4)


def test_the_arithmetic_is_the_iteration_s_alone():
    parameters = [torch.nn.Parameter(matrix) for matrix in matrices()]
    optimizer = Muon(parameters, arithmetic="bfloat16")
    stepped(optimizer, parameters, [0])
    assert newton_schulz(torch.ones(1, 2, 3), torch.bfloat16).dtype == torch.bfloat16
    assert {parameter.dtype for parameter in parameters} == {torch.float32}
    assert {state["momentum_buffer"].dtype for state in optimizer.state.values()} == {torch.float32}


def test_a_state_goes_on_exactly_and_in_its_own_arithmetic():
    parameters = [torch.nn.Parameter(matrix) for matrix in matrices()]
    optimizer = Muon(parameters, arithmetic="bfloat16")
    halfway = stepped(optimizer, parameters, range(3))
    state = optimizer.state_dict()
    assert [set(slots) for slots in state["state"].values()] == [{"momentum_buffer"}] * len(SHAPES)
    assert state["param_groups"][0]["arithmetic"] == "bfloat16"
    state = {"state": {k: {n: t.clone() for n, t in v.items()} for k, v in state["state"].items()}} | {
        "param_groups": state["param_groups"]
    }
    expected = stepped(optimizer, parameters, range(3, 6))
    again = [torch.nn.Parameter(matrix) for matrix in halfway]
    resumed = Muon(again, arithmetic="float32")
    resumed.load_state_dict(state)
    assert all(torch.equal(a, b) for a, b in zip(stepped(resumed, again, range(3, 6)), expected, strict=True))


def test_what_has_no_gradient_stays_and_keeps_no_state():
    still, moving = (torch.nn.Parameter(matrix) for matrix in matrices(shapes=[(4, 4), (4, 4)]))
    before = still.detach().clone()
    moving.grad = torch.ones(4, 4)
    optimizer = Muon([still, moving], arithmetic="float32")
    optimizer.step()
    assert torch.equal(still, before) and list(optimizer.state) == [moving]


def test_a_closure_gives_the_loss_and_the_gradients():
    weight = torch.nn.Parameter(torch.eye(3))

    def closure():
        loss = weight.square().sum()
        loss.backward()
        return float(loss.detach())

    assert Muon([weight], lr=0.1, arithmetic="float32").step(closure) == 3.0
    assert weight.diagonal().max() < 1


@pytest.fixture
def clock(monkeypatch):
    """Sets how long a step takes in each format, in turns, and counts the measurements; nothing is remembered."""
    fast_arithmetic.cache_clear()
    seconds = {torch.float32: [1.0], torch.bfloat16: [1.0]}
    calls = []

    def measured(stack, dtype):
        calls.append(dtype)
        return seconds[dtype][(len(calls) - 1) // 2 % len(seconds[dtype])]

    monkeypatch.setattr(optim, "_seconds", measured)
    yield seconds, calls
    fast_arithmetic.cache_clear()


@pytest.mark.parametrize(
    ("float32", "bfloat16", "chosen"),
    [
        ([1.0], [0.3], "bfloat16"),
        ([1.0], [0.5], "float32"),
        ([1.0], [12.0], "float32"),
        # one quiet turn of each is enough, and the first, which compiles, does not count
        ([9.0, 9.0, 9.0, 1.0, 9.0, 9.0], [9.0, 0.7, 9.0, 9.0, 9.0, 9.0], "float32"),
        ([0.1, 1.0, 1.0, 1.0, 1.0, 1.0], [0.1, 9.0, 9.0, 9.0, 9.0, 0.3], "bfloat16"),
    ],
)
def test_bfloat16_must_be_clearly_faster(clock, float32, bfloat16, chosen):
    seconds, _ = clock
    seconds |= {torch.float32: float32, torch.bfloat16: bfloat16}
    assert fast_arithmetic(CPU) == chosen
    assert Muon([torch.nn.Parameter(torch.eye(2))]).param_groups[0]["arithmetic"] == chosen


def test_a_device_is_measured_once_and_not_at_all_where_the_arithmetic_is_given(clock):
    _, calls = clock
    Muon([torch.nn.Parameter(torch.eye(2))], arithmetic="bfloat16")
    assert not calls
    for _ in range(3):
        Muon([torch.nn.Parameter(torch.eye(2))])
    assert len(calls) == 12


def test_this_device_can_be_measured():
    fast_arithmetic.cache_clear()
    assert optim._seconds(torch.eye(8).expand(2, -1, -1), torch.bfloat16) > 0
    assert fast_arithmetic(CPU) in optim.DTYPES


@pytest.mark.parametrize("knobs", [{"lr": -1.0}, {"weight_decay": -0.1}, {"momentum": 1.0}, {"momentum": -0.1}])
def test_numbers_out_of_range_are_refused(knobs):
    with pytest.raises(ValueError, match="momentum is in"):
        Muon([torch.nn.Parameter(torch.eye(2))], **knobs)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_kernel_is_a_matrix_with_a_row_for_each_output(layout):
    values, gradient = (torch.randn(6, 4, 3, 3, generator=rng(seed)) for seed in (0, 1))
    kernel = torch.nn.Parameter(values.clone(memory_format=layout))
    matrix = torch.nn.Parameter(values.flatten(1).clone())
    kernel.grad, matrix.grad = gradient.contiguous(memory_format=layout), gradient.flatten(1)
    optimizer = Muon([kernel, matrix], lr=0.1, arithmetic="float32")
    optimizer.step()
    assert kernel.is_contiguous(memory_format=layout)
    torch.testing.assert_close(kernel.flatten(1), matrix, rtol=0, atol=1e-6)
    assert (matrix - values.flatten(1)).norm() > 0.1


def test_vectors_are_not_taken():
    with pytest.raises(ValueError, match=r"not a parameter of shape \(3,\)"):
        Muon([torch.nn.Parameter(torch.ones(3))])


def test_a_number_alone_does_not_decay():
    """A learned temperature has no reason to be near 1."""
    network = torch.nn.Module()
    network.scale, network.gain = torch.nn.Parameter(torch.tensor(2.0)), torch.nn.Parameter(torch.ones(3))
    (optimizer,) = optim.muon_and_adamw(network, [], lr=0.1, weight_decay=0.5)
    network.scale.grad, network.gain.grad = torch.zeros(()), torch.zeros(3)
    optimizer.step()
    assert float(network.scale.detach()) == 2 and torch.equal(network.gain.detach(), torch.full((3,), 0.95))


def test_hidden_matrices_are_those_of_blocks_wherever_they_are():
    """In each submodule of that name, inside another one too; each is told once, and nothing else of the network."""

    def of(**parts):
        return torch.nn.ModuleDict(parts)

    inner = of(blocks=torch.nn.Linear(2, 3), norm=torch.nn.LayerNorm(2))
    network = of(
        stem=of(blocks=torch.nn.Linear(4, 5), first=torch.nn.Linear(1, 4)), blocks=inner, head=torch.nn.Linear(3, 1)
    )
    assert [tuple(one.shape) for one in optim.hidden(network)] == [(5, 4), (3, 2)]
    assert optim.hidden(of(head=torch.nn.Linear(2, 2))) == []
