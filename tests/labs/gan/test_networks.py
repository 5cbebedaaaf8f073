"""Generators and discriminators: shapes, what a class does, and that no image depends on its batch."""

from functools import partial

import pytest
import torch
from torch.nn.functional import one_hot

from playground.data import packs
from playground.labs import recipe
from playground.labs.gan.conditional import ConditionEmbedding, Gan, initialized
from playground.labs.gan.dcgan import DcganDiscriminator, DcganGenerator, doublings, grouped
from playground.labs.gan.equalized import RECTIFIED
from playground.labs.gan.mlp import MlpDiscriminator, MlpGenerator
from playground.labs.gan.r3gan import GenerativeBasis, R3Discriminator, R3Generator, ResidualBlock

pytestmark = pytest.mark.usefixtures("one_thread")

KINDS = {
    "dcgan": (DcganGenerator, DcganDiscriminator),
    "mlp": (MlpGenerator, MlpDiscriminator),
    "r3gan": (partial(R3Generator, depth=2), partial(R3Discriminator, depth=2)),
}


def gan_of(kind, *, image_size=28, channels=1, choices=(10,), latent=5, width=16):
    torch.manual_seed(0)
    generator, discriminator = KINDS[kind]
    shape = {"image_size": image_size, "channels": channels, "choices": choices, "width": width}
    return Gan(generator=generator(latent=latent, **shape), discriminator=discriminator(**shape))


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("channels", "size"), [(1, 8), (1, 28), (3, 32), (3, 64), (1, 12), (3, 4)])
@pytest.mark.parametrize("choices", [(), (3,), (3, 5)])
def test_shapes_and_range(kind, channels, size, choices):
    gan = gan_of(kind, image_size=size, channels=channels, choices=choices)
    labels = torch.tensor([[0, 4], [2, 0], [1, 1]])[:, : len(choices)] if choices else None
    images = gan(50 * normal(3, 5), labels).detach()
    assert images.shape == (3, channels, size, size)
    assert float(images.min()) >= -1 and float(images.max()) <= 1
    assert gan.discriminator(images, labels).shape == (3,)


def test_the_smallest_side_is_four_to_seven():
    assert {size: size // 2 ** doublings(size) for size in (4, 8, 12, 28, 32, 36, 64)} == {
        4: 4, 8: 4, 12: 6, 28: 7, 32: 4, 36: 9, 64: 4
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_does_not_depend_on_its_batch(kind):
    """So that the averaged generator draws one seed alike alone, among others, and in either mode."""
    gan = gan_of(kind).double()
    z, labels = normal(6, 5).double(), torch.arange(6)
    among = gan.train()(z, labels)
    alone = torch.cat([gan.eval()(z[i : i + 1], labels[i : i + 1]) for i in range(6)])
    torch.testing.assert_close(alone, among)
    logits = gan.discriminator(among, labels)
    torch.testing.assert_close(
        torch.cat([gan.discriminator(among[i : i + 1], labels[i : i + 1]) for i in range(6)]), logits
    )


def test_of_several_conditions_the_embedding_is_a_linear_layer_of_their_one_hot_vectors():
    embedding = ConditionEmbedding((3, 2, 4), 5).double()
    labels = torch.tensor([[2, 0, 3], [0, 1, 1]])
    columns = zip(labels.T, (3, 2, 4), strict=True)
    asked = torch.cat([one_hot(column, count) for column, count in columns], dim=1)  # (2, 9)
    torch.testing.assert_close(embedding(labels), asked.double() @ embedding.weight)


@pytest.mark.parametrize("kind", KINDS)
def test_the_logit_is_the_projection(kind):
    discriminator = gan_of(kind).double().discriminator
    images, labels = normal(4, 1, 28, 28).double().tanh(), torch.tensor([3, 3, 0, 9])
    features = discriminator.features(images)
    expected = features @ discriminator.real.weight[0] + torch.stack(
        [discriminator.embedding.weight[label] @ row for label, row in zip(labels, features, strict=True)]
    )
    torch.testing.assert_close(discriminator(images, labels), expected)
    other = discriminator(images, (labels + 1) % 10)
    assert ((other - expected).abs() > 1e-3).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_noise_looks_otherwise_in_another_class(kind):
    gan = gan_of(kind)
    z = normal(1, 5).expand(10, -1)
    images = gan(z, torch.arange(10)).flatten(1)
    assert torch.pdist(images).min() > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_class_conditional_networks_insist_on_labels(kind):
    gan = gan_of(kind)
    with pytest.raises(ValueError, match="must be told"):
        gan(normal(2, 5))
    with pytest.raises(ValueError, match="must be told"):
        gan.discriminator(normal(2, 1, 28, 28))


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_float32_where_matrices_are_multiplied_in_bfloat16(kind):
    gan = gan_of(kind, choices=())
    with torch.autocast("cpu", torch.bfloat16):
        assert gan.discriminator(normal(4, 1, 28, 28)).dtype is torch.float32


def test_a_fresh_residual_block_is_the_identity_and_its_layers_keep_signals_at_their_size():
    torch.manual_seed(0)
    block, x = ResidualBlock(64, blocks=16), normal(8, 64, 16, 16)
    assert torch.equal(block(x), x)
    inside = block.layers[0](x)
    assert float(inside.detach().std()) == pytest.approx(RECTIFIED * 16**-0.25, rel=0.05)
    spread = block.layers[:4](x).detach()
    assert float(spread.square().mean().sqrt()) == pytest.approx(16**-0.5, rel=0.1), "twice"
    block.layers[4].weight.data.normal_(std=128**-0.5)
    assert float((block(x) - x).detach().abs().mean()) > 0.1


def test_a_basis_is_a_picture_that_codes_scale():
    torch.manual_seed(0)
    basis = GenerativeBasis(5, 3, 4)
    codes = normal(2, 5)
    scales = codes @ basis.scale.weight.T
    torch.testing.assert_close(basis(codes)[1, 2], basis.basis[2] * scales[1, 2])


def test_any_width_can_be_split_into_groups():
    assert [grouped(n) for n in (1, 8, 11, 12, 27, 64)] == [8, 8, 8, 12, 24, 64]
    assert gan_of("dcgan", width=36)(normal(1, 5), torch.tensor([0])).shape == (1, 1, 28, 28)


def test_a_fresh_transposed_convolution_enlarges_bilinearly():
    layer = initialized(torch.nn.Sequential(torch.nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1)))[0]
    x = normal(1, 3, 6, 6)
    mixed = torch.nn.functional.conv2d(x, layer.weight[:, :, 1:2, 1:2].transpose(0, 1) * 16 / 9)
    larger = torch.nn.functional.interpolate(mixed, scale_factor=2, mode="bilinear", align_corners=False)
    torch.testing.assert_close(layer(x)[..., 1:-1, 1:-1], larger[..., 1:-1, 1:-1])


@pytest.mark.parametrize("name", ["cgan-fashion", "dcgan-emoji"])
def test_the_shipped_networks_are_small(name):
    entry = recipe(name)
    gan = entry.network(entry.spec(packs))
    counts = {
        part: sum(p.numel() for p in gan.get_submodule(part).parameters()) for part in ("generator", "discriminator")
    }
    assert counts["generator"] < 400_000 and counts["discriminator"] < 600_000, counts
