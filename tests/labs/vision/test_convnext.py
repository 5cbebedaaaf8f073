"""Our ConvNeXt is timm's, weight for weight, in values and gradients."""

import re

import pytest
import torch

from playground.labs.vision.convnext import ConvNeXt
from tests.labs.vision.like_timm import agree, shaken

pytestmark = pytest.mark.usefixtures("one_thread")


def renaming(widths, depths):
    """timm's names in ours: where a stage halves the picture, its blocks come after two layers more."""

    def renamed(name):
        def block(match):
            stage, number = int(match[1]), int(match[2])
            return f"blocks.{stage}.{number + 2 * (stage > 0)}."

        name = re.sub(r"^stages\.(\d+)\.blocks\.(\d+)\.", block, name)
        name = re.sub(r"^stages\.(\d+)\.downsample\.", r"blocks.\1.", name)
        for pattern, part in (
            (r"\.conv_dw\.", ".conv."),
            (r"\.mlp\.fc1\.", ".mlp.0."),
            (r"\.mlp\.fc2\.", ".mlp.2."),
            (r"\.gamma$", ".scale"),
            (r"^head\.norm\.", "norm."),
            (r"^head\.fc\.", "head."),
        ):
            name = re.sub(pattern, part, name)
        return name

    return renamed


@pytest.mark.parametrize(
    ("channels", "classes", "widths", "depths", "stem", "kernel_size"),
    [(1, 10, (8, 12, 14, 16), (2, 1, 1, 1), 4, 7), (3, 0, (6, 8, 10, 12), (1, 2, 1, 2), 4, 5)],
)
def test_values_and_gradients_are_timms(timm, channels, classes, widths, depths, stem, kernel_size):
    reference = timm.models.convnext.ConvNeXt(
        in_chans=channels, num_classes=classes, depths=depths, dims=widths, patch_size=stem, kernel_sizes=kernel_size
    )
    ours = ConvNeXt(
        channels=channels, classes=classes, widths=widths, depths=depths, stem=stem, kernel_size=kernel_size
    )
    agree(ours, shaken(reference), renaming(widths, depths), torch.randn(2, channels, 64, 64))


def test_it_starts_near_its_shortcuts_and_without_an_opinion():
    network = ConvNeXt()
    assert torch.equal(network(torch.randn(2, 1, 28, 28)), torch.zeros(2, 10))
    x = torch.randn(2, 48, 7, 7)
    torch.testing.assert_close(network.blocks[0](x), x, atol=1e-4, rtol=0)
    assert network.maps(torch.randn(2, 1, 32, 32)).shape == (2, 96, 4, 4)
    with pytest.raises(ValueError, match="1 widths are given for 2 stages"):
        ConvNeXt(widths=(8,))
