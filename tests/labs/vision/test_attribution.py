"""Integrated gradients and occlusion against captum's, and where the answer is known."""

import pytest
import torch
from captum.attr import IntegratedGradients, Occlusion
from torch import nn

from playground.labs.vision import attribution
from playground.labs.vision.attribution import at_once, integrated_gradients, occlusion, squares
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.vit import VisionTransformer

pytestmark = pytest.mark.usefixtures("one_thread")
CLASSES = 5
LABELS = torch.tensor([0, 3, 4])


def drawn(network):
    """A network in float64 with weights that are far from zero."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(std=0.3)
    return network.double().eval().requires_grad_(False)


NETWORKS = {
    "vit": lambda: VisionTransformer(
        image_size=8, patch_size=2, channels=3, classes=CLASSES, width=16, depth=2, heads=2, class_token=False
    ),
    "cnn": lambda: ConvolutionalNetwork(channels=3, classes=CLASSES, width=8),
}


@pytest.fixture(params=NETWORKS)
def network(request):
    return drawn(NETWORKS[request.param]())


@pytest.fixture
def images():
    return torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture(params=[attribution.PIXELS, 4 * 3 * 64])
def batches(request, monkeypatch):
    """All at once, and four copies of three images at a time."""
    monkeypatch.setattr(attribution, "PIXELS", request.param)


@pytest.mark.usefixtures("batches")
def test_integrated_gradients_are_those_of_captum(network, images):
    theirs = IntegratedGradients(network).attribute(images, target=LABELS, n_steps=10, method="riemann_middle")
    ours = integrated_gradients(network, images, LABELS, steps=10)
    assert ours.std() > 1e-3
    torch.testing.assert_close(ours, theirs.sum(dim=1), rtol=1e-8, atol=1e-8)


@pytest.mark.usefixtures("batches")
@pytest.mark.parametrize(("side", "stride"), [(2, 2), (4, 2), (3, 2), (3, 3), (5, 4), (8, 8)])
def test_occlusion_is_that_of_captum(network, images, side, stride):
    window = {"sliding_window_shapes": (3, side, side), "strides": (3, stride, stride)}
    theirs, ours = Occlusion(network), occlusion(network, images, LABELS, side=side, stride=stride)
    assert ours.std() > 1e-3 or side == 8
    means = theirs.attribute(images, target=LABELS, **window, perturbations_per_eval=8)[:, 0]
    torch.testing.assert_close(ours.float(), means, rtol=1e-5, atol=1e-5)  # it divides in float32
    theirs.use_weights = False
    sums = theirs.attribute(images, target=LABELS, **window, perturbations_per_eval=8)[:, 0]
    covers = squares(8, 8, side=side, stride=stride).sum(dim=0)
    torch.testing.assert_close(ours * covers, sums, rtol=1e-8, atol=1e-8)


def test_integrated_gradients_add_up_to_what_the_image_adds_to_the_score(network, images):
    score, gray = (network(some).gather(1, LABELS[:, None])[:, 0] for some in (images, torch.zeros_like(images)))

    def error(steps):
        total = integrated_gradients(network, images, LABELS, steps=steps).sum(dim=(1, 2))
        return float((total - (score - gray)).abs().max())

    assert error(1000) < 2e-3 and error(1000) < error(32) < 0.1 * float((score - gray).abs().max())


def test_of_large_images_eight_go_through_a_network_at_once():
    sizes = [(1, 28), (3, 28), (1, 64), (1, 224), (3, 224), (20, 224)]
    assert [at_once(torch.empty(n, 3, size, size)) for n, size in sizes] == [167, 55, 32, 8, 2, 1]


class Square(nn.Module):
    """Two logits: the sum of the squares of all pixels, and the brightest of them."""

    def forward(self, images):
        flat = images.flatten(1)
        return torch.stack([flat.square().sum(dim=1), flat.amax(dim=1)], dim=1)


def test_the_midpoint_rule_is_exact_where_the_gradient_is_linear(images):
    expected = images.square().sum(dim=1)
    labels = torch.zeros(3, dtype=torch.long)
    torch.testing.assert_close(integrated_gradients(Square(), images, labels, steps=1), expected)
    torch.testing.assert_close(integrated_gradients(Square(), images, labels), expected)


def test_only_squares_over_the_brightest_pixel_lower_it():
    image = torch.zeros(1, 1, 6, 6)
    image[0, 0, 1, 4] = 3
    fall = occlusion(Square(), image, torch.ones(1, dtype=torch.long), side=2, stride=2)
    expected = torch.zeros(6, 6)
    expected[:2, 4:] = 3
    torch.testing.assert_close(fall[0], expected)


def test_squares_cover_every_pixel_and_are_cut_off_at_the_edges():
    masks = squares(5, 7, side=3, stride=2)
    assert masks.shape == (2 * 3, 5, 7) and masks.sum(dim=0).min() >= 1
    assert squares(5, 5, side=3, stride=3).sum(dim=(1, 2)).tolist() == [9, 6, 6, 4]


def test_nothing_is_left_behind_where_gradients_are_off(network, images):
    before = images.clone()
    with torch.no_grad():
        ours = integrated_gradients(network, images, LABELS)
    assert not ours.requires_grad and not images.requires_grad and torch.equal(images, before)
