"""The hybrid: tokens from convolutions, and above them the Vision Transformer as it is, attention maps included."""

import pytest
import torch

from playground.data import ImageSpec
from playground.labs import recipe, views
from playground.labs.vision.attention import attention
from playground.labs.vision.hybrid import Hybrid, Stem
from playground.labs.vision.vit import VisionTransformer
from playground.optim import hidden
from playground.recipe import InvalidRecipe

pytestmark = pytest.mark.usefixtures("one_thread")


def test_above_its_tokens_it_is_a_vision_transformer():
    torch.manual_seed(0)
    ours = Hybrid(depth=2, width=32, heads=2, stem_width=8).double().eval()
    shape = {"depth": 2, "width": 32, "heads": 2, "mlp_ratio": 2.0}
    plain = VisionTransformer(patch_size=4, class_token=False, **shape).double().eval()
    with torch.no_grad():
        for name, parameter in ours.named_parameters():
            parameter.normal_(std=0.3)
            if not name.startswith("patches."):
                plain.get_parameter(name).copy_(parameter)
    plain.patches = ours.patches
    images = torch.randn(2, 1, 28, 28).double()
    torch.testing.assert_close(ours(images), plain(images), rtol=0, atol=1e-12)
    assert ours.embed(images).shape == (2, 49, 32)


def test_a_token_sees_beyond_its_own_pixels_and_no_further_than_the_stem():
    """A place of the last map lies on 4 pixels; with a convolution in each residual it sees 24 across."""
    torch.manual_seed(0)
    stem = Stem(channels=1, stem_width=8, stem_depth=1, width=16).double().eval()
    image = torch.randn(1, 1, 48, 48).double()
    changed = image.repeat(48, 1, 1, 1)
    changed[torch.arange(48), 0, torch.arange(48)] += 10 * torch.randn(48, 48).double()  # a row in each
    apart = (stem(changed) - stem(image))[:, :, 6, 6].abs().sum(dim=1)  # (48,)
    assert apart.nonzero()[:, 0].tolist() == list(range(14, 38)), "24 to 27 are its own"


def test_its_attention_can_be_looked_at():
    network = Hybrid(depth=2, heads=2, width=32).eval()
    _, maps = attention(network, torch.randn(1, 1, 28, 28))
    assert maps.shape == (1, 2, 2, 49, 49) and maps.sum(dim=-1).allclose(torch.ones(()))
    spec = ImageSpec(name="fashion", channels=1, size=28, classes=("a", "b"))
    assert views()["vision"]["attention"].fits(Hybrid, spec, recipe("hybrid-fashion"))


def test_muon_has_the_matrices_of_both_halves_and_it_starts_without_an_opinion():
    network = Hybrid(depth=2, stem_depth=1)
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    matrices = [names[id(parameter)] for parameter in hidden(network)]
    assert sum(name.startswith("blocks.") for name in matrices) == 2 * 4
    assert [name for name in matrices if name.startswith("patches.")] == [
        "patches.convolutions.blocks.0.conv.weight",
        "patches.convolutions.blocks.1.layers.0.weight",
        "patches.convolutions.blocks.2.conv.weight",
        "patches.convolutions.blocks.3.layers.0.weight",
    ]
    assert torch.equal(network.eval()(torch.randn(2, 1, 28, 28)), torch.zeros(2, 10))


def test_the_recipe_says_what_does_not_fit():
    with pytest.raises(InvalidRecipe, match="3 heads do not divide a width of 64"):
        recipe("hybrid-fashion").changed(heads=3)
    with pytest.raises(ValueError, match="multiple of 4 pixels, not 30"):
        recipe("hybrid-fashion").check(ImageSpec(name="x", channels=1, size=30, classes=("a",)))
