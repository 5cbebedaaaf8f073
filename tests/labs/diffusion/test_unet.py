"""The parts of the U-Net against diffusers' and torch's; the whole by what must not and what must change its answer."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from playground.labs.diffusion.denoise import Denoiser
from playground.labs.diffusion.parameterization import PARAMETERIZATIONS, SIGMA_DATA
from playground.labs.diffusion.path import PATHS
from playground.labs.diffusion.unet import Attention, ResBlock, UNet

EXACT = {"rtol": 1e-10, "atol": 1e-10}


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def wild(module):
    """Random weights everywhere: a layer that starts at zero would agree with anything."""
    torch.manual_seed(0)
    module = module.double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.2)
    return module


@pytest.mark.parametrize("outputs", [16, 24])
def test_the_residual_block_is_diffusers(outputs):
    from diffusers.models.resnet import ResnetBlock2D

    ours = wild(ResBlock(inputs=16, outputs=outputs, embedding=12))
    reference = ResnetBlock2D(
        in_channels=16,
        out_channels=outputs,
        temb_channels=12,
        groups=2,
        groups_out=outputs // 8,
        eps=1e-5,
        time_embedding_norm="scale_shift",
    ).double()
    names = {"modulate": "time_emb_proj", "skip": "conv_shortcut"}
    weights = {}
    for name, value in ours.state_dict().items():
        part, _, kind = name.partition(".")
        weights[f"{names.get(part, part)}.{kind}"] = value
    reference.load_state_dict(weights)
    x, embedding = normal(2, 16, 6, 6), normal(2, 12, seed=1)
    torch.testing.assert_close(ours(x, F.silu(embedding)), reference(x, embedding), **EXACT)


def test_the_attention_is_torchs():
    ours = wild(Attention(width=16, heads=4))
    reference = nn.MultiheadAttention(16, 4, batch_first=True).double()
    reference.load_state_dict(
        {
            "in_proj_weight": ours.qkv.weight.flatten(1),
            "in_proj_bias": ours.qkv.bias,
            "out_proj.weight": ours.out.weight.flatten(1),
            "out_proj.bias": ours.out.bias,
        }
    )
    x = normal(2, 16, 3, 5)
    tokens = ours.norm(x).flatten(2).transpose(1, 2)
    expected = x + reference(tokens, tokens, tokens)[0].transpose(1, 2).reshape(x.shape)
    torch.testing.assert_close(ours(x), expected, **EXACT)


@pytest.mark.parametrize("size", [8, 12, 28])
@pytest.mark.parametrize("attention", [True, False])
def test_each_picture_is_denoised_by_itself(size, attention):
    network = wild(UNet(channels=3, classes=4, width=16, depth=2, attention=attention))
    x, level, labels = normal(3, 3, size, size), normal(3, seed=1), torch.tensor([0, 3, 1])
    actual = network(x, level, labels)
    assert actual.shape == x.shape and actual.std() > 0.01
    for i in range(3):
        alone = network(x[i : i + 1], level[i : i + 1], labels[i : i + 1])
        torch.testing.assert_close(actual[i : i + 1], alone, **EXACT)


def test_level_and_class_count():
    network = wild(UNet(channels=1, classes=4, width=16))
    x, level = normal(1, 1, 8, 8), torch.tensor([0.3], dtype=torch.double)
    outputs = [network(x, level, torch.tensor([label])) for label in range(5)]
    for i in range(5):
        for j in range(i):
            assert (outputs[i] - outputs[j]).abs().max() > 1e-3
    assert torch.equal(network(x, level), outputs[4]), "no class is the last of its classes"
    assert torch.equal(network(x, level, torch.tensor([-1])), outputs[4])
    near = network(x, level + 0.02, torch.tensor([0]))
    assert 1e-4 < (near - outputs[0]).abs().max() < (network(x, level - 1, torch.tensor([0])) - outputs[0]).abs().max()


def test_without_classes_a_class_says_nothing():
    network = wild(UNet(channels=1, width=16))
    x, level = normal(2, 1, 8, 8), normal(2, seed=1)
    assert torch.equal(network(x, level), network(x, level, torch.tensor([0, 1])))
    assert not any("kind" in name for name, _ in network.named_parameters())


def test_every_place_sees_every_other():
    network = wild(UNet(channels=1, width=16))
    x = normal(1, 1, 28, 28).requires_grad_()
    network(x, torch.zeros(1, dtype=torch.double))[0, 0, 0, 0].backward()
    assert (x.grad != 0).all()


def test_it_has_about_half_a_million_weights():
    network = UNet(channels=1, classes=10, width=32)
    assert 450_000 < sum(parameter.numel() for parameter in network.parameters()) < 650_000


class Recorder(nn.Module):
    """Records its inputs and outputs a constant."""

    def forward(self, x, level, condition):
        self.inputs = x, level, condition
        return torch.full_like(x, 0.25)


def test_the_denoiser_asks_as_edm_does():
    from diffusers import EDMEulerScheduler

    reference = EDMEulerScheduler(sigma_data=SIGMA_DATA)
    network = Recorder()
    denoiser = Denoiser(network=network, path=PATHS["edm"], parameterization=PARAMETERIZATIONS["edm"])
    x, sigma, labels = normal(3, 1, 4, 4), torch.tensor([0.01, 0.7, 50.0], dtype=torch.double), torch.tensor([1, 0, 2])
    actual = denoiser(x, sigma, labels)
    for i in range(3):
        torch.testing.assert_close(network.inputs[0][i], reference.precondition_inputs(x[i], sigma[i]), **EXACT)
        torch.testing.assert_close(network.inputs[1][i], reference.precondition_noise(sigma[i]), **EXACT)
        expected = reference.precondition_outputs(x[i], torch.full_like(x[i], 0.25), sigma[i])
        torch.testing.assert_close(actual[i], expected, **EXACT)
    assert network.inputs[2] is labels
    together = denoiser(x, torch.tensor(0.7, dtype=torch.double))
    torch.testing.assert_close(together[1], actual[1], **EXACT)
    assert network.inputs[2] is None and network.inputs[1].shape == (3,)


def test_a_network_in_two_dimensions_will_do():
    denoiser = Denoiser(network=Recorder(), path=PATHS["straight"], parameterization=PARAMETERIZATIONS["velocity"])
    x, sigma = normal(5, 2), torch.full((5,), 3.0, dtype=torch.double)
    torch.testing.assert_close(denoiser(x, sigma), x / 4 - 0.75 * 0.25, **EXACT)
