"""One folder a topic. What stands in a lab's `recipes.py` is known to the page, the command line and the tests."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from playground.errors import PlaygroundError
from playground.recipe import Recipe


class UnknownRecipe(PlaygroundError):
    """No recipe goes by that name."""


@cache
def recipes() -> dict[str, Recipe]:
    """All recipes by name, `<what>-<data>`."""
    found: dict[str, Recipe] = {}
    for lab in pkgutil.iter_modules(__path__):
        if lab.ispkg:
            found |= import_module(f"{__name__}.{lab.name}.recipes").RECIPES
    return found


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
