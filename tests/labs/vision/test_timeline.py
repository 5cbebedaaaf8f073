"""The timeline of architectures: all of them can be trained, with what they added and without."""

from typing import get_args

import pytest
import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.vision.timeline import EXPERIMENT, MILESTONES, TIMELINE, milestones_view
from playground.runs.experiment import read, shipped_experiments
from playground.runs.store import PRETRAINED
from playground.view import Options

pytestmark = pytest.mark.usefixtures("one_thread")
EACH = pytest.mark.parametrize("milestone", MILESTONES, ids=lambda one: one.name)


def with_and_without(milestone):
    return recipe(milestone.recipe), recipe(milestone.instead or milestone.recipe).changed(**milestone.off)


def test_they_stand_in_the_order_of_their_years_and_a_link_can_name_each():
    years = [one.year for one in MILESTONES]
    assert years == sorted(years)
    assert [one.name for one in MILESTONES] == list(get_args(TIMELINE.options.model_fields["architecture"].annotation))


@EACH
def test_what_it_added_is_one_sentence_with_a_source(milestone):
    assert milestone.added.endswith(".") and milestone.added.count(". ") == 0
    assert str(milestone.year) in milestone.paper.title and milestone.paper.url.startswith("https://")


@EACH
def test_it_was_measured_as_it_is_trained(milestone):
    arms = {arm.recipe: arm for arm in read(shipped_experiments(PRETRAINED)[EXPERIMENT]).arms}
    assert len(arms) == len(MILESTONES)
    chosen, arm = recipe(milestone.recipe), arms[milestone.recipe]
    assert chosen.changed(**arm.knobs) == chosen and chosen.seconds == 60
    assert sum(one.numel() for one in chosen.network(chosen.spec(packs)).parameters()) == arm.parameters


@EACH
def test_its_switch_is_one_that_its_network_has(milestone):
    on, off = with_and_without(milestone)
    spec = on.spec(packs)
    images = torch.randn(4, spec.channels, spec.size, spec.size, generator=torch.Generator().manual_seed(1))
    features = []
    for chosen in (on, off):
        torch.manual_seed(0)
        network = chosen.network(spec).train()
        assert network(images).shape == (4, len(spec.classes))
        features.append(network.features(images))
    assert features[0].shape != features[1].shape or not torch.allclose(*features, atol=1e-3)
    assert on.data == off.data and off.spec(packs) == spec, "on the same pictures"


@EACH
def test_what_is_switched_stands_in_sight_on_the_form(milestone):
    controls = recipe(milestone.recipe).controls()
    assert milestone.instead or all(controls[knob].shown for knob in milestone.off)


def test_a_hybrid_without_its_stem_is_a_vit_with_its_blocks():
    on, off = with_and_without(next(one for one in MILESTONES if one.name == "hybrid"))
    spec = on.spec(packs)
    shapes = [
        {name: value.shape for name, value in chosen.network(spec).state_dict().items() if "patches" not in name}
        for chosen in (on, off)
    ]
    assert shapes[0] == shapes[1]


def test_the_view_says_what_the_network_on_the_stage_takes():
    chosen = recipe("vit-digits")
    spec = chosen.spec(packs)
    network = chosen.network(spec).eval()
    words = milestones_view(network, spec, Options(), {}).words
    assert words["flops"] == chosen.flops(spec)
    assert words["parameters"] == sum(one.numel() for one in network.parameters())
    hybrid = next(one for one in words["milestones"] if one["name"] == "hybrid")
    assert hybrid["off"]["recipe"] == "vit-fashion" and hybrid["off"]["knobs"]["patch_size"] == 4
