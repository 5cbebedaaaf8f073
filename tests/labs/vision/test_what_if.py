"""The view that changes a picture: what is covered and shuffled, and what a network says then, with codes or not."""

from statistics import median
from time import perf_counter

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from playground.data import ImageSpec, packs, unit
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.hybrid import Hybrid
from playground.labs.vision.mixer import MlpMixer
from playground.labs.vision.positions import position_codes, without_places
from playground.labs.vision.vit import VisionTransformer
from playground.labs.vision.what_if import (
    Change,
    changed,
    compared,
    cover,
    covered_of,
    grid_of,
    order_of,
    shuffle,
    trace_view,
    what_if_view,
)
from playground.view import BadOption, Part

pytestmark = pytest.mark.usefixtures("one_thread", "no_gradients")
SPEC = ImageSpec(name="fashion", channels=3, size=8, classes=tuple("abcde"))
SHAPE = {"image_size": 8, "channels": 3, "classes": 5, "width": 16, "depth": 2}
LEAST = 1e-4
"""What a change of the answer is, at least; where there is none, it is 1e-10."""
QUICK = 0.06
"""Seconds within which a stroke must be answered."""


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture
def image():
    return torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(1)).double() * 2 - 1


@torch.no_grad()
def random_weights(network):
    torch.manual_seed(0)
    for name, parameter in network.named_parameters():
        parameter.normal_(std=1.0 if name == "positions" else 0.4)
    return network.double().eval()


def vit(**options):
    return random_weights(VisionTransformer(**SHAPE | {"patch_size": 2, "heads": 2} | options))


def test_covered_patches_have_the_color_and_all_others_stay(image):
    covered = torch.tensor([[True, False], [False, False]])
    color = torch.tensor([0.1, 0.2, 0.3]).double()
    after = cover(image, covered, color)
    assert after[:, :4, :4].equal(color[:, None, None].expand(3, 4, 4))
    assert after[:, 4:].equal(image[:, 4:]) and after[:, :, 4:].equal(image[:, :, 4:])


def test_the_mean_color_is_that_of_the_picture(image):
    after = changed(image, Change(covered="1-8", fill="mean"), 1)
    torch.testing.assert_close(after, image.mean(dim=(1, 2))[:, None, None].expand(3, 8, 8))
    assert not changed(image, Change(covered="1-8"), 1).any(), "mid-gray is 0 for the network"


def test_a_shuffle_puts_each_patch_where_the_order_says(image):
    order = torch.tensor([2, 0, 3, 1])
    after = shuffle(image, order)
    quarters = [image[:, :4, :4], image[:, :4, 4:], image[:, 4:, :4], image[:, 4:, 4:]]
    assert after[:, :4, :4].equal(quarters[2]) and after[:, :4, 4:].equal(quarters[0])
    assert after[:, 4:, :4].equal(quarters[3]) and after[:, 4:, 4:].equal(quarters[1])
    assert shuffle(after, order.argsort()).equal(image)


@pytest.mark.parametrize("grid", [2, 4, 8])
def test_a_shuffle_is_that_of_its_seed_and_loses_nothing(image, grid):
    one, same, other = (changed(image, Change(change="shuffle", seed=seed), grid) for seed in (3, 3, 4))
    assert one.equal(same) and not one.equal(other)
    assert one.flatten(1).sort(dim=1).values.equal(image.flatten(1).sort(dim=1).values)
    assert order_of(grid, 3).sort().values.equal(torch.arange(grid**2))


def test_rotary_codes_are_taken_away_too(image):
    network = vit(positions="rotary")
    moved = shuffle(image, order_of(4, 0))
    seen, unseen = (compared(network, image, moved, codes_off=off) for off in (False, True))
    assert not torch.allclose(seen[0], seen[1], atol=1e-4)
    torch.testing.assert_close(unseen[0], unseen[1], rtol=0, atol=1e-6)
    assert network.rotary, "the network itself keeps them"


@pytest.mark.parametrize("grid", [2, 4])
def test_without_position_codes_a_transformer_does_not_see_the_shuffle(image, grid):
    network, after = vit(), changed(image, Change(change="shuffle", seed=1), grid)
    one, other = compared(network, image, after, codes_off=True)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-10)
    one, other = compared(network, image, after, codes_off=False)
    assert (one - other).abs().max() > LEAST, "with them it does"


def test_patches_that_are_cut_are_seen_all_the_same(image):
    one, other = compared(vit(), image, changed(image, Change(change="shuffle", seed=1), 8), codes_off=True)
    assert (one - other).abs().max() > LEAST


@pytest.mark.parametrize("kind", [ConvolutionalNetwork, MlpMixer])
def test_what_has_no_codes_sees_the_shuffle_and_does_not_heed_the_switch(image, kind):
    shape = {"width": 8} if kind is ConvolutionalNetwork else SHAPE | {"patch_size": 2}
    network = random_weights(kind(**{"channels": 3, "classes": 5} | shape))
    after = changed(image, Change(change="shuffle", seed=1), 4)
    on, off = (compared(network, image, after, codes_off=codes_off) for codes_off in (False, True))
    assert on.equal(off) and (on[0] - on[1]).abs().max() > LEAST
    assert position_codes(network) is None and without_places(network) is network


class Fixed(VisionTransformer):
    """Its codes are a buffer, as those of sines and cosines are."""

    def __init__(self, **options):
        super().__init__(**options)
        codes = self.positions.detach()
        del self.positions
        self.register_buffer("positions", codes)


class Bare(VisionTransformer):
    """It has no codes."""

    def __init__(self, **options):
        super().__init__(**options)
        self.positions = None

    def embed(self, images):
        return self.patches(images).flatten(2).transpose(1, 2)


