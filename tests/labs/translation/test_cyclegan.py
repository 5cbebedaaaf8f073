"""The networks: sizes, what instance normalization is, and how far a discriminator sees."""

import pytest
import torch
from torch import nn

from playground.labs.translation.cyclegan import CycleGAN, Discriminator, Generator, instance_norm


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_groups_of_one_map_are_instance_normalization():
    x = randn(3, 5, 8, 8) * 3 + 1
    torch.testing.assert_close(instance_norm(5).double()(x), nn.InstanceNorm2d(5).double()(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("channels", "side"), [(3, 64), (1, 32), (3, 24)])
def test_a_generator_keeps_the_shape_and_stays_in_range(channels, side):
    generator = Generator(channels=channels, width=8, blocks=2).double()
    actual = generator(5 * randn(2, channels, side, side))
    assert actual.shape == (2, channels, side, side)
    assert actual.abs().max() < 1 and actual.std() > 0.01


def test_every_pixel_of_a_translation_has_its_place():
    """What is rearranged into 2 x 2 blocks is put back where it was: an image's pixel acts on its surroundings."""
    generator = Generator(channels=3, width=4, blocks=0).double()
    x = randn(1, 3, 32, 32).requires_grad_()
    for row, column in ((3, 20), (16, 17)):
        # instance normalization lets every pixel act on all a little, so only the strongest ones count
        (gradient,) = torch.autograd.grad(generator(x)[0, :, row, column].sum(), x)
        strength = gradient.abs().sum(dim=(0, 1))
        at = divmod(int(strength.argmax()), 32)
        assert abs(at[0] - row) <= 8 and abs(at[1] - column) <= 8


def test_a_discriminator_scores_patches_of_34_pixels():
    """Without the normalization, whose statistics are of the whole image."""
    discriminator = Discriminator(channels=3, width=4).double()
    for name, module in discriminator.layers.named_children():
        if isinstance(module, nn.GroupNorm):
            setattr(discriminator.layers, name, nn.Identity())
    x = randn(1, 3, 64, 64).requires_grad_()
    scores = discriminator(x)
    assert scores.shape == (1, 1, 14, 14)
    (gradient,) = torch.autograd.grad(scores[0, 0, 7, 7], x)
    rows, columns = gradient[0].abs().sum(dim=0).nonzero().T
    assert int(rows.max() - rows.min()) + 1 == 34 == int(columns.max() - columns.min()) + 1


def test_the_four_networks_are_small_and_known_by_direction():
    network = CycleGAN(channels=3, width=32, blocks=3, discriminator_width=24)
    assert 250_000 < count(network.g) == count(network.f) < 350_000
    assert 90_000 < count(network.d_a) == count(network.d_b) < 150_000
    assert network.generators("ab") == (network.g, network.f) and network.generators("ba") == (network.f, network.g)
    weights = torch.cat([p.detach().flatten() for name, p in network.named_parameters() if name.endswith("weight")])
    assert float(weights.std()) == pytest.approx(0.02, rel=0.02) and abs(float(weights.mean())) < 1e-3


def test_the_pixels_of_a_block_start_alike():
    torch.manual_seed(0)
    network = CycleGAN(channels=3, width=8, blocks=1, discriminator_width=4).double()
    for generator in (network.g, network.f):
        drawn = generator(randn(2, 3, 16, 16)).unfold(2, 2, 2).unfold(3, 2, 2)  # (B, C, H / 2, W / 2, 2, 2)
        torch.testing.assert_close(drawn, drawn[..., :1, :1].expand_as(drawn))
        assert drawn.std() > 0.01
