"""Inside the generator: what resolutions add sums to the picture, and a channel that is off draws nothing."""

import pytest
import torch
from torch.nn import functional as F

from playground.data import as_images, unit
from playground.labs.gan.inside import (
    Layer,
    Seed,
    Switches,
    channels_view,
    picture_view,
    shares,
    trace_view,
    visible,
)
from playground.labs.gan.samples import difference, seeds
from playground.view import BadOption
from tests.labs.gan.small import shown

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def network():
    return shown()


def large(image, side=16):
    """(C, S, S) of the full side."""
    while image.shape[-1] < side:
        image = F.interpolate(image[None], scale_factor=2, mode="bilinear", align_corners=False)[0]
    return image


def without(network, number, channels, seed=0):
    """The picture of a seed, floats, while channels of a convolution are zero."""
    layer = network.generator.synthesis.convolutions[number]

    def zeros(_, given, x):
        return x.index_fill(1, torch.tensor(channels), 0)

    hook = layer.register_forward_hook(zeros)
    image = network.generator(seeds(seed, network.generator.latent, n=1))[0]
    hook.remove()
    return image


def test_what_resolutions_add_sums_to_the_picture(network):
    answer = picture_view(network, None, Switches(seed=4), {})
    tensors, words = answer.tensors, answer.words
    picture = network.generator(seeds(4, network.generator.latent, n=1))
    assert torch.equal(tensors["picture"], as_images(picture)[0]) and torch.equal(tensors["sum2"], tensors["picture"])
    assert words["sides"] == [4, 8, 16] and "change" not in tensors and "before" not in tensors
    added = [unit(tensors[f"part{number}"]) / words["gains"][number] for number in range(3)]
    assert [part.shape[-1] for part in added] == [4, 8, 16]
    assert all(tensors[f"part{number}"].int().sub(127).abs().max() >= 127 for number in range(3)), "as strong as can be"
    for number, side in enumerate(words["sides"]):
        total = sum(large(part, side) for part in added[: number + 1])
        there = unit(tensors[f"sum{number}"])
        assert (total.clamp(-1, 1) - there).abs().max() < 0.03, "but for the rounding to bytes"


def test_shares_of_the_variance_are_those_of_known_parts():
    flat, waves = torch.full((1, 1, 4, 4), 3.0), torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert shares([flat, waves]).tolist() == pytest.approx([0, 1]), "a constant has no variance"
    coarse = torch.randn(1, 1, 4, 4, generator=torch.Generator().manual_seed(1))
    fine = F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
    assert shares([coarse, fine]).tolist() == pytest.approx([0.5, 0.5])
    assert shares([coarse, -0.5 * fine]).tolist() == pytest.approx([2, -1]), "half of it is taken away again"


def test_zero_is_gray_and_the_strongest_is_seen():
    values = torch.tensor([[[0.0, 0.05], [-0.025, 0.0]]])
    image, gain = visible(values)
    assert gain == pytest.approx(20) and image[0].tolist() == [[128, 255], [64, 128]]
    assert visible(torch.zeros(1, 2, 2))[0].unique().tolist() == [128]


def test_a_channel_that_is_off_draws_nothing(network):
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    answer = picture_view(network, None, Switches(seed=4, off="8.1-8.3"), {})
    image, before = without(network, 2, [1, 3], seed=4), network.generator(seeds(4, network.generator.latent, n=1))[0]
    tensors, words = answer.tensors, answer.words
    assert torch.equal(tensors["picture"], as_images(image)) and torch.equal(tensors["before"], as_images(before))
    assert words["size"] == pytest.approx(float((image - before).abs().mean()) / 2, rel=1e-4) and words["size"] > 0
    change = unit(tensors["change"]) / words["gain"]
    torch.testing.assert_close(change, image - before, atol=0.01 * float((image - before).abs().max()), rtol=0)
    assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())


def test_several_resolutions_have_channels_off(network):
    both = picture_view(network, None, Switches(seed=0, off="4.0-16.2"), {}).tensors["picture"]
    hook = network.generator.synthesis.convolutions[0].register_forward_hook(
        lambda _, given, x: x.index_fill(1, torch.tensor([0]), 0)
    )
    assert torch.equal(both, as_images(without(network, 4, [2])))
    hook.remove()


@pytest.mark.parametrize("off", ["64.0", "8.99", "32.1-4.200"])
def test_channels_that_the_network_lacks_are_passed_over(network, off):
    assert "change" not in picture_view(network, None, Switches(off=off), {}).tensors


def test_a_map_is_the_activation_and_its_effect_what_the_picture_loses(network):
    answer = channels_view(network, None, Layer(seed=4, side=8), {})
    maps, effects = answer.tensors["maps"], answer.tensors["effects"]
    generator = network.generator
    z = seeds(4, generator.latent, n=1)
    features = list(generator.synthesis.features(generator.broadcast(generator.mapping(z))))[2][0]
    assert answer.words["side"] == 8 and maps.shape == features.shape and maps.dtype == torch.uint8
    assert maps.amax(dim=(1, 2)).tolist() == len(maps) * [255]
    for channel, one in enumerate(features):
        there = (255 * one / one.max()).clamp(min=0)
        assert (maps[channel].float() - there).abs().max() <= 0.51
        change = difference(without(network, 2, [channel], seed=4), generator(z)[0])
        assert float(effects[channel]) == pytest.approx(float(change), rel=1e-3)


@pytest.mark.parametrize(("asked", "given"), [(4, 4), (5, 4), (16, 16), (64, 16)])
def test_the_nearest_resolution_is_shown(network, asked, given):
    answer = channels_view(network, None, Layer(side=asked), {})
    assert answer.words["side"] == given == answer.tensors["maps"].shape[-1]


def test_a_channel_that_is_nowhere_active_has_an_empty_map(network):
    network.generator.synthesis.convolutions[0].bias[3] = -100
    maps = channels_view(network, None, Layer(side=4), {}).tensors["maps"]
    assert not maps[3].any() and maps[2].any()


def test_the_page_is_answered_by_the_snapshot_and_the_line_through_time_agrees(ask, written):
    run = written("stylegan-faces", image_size=16)
    words, tensors = ask(run, "picture", 6, seed=3, off="8.1")
    there = picture_view(run.network(5), run.spec, Switches(seed=3, off="8.1"), {})
    assert words["step"] == 5 and torch.equal(tensors["change"], there.tensors["change"])
    values = trace_view(run.network(5), run.spec, Seed(seed=3), {}).tensors["values"]
    assert values.tolist() == pytest.approx(ask(run, "picture", 6, seed=3)[0]["shares"], abs=1e-5)
    with pytest.raises(BadOption, match="“off”: string should match pattern"):
        ask(run, "picture", off="8-1")
