"""From a snapshot to a recipe that goes on from it: what a branch may change, and what it can learn from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from playground.data import Catalog
from playground.errors import PlaygroundError
from playground.recipe import InvalidRecipe, Recipe
from playground.runs.reader import UNBUILDABLE, Run
from playground.runs.snapshot import Frame

SECONDS = 30.0
"""How long a branch trains unless the visitor says otherwise."""


def branched(run: Run, step: int, catalog: Catalog) -> tuple[Recipe, str]:
    """The recipe that a branch of `run` at `step` starts with, and a sentence on other data where it needs them.

    It is the parent's with a short budget. Where the parent's data are not on this machine, the most similar
    data that are here take their place, so that a branch always works offline.

    Raises:
        DataUnavailable: When no data that the recipe can learn from are here.
    """
    recipe = run.recipe_at(step).changed(seconds=SECONDS, steps=None)
    if catalog.available(recipe.data):
        return recipe, ""
    for name in similar_data(run, catalog):
        fitting = _on(recipe, name, run.spec)
        try:
            fitting.spec(catalog)
        except PlaygroundError:
            continue
        same = catalog.spec(name).classes == run.spec.classes
        note = "" if same else " Its classes differ, so the layers that depend on them are reinitialized."
        return fitting, f"The data “{recipe.data}” are not on this machine; the branch learns from “{name}”.{note}"
    return recipe, f"The data “{recipe.data}” are not on this machine and have to be downloaded first."


def similar_data(run: Run, catalog: Catalog) -> list[str]:
    """The data on this machine that a branch of `run` could learn from, those most like its own first."""
    spec = run.spec

    def distance(name: str) -> tuple[Any, ...]:
        other = catalog.spec(name)
        channels = getattr(other, "channels", None) != getattr(spec, "channels", None)
        return channels, other.classes != spec.classes, len(other.classes) != len(spec.classes), name

    names = [name for name in catalog.names() if run.recipe.accepts(catalog, name) and catalog.available(name)]
    return sorted(names, key=distance)


def check_branch(run: Run, step: int, recipe: Recipe, spec: Any, shape: Mapping[str, Any]) -> None:
    """Raises where a branch's knobs change the shape of its parent's network.

    Other data, or another network that is used, may need another head or another first layer: those weights are
    reinitialized. Other knobs may not.

    Args:
        run: The parent.
        step: Where it branches off.
        recipe: That of the branch.
        spec: Of its data.
        shape: Its `Recipe.shape`.

    Raises:
        InvalidRecipe: Naming the knobs that must stay.
        BrokenRun: When the snapshot is damaged.
        NoSuchStep: When there is none at `step`.
    """
    frame = run.frame(step)
    if run.recipe.what == recipe.what:
        if _fits(recipe, spec, shape, frame) or _same_shape(run, recipe, frame):
            return
        differing = [name for name, value in recipe.model_dump().items() if value != getattr(run.recipe, name)]
        conflicting = [name for name in differing if not _same_shape(run, _with(run.recipe, name, recipe), frame)]
        if not conflicting:
            raise InvalidRecipe(
                f"The snapshot at step {step} of “{run.id}” fits no network of these knobs; retrain it."
            )
        names = ", ".join(name.replace("_", " ") for name in conflicting)
        raise InvalidRecipe(
            f"A branch goes on with its parent's network, so what changes its shape must stay: {names}."
        )
    raise InvalidRecipe(f"A branch goes on with its parent's network, a {run.recipe.title}; choose that recipe.")


def shapes(weights: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    """The shape of every tensor."""
    return {name: value.shape for name, value in weights.items()}


def _same_shape(run: Run, recipe: Recipe, frame: Frame) -> bool:
    """Whether, on its parent's own data and with what its parent uses, `recipe` would build its parent's network."""
    size = getattr(recipe, "image_size", None) or getattr(run.spec, "size", None)
    spec = run.spec.sized(size) if size else run.spec
    return _fits(recipe, spec, run.info.shape, frame)


def _fits(recipe: Recipe, spec: Any, shape: Mapping[str, Any], frame: Frame) -> bool:
    """Whether the weights of a frame fit the network that a recipe builds in its shape; draws none."""
    try:
        with torch.device("meta"):
            built = recipe.network(spec, **{**shape, **frame.shape})
    except UNBUILDABLE:
        return False
    return shapes(built.state_dict()) == shapes(frame.weights)


def _with(recipe: Recipe, knob: str, other: Recipe) -> Recipe:
    return recipe.model_copy(update={knob: getattr(other, knob)})


def _on(recipe: Recipe, data: str, spec: Any) -> Recipe:
    """The recipe on other data; images keep their size, which the network is built for."""
    size = {"image_size": spec.size} if "image_size" in type(recipe).model_fields else {}
    return recipe.changed(data=data, **size)
