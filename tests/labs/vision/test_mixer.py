"""Our MLP-Mixer is timm's, weight for weight, in values and gradients."""

import re

import pytest
import torch

from playground.labs.vision.mixer import MlpMixer
from tests.labs.vision.like_timm import agree, shaken

pytestmark = pytest.mark.usefixtures("one_thread")

RENAMED = (
    (r"^stem\.proj", "patches"),
    (r"mlp_tokens\.fc1", "tokens.0"),
    (r"mlp_tokens\.fc2", "tokens.2"),
    (r"mlp_channels\.fc1", "channels.0"),
    (r"mlp_channels\.fc2", "channels.2"),
)


def renamed(name):
    for pattern, part in RENAMED:
        name = re.sub(pattern, part, name)
    return name


@pytest.mark.parametrize(
    ("shape", "classes", "ratios"),
    [((1, 28, 4), 10, (0.5, 4.0)), ((3, 32, 8), 0, (1.0, 2.0)), ((3, 16, 16), 3, (0.5, 4.0))],
)
def test_values_and_gradients_are_timms(timm, shape, classes, ratios):
    channels, size, patch = shape
    reference = timm.models.mlp_mixer.MlpMixer(
        num_classes=classes,
        img_size=size,
        in_chans=channels,
        patch_size=patch,
        num_blocks=3,
        embed_dim=24,
        mlp_ratio=ratios,
    )
    ours = MlpMixer(
        image_size=size,
        patch_size=patch,
        channels=channels,
        classes=classes,
        width=24,
        depth=3,
        token_ratio=ratios[0],
        channel_ratio=ratios[1],
    )
    agree(ours, shaken(reference), renamed, torch.randn(3, channels, size, size))


def test_patches_must_tile_and_it_starts_without_an_opinion():
    assert torch.equal(MlpMixer()(torch.randn(2, 1, 28, 28)), torch.zeros(2, 10))
    with pytest.raises(ValueError, match="patches of 5 pixels do not tile a picture of 28"):
        MlpMixer(patch_size=5)


def test_without_token_mixing_patches_do_not_meet():
    torch.manual_seed(0)
    x = torch.randn(1, 49, 64, requires_grad=True)
    for mixing in (True, False):
        network = MlpMixer(token_mixing=mixing)
        (grad,) = torch.autograd.grad(network.blocks(x)[0, 3].sum(), x)
        meets = (grad[0].abs().sum(dim=1) > 0).nonzero()[:, 0].tolist()
        assert meets == (list(range(49)) if mixing else [3])
