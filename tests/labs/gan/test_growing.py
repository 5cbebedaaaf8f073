"""Networks that grow: nothing changes at the moment of growth, and in the end the old ends are of no account."""

from copy import deepcopy

import pytest
import torch
from torch.nn import functional as F

from playground.labs.gan.growing import GrowingDiscriminator, GrowingGan, GrowingGenerator
from playground.labs.gan.pyramid import enlarged, reduced
from playground.labs.gan.resolutions import channels_at, sides

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = [(16, 4), (16, 8), (28, 7), (28, 14)]
"""The full side, and the one that the network grows from."""


def gan_of(image_size, side=0, *, channels=3, choices=(3,), width=8):
    torch.manual_seed(0)
    shape = {"image_size": image_size, "channels": channels, "choices": choices, "width": width}
    gan = GrowingGan(generator=GrowingGenerator(latent=5, **shape), discriminator=GrowingDiscriminator(**shape))
    while gan.side < side:
        gan.grow()
        gan.fade(1.0)
    return gan


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def blocks(images, side):
    """Whether they are made of side x side squares of one color."""
    return torch.equal(enlarged(images[..., :: images.shape[-1] // side, :: images.shape[-1] // side], 16), images)


LABELS = torch.tensor([0, 2, 1, 2])


def test_the_sides_double_up_to_the_full_one():
    assert sides(64) == [4, 8, 16, 32, 64] and sides(28) == [7, 14, 28] and sides(24) == [6, 12, 24] and sides(4) == [4]
    for size in (3, 9, 30, 36):
        with pytest.raises(ValueError, match=f"such as 28, 32 or 64, not {size}"):
            sides(size)
    assert [channels_at(side, 128) for side in sides(64)] == [128, 128, 128, 64, 32]
    assert [channels_at(side, 128) for side in sides(28)] == [128, 128, 64]


@pytest.mark.parametrize(("full", "side"), SIZES)
def test_images_have_the_full_side_and_the_detail_of_the_present_one(full, side):
    gan = gan_of(full, side)
    images = gan(50 * normal(4, 5), LABELS).detach()
    assert images.shape == (4, 3, full, full) and float(images.abs().max()) <= 1
    repeat = full // side
    assert torch.equal(
        images, images[..., ::repeat, ::repeat].repeat_interleave(repeat, -1).repeat_interleave(repeat, -2)
    )
    assert float((images[..., 0, 0] - images[..., -1, -1]).abs().max()) > 0.01
    means = images.unflatten(3, (side, repeat)).unflatten(2, (side, repeat)).mean(dim=(3, 5))
    torch.testing.assert_close(reduced(images, side), means)
    noisy = images + (normal(*images.shape) - enlarged(reduced(normal(*images.shape), side), full))
    discriminator = gan.discriminator.eval()
    torch.testing.assert_close(discriminator(noisy, LABELS), discriminator(images, LABELS), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("full", "side"), SIZES)
def test_at_alpha_0_both_compute_and_learn_what_the_smaller_ones_do(full, side):
    smaller = gan_of(full, side).double()
    larger = deepcopy(smaller)
    larger.grow()
    larger.double()
    assert larger.side == 2 * side and float(larger.alpha) == 0
    images, logits = [], []
    for gan in (smaller, larger):
        images.append(gan(normal(4, 5).double(), LABELS))
        (images[-1] * normal(4, 3, full, full, seed=1)).sum().backward()
        logits.append(gan.discriminator(normal(4, 3, full, full, seed=2).double(), LABELS))
        (logits[-1] * normal(4, seed=3)).sum().backward()
    assert torch.equal(*images) and torch.equal(*logits)
    grads = {name: weight.grad for name, weight in larger.named_parameters()}
    kept = {name: weight for name, weight in smaller.named_parameters() if name in grads}
    assert len(kept) > 10
    for name, weight in kept.items():
        torch.testing.assert_close(grads[name], weight.grad, rtol=1e-9, atol=1e-12)
    fresh = [grad for name, grad in grads.items() if name not in kept]
    assert fresh and not any(bool(grad.any()) for grad in fresh)


@pytest.mark.parametrize(("full", "side"), SIZES)
def test_at_alpha_1_both_are_the_plain_larger_networks(full, side):
    gan = gan_of(full, side)
    gan.grow()
    gan.fade(1.0)
    layers, features = gan.generator.layers, gan.discriminator.features
    codes = normal(4, 5 + 32)
    x = layers.first(codes)
    for block in layers.blocks.values():
        x = block(x)
    assert torch.equal(layers(codes), enlarged(layers.ends[str(2 * side)](x), full))
    images = normal(4, 3, full, full)
    x = features.ends[str(2 * side)](F.avg_pool2d(images, full // (2 * side)))
    for block in reversed(features.blocks.values()):
        x = block(x)
    assert torch.equal(features(images), features.last(x) * 8**-0.5)


def test_halfway_it_is_halfway():
    gan = gan_of(16, 8)
    gan.grow()
    z, images, seen = normal(4, 5), normal(4, 3, 16, 16), []
    for alpha in (0.0, 0.25, 1.0):
        gan.fade(alpha)
        seen.append((gan(z, LABELS), gan.seen(images)))
    for below, between, newest in zip(*seen, strict=True):
        torch.testing.assert_close(between, 0.75 * below + 0.25 * newest)
        assert blocks(below, 8) and not blocks(newest, 8)
    torch.testing.assert_close(seen[0][1], enlarged(reduced(images, 8), 16))
    assert torch.equal(seen[2][1], images)


def test_a_penalty_weighs_native_pixels_by_their_share():
    """Averaging s x s pixels makes the squared gradient of the full image 1 / s^2 of that of the native one."""
    gan = gan_of(16, 8, choices=()).eval()
    images = normal(2, 3, 16, 16).requires_grad_(True)
    small = reduced(images.detach(), 8).requires_grad_(True)
    (full,) = torch.autograd.grad(gan.discriminator(images).sum(), images)
    (native,) = torch.autograd.grad(gan.discriminator(enlarged(small, 16)).sum(), small)
    torch.testing.assert_close(full.square().sum(), native.square().sum() / 4)


def test_it_does_not_grow_beyond_the_full_side():
    with pytest.raises(ValueError, match="its full side of 16 pixels"):
        gan_of(16, 16).grow()


def test_in_evaluation_a_logit_does_not_depend_on_the_batch():
    gan, images = gan_of(16, 8).requires_grad_(False), normal(4, 3, 16, 16)
    before = gan.discriminator.eval()(images, LABELS)
    for seed in range(3):
        gan.discriminator.train()(3 * normal(4, 3, 16, 16, seed=seed), LABELS)
    gan.eval()
    among = gan.discriminator(images, LABELS)
    assert float((among - before).abs().max()) > 1e-5, "the running mean has moved"
    alone = torch.cat([gan.discriminator(images[i : i + 1], LABELS[i : i + 1]) for i in range(4)])
    torch.testing.assert_close(alone, among)
    assert torch.equal(gan.discriminator(images, LABELS), among)


def test_a_collapsed_batch_gives_itself_away():
    discriminator = gan_of(16, 8, choices=()).discriminator
    seen = []
    discriminator.features.last[0].register_forward_hook(
        lambda module, args, out: seen.append(out.detach()[:, -1].mean())
    )
    discriminator(normal(4, 3, 16, 16))
    discriminator(normal(1, 3, 16, 16).expand(4, -1, -1, -1))
    assert float(seen[0].min()) > 100 * float(seen[1].max())


def test_a_step_of_adam_moves_all_layers_alike_in_proportion_to_their_size():
    gan = gan_of(28, 28, width=16)
    logits = gan.discriminator(normal(4, 3, 28, 28), LABELS)
    before = {name: weight.detach().clone() for name, weight in gan.discriminator.named_parameters()}
    optimizer = torch.optim.Adam(gan.discriminator.parameters(), lr=1e-3, betas=(0.0, 0.99))
    (logits * normal(4)).sum().backward()
    optimizer.step()
    after = dict(gan.discriminator.named_parameters())
    moved = {
        name: float(((after[name] - weight).square().mean() / weight.square().mean()).sqrt().detach())
        for name, weight in before.items()
        if weight.ndim > 1 and after[name].grad is not None and after[name].grad.all()
    }
    assert len(moved) > 5 and all(value == pytest.approx(1e-3, rel=0.3) for value in moved.values()), moved
