"""StyleGAN2's two networks: shapes, what each code reaches, noise, truncation, and the minibatch deviation."""

import pytest
import torch

from playground.labs.gan.resolutions import channels_at, sides
from playground.labs.gan.stylegan import mixed
from tests.labs.gan.small import gan_of

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


@pytest.mark.parametrize(("channels", "size", "smallest"), [(1, 28, 7), (3, 32, 4), (3, 64, 4), (1, 8, 4), (3, 4, 4)])
@pytest.mark.parametrize("choices", [(), (3,), (3, 5)])
def test_shapes_and_range(channels, size, smallest, choices):
    gan = gan_of(image_size=size, channels=channels, choices=choices)
    labels = torch.tensor([[0, 4], [2, 0], [1, 1]])[:, : len(choices)] if choices else None
    images = gan(9 * normal(3, 6), labels).detach()
    assert images.shape == (3, channels, size, size) and sides(size)[0] == smallest
    assert float(images.min()) >= -1 and float(images.max()) <= 1
    for discriminator in (gan.discriminator.train(), gan.discriminator.eval()):
        assert discriminator(images, labels).shape == (3,)
    if choices:
        with pytest.raises(ValueError, match="must be told"):
            gan(normal(3, 6))


def test_channels_are_many_where_images_are_small():
    assert [channels_at(side, 128) for side in (4, 8, 16, 32, 64)] == [128, 128, 128, 64, 32]
    assert [channels_at(side, 48) for side in (7, 14, 28)] == [48, 48, 24]
    assert channels_at(64, 8) == 8


@pytest.mark.parametrize("choices", [(), (6,)])
def test_a_picture_does_not_depend_on_its_batch(choices):
    gan = gan_of(choices=choices).eval()
    z, labels = normal(6, 6), torch.arange(6) if choices else None

    def alone(module, x):
        return torch.cat([module(x[i : i + 1], None if labels is None else labels[i : i + 1]) for i in range(6)])

    gan.discriminator.features[-6].typical.fill_(0.5)
    images = gan(z, labels)
    torch.testing.assert_close(alone(gan, z), images)
    torch.testing.assert_close(alone(gan.discriminator, images), gan.discriminator(images, labels))
    torch.testing.assert_close(gan.train()(z, labels), images)


def test_the_generator_is_mapping_and_synthesis():
    generator = gan_of().generator
    z = normal(3, 6)
    w = generator.mapping(z)
    ws = generator.broadcast(w)
    assert w.shape == (3, 6) and ws.shape == (3, generator.synthesis.layers, 6) == (3, 6, 6)
    torch.testing.assert_close(generator.synthesis(ws).clamp(-1, 1), generator(z))


def test_codes_are_normalized_before_they_are_mapped():
    z = normal(4, 6)
    generator = gan_of().generator
    torch.testing.assert_close(generator.mapping(7 * z), generator.mapping(z))
    with torch.autocast("cpu", torch.bfloat16):
        assert generator.float().mapping(z.float()).dtype is torch.float32


def test_a_code_reaches_the_resolutions_from_its_layer_on():
    synthesis = gan_of().generator.synthesis
    ws = normal(1, 6, 6)
    parts = synthesis.contributions(ws)
    assert [part.shape[-1] for part in parts] == synthesis.sides == [4, 8, 16]
    for layer in range(synthesis.layers):
        other = ws.clone()
        other[:, layer] = normal(1, 6, seed=5)
        changed = [not torch.equal(a, b) for a, b in zip(parts, synthesis.contributions(other), strict=True)]
        first = layer // 2  # number 2 r + 1 is the output of resolution r, and the first convolution of the next
        assert changed == [stage >= first for stage in range(3)], layer


def test_the_image_is_the_sum_of_what_the_resolutions_add():
    synthesis = gan_of().generator.synthesis
    ws = normal(2, 6, 6)
    enlarged = []
    for part in synthesis.contributions(ws):
        while part.shape[-1] < 16:
            part = torch.nn.functional.interpolate(part, scale_factor=2, mode="bilinear", align_corners=False)
        enlarged.append(part)
    torch.testing.assert_close(synthesis(ws), sum(enlarged))


