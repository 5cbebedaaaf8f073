"""Saliency against networks whose derivative is known."""

import torch
from captum.attr import Saliency
from torch import nn

from playground.labs.vision.saliency import saliency


class Sums(nn.Module):
    """Logits that are weighted sums of the pixels: (B, C, H, W) to (B, classes)."""

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, images):
        return torch.einsum("bchw,kchw->bk", images, self.weights)


def test_the_saliency_of_a_linear_network_is_the_size_of_its_weights():
    torch.manual_seed(0)
    network = Sums(torch.randn(5, 3, 4, 6, dtype=torch.float64))
    images = torch.randn(7, 3, 4, 6, dtype=torch.float64)
    winners = network(images).argmax(dim=1)
    assert len(set(winners.tolist())) > 1
    expected = network.weights.detach()[winners].abs().amax(dim=1)
    torch.testing.assert_close(saliency(network, images), expected)


def test_the_saliency_of_a_chosen_class_is_that_of_captum():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(48, 16), nn.Tanh(), nn.Linear(16, 5)).double()
    images, labels = torch.randn(4, 3, 4, 4, dtype=torch.float64), torch.tensor([0, 4, 2, 2])
    expected = Saliency(network).attribute(images.clone().requires_grad_(), target=labels, abs=True)
    torch.testing.assert_close(saliency(network, images, labels), expected.amax(dim=1), rtol=1e-8, atol=1e-12)
    assert not torch.allclose(saliency(network, images), saliency(network, images, labels))


def test_saliency_works_where_gradients_are_off_and_leaves_none_behind():
    network = Sums(torch.ones(2, 1, 3, 3))
    images = torch.zeros(1, 1, 3, 3)
    with torch.no_grad():
        actual = saliency(network, images)
    assert not actual.requires_grad and torch.equal(actual, torch.ones(1, 3, 3))
    assert network.weights.grad is None and images.grad is None and not images.requires_grad
    network.requires_grad_(False)
    assert torch.equal(saliency(network, images), actual)
