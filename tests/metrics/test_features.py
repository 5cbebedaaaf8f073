"""The networks that pictures are measured in: what goes in, what comes out, and where they come from."""

from dataclasses import replace

import pytest
import torch

from playground.data import load, spec, unit
from playground.labs.vision.classify import classification
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.metrics import features
from playground.metrics.features import FeatureNetwork, Features, NoFeatures, features_for, features_name, grey
from playground.runs.store import PRETRAINED, Store

pytestmark = pytest.mark.usefixtures("one_thread")


def pictures(n, channels=1, size=28, seed=0):
    images = torch.randint(0, 256, (n, channels, size, size), generator=torch.Generator().manual_seed(seed))
    return images.to(torch.uint8)


def test_grey_pictures_go_to_the_fashion_network_and_colour_to_the_emoji_network():
    assert features_name(spec("fashion")) == features_name(spec("digits")) == "cnn-fashion"
    assert features_name(spec("emoji")) == features_name(spec("cifar10")) == "cnn-emoji"
    assert features_for(spec("digits")) is features_for(spec("fashion"))
    assert features_for(spec("faces")).name == "cnn-emoji"


@pytest.mark.parametrize("data", ["fashion", "emoji"])
def test_features_are_those_of_the_run_that_ships(data, tmp_path):
    run = Store(tmp_path).get(f"cnn-{data}")
    assert run.shipped and run.path == PRETRAINED / f"cnn-{data}"
    network = run.recipe.network(run.info.spec).eval()
    network.load_state_dict(run.weights(run.nearest(None)))
    assert isinstance(network, ConvolutionalNetwork)
    images = pictures(600, run.info.spec.channels, run.info.spec.size)
    found = features_for(run.info.spec)
    with torch.no_grad():
        torch.testing.assert_close(found.embed(images), network.features(unit(images)))
        torch.testing.assert_close(found.logits(images), network(unit(images)))
    assert found.embed(images).shape == (600, found.network.num_features)
    assert not any(parameter.requires_grad for parameter in found.network.parameters())


@pytest.mark.parametrize(("data", "least"), [("fashion", 0.9), ("emoji", 0.6)])
def test_the_networks_know_their_own_test_pictures(data, least):
    test = load(data, size=32 if data == "emoji" else None).test
    network = features_for(spec(data)).network.network
    with torch.no_grad():
        assert classification(network, test)["accuracy"] >= least


def test_loading_touches_nobody_s_randomness():
    features._loaded.cache_clear()
    state = torch.get_rng_state()
    features_for(spec("fashion"))
    assert torch.equal(state, torch.get_rng_state())


class Mean(torch.nn.Module):
    num_features = 3

    def features(self, images):
        return images.mean(dim=(2, 3)).expand(-1, 3)


def network(channels, size):
    return FeatureNetwork(network=Mean(), spec=replace(spec("fashion"), channels=channels, size=size))


def test_pictures_are_brought_to_what_the_network_knows():
    colour = pictures(2, 3, 16)
    assert torch.equal(network(3, 16).pictures(colour), colour)
    assert network(3, 32).pictures(colour).shape == (2, 3, 32, 32)
    halved = colour.float().reshape(2, 3, 8, 2, 8, 2).mean(dim=(3, 5)).round().to(torch.uint8)
    assert torch.equal(network(3, 8).pictures(colour), halved)
    assert torch.equal(network(1, 16).pictures(colour), grey(colour))
    one = pictures(2, 1, 16)
    assert torch.equal(network(3, 16).pictures(one), one.repeat(1, 3, 1, 1))


def test_grey_keeps_grey_and_weighs_colours_as_eyes_do():
    one = pictures(4, 1, 8)
    assert torch.equal(grey(one.expand(-1, 3, -1, -1)), one)
    pure = torch.zeros(3, 3, 1, 1, dtype=torch.uint8)
    pure[range(3), range(3)] = 255
    assert grey(pure).flatten().tolist() == [76, 150, 29]


def test_pictures_come_in_chunks_and_stay_in_order():
    images = (torch.arange(1203) % 256).to(torch.uint8)[:, None, None, None].expand(-1, 1, 4, 4)
    found = Features("mean", network(1, 4)).embed(images)
    torch.testing.assert_close(found, unit(images[:, 0, 0, :1]).expand(-1, 3))


@pytest.mark.parametrize(
    "images", [torch.zeros(2, 1, 8, 8), torch.zeros(2, 2, 8, 8, dtype=torch.uint8), torch.zeros(8, 8).to(torch.uint8)]
)
def test_what_is_no_uint8_picture_is_refused(images):
    with pytest.raises(NoFeatures, match="Features are made of uint8 pictures"):
        Features("mean", network(1, 8)).embed(images)


def test_no_picture_is_refused():
    with pytest.raises(NoFeatures, match="There is no picture to measure"):
        Features("mean", network(1, 8)).embed(pictures(0))


def test_a_missing_run_is_said_in_a_sentence():
    with pytest.raises(NoFeatures, match="Pictures are measured in the features of a run that ships, but: .*cnn-moon"):
        features._read("cnn-moon")
