"""Codes of places: waves as lightly has them, turns as timm has them, and what a turn leaves as it was."""

import torch

from playground.compat import torchvision_operators
from playground.labs.waves import angles, sinusoids, turned


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def test_the_waves_are_lightlys():
    torchvision_operators()
    from lightly.models import utils

    theirs = torch.nn.Parameter(torch.zeros(1, 50, 24))
    utils.initialize_2d_sine_cosine_positional_embedding(theirs, has_class_token=True)
    torch.testing.assert_close(sinusoids(24, 7), theirs.detach()[:, 1:], rtol=0, atol=1e-6)


def test_the_turns_are_timms(timm):
    from timm.layers.pos_embed_sincos import apply_rot_embed_cat, build_rotary_pos_embed

    x = normal(2, 3, 5 * 4, 16)
    sin, cos = build_rotary_pos_embed([5, 4], dim=16, bands=100.0 ** -(torch.arange(4) / 4), in_pixels=False)
    theirs = apply_rot_embed_cat(x, torch.cat([sin, cos], dim=-1))
    torch.testing.assert_close(turned(x, angles(16, 5, 4)), theirs, rtol=0, atol=1e-5)


def test_a_product_depends_on_the_offset_of_two_places_alone():
    rows, columns = 6, 5
    turns = angles(16, rows, columns).double()
    query, key = normal(16), normal(16, seed=1)
    products = turned(query.expand(rows * columns, -1), turns) @ turned(key.expand(rows * columns, -1), turns).T
    products = products.view(rows, columns, rows, columns)
    torch.testing.assert_close(products[0, 0, 2, 1], products[3, 2, 5, 3])
    torch.testing.assert_close(products[4, 1, 1, 3], products[5, 0, 2, 2])
    torch.testing.assert_close(products[2, 2, 2, 2], query @ key)
    assert not torch.isclose(products[0, 0, 2, 1], products[0, 0, 1, 2])


def test_tokens_before_the_patches_are_not_turned():
    x = normal(2, 3 + 6, 8)
    actual = turned(x, angles(8, 2, 3))
    assert torch.equal(actual[:, :3], x[:, :3])
    assert torch.equal(actual[:, 3], x[:, 3]) and not torch.equal(actual[:, 4:], x[:, 4:])  # nothing at the corner
    torch.testing.assert_close(actual.norm(dim=-1), x.norm(dim=-1))
