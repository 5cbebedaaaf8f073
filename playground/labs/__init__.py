"""One folder a topic. What a lab declares, recipes and views, is known to the page, the command line and the tests."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from playground.errors import PlaygroundError
from playground.lesson import Card
from playground.recipe import Recipe
from playground.view import Guest, View


class UnknownRecipe(PlaygroundError):
    """No recipe goes by that name."""


@cache
def recipes() -> dict[str, Recipe]:
    """All recipes by name, `<what>-<data>`."""
    by_name: dict[str, Recipe] = {}
    for lab in pkgutil.iter_modules(__path__):
        if lab.ispkg:
            by_name |= import_module(f"{__name__}.{lab.name}.recipes").RECIPES
    return by_name


@cache
def views() -> dict[str, dict[str, View]]:
    """All views by lab and name, in the order in which the labs declare them."""
    by_lab: dict[str, dict[str, View]] = {}
    for lab in pkgutil.iter_modules(__path__):
        if lab.ispkg and find_spec(module := f"{__name__}.{lab.name}.views"):
            by_lab[lab.name] = {view.name: view for view in import_module(module).VIEWS}
    return by_lab


def guests(lab: str) -> dict[str, Guest]:
    """The networks by name that views of a lab may be asked of in place of a run's."""
    return {name: guest for view in views().get(lab, {}).values() for name, guest in view.hosted.items()}


@cache
def lessons() -> dict[str, tuple[Card, ...]]:
    """The cards of every lab's lesson, by lab."""
    by_lab: dict[str, tuple[Card, ...]] = {}
    for lab in pkgutil.iter_modules(__path__):
        if lab.ispkg and find_spec(module := f"{__name__}.{lab.name}.lesson"):
            by_lab[lab.name] = import_module(module).CARDS
    return by_lab


@cache
def kinds() -> dict[str, type[Recipe]]:
    """The classes of recipes by what they train, such as `vit`."""
    return {recipe.what: type(recipe) for recipe in recipes().values()}


def recipe(name: str) -> Recipe:
    """The recipe of that name."""
    try:
        return recipes()[name]
    except KeyError:
        raise UnknownRecipe(f"There is no recipe “{name}”. There are {', '.join(sorted(recipes()))}.") from None
