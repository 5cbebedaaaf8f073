"""The networks that pictures are measured in: what goes in, what comes out, and where they come from."""

import pytest
import torch

from playground.data import packs, unit
from playground.data.images import gray
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.metrics.classified import classification
from playground.metrics.features import FeatureNetwork, Features, NoFeatures, features_name
from playground.runs.store import PRETRAINED, Store

pytestmark = pytest.mark.usefixtures("one_thread")


def pictures(n, channels=1, size=28, seed=0):
    images = torch.randint(0, 256, (n, channels, size, size), generator=torch.Generator().manual_seed(seed))
    return images.to(torch.uint8)


@pytest.fixture
def shipped(tmp_path):
    """A store without runs of its own."""
    return Store(tmp_path)


def test_gray_pictures_go_to_the_fashion_network_and_color_to_the_emoji_network():
    for name, run in {"fashion": "fashion", "digits": "fashion", "emoji": "emoji", "cifar10": "emoji"}.items():
        assert features_name(packs.spec(name)) == f"cnn-{run}"


@pytest.mark.parametrize("name", ["cnn-fashion", "cnn-emoji"])
def test_features_are_those_of_the_run_that_ships(name, shipped):
    run = shipped.get(name)
    assert run.shipped and run.path == PRETRAINED / name
    network = run.recipe.network(run.spec).eval()
    network.load_state_dict(run.weights(run.nearest(None)))
    assert isinstance(network, ConvolutionalNetwork)
    images = pictures(600, run.spec.channels, run.spec.size)
    features = Features.of(shipped.trained(name))
    assert features.name == name and features.spec == run.spec
    with torch.no_grad():
        torch.testing.assert_close(features.embed(images), network.features(unit(images)))
        torch.testing.assert_close(features.logits(images), network(unit(images)))
    assert features.embed(images).shape == (600, features.network.num_features)
    assert not any(parameter.requires_grad for parameter in features.network.parameters())


@pytest.mark.parametrize(("data", "minimum"), [("fashion", 0.9), ("emoji", 0.6)])
def test_the_networks_know_their_own_test_pictures(data, minimum, shipped):
    trained = shipped.trained(f"cnn-{data}")
    test = packs.load(data, trained.spec.size).test
    with torch.no_grad():
        assert classification(trained.network, test)["accuracy"] >= minimum


def test_loading_touches_nobody_s_randomness(written):
    run = written("cnn-fashion")
    state = torch.get_rng_state()
    run.network(10)
    assert torch.equal(state, torch.get_rng_state())


class Mean(torch.nn.Module):
    num_features = 3

    def features(self, images):
        return images.mean(dim=(2, 3)).expand(-1, 3)


def network(channels, size):
    return FeatureNetwork(network=Mean(), spec=packs.spec("fashion", size).model_copy(update={"channels": channels}))


def test_pictures_are_brought_to_what_the_network_knows():
    color = pictures(2, 3, 16)
    assert torch.equal(network(3, 16).pictures(color), color)
    assert network(3, 32).pictures(color).shape == (2, 3, 32, 32)
    halved = color.float().reshape(2, 3, 8, 2, 8, 2).mean(dim=(3, 5)).round().to(torch.uint8)
    assert torch.equal(network(3, 8).pictures(color), halved)
    assert torch.equal(network(1, 16).pictures(color), gray(color))
    one = pictures(2, 1, 16)
    assert torch.equal(network(3, 16).pictures(one), one.repeat(1, 3, 1, 1))


def test_gray_keeps_gray_and_weighs_colors_as_eyes_do():
    one = pictures(4, 1, 8)
    assert torch.equal(gray(one.expand(-1, 3, -1, -1)), one)
    pure = torch.zeros(3, 3, 1, 1, dtype=torch.uint8)
    pure[range(3), range(3)] = 255
    assert gray(pure).flatten().tolist() == [76, 150, 29]


def test_pictures_come_in_chunks_and_stay_in_order():
    images = (torch.arange(1203) % 256).to(torch.uint8)[:, None, None, None].expand(-1, 1, 4, 4)
    embedded = Features("mean", network(1, 4)).embed(images)
    torch.testing.assert_close(embedded, unit(images[:, 0, 0, :1]).expand(-1, 3))


@pytest.mark.parametrize(
    "images", [torch.zeros(2, 1, 8, 8), torch.zeros(2, 2, 8, 8, dtype=torch.uint8), torch.zeros(8, 8).to(torch.uint8)]
)
def test_what_is_no_uint8_picture_is_refused(images):
    with pytest.raises(NoFeatures, match="Features are made of uint8 pictures"):
        Features("mean", network(1, 8)).embed(images)


def test_no_picture_is_refused():
    with pytest.raises(NoFeatures, match="There is no picture to measure"):
        Features("mean", network(1, 8)).embed(pictures(0))
