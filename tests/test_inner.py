"""Which units one layer alone reads: of chains by hand."""

from torch import nn

from playground.inner import Inner, chained, inner
from playground.labs.vision.alexnet import LocalResponseNorm
from playground.labs.vision.resnet9 import Residual
from playground.labs.vision.vgg import Vgg


class Chain(nn.Module):
    """Layers in a row."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def inner(self):
        return chained(self, "layers")


def test_units_between_two_layers_are_inner_with_their_norm():
    chain = Chain(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 2))
    assert chain.inner() == [Inner("layers.0", "layers.5", ("layers.1",))]
    assert inner(nn.Sequential(nn.ReLU(), chain)) == [Inner("1.layers.0", "1.layers.5", ("1.layers.1",))]


def test_a_convolution_of_every_channel_alone_lies_between():
    chain = Chain(nn.Conv2d(2, 6, 1), nn.SiLU(), nn.Conv2d(6, 6, 3, groups=6), nn.Conv2d(6, 2, 1))
    assert chain.inner() == [Inner("layers.0", "layers.3", ("layers.2",))]


def test_what_mixes_units_or_reads_them_in_groups_ends_a_chain():
    assert Chain(nn.Conv2d(1, 4, 3), LocalResponseNorm(), nn.Conv2d(4, 2, 3)).inner() == []
    assert Chain(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 2, 3)).inner() == []
    assert Chain(nn.Linear(4, 4), nn.LayerNorm(4), nn.Linear(4, 2)).inner() == []


def test_what_a_shortcut_passes_is_not_inner():
    assert Residual(width=4, depth=1).inner() == []
    assert Residual(width=4, depth=2).inner() == [Inner("layers.0", "layers.3", ("layers.1",))]


def test_without_shortcuts_all_channels_are_inner():
    assert len(inner(Vgg(widths=(4, 8), depths=(2, 1)))) == 3
    assert [one.reads for one in inner(Vgg(widths=(4, 8), depths=(2, 1)))] == ["blocks.0", "blocks.4", "head"]
