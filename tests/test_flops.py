"""The counted arithmetic is that of the shapes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import torch
from torch.nn import functional as F

from playground.flops import flops
from playground.labs.vision.vit import VisionTransformer


def test_a_matrix_product():
    assert flops(lambda: torch.zeros(3, 5) @ torch.zeros(5, 7)) == 2 * 3 * 5 * 7


def test_a_convolution():
    assert flops(lambda: F.conv2d(torch.zeros(2, 3, 8, 8), torch.zeros(4, 3, 3, 3), padding=1)) == 2 * 2 * 64 * 4 * 27


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
@pytest.mark.parametrize("mask", [None, torch.zeros(1, 1, 1, 10)])
def test_attention(mask, mode):
    q = torch.zeros(2, 3, 10, 8)
    with mode():
        assert flops(lambda: F.scaled_dot_product_attention(q, q, q, attn_mask=mask)) == 2 * 2 * (2 * 3 * 10 * 10 * 8)


def test_a_vision_transformer():
    tokens, width, depth, hidden = 16 + 1, 32, 3, 64
    model = VisionTransformer(patch_size=7, width=width, depth=depth, heads=4, mlp_ratio=2, classes=10)
    block = tokens * (width * 3 * width + width * width + 2 * width * hidden) + 2 * tokens * tokens * width
    expected = 2 * (16 * 49 * width + depth * block + width * 10)
    assert flops(lambda: model(torch.zeros(1, 1, 28, 28))) == expected


def test_many_count_at_once():
    sizes = range(1, 40)
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda n: flops(lambda: torch.zeros(n, n) @ torch.zeros(n, n)), sizes))
    assert counts == [2 * n**3 for n in sizes]


def test_gradients_of_other_threads_are_left_alone():
    model, images = VisionTransformer(depth=1).requires_grad_(False), torch.zeros(1, 1, 28, 28)
    began, ended = Event(), Event()

    def counted():
        began.set()
        ended.wait(10)
        return model(images)

    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(flops, counted)
        began.wait(10)
        x = images.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(model(x).sum(), x)
        ended.set()
        assert gradient.shape == images.shape and counting.result() == flops(lambda: model(images))