def test_each_code_is_used_where_convolution_and_output_are():
    synthesis, ws = gan_of().generator.synthesis, normal(1, 6, 6)
    features = list(synthesis.features(ws))
    assert [x.shape[1:] for x in features] == [
        (width, side, side) for width, side in zip(synthesis.widths, [4, 8, 8, 16, 16], strict=True)
    ]
    for layer in range(synthesis.layers):
        other = ws.clone()
        other[:, layer] = normal(1, 6, seed=5)
        changed = [not torch.equal(a, b) for a, b in zip(features, synthesis.features(other), strict=True)]
        assert changed == [number >= layer for number in range(5)]
        outputs = zip(synthesis.added(features, ws), synthesis.added(features, other), strict=True)
        assert [not torch.equal(a, b) for a, b in outputs] == [layer == 2 * stage + 1 for stage in range(3)]


def test_a_channel_that_is_off_is_zero_for_all_that_follows():
    synthesis, ws = gan_of().generator.synthesis, normal(2, 6, 6)
    kept = [torch.ones(1, width) for width in synthesis.widths]
    assert torch.equal(synthesis(ws, kept=kept), synthesis(ws)), "to the last bit"
    kept[2][:, [1, 3]] = 0
    features = list(synthesis.features(ws, kept=kept))
    assert not features[2][:, [1, 3]].any() and torch.equal(features[1], list(synthesis.features(ws))[1])
    image = synthesis(ws, kept=kept)
    zeros = synthesis.convolutions[2].register_forward_hook(lambda _, given, x: x * kept[2][:, :, None, None])
    torch.testing.assert_close(synthesis(ws), image, rtol=0, atol=0)
    zeros.remove()
    kept[2] = torch.stack([kept[2][0], torch.ones(8)])  # each image has its own
    torch.testing.assert_close(synthesis(ws, kept=kept), torch.stack([image[0], synthesis(ws)[1]]))


def test_noise_is_fixed_unless_it_is_given():
    synthesis, ws = gan_of().generator.synthesis, normal(2, 6, 6)
    rng = torch.Generator().manual_seed(3)
    assert torch.equal(synthesis(ws), synthesis(ws)) and torch.equal(
        synthesis(ws), synthesis(ws, synthesis.fixed_noise())
    )
    fresh = synthesis.fresh_noise(2, rng)
    assert [noise.shape for noise in fresh] == [(2, 1, side, side) for side in (4, 8, 8, 16, 16)]
    for noise in (fresh, synthesis.fresh_noise(2, rng), synthesis.no_noise()):
        assert float((synthesis(ws, noise) - synthesis(ws)).detach().abs().max()) > 0.01
    again = synthesis.fresh_noise(2, torch.Generator().manual_seed(3))
    assert torch.equal(synthesis(ws, fresh), synthesis(ws, again))


def test_mixing_takes_two_codes_and_a_crossover():
    first, second = torch.zeros(3, 5, 2), torch.ones(3, 5, 2)
    taken = mixed(first, second, torch.tensor([0, 2, 5]))[:, :, 0]
    assert taken.tolist() == [[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0]]


def test_truncation_pulls_to_the_average_that_training_keeps():
    generator = gan_of().generator
    w = normal(4, 6)
    generator.track(w)
    torch.testing.assert_close(generator.w_average, 0.005 * w.mean(dim=0))
    generator.track(w)
    torch.testing.assert_close(generator.w_average, (1 - 0.995**2) * w.mean(dim=0))
    torch.testing.assert_close(generator.truncated(w, 1.0), w)
    torch.testing.assert_close(generator.truncated(w, 0.0), generator.w_average.expand(4, 6))
    torch.testing.assert_close(generator.truncated(w, 0.25), 0.25 * w + 0.75 * generator.w_average)
