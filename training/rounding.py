"""What rounding a snapshot changes in what its views show."""

from __future__ import annotations

import math
from collections.abc import MutableMapping
from io import BytesIO
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from playground.labs import views
from playground.runs.networks import Networks
from playground.runs.reader import Run
from playground.runs.store import Store
from playground.ui.inputs import FIRST, Inputs
from playground.ui.views import ViewRequest, Views
from playground.view import Answer, Part

PIXELS = "jpeg"
"""The tensor that holds the bytes of a picture, which are compared once it is decoded."""
SQUARE = 8
"""The side of the squares of pixels in which pictures are compared."""
LOOKED_UP = {"neighbors", "data"}
"""Inputs that views look up pictures in."""


class Exact:
    """What the views show of a snapshot, which its rounded copies are compared with."""

    def __init__(self, run: Run, step: int, store: Store) -> None:
        """Nothing is computed yet; `store` is where inputs of views are found."""
        self.run, self.step, self.store = run, step, store
        self.network = run.network(step)
        self._answers: dict[int, Answer] = {}
        self._prepared: dict[Any, Any] = {}

    def differences(self, rounded: nn.Module, most: float = math.inf) -> dict[str, float]:
        """How far a rounded network's answers are from those of the snapshot that it was rounded from.

        Args:
            rounded: The network with rounded weights.
            most: One difference above it is enough, and those that would come after it are left out.

        Returns:
            By part of a view, the largest difference of any number, as a part of its tensor's largest one. Of pictures
            it is the largest root mean square of any square of `SQUARE` pixels, as a part of 255: single pixels at an
            edge differ soonest, and nobody sees it. For a sheet of pictures it is that of all pixels, since those of a
            JPEG file differ by its own rounding. What a view looked up among examples counts by its distance: one as
            near as another is as good.
        """
        run = self.run
        largest: dict[str, float] = {}
        prepared: dict[Any, Any] = {}
        fitting = [
            view for view in views()[run.recipe.lab].values() if view.fits(type(self.network), run.spec, run.recipe)
        ]
        for part_name, part in (pair for view in fitting for pair in view.parts.items()):
            other = _answer(part, rounded, run, self.step, self.store, prepared)
            one = self._answers.get(id(part))
            if one is None:
                one = self._answers[id(part)] = _answer(part, self.network, run, self.step, self.store, self._prepared)
            apart = [
                _apart(one.tensors[name], other.tensors[name], pixels=name == PIXELS)
                for name in one.tensors
                if name not in part.ambiguous and (name == PIXELS or _counts(one.tensors[name], part))
            ]
            largest[part_name] = max([largest.get(part_name, 0.0), *apart])  # two views may have parts of one name
            if largest[part_name] > most:
                break
        return largest


def _counts(tensor: Tensor, part: Part) -> bool:
    """Whether a tensor tells how far two answers are apart: numbers of examples and pictures looked up do not."""
    return tensor.is_floating_point() or (tensor.dtype == torch.uint8 and not LOOKED_UP & {*part.inputs})


@torch.no_grad()
def _answer(
    part: Part, network: nn.Module, run: Run, step: int, store: Store, prepared: MutableMapping[Any, Any]
) -> Answer:
    """What a part answers where nothing was chosen; what answers share is `prepared` once, and kept there."""
    resolvers = Views(store, Networks(), Inputs(store.data)).resolvers
    request = ViewRequest(part, run, step, part.options(), dict.fromkeys(part.chosen, FIRST))
    inputs: dict[str, Any] = {name: resolvers[name](request) for name in part.inputs if name != "answer"}
    if "answer" in part.inputs:  # of a part that goes on from its own, the first one is meant
        inputs["answer"] = None if part.on is None else _answer(part.on, network, run, step, store, prepared)
    if part.prepare is not None:
        key = (part.prepare, part.tests)
        if key not in prepared:
            prepared[key] = part.prepare(network, run.spec, inputs)
        inputs["prepared"] = prepared[key]
    return part.answer(network, run.spec, request.options, inputs)


def _apart(one: Tensor, other: Tensor, *, pixels: bool) -> float:
    if pixels:
        return float((_decoded(one) - _decoded(other)).square().mean().sqrt()) / 255
    if not one.numel():
        return 0.0
    a, b = one.double(), other.double()
    if one.dtype == torch.uint8 and one.ndim >= 3 and min(one.shape[-2:]) >= SQUARE:
        squares = avg_pool2d((a - b).square().flatten(0, -3)[None], SQUARE, stride=SQUARE // 2)
        return float(squares.max().sqrt()) / 255
    scale = 255.0 if one.dtype == torch.uint8 else float(a.abs().max())
    return float((a - b).abs().max()) / max(scale, 1e-9)


def _decoded(content: Tensor) -> Tensor:
    """The bytes (n,) of a picture's file as its pixels (H, W, 3), float64."""
    return torch.from_numpy(np.array(Image.open(BytesIO(content.numpy().tobytes())))).double()
