"""What is computed to explain an answer: of small pictures as much as ever, of large ones what can be waited for."""

import pytest
import torch
from torch import nn

from playground.data import ImageSpec
from playground.labs.vision import why
from playground.labs.vision.attention import attention_rollout
from playground.labs.vision.attribution import integrated_gradients, occlusion, squares
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.effort import Effort, effort
from playground.labs.vision.methods import METHODS, Case, fitting
from playground.labs.vision.relevance import relevance
from playground.labs.vision.saliency import saliency
from playground.labs.vision.vit import VisionTransformer
from playground.labs.vision.why import Target, curves_view, maps_view

pytestmark = pytest.mark.usefixtures("one_thread")


def transformer(size, patch, **options):
    torch.manual_seed(0)
    shape = {"channels": 3, "classes": 5, "width": 16, "depth": 2, "heads": 2}
    network = VisionTransformer(image_size=size, patch_size=patch, **shape | options)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.3)
    return network.eval().requires_grad_(False)


def test_of_small_pictures_is_computed_what_always_was():
    cnn = ConvolutionalNetwork(channels=1, classes=10, width=8)
    assert effort(cnn, 28) == Effort(gradients=32, side=4, stride=2, grid=7, points=24)
    assert effort(cnn, 64) == Effort(gradients=32, side=8, stride=8, grid=8, points=24)
    assert effort(transformer(28, 7), 28) == Effort(gradients=32, side=7, stride=3, grid=4, points=24)
    assert effort(transformer(64, 4), 64) == Effort(gradients=32, side=4, stride=4, grid=16, points=24)


@pytest.mark.parametrize(("size", "patch", "grid"), [(224, 16, 7), (224, 14, 8), (208, 16, 13), (128, 8, 8)])
def test_large_pictures_have_about_eight_cells_in_a_row_each_of_whole_patches(size, patch, grid):
    planned = effort(transformer(size, patch), size)
    assert planned.grid == grid and size // grid % patch == 0


@pytest.mark.parametrize("size", [128, 160, 224, 256])
def test_four_squares_in_a_row_cover_a_large_picture(size):
    planned = effort(ConvolutionalNetwork(channels=3, classes=2, width=8), size)
    masks = squares(size, size, side=planned.side, stride=planned.stride)
    assert len(masks) == 16 and int(masks.sum(dim=0).min()) == 1
    if size == 224:
        assert (masks.sum(dim=(1, 2)) == 80**2).all(), "none is cut off at an edge"


class Counted(VisionTransformer):
    """Counts the pictures that go through it."""

    seen = 0

    def tokens(self, images):
        Counted.seen += len(images)
        return super().tokens(images)


def test_a_large_picture_is_explained_in_few_passes(monkeypatch):
    monkeypatch.setattr(Counted, "seen", 0)
    torch.manual_seed(0)
    network = Counted(image_size=224, patch_size=16, channels=3, classes=5, width=16, depth=1, heads=2)
    network.eval().requires_grad_(False).head.weight.normal_()
    spec = ImageSpec(name="photographs", size=224, channels=3, classes=tuple("abcde"))
    inputs = {"picture": torch.randint(0, 256, (3, 224, 224), dtype=torch.uint8)}
    with torch.no_grad():
        maps = maps_view(network, spec, Target(), inputs)
    squares_and_whole, gradients, shared, gray = 16 + 1, 8, 1, 1
    assert Counted.seen == squares_and_whole + gradients + shared + gray
    assert maps.words["gradients"] == 8 and maps.words["side"] == 80
    Counted.seen = 0
    with torch.no_grad():
        tested = curves_view(network, spec, why.Tested(), inputs | {"answer": maps})
    assert Counted.seen == (20 + len(METHODS)) * 6 + 2, "the ends of all curves are two pictures"
    assert tested.tensors["curves"].shape == (5, 8) and tested.words["grid"] == 7


@pytest.mark.parametrize("size", [28, 224])
def test_what_methods_share_changes_none_of_them(size):
    network = transformer(size, size // 4)
    images = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1)).clamp(-1, 1)
    case = Case(network, images, lambda logits: logits.argmin(dim=1))
    labels, planned = case.labels, effort(network, size)
    assert labels.tolist() == network(images).argmin(dim=1).tolist()
    alone = {
        "gradient": saliency(network, images, labels),
        "integrated": integrated_gradients(network, images, labels, steps=planned.gradients),
        "occlusion": occlusion(network, images, labels, side=planned.side, stride=planned.stride),
        "rollout": attention_rollout(network, images),
        "relevance": relevance(network, images, labels),
    }
    for method in fitting(network):
        ours = method.of(case)
        assert ours.std() > 0
        torch.testing.assert_close(ours, alone[method.name], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(method.map(network, images, labels), ours)
