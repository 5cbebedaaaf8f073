"""The recipes of the frontiers lab."""

from __future__ import annotations

from playground.labs.frontiers.experts.recipes import RECIPES as EXPERTS
from playground.recipe import Recipe

RECIPES: dict[str, Recipe] = {**EXPERTS}
