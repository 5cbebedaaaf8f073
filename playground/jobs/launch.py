"""From a request to a queued run: validated first, so that what is queued can be trained."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from torch import nn

from playground.data import UnknownData
from playground.errors import PlaygroundError
from playground.jobs.admission import HOME, Limits, admit, admit_to_disk, admit_turn
from playground.jobs.branch import check_branch
from playground.jobs.engine import Engine, Live
from playground.recipe import InvalidRecipe, Recipe
from playground.runs.folder import Parent
from playground.runs.reader import Run
from playground.runs.store import Store, UnknownRun

BUDGET = ("seconds", "steps")


class NotYours(PlaygroundError):
    """Only who started a run may change it."""


def launch(
    store: Store,
    engine: Engine | Live,
    *,
    name: str,
    recipe: Recipe,
    device: str = "cpu",
    parent: Parent | None = None,
    owner: str = "",
    group: str = "",
    limits: Limits = HOME,
) -> Run:
    """Begins a new run: queues it, or gets it ready to be stepped.

    Args:
        store: Where its folder is made.
        engine: Who trains it, or steps it.
        name: The name of the recipe that `recipe` is a variation of.
        recipe: The knobs.
        device: Where it shall be trained.
        parent: The snapshot to begin with.
        owner: Whose run it is; empty for the server's owner.
        group: The experiment that it belongs to, if any.
        limits: What the owner may have.

    Raises:
        InvalidRecipe: When the network cannot be built, or the parent's weights do not fit into it.
        OverLimit: When that is more than the owner may have.
        UnknownData: When the data are somebody else's.
    """
    spec, network = checked(store, recipe, parent=parent, owner=owner)
    card = store.data.card(recipe.data)
    parameters = sum(value.numel() for value in network.parameters())
    admit_to_disk(store.runs, limits)
    with store.admitting:
        _check_data(store, recipe, owner)  # deleted meanwhile
        admit(recipe, spec, card.n_train + card.n_test, parameters, owner, begun(store), limits)
        run = store.create(name, recipe, data_hash=card.hash, device=device, parent=parent, owner=owner, group=group)
    try:
        engine.submit(run)
    except PlaygroundError:
        store.delete(run)
        raise
    return run


def checked(store: Store, recipe: Recipe, *, parent: Parent | None, owner: str) -> tuple[Any, nn.Module]:
    """The `Spec` of the data of a run that could begin, and its network, all grown, without weights; reads no data.

    Raises:
        InvalidRecipe: When the network cannot be built, or the parent's weights do not fit into it.
        UnknownData: When the data are somebody else's.
    """
    _check_data(store, recipe, owner)
    spec = recipe.spec(store.data)
    for name in recipe.uses(spec).values():
        readable(store, name.partition("@")[0], owner)
    shape = store.shape(recipe, spec)
    try:
        with torch.device("meta"):  # shapes alone: no memory, no randomness
            network = recipe.network(spec, **shape, **recipe.grown(spec))
    except (ValueError, ZeroDivisionError) as error:
        raise InvalidRecipe(f"These knobs do not fit together: {error}.") from error
    if parent is not None:
        check_branch(readable(store, parent.run, owner), parent.step, recipe, spec, shape)
    return spec, network


def _check_data(store: Store, recipe: Recipe, owner: str) -> None:
    if not store.data.usable(recipe.data, owner):
        raise UnknownData(f"There is no data set “{recipe.data[:80]}” that you may use.")


def changed_knobs(store: Store, run: Run) -> dict[str, Any]:
    """The knobs in which a branch differs from its parent, its budget aside; empty where the parent is gone."""
    parent = run.info.parent
    try:
        before = store.get(parent.run).recipe_at(parent.step).model_dump(mode="json") if parent else run.info.knobs
    except PlaygroundError:
        return {}
    return {name: value for name, value in run.info.knobs.items() if name not in BUDGET and before.get(name) != value}


def begun(store: Store) -> list[Run]:
    """The runs that visitors have begun, or the server's owner."""
    return [run for run in store.list() if not run.shipped]


def readable(store: Store, id: str, owner: str) -> Run:
    """The run of that name, if `owner` may see it.

    What learned from private data, or goes on from a run that did, is for its owner alone.

    Raises:
        UnknownRun: When there is none, or it is somebody else's.
    """
    run = store.get(id)
    if run.info.owner != owner and store.private(run):
        raise UnknownRun(f"There is no run “{id[:80]}” here. It may have been deleted, or the address is mistyped.")
    return run


def act_on(
    store: Store,
    engine: Engine,
    run: Run,
    verb: str,
    *,
    owned: bool,
    live: Live | None = None,
    limits: Limits = HOME,
) -> None:
    """Does to a run what its owner asks: "pause", "stop", "resume" or "delete".

    Args:
        store: Where it lies.
        engine: Who trains it.
        run: Which run.
        verb: What is asked for.
        owned: Whether it belongs to whoever asks.
        live: Who may be stepping it.
        limits: What the owner may have.

    Raises:
        CannotResume: When there is no state to go on from.
        NotYours: When it is not `owned`, or came with the playground.
        OverLimit: When as many are queued already as may be.
    """
    if run.shipped or not owned:
        raise NotYours(
            "This run was started by someone else or came with the playground; branch it to make it your own."
        )
    match verb:
        case "pause":
            engine.cancel(run, state="paused")
        case "stop":
            engine.cancel(run)
        case "resume":
            with store.admitting, live.suspended(run) if live else nullcontext():
                run.check_resume()
                admit_turn(run.info.owner, begun(store), limits)
                engine.submit(run, resume=True)
        case "delete":
            delete(store, engine, run, live)
        case _:
            raise NotYours(f"There is no action “{verb[:20]}” for a run.")


def delete(store: Store, engine: Engine, run: Run, live: Live | None = None) -> None:
    """Ends a run and removes it."""
    with live.suspended(run) if live else nullcontext():
        engine.cancel(run)
        store.delete(run)
