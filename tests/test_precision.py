"""What stays in float32 while matrices are multiplied in fewer bits."""

import pytest
import torch
from torch.nn import functional as F

from playground.precision import full_precision, scaled_dot_product_attention, widened


def test_fewer_bits_are_widened_and_all_else_stays():
    exact = torch.zeros(2, dtype=torch.float64)
    assert widened(exact) is exact and widened("text") == "text" and widened(torch.arange(2)).dtype == torch.int64
    assert widened(exact.bfloat16()).dtype == widened(exact.half()).dtype == torch.float32


def test_a_function_of_full_precision_is_out_of_autocast():
    a = torch.full((4, 4), 1 + 2**-10)  # which bfloat16 rounds to 1

    def product(a, b):
        return a @ b

    with torch.autocast("cpu", torch.bfloat16):
        assert product(a, a).dtype == torch.bfloat16
        exact = full_precision(product)(a, b=a)
        assert torch.is_autocast_enabled("cpu")
    torch.testing.assert_close(exact, a @ a, rtol=0, atol=0)


@pytest.mark.parametrize("causal", [False, True])
def test_attention_on_a_processor_is_that_of_float32(causal):
    """Of the same queries, keys and values, with its gradient, to the bit; the gradient has the bits of the input."""
    rng = torch.Generator().manual_seed(0)
    coarse = [torch.randn(2, 3, 5, 4, generator=rng).bfloat16().requires_grad_() for _ in range(3)]
    fine = [one.detach().float().requires_grad_() for one in coarse]
    expected = F.scaled_dot_product_attention(*fine, is_causal=causal)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = scaled_dot_product_attention(*coarse, is_causal=causal)
    torch.testing.assert_close(mixed, expected, rtol=0, atol=0)
    expected.square().sum().backward()
    mixed.square().sum().backward()
    for one, other in zip(coarse, fine, strict=True):
        assert one.grad is not None and other.grad is not None
        torch.testing.assert_close(one.grad, other.grad.bfloat16(), rtol=0, atol=0)
