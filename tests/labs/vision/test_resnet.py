"""Our ResNet is timm's, weight for weight, in values and gradients, and says what it cannot express."""

import pytest
import torch
from torch import nn

from playground.data import ImageSpec
from playground.labs import recipe
from playground.labs.vision.convert import NotExpressible
from playground.labs.vision.convert_resnet import renamed, resnet_from_timm
from playground.labs.vision.convolution import MatrixConv2d
from playground.labs.vision.resnet import Basic, Bottleneck, ResNet
from playground.optim import hidden

pytestmark = pytest.mark.usefixtures("one_thread")

DESIGNS = {
    "basic": {"layers": [2, 1, 1, 1], "channels": (64, 12, 16, 24), "in_chans": 3, "num_classes": 7},
    "bottleneck": {"layers": [1, 2, 1, 1], "channels": (64, 6, 8, 10), "in_chans": 1, "num_classes": 3},
    "no head": {"layers": [1, 1, 1, 1], "channels": (64, 6, 8, 10), "in_chans": 3, "num_classes": 0},
    "small": {"layers": [2, 2, 2, 1], "channels": (64, 16, 32, 32), "in_chans": 1, "num_classes": 10},
}


def timm_model(timm, design):
    """timm's network in float64, all its weights and statistics away from where they start."""
    resnet = timm.models.resnet
    kind = resnet.Bottleneck if design == "bottleneck" else resnet.BasicBlock
    model = resnet.ResNet(kind, **DESIGNS[design])
    if design == "small":  # as for CIFAR-10
        model.conv1 = nn.Conv2d(1, model.conv1.out_channels, 3, padding=1, bias=False)
        model.maxpool = nn.Identity()
    rng = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for value in [*model.parameters(), *model.buffers()]:
            if value.is_floating_point():
                noise = torch.rand(value.shape, generator=rng)
                value.copy_(0.5 + noise if value.ndim < 2 else (noise - 0.5) * (12 / value[0].numel()) ** 0.5)
    return model.double().eval()


@pytest.mark.parametrize("design", DESIGNS)
def test_values_and_gradients_are_timms(timm, design):
    reference = timm_model(timm, design)
    ours = resnet_from_timm(reference)
    x = torch.randn(3, DESIGNS[design]["in_chans"], 48, 48, generator=torch.Generator().manual_seed(2)).double()
    ours_x, their_x = x.clone().requires_grad_(), x.clone().requires_grad_()
    mine, theirs = ours(ours_x), reference(their_x)
    assert theirs.std() > 0.01
    torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-8)
    direction = torch.randn(theirs.shape, generator=torch.Generator().manual_seed(3)).double()
    (mine * direction).sum().backward()
    (theirs * direction).sum().backward()
    torch.testing.assert_close(ours_x.grad, their_x.grad, rtol=0, atol=1e-8)
    own = dict(ours.named_parameters())
    for name, value in reference.named_parameters():
        kept = own[renamed(name)].grad
        expected = MatrixConv2d.rows(value.grad) if kept.ndim == 2 and value.ndim == 4 else value.grad
        torch.testing.assert_close(kept, expected, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize(("name", "parameters"), [("resnet18", 11_689_512), ("resnet50", 25_557_032)])
def test_the_large_ones_have_as_many_parameters_as_they_are_known_for(timm, name, parameters):
    with torch.device("meta"):
        model = timm.create_model(name)
    ours = resnet_from_timm(model)
    assert sum(parameter.numel() for parameter in ours.parameters()) == parameters
    assert type(ours.blocks[0][0]) is (Bottleneck if name == "resnet50" else Basic)


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("BasicBlock", {"channels": (32, 8, 8, 8)}, "a stem of another width"),
        ("BasicBlock", {"stem_type": "deep", "stem_width": 32}, "a stem of several layers"),
        ("BasicBlock", {"avg_down": True}, "shortcuts that pool"),
        ("Bottleneck", {"cardinality": 2, "base_width": 4}, "grouped or dilated convolutions"),
        ("BasicBlock", {"block_args": {"attn_layer": "se"}}, "attention over channels"),
        ("BasicBlock", {"act_layer": nn.LeakyReLU}, "an activation other than ReLU"),
        ("Bottleneck", {"output_stride": 16}, "grouped or dilated convolutions"),
    ],
)
def test_what_cannot_be_expressed_is_told(timm, kind, options, words):
    resnet = timm.models.resnet
    with pytest.raises(NotExpressible, match=words):
        resnet_from_timm(resnet.ResNet(getattr(resnet, kind), [1, 1, 1, 2], **options))


def test_it_begins_as_its_shortcuts_and_without_an_opinion():
    torch.manual_seed(0)
    network = ResNet(depths=(2, 1), widths=(8, 16)).eval()
    x = torch.randn(2, 1, 12, 12)
    assert torch.equal(network(x), torch.zeros(2, 10))
    first = network.blocks[0]
    stem = network.norm(network.stem(x)).relu()
    torch.testing.assert_close(first(stem), stem)
    assert network.maps(x).shape == (2, 16, 6, 6) and network.num_features == 16


def test_resnet_20_is_that_of_the_paper():
    """Table 6: 20 layers have 0.27 million parameters; ours has projections where the paper pads with zeros."""
    network = ResNet(channels=3, widths=(16, 32, 64), depths=(3, 3, 3))
    layers = [one for name, one in network.named_modules() if isinstance(one, MatrixConv2d) and "shortcut" not in name]
    assert len(layers) + 2 == 20
    assert sum(parameter.numel() for parameter in network.parameters()) == pytest.approx(270_000, rel=0.02)
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    assert all(names[id(parameter)].startswith("blocks.") for parameter in hidden(network))
    assert len(hidden(network)) == 18 + 2


def test_the_recipe_builds_it():
    network = recipe("resnet-fashion").network(ImageSpec(name="x", channels=1, size=28, classes=("a", "b")))
    assert isinstance(network, ResNet) and network.num_features == 64
    with pytest.raises(ValueError, match="2 widths are given for 3 stages"):
        ResNet(widths=(8, 16))


@pytest.mark.parametrize("kind", [Basic, Bottleneck])
def test_without_residual_connections_nothing_bypasses_the_convolutions(kind):
    x = torch.randn(2, 4 * kind.expansion, 6, 6)
    sizes = {"inputs": x.shape[1], "width": 4, "stride": 1}
    with_it, plain = kind(**sizes).eval(), kind(**sizes, residual=False).eval()
    assert torch.equal(with_it(x), x.relu()), "it begins as its shortcut"
    last = plain.norm2 if kind is Basic else plain.norm3
    assert last.weight.all(), "it would else be zero for ever"
    nn.init.zeros_(last.weight)
    assert torch.equal(plain(x), torch.zeros_like(x))


def test_a_plain_network_has_the_weights_of_its_convolutions_alone():
    chosen = recipe("resnet-fashion")
    spec = ImageSpec(name="x", classes=("a", "b"), channels=1, size=28)
    names = [{name for name, _ in chosen.changed(residual=on).network(spec).named_parameters()} for on in (True, False)]
    assert names[1] == {name for name in names[0] if "shortcut" not in name}
