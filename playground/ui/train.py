"""The routes behind the form that trains: what it offers, what fills it, and the runs that it begins."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.routing import Route

from playground.errors import PlaygroundError
from playground.jobs.branch import branched
from playground.jobs.launch import NotYours, checked, launch
from playground.labs import kinds, recipe, recipes
from playground.recipe import Recipe
from playground.runs.folder import Parent
from playground.ui.body import json_object, part
from playground.ui.own import own_sets
from playground.ui.routes import BadRequest, route, run_and_step

if TYPE_CHECKING:
    from playground.ui.context import Context

MOST_SEEDS = 5
"""Runs that one press of Train begins, at most."""


@dataclass(frozen=True)
class Order:
    """What a visitor asks to be trained.

    Attributes:
        name: The name of the recipe that `recipe` is a variation of.
        recipe: The knobs, validated.
        parent: The snapshot to begin with.
        owner: Who asks.
        seeds: How many runs of it, each from a seed of its own.
    """

    name: str
    recipe: Recipe
    parent: Parent | None
    owner: str
    seeds: int = 1

    @property
    def recipes(self) -> list[Recipe]:
        """One for each run, from the recipe's own seed on."""
        return [self.recipe.changed(seed=self.recipe.seed + i) for i in range(self.seeds)]

    @property
    def group(self) -> str:
        """What the runs of several seeds are called together."""
        return f"{self.name}-{time.strftime('%y%m%d-%H%M%S')}" if self.seeds > 1 else ""


def order(context: Context, request: Request) -> Order:
    """The order that a request carries: `name`, and perhaps `knobs`, `parent` and `seeds`.

    Raises:
        BadRequest: When it is no order.
        InvalidRecipe: Naming each knob that is off.
        NotYours: When nobody could own what comes of it.
        UnknownRecipe: When there is none of that name.
    """
    given, owner = json_object(request.state.body), context.identity.visitor(request.cookies)
    if owner is None:
        raise NotYours("This browser sends no cookie, so its runs could not be its own; allow cookies.")
    name = str(given.get("name", ""))
    chosen = recipe(name).changed(**part(given, "knobs"))
    try:
        parent = Parent.model_validate(part(given, "parent")) if given.get("parent") else None
    except ValidationError:
        raise BadRequest("A parent is a run and a step; reload the page.") from None
    seeds = given.get("seeds", 1)
    if not (isinstance(seeds, int) and 1 <= seeds <= MOST_SEEDS):
        raise BadRequest(f"An experiment has 1 to {MOST_SEEDS} seeds.")
    return Order(name, chosen, parent, owner, seeds)


def shown(chosen: Recipe) -> dict[str, Any]:
    """The knobs of a recipe as the form has them."""
    return {name: control.as_shown(getattr(chosen, name)) for name, control in chosen.controls().items()}


def offered(context: Context, lab: str, visitor: str) -> dict[str, Any]:
    """What the form of a lab offers a visitor: see `FormOffer` in `types.d.ts`."""
    catalog, own = context.store.data, own_sets(context).of(visitor)
    entries = {name: entry for name, entry in recipes().items() if entry.lab == lab}
    if not entries:
        raise BadRequest(f"There is no lab “{lab[:40]}” that trains.")
    offers = {}
    for what in dict.fromkeys(entry.what for entry in entries.values()):
        kind = kinds()[what]
        fitting = [name for name in (*own, *catalog.names()) if kind.accepts(catalog, name)]
        offers[what] = {
            "title": kind.title,
            "knobs": [control.declared() for control in kind.controls().values()],
            "data": [(name, catalog.title(name)) for name in fitting],
        }
    return {
        "kinds": offers,
        "recipes": {name: {"kind": entry.what, "knobs": shown(entry)} for name, entry in entries.items()},
    }


def routes(context: Context) -> list[Route]:
    """`/forms/LAB`; `/recipe` of a run and `/branch` off it fill the form; `/runs` begins one, `/runs/check` none."""

    def form(request: Request) -> dict[str, Any]:
        return offered(context, request.path_params["lab"], context.identity.visitor(request.cookies) or "nobody")

    def recipe_of(request: Request) -> dict[str, Any]:
        run, step = run_and_step(context, request)
        return filling(run.info.name, run.recipe_at(step))

    def branch_of(request: Request) -> dict[str, Any]:
        run, step = run_and_step(context, request)
        chosen, note = branched(run, step, context.store.data)
        return {**filling(run.info.name, chosen), "parent": {"run": run.id, "step": step}, "note": note}

    def filling(name: str, chosen: Recipe) -> dict[str, Any]:
        return {"recipe": name, "kind": chosen.what, "knobs": shown(chosen)}

    def begin(request: Request) -> dict[str, Any]:
        asked = order(context, request)
        group, problem = asked.group, ""
        begun: list[str] = []
        for chosen in asked.recipes:
            try:
                run = launch(
                    context.store,
                    context.engine,
                    name=asked.name,
                    recipe=chosen,
                    device=context.device,
                    parent=asked.parent,
                    owner=asked.owner,
                    group=group,
                    limits=context.limits,
                )
            except PlaygroundError as error:
                if not begun:
                    raise
                problem = f"{len(begun)} of {asked.seeds} runs are queued. {error}"
                break
            begun.append(run.id)
        return {"run": begun[0], "group": group, "problem": problem}

    def check(request: Request) -> dict[str, Any]:
        try:
            asked = order(context, request)
            checked(context.store, asked.recipe, parent=asked.parent, owner=asked.owner)
        except PlaygroundError as error:
            return {"problem": str(error)}  # the answer to what was asked, and no error of the page
        return {"problem": ""}

    return [
        route("/forms/{lab}", form),
        route("/recipe", recipe_of),
        route("/branch", branch_of),
        route("/runs", begin, "POST"),
        route("/runs/check", check, "POST"),
    ]
