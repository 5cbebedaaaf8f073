"""The recipes of the self-supervised lab, a file a family of methods."""

from __future__ import annotations

from playground.labs.selfsupervised.recipes.clips import CLIPS
from playground.labs.selfsupervised.recipes.clustering import CLUSTERING
from playground.labs.selfsupervised.recipes.contrastive import CONTRASTIVE
from playground.labs.selfsupervised.recipes.distillation import DISTILLATION
from playground.labs.selfsupervised.recipes.masked import MASKED
from playground.labs.selfsupervised.recipes.words import WORDS
from playground.recipe import Recipe

RECIPES: dict[str, Recipe] = {**CONTRASTIVE, **CLUSTERING, **DISTILLATION, **MASKED, **WORDS, **CLIPS}