def test_codes_may_be_a_buffer_or_missing(image):
    shape = SHAPE | {"patch_size": 2, "heads": 2, "class_token": False}
    fixed = random_weights(Fixed(**shape))
    fixed.positions.normal_()
    after = changed(image, Change(change="shuffle", seed=1), 4)
    one, other = compared(fixed, image, after, codes_off=True)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-10)
    assert (compared(fixed, image, after, codes_off=False).diff(dim=0)).abs().max() > LEAST
    bare = random_weights(Bare(**shape))
    assert without_places(bare) is bare
    one, other = compared(bare, image, after, codes_off=False)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


def test_the_network_keeps_its_codes_and_the_class_token_its_own():
    network = vit(class_token=True)
    codes = network.positions.clone()
    other = without_places(network)
    assert network.positions.equal(codes) and isinstance(network.positions, nn.Parameter)
    assert other.positions[:, 0].equal(codes[:, 0])
    torch.testing.assert_close(other.positions[0, 1:], codes[0, 1:].mean(dim=0).expand(16, -1))


@pytest.mark.parametrize(
    ("network", "grid"),
    [
        (vit(), 4),
        (random_weights(Hybrid(**SHAPE, heads=2, stem_width=8)), 2),
        (random_weights(MlpMixer(**SHAPE, patch_size=1)), 8),
        (random_weights(ConvolutionalNetwork(channels=3, classes=5, width=8)), 8),
    ],
)
def test_the_patches_are_those_of_the_network_unless_others_are_wanted(network, grid):
    assert grid_of(network, SPEC, 0) == grid and grid_of(network, SPEC, 2) == 2
    assert grid_of(network, SPEC.model_copy(update={"size": 28}), 8) == 7


def test_the_view_says_what_the_network_says(ask, context, written):
    run = written("vit-fashion")
    network = context.networks.at(run, 10)
    network.head.weight.normal_(generator=torch.Generator().manual_seed(0))  # it starts at zero, without an opinion
    words, tensors = ask(run, "changed", picture="ex-3", covered="2-8", fill="mean")
    picture = packs.examples("fashion")["images"][3]
    after = unit(picture)
    after[:, :14, :14] = after.mean()
    for name, image in (("before", unit(picture)), ("after", after)):
        torch.testing.assert_close(tensors[name], network(image[None])[0].softmax(dim=0))
    assert tensors["picture"].equal(picture)
    torch.testing.assert_close(tensors["altered"].float(), (after + 1) * 127.5, rtol=0, atol=0.51)
    assert words["grid"] == 4 and int(tensors["covered"].sum()) == 4 and words["codes"] and words["moved"] == 0
    assert tensors["altered"][:, 0, 0].equal(tensors["fill"]), "what a stroke paints is what is answered"


def test_the_view_shuffles_and_says_how_many_patches_moved(ask, written):
    words, tensors = ask(written("cnn-fashion"), "changed", picture="ex-3", change="shuffle", grid=4, seed=2)
    assert words["moved"] == int((order_of(4, 2) != torch.arange(16)).sum()) > 8
    assert not tensors["covered"].any() and not words["codes"]
    assert tensors["altered"].equal(shuffle(tensors["picture"], order_of(4, 2)))


def test_the_trace_is_the_probability_of_the_class_without_the_change_and_with_it(shipped):
    run, picture = shipped("vit-fashion"), packs.examples("fashion")["images"][1]
    network, options = run.network(run.snapshots[-1]), Change(covered="2-c")
    answer = what_if_view(network, run.spec, options, {"picture": picture}).tensors
    label = answer["before"].argmax()
    trace = trace_view(network, run.spec, options, {"picture": picture})
    assert trace.tensors["values"].tolist() == [answer["before"][label], answer["after"][label]]
    assert len(trace.words["names"]) == 2


def test_what_is_learned_depends_on_places(shipped):
    """Of a trained transformer the shuffle changes the answers, and without codes it changes none of them."""
    run, images = shipped("vit-fashion"), packs.examples("fashion")["images"]
    network = run.network(run.snapshots[-1])
    gone = {False: 0.0, True: 0.0}
    for codes_off in gone:
        for picture in images:
            before = unit(picture)
            one, other = compared(network, before, changed(before, Change(change="shuffle"), 7), codes_off=codes_off)
            gone[codes_off] += float((one - other).abs().max()) / len(images)
    assert gone[False] > 0.2 and gone[True] < 1e-5


@pytest.mark.parametrize("run", ["vit-fashion", "cnn-fashion", "vit-emoji", "cnn-emoji"])
def test_a_stroke_is_answered_quickly(shipped, run):
    run = shipped(run)
    network, seconds = run.network(run.snapshots[-1]), []
    picture = packs.examples(run.spec.name)["images"][0]
    picture = F.interpolate(picture[None].float(), size=run.spec.size)[0].to(torch.uint8)
    for _ in range(21):
        start = perf_counter()
        what_if_view(network, run.spec, Change(covered="2-9", codes_off=True), {"picture": picture}).encode()
        seconds.append(perf_counter() - start)
    assert median(seconds) < QUICK


def test_nonsense_is_told_in_a_sentence():
    part = Part(what_if_view, options=Change)
    with pytest.raises(BadOption, match=r"^A mask is written like 2-9: .*\.$"):
        part.parsed({"covered": "7-zz"})
    with pytest.raises(BadOption, match="“grid”"):
        part.parsed({"grid": "5"})
    assert not covered_of(Change(change="shuffle", covered="2-f"), 2).any()
