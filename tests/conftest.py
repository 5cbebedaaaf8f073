"""What tests of several folders share."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
import torch

from playground import data
from playground.compat import torchvision_operators
from playground.data import Data, Images, Spec, Split
from playground.recipe import Recipe


@pytest.fixture
def one_thread():
    """Keeps small networks fast on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def timm() -> ModuleType:
    """The library timm, the reference for Vision Transformers."""
    torchvision_operators()
    import timm

    return timm


@pytest.fixture
def data_for() -> Callable[[Recipe], Data]:
    """Gives a recipe what it learns from, or random pictures of the same shape where that is not on this machine."""
    return _data_for


def _data_for(recipe: Recipe) -> Data:
    if recipe.data in data.names() and not data.available(recipe.data):
        return synthetic(recipe.spec())
    return recipe.load()


def synthetic(spec: Spec, *, train: int = 64, test: int = 32) -> Images:
    """Noise of the shape of `spec`, whose brightness tells its class."""

    def split(n: int, rng: torch.Generator) -> Split:
        labels = torch.arange(n) % len(spec.classes)
        noise = torch.randint(0, 64, (n, spec.channels, spec.size, spec.size), generator=rng)
        brightness = labels * 190 // len(spec.classes)
        return Split(images=(noise + brightness[:, None, None, None]).to(torch.uint8), labels=labels)

    rng = torch.Generator().manual_seed(0)
    return Images(spec=spec, train=split(train, rng), test=split(test, rng), hash="synthetic")
