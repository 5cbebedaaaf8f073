"""Every recipe that there is: its network builds, learns, is evaluated, is shown and is kept as the contracts say."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from playground.data import Data, ImageSpec, packs
from playground.labs import UnknownRecipe, kinds, recipe, recipes
from playground.media import TYPES
from playground.metrics.labels import LABELS
from playground.objective import Moment, Objective, Phase, Terms
from playground.recipe import InvalidRecipe, Recipe, validated
from playground.runs import snapshot
from playground.sampler import Sampler
from playground.trained import Trained
from tests.toys.episodes import MamlRecipe
from tests.toys.experts import ExpertsRecipe
from tests.toys.probe import ProbeRecipe
from tests.training.growing import GrowingRecipe

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
FALL = 0.8
"""What a loss on as many examples as a batch has must come down to, as a part of where it started."""


@dataclass(frozen=True)
class Case:
    """A recipe with few examples of its data, the training examples taken evenly from all of them."""

    recipe: Recipe
    data: Data
    networks: dict[str, Trained]

    def objective(self) -> Objective:
        """Freshly built, always alike."""
        torch.manual_seed(0)
        return self.recipe.build(self.data, **self.networks)

    def network(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network of a frame of that shape."""
        return self.recipe.network(self.data.spec, **self.recipe.shape(**self.networks), **shape)

    @cached_property
    def trained(self) -> Training:
        """A few steps; whoever looks at it leaves it as it is."""
        return Training(self.objective(), self.recipe.sampler(self.data)).after(4)

    @cached_property
    def evaluation(self) -> dict[str, float]:
        """What is said of it after these steps."""
        return evaluated(self.trained.objective, self.data.test)


@dataclass
class Training:
    """An objective that is trained at the full learning rate, and what was seen of it.

    Attributes:
        objective: What is trained.
        sampler: Gives the batches.
        first: The state before the first step.
        step: Steps done.
        terms: What the phases reported, by the number of the phase and of the step.
        grads: By the name of a parameter, of each step of its optimizer the gradient, None where it got none.
    """

    objective: Objective
    sampler: Sampler
    first: dict[str, Tensor] = field(init=False)
    step: int = 0
    terms: dict[tuple[int, int], Terms] = field(default_factory=dict)
    grads: dict[str, list[Tensor | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.first = copied(self.objective.state_dict())
        self._optimize()

    def after(self, steps: int) -> Training:
        """The same after so many more steps."""
        self.objective.train()
        for _ in range(steps):
            now, before = moment(self.step), self.objective.shape()
            batch = self.sampler(now)
            for number, phase in enumerate(self.phases):
                if self.step % phase.every == 0:
                    self.terms[number, self.step] = self.objective.update(phase, batch, now)
            self.objective.after_step(now)
            self.step += 1
            self.objective.mark(now)
            if self.objective.shape() != before:
                self._optimize()
        return self

    @property
    def losses(self) -> list[float]:
        """The loss of the first phase, step by step."""
        return [float(terms["loss"].detach()) for (phase, _), terms in self.terms.items() if phase == 0]

    def _optimize(self) -> None:
        self.phases = self.objective.phases()
        names = {id(parameter): name for name, parameter in self.objective.named_parameters()}
        for parameter, optimizer in held(self.phases):
            seen = self.grads.setdefault(names[id(parameter)], [])
            optimizer.register_step_pre_hook(lambda *_, to=seen, of=parameter: to.append(_copy(of.grad)))


def held(phases: list[Phase]) -> Iterator[tuple[Tensor, torch.optim.Optimizer]]:
    """All parameters of all optimizers."""
    for optimizer in (optimizer for phase in phases for optimizer in phase.optimizers):
        for group in optimizer.param_groups:
            yield from ((parameter, optimizer) for parameter in group["params"])


@pytest.fixture(scope="module", params=sorted({**recipes(), **TOYS}))
def case(request, data_for, used_by) -> Case:
    preset = {**recipes(), **TOYS}[request.param]
    spec = preset.spec(packs)
    changes = {"image_size": SIZE} if isinstance(spec, ImageSpec) and spec.size > SIZE else {}
    small = preset.changed(batch_size=min(BATCH, preset.batch_size), **changes)
    data = data_for(small)
    chosen = torch.linspace(0, len(data.train) - 1, 48).long()
    few = replace(data, train=data.train.at(chosen), test=data.test.first(40))
    return Case(small, few, used_by(small))


def moment(step=0):
    return Moment(step, 0.5, torch.Generator().manual_seed(step))


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def copied(weights):
    return {name: value.detach().clone() for name, value in weights.items()}


def _copy(grad):
    return None if grad is None else grad.clone()


@torch.no_grad()
def evaluated(objective, split):
    return objective.eval().evaluate(split)


@torch.no_grad()
def shown(objective):
    return objective.eval().preview(torch.Generator().manual_seed(0))


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
    for name, grads in case.trained.grads.items():
        got = [grad for grad in grads if grad is not None]
        assert all(bool(grad.isfinite().all()) for grad in got), f"{name} has a gradient that is no number"
        assert any(bool(grad.any()) for grad in got), f"{name} has no gradient in {len(grads)} steps"


def test_a_term_is_a_number_or_a_short_vector(case):
    for terms in case.trained.terms.values():
        assert terms["loss"].ndim == 0
        assert all(term.ndim <= 1 and bool(term.detach().isfinite().all()) for term in terms.values())


def test_it_memorizes_one_batch(case):
    few = replace(case.data, train=case.data.train.first(BATCH))
    training = Training(case.objective(), case.recipe.sampler(few))
    name, way = case.recipe.watched(case.data.spec)
    before = evaluated(training.objective, few.train)[name]
    alone = len(training.phases) == 1  # with two, each pulls at the other's loss
    while training.step < MOST:
        losses, now = training.after(STEPS).losses, evaluated(training.objective, few.train)[name]
        fell = sum(losses[-5:]) / 5 < FALL * losses[0] or not alone
        if fell and ((now > before) if way == "rises" else (now < before)):
            return
    pytest.fail(f"{name} was {before}, and is {now} after {MOST} steps; the loss went {losses[:: MOST // 8]}")


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
    assert type(chosen).__module__ == f"playground.labs.{chosen.lab}.recipes"
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
