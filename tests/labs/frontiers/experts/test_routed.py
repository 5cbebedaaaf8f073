"""The view of who is asked: what it shows is what the routers do, patch by patch."""

import pytest
import torch

from playground.data import ImageSpec, Split, unit
from playground.labs.frontiers.experts.asked import load_view
from playground.labs.frontiers.experts.network import routed
from playground.labs.frontiers.experts.routed import EXPERTS as VIEW
from playground.labs.frontiers.experts.routed import (
    PATCHES,
    asked,
    cut,
    experts_view,
    prepared,
    routed_view,
)
from playground.labs.frontiers.experts.transformer import MoeTransformer

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = ImageSpec(name="any", channels=1, size=12, classes=tuple("abc"))
TOP = 2


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    shape = {"image_size": 12, "patch_size": 4, "channels": 1, "classes": 3, "width": 8, "depth": 4, "heads": 2}
    model = MoeTransformer(**shape, mlp_ratio=2, experts=4, top=TOP, capacity=1.25, registers=1)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.6)
    return model.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def test():
    images = torch.randint(0, 256, (30, 1, 12, 12), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return Split({"images": images, "labels": torch.arange(30) % 3})


def test_patches_of_a_picture_go_where_its_routers_send_them(network, test):
    picture = test["images"][3]
    answer = routed_view(network, SPEC, VIEW.parts["routed"].parsed({}), {"picture": picture})
    logits, routings = routed(network, unit(picture[None]))
    for router, routing in enumerate(routings):
        assert len(routing.chosen) == 2 + 9  # the class token and a register come first
        assert torch.equal(answer.tensors["chosen"][router].long(), routing.chosen[2:])
        assert torch.equal(answer.tensors["gates"][router], routing.gates[2:])
    assert torch.allclose(answer.tensors["probabilities"], logits[0].softmax(dim=0))
    assert answer.words["blocks"] == [2, 4] and answer.words["experts"] == 4


def test_pictures_asked_together_go_where_they_go_alone(network, test):
    _, together = asked(network, unit(test["images"]))
    for number in (0, 7, 29):
        alone = routed_view(network, SPEC, VIEW.parts["routed"].parsed({}), {"picture": test["images"][number]})
        assert torch.equal(together.chosen[:, number].int(), alone.tensors["chosen"])


def test_loads_places_and_classes_are_counts(network, test):
    inputs = {"test": test, "prepared": prepared(network, SPEC, {"test": test})}
    shown = experts_view(network, SPEC, VIEW.parts["experts"].parsed({}), inputs).tensors
    _, found = asked(network, unit(test["images"]))
    for router in range(2):
        for expert in range(4):
            votes = (found.chosen[router] == expert).float().sum(dim=2) / TOP  # (N, P)
            assert torch.isclose(shown["load"][router, expert], votes.mean())
            assert torch.allclose(shown["places"][router, expert].flatten(), votes.mean(dim=0))
            of_class = torch.stack([votes[test["labels"] == label].sum() for label in range(3)]) / votes.numel()
            assert torch.allclose(shown["classes"][router, expert], of_class, atol=1e-6)
    values = load_view(network, SPEC, VIEW.trace.parsed({"router": "0"}), inputs).tensors["values"]
    assert torch.equal(values, shown["load"][0]) and torch.isclose(values.sum(), torch.tensor(1.0))


def test_the_patches_of_an_expert_are_those_that_its_router_is_surest_of(network, test):
    inputs = {"test": test, "prepared": prepared(network, SPEC, {"test": test})}
    answer = experts_view(network, SPEC, VIEW.parts["experts"].parsed({}), inputs).tensors
    patches, found = cut(test["images"], 4), inputs["prepared"]
    assert answer["patches"].shape == (2, 4, PATCHES, 1, 4, 4)
    for expert in range(4):
        sure = torch.where(found.chosen[1, :, :, 0] == expert, found.probabilities[1, :, :, expert], -1)  # (N, P)
        pictures = [row for row in sure.amax(dim=1).argsort(descending=True).tolist() if sure[row].max() >= 0][:PATCHES]
        assert int(answer["shown"][1, expert]) == len(pictures)
        for place, picture in enumerate(pictures):
            assert torch.equal(answer["patches"][1, expert, place], patches[picture, int(sure[picture].argmax())])
        assert not answer["patches"][1, expert, len(pictures) :].any()


def test_patches_of_a_single_color_are_left_out(network, test):
    images = test["images"].clone()
    images[:, :, :8] = 40  # of nine patches six
    inputs = {"test": Split({"images": images, "labels": test["labels"]})}
    inputs["prepared"] = prepared(network, SPEC, inputs)
    answer = experts_view(network, SPEC, VIEW.parts["experts"].parsed({}), inputs).tensors
    for router in range(2):
        for expert in range(4):
            some = answer["patches"][router, expert, : int(answer["shown"][router, expert])]
            assert all(len(patch.unique()) > 1 for patch in some)


def test_patches_are_cut_row_by_row():
    image = torch.arange(36, dtype=torch.uint8).view(1, 1, 6, 6)
    patches = cut(image, 3)
    assert patches.shape == (1, 4, 1, 3, 3)
    assert torch.equal(patches[0, 1, 0], image[0, 0, :3, 3:]) and torch.equal(patches[0, 2, 0], image[0, 0, 3:, :3])
