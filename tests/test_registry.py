"""Every recipe that there is: its network builds, learns, is evaluated, is shown and is kept as the contracts say."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

import pytest
import torch

from playground.data import ImageSpec, packs
from playground.labs import UnknownRecipe, kinds, recipe, recipes
from playground.media import TYPES
from playground.metrics.labels import LABELS
from playground.recipe import InvalidRecipe, Recipe, validated
from playground.runs import snapshot
from tests.cases import Case, Training, copied, evaluated, held, shown
from tests.toys.episodes import MamlRecipe
from tests.toys.experts import ExpertsRecipe
from tests.toys.probe import ProbeRecipe
from tests.training.growing import GrowingRecipe
from tests.weights import same

pytestmark = pytest.mark.usefixtures("one_thread")

TOYS: dict[str, Recipe] = {
    "experts-digits": ExpertsRecipe(data="digits"),
    "maml-digits": MamlRecipe(data="digits"),
    "growing-digits": GrowingRecipe(data="digits", width=16),
    "probe-fashion": ProbeRecipe(),
}
"""What the contracts allow and no lab does yet: terms that are vectors, weights that get no gradient in a step, batches
and steps of a method's own, a network that grows, one as wide as another run's."""
BATCH = 16
SIZE = 32
"""Pixels of a side at most."""
STEPS, MOST = 10, 120
"""After how many steps it is looked whether something was learned, and after how many it must have been."""
LONGER = 40
"""After how many steps all weights have a gradient that had none after a few: at first a router asks some experts."""
FALL = 0.8
"""What a loss on as many examples as a batch has must come down to, as a part of where it started."""
UNSEEN = ("knn",)
"""What labels say of features that never saw them: on so few pictures it need not follow what is learned."""


def once_each() -> list[Any]:
    """The names of all recipes; those of a class that another one stands for, on other data, are for thorough tests."""
    seen: set[type[Recipe]] = set()
    names = []
    for name, preset in {**recipes(), **TOYS}.items():
        names.append(pytest.param(name, marks=[pytest.mark.thorough] if type(preset) in seen else []))
        seen.add(type(preset))
    return names


@pytest.fixture(scope="module", params=once_each())
def case(request, data_for, used_by) -> Case:
    preset = {**recipes(), **TOYS}[request.param]
    spec = preset.spec(packs)
    changes = {"image_size": SIZE} if isinstance(spec, ImageSpec) and spec.size > SIZE else {}
    small = preset.changed(batch_size=min(BATCH, preset.batch_size), **changes)
    data = data_for(small)
    chosen = torch.linspace(0, len(data.train) - 1, 48).long()
    if "identities" in preset.columns:  # a few examples of each
        order = data.train["identities"].argsort(stable=True)
        chosen = order.view(-1, int(data.train["identities"].bincount().max()))[:12, :4].flatten()
    few = replace(data, train=data.train.at(chosen), test=data.test.first(40))
    return Case(small, few, used_by(small))


def test_the_network_is_what_snapshots_hold(case):
    objective = case.trained.objective
    network = case.network(objective.shape())
    assert case.data.spec == case.recipe.spec(packs)
    snapshot = objective.snapshot()
    assert {name: value.shape for name, value in network.state_dict().items()} == {
        name: value.shape for name, value in snapshot.items()
    }
    network.load_state_dict(dict(snapshot))


def test_the_same_seed_builds_the_same(case):
    torch.rand(10)
    assert same(case.trained.first, case.objective().state_dict())


def test_every_weight_is_trained_by_one_optimizer(case):
    objective = case.trained.objective
    names = {id(parameter): name for name, parameter in objective.named_parameters() if parameter.requires_grad}
    assert sorted(names[id(parameter)] for parameter, _ in held(case.trained.phases)) == sorted(names.values())


def test_every_weight_gets_a_gradient_within_some_steps(case):
    grads_of = case.trained.grads
    if not all(any(grad is not None and bool(grad.any()) for grad in grads) for grads in grads_of.values()):
        grads_of = Training(case.objective(), case.recipe.sampler(case.data)).after(LONGER).grads  # an unasked expert
    for name, grads in grads_of.items():
        got = [grad for grad in grads if grad is not None]
        assert all(bool(grad.isfinite().all()) for grad in got), f"{name} has a gradient that is no number"
        assert any(bool(grad.any()) for grad in got), f"{name} has no gradient in {len(grads)} steps"


def test_a_term_is_a_number_or_a_short_vector(case):
    for terms in case.trained.terms.values():
        assert terms["loss"].ndim == 0
        assert all(term.ndim <= 1 for term in terms.values())
        # a part of a vector that is not a number says nothing, as of a client that took no part
        said = [term.detach()[~term.detach().isnan()] if term.ndim else term.detach() for term in terms.values()]
        assert all(part.numel() and bool(part.isfinite().all()) for part in said)


def test_it_memorizes_one_batch(case):
    few = replace(case.data, train=case.data.train.first(BATCH))
    training = Training(case.objective(), case.recipe.sampler(few))
    name, way = case.recipe.watched(case.data.spec)
    before = evaluated(training.objective, few.train)[name]
    alone = len(training.phases) == 1  # with two, each pulls at the other's loss
    while training.step < MOST:
        losses, now = training.after(STEPS).losses, evaluated(training.objective, few.train)[name]
        fell = sum(losses[-5:]) / 5 < FALL * losses[0] or not alone
        if fell and (name in UNSEEN or ((now > before) if way == "rises" else (now < before))):
            return
    pytest.fail(f"{name} was {before}, and is {now} after {MOST} steps; the loss went {losses[:: MOST // 8]}")


def test_it_learns_in_bfloat16_too(case):
    objective = case.objective()
    objective.precision = torch.bfloat16
    losses = Training(objective, case.recipe.sampler(case.data)).after(2).losses
    assert all(math.isfinite(loss) for loss in losses)
    assert losses[0] == pytest.approx(case.trained.losses[0], rel=0.05, abs=0.05)


def test_it_is_evaluated_the_same_twice(case):
    objective, first = case.trained.objective, case.evaluation
    weights, randomness = copied(objective.state_dict()), torch.get_rng_state()
    assert first == evaluated(objective, case.data.test)
    name, way = case.recipe.watched(case.data.spec)
    assert name in first and way in ("falls", "rises")
    assert all(isinstance(value, float) and math.isfinite(value) for value in first.values())
    assert same(weights, objective.state_dict()) and torch.equal(randomness, torch.get_rng_state())


def test_the_preview_is_the_same_twice(case):
    objective = case.trained.objective
    weights, randomness = copied(objective.state_dict()), torch.get_rng_state()
    first, second = shown(objective), shown(objective)
    assert len(first.encode()) > 100 and first.suffix in TYPES
    assert first.encode() == second.encode()
    assert same(weights, objective.state_dict()) and torch.equal(randomness, torch.get_rng_state())


def test_a_snapshot_comes_back_bit_for_bit(case, tmp_path):
    objective = case.trained.objective
    file, again = tmp_path / "one.safetensors", tmp_path / "two.safetensors"
    file.write_bytes(snapshot.encode(objective.snapshot(), shape=objective.shape()))
    frame = snapshot.decode(file)
    assert frame.weights.keys() == objective.snapshot().keys() and frame.shape == objective.shape()
    for name, value in objective.snapshot().items():
        torch.testing.assert_close(frame.weights[name], value, rtol=2**-10, atol=2**-10 * float(value.abs().max()))
    here, there = case.objective(), case.objective()
    for each in (here, there):
        each.reshape(frame.shape)
    here.restore(frame.weights)
    again.write_bytes(snapshot.encode(here.snapshot(), shape=here.shape()))
    assert same(snapshot.decode(again).weights, frame.weights)
    there.restore(snapshot.decode(again).weights)
    assert shown(here).encode() == shown(there).encode()
    assert evaluated(here, case.data.test) == evaluated(there, case.data.test)
    network = case.network(frame.shape)
    network.load_state_dict(frame.weights)


def test_the_recipe_goes_through_json_and_back(case):
    knobs = json.loads(case.recipe.model_dump_json())
    assert validated(type(case.recipe), knobs) == case.recipe
    assert case.recipe.changed(seed=case.recipe.seed + 1).seed == case.recipe.seed + 1


def test_every_number_has_a_name_for_people(case):
    training = case.trained
    names = set(case.evaluation)
    for (number, _), terms in training.terms.items():
        prefix = f"{training.phases[number].name}/" if len(training.phases) > 1 else ""
        names |= {prefix + name for name in terms}
    known = {**LABELS, **case.recipe.labels}
    assert [name for name in names if not any(name == key or name.startswith(f"{key}_") for key in known)] == []


@pytest.mark.parametrize("name", sorted(recipes()))
def test_the_name_says_what_learns_from_which_data(name):
    chosen = recipe(name)
    known_as = name.removeprefix(f"{chosen.what}-")  # of `emoji-styles` the first half may be enough
    assert f"{known_as}-".startswith(f"{chosen.data}-") or f"{chosen.data}-".startswith(f"{known_as}-")
    assert kinds()[chosen.what] is type(chosen)
    assert re.match(rf"playground\.labs\.{chosen.lab}\.(\w+\.)?recipes", type(chosen).__module__)  # of a topic, too
    assert chosen.title.strip() == chosen.title != ""


@pytest.mark.parametrize("what", sorted(kinds()))
def test_every_knob_explains_itself_and_its_default_is_allowed(what):
    kind = kinds()[what]
    defaults = kind().model_dump()
    assert validated(kind, defaults) == kind()
    controls = kind.controls()
    for name, control in controls.items():
        assert control.help[0].isupper() and control.help.endswith(".") and control.label[0].isupper(), name
        if isinstance(defaults[name], bool | str | None) or control.kind == "choice":
            continue
        if control.ge is not None and control.le is not None:
            assert control.ge <= defaults[name] <= control.le, name
            for beyond in (control.ge - 1, control.le + 1):
                with pytest.raises(InvalidRecipe):
                    validated(kind, defaults | {name: beyond})
        for value in filter(None, control.names):
            assert getattr(kind().changed(**{name: value}), name) == float(value), name
        if control.step:
            assert control.ge is not None and control.le is not None, name
            assert 0 < control.step <= control.le - control.ge, name
    assert 1 <= sum(control.shown for control in controls.values()) <= 4


def test_a_recipe_that_there_is_not_is_refused():
    with pytest.raises(UnknownRecipe, match="There is no recipe “vit-moon”. There are .*vae-fashion"):
        recipe("vit-moon")
