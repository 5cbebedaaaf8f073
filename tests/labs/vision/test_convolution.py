"""A convolution whose kernels are the rows of a matrix."""

import pytest
import torch
from torch import nn

from playground.labs.vision.convolution import MatrixConv2d

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("inputs", "outputs", "kernel_size", "stride"), [(3, 5, 3, 1), (1, 4, 5, 1), (4, 2, 1, 2), (2, 3, 3, 2)]
)
def test_a_kernel_kept_as_a_matrix_is_the_same_convolution(inputs, outputs, kernel_size, stride):
    ours = MatrixConv2d(inputs=inputs, outputs=outputs, kernel_size=kernel_size, stride=stride).double()
    reference = nn.Conv2d(inputs, outputs, kernel_size, stride, kernel_size // 2, bias=False).double()
    with torch.no_grad():  # a row of the matrix goes down the kernel's rows, then its columns, then the channels
        reference.weight.copy_(ours.weight.reshape(outputs, kernel_size, kernel_size, inputs).permute(0, 3, 1, 2))
    x = torch.randn(2, inputs, 9, 6, generator=rng(), dtype=torch.float64)
    torch.testing.assert_close(ours(x), reference(x))
    ours(x).square().sum().backward()
    reference(x).square().sum().backward()
    expected = reference.weight.grad.permute(0, 2, 3, 1).reshape(ours.weight.shape)
    torch.testing.assert_close(ours.weight.grad, expected)


def test_the_matrix_is_in_the_order_that_convolutions_are_fastest_in():
    conv = MatrixConv2d(inputs=8, outputs=16)
    assert conv.weight.shape == (16, 72)
    assert conv.kernels().is_contiguous(memory_format=torch.channels_last)
    assert conv.kernels().data_ptr() == conv.weight.data_ptr()


def test_kernels_start_with_the_variance_of_he():
    torch.manual_seed(0)
    weight = MatrixConv2d(inputs=64, outputs=256).weight
    assert float(weight.detach().var()) == pytest.approx(2 / (64 * 9), rel=0.02)


def test_an_even_kernel_has_no_center():
    with pytest.raises(ValueError, match="a kernel of 4 pixels has no center"):
        MatrixConv2d(inputs=1, outputs=1, kernel_size=4)


def test_kernels_come_back_from_rows():
    conv = MatrixConv2d(inputs=3, outputs=5)
    assert torch.equal(MatrixConv2d.rows(conv.kernels()), conv.weight)
