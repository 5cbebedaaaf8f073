"""From a wish on the page to a run in the queue: checked first, so that what is queued can be trained."""

from __future__ import annotations

import torch
from torch import nn

from playground.data import card
from playground.errors import PlaygroundError
from playground.jobs.engine import Engine
from playground.recipe import InvalidRecipe, Recipe
from playground.runs.folder import Parent
from playground.runs.reader import Run
from playground.runs.store import Store


class NotYours(PlaygroundError):
    """Only who started a run may change it."""


def launch(
    store: Store,
    engine: Engine,
    *,
    name: str,
    recipe: Recipe,
    device: str = "cpu",
    parent: Parent | None = None,
    visitor: str = "",
) -> Run:
    """Queues a new run.

    Args:
        store: Where its folder is made.
        engine: Who trains it.
        name: The name of the recipe that `recipe` is a variation of.
        recipe: The knobs.
        device: Where it shall be trained.
        parent: The snapshot to begin with.
        visitor: Whose run it is.

    Raises:
        InvalidRecipe: When the network cannot be built, or the parent's weights do not fit into it.
    """
    spec = recipe.spec()
    try:
        network = recipe.network(spec)
    except (ValueError, ZeroDivisionError) as error:
        raise InvalidRecipe(f"These knobs do not fit together: {error}.") from error
    if parent is not None:
        origin = store.get(parent.run)
        origin.weights(parent.step)  # must be readable
        if _shapes(network) != _shapes(origin.recipe.network(origin.info.spec)):
            raise InvalidRecipe(
                "A fork goes on with its parent's network, so knobs that change its shape must stay as they are."
            )
    run = store.create(
        name, recipe, spec=spec, data_hash=card(recipe.data).hash, device=device, parent=parent, visitor=visitor
    )
    try:
        engine.submit(run)
    except PlaygroundError:
        store.delete(run)
        raise
    return run


def _shapes(network: nn.Module) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in network.state_dict().items()}


def act_on(store: Store, engine: Engine, run: Run, verb: str, visitor: str) -> None:
    """Does to a run what its owner asks: "pause", "stop", "resume" or "delete".

    Raises:
        NotYours: When another visitor started it, or it came with the playground.
    """
    if run.shipped or run.info.visitor not in ("", visitor):
        raise NotYours("This run was started by someone else or came with the playground; fork it to make it your own.")
    match verb:
        case "pause":
            engine.cancel(run, state="paused")
        case "stop":
            engine.cancel(run)
        case "resume":
            engine.submit(run, resume=True)
        case "delete":
            engine.cancel(run)
            store.delete(run)
        case _:
            raise NotYours(f"Nothing can be done to a run under the name “{verb[:20]}”.")
