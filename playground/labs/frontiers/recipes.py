"""The recipes of the frontiers lab."""

from __future__ import annotations

from playground.labs.frontiers.continual.recipes import RECIPES as CONTINUAL
from playground.labs.frontiers.efficiency.recipes import RECIPES as EFFICIENCY
from playground.labs.frontiers.experts.recipes import RECIPES as EXPERTS
from playground.labs.frontiers.federated.recipes import RECIPES as FEDERATED
from playground.labs.frontiers.memory.recipes import RECIPES as MEMORY
from playground.labs.frontiers.meta.recipes import RECIPES as META
from playground.labs.frontiers.search.recipes import RECIPES as SEARCH
from playground.recipe import Recipe

RECIPES: dict[str, Recipe] = {**EXPERTS, **CONTINUAL, **FEDERATED, **META, **MEMORY, **SEARCH, **EFFICIENCY}
