"""What rounding a snapshot changes in what its views show."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from playground.labs import views
from playground.runs.networks import Networks
from playground.runs.reader import Run
from playground.runs.store import Store
from playground.ui.inputs import Inputs
from playground.ui.views import ViewRequest, Views
from playground.view import Answer, View

ENCODED = ("jpeg",)
"""Tensors that hold the bytes of a file, which cannot be compared number by number."""


def differences(run: Run, step: int, rounded: nn.Module, store: Store) -> dict[str, float]:
    """How far a rounded network's answers are from those of the snapshot that it was rounded from.

    Args:
        run: Whose snapshot it is.
        step: Which snapshot.
        rounded: Its network with rounded weights.
        store: Where inputs of views are found.

    Returns:
        By view, the largest difference of any number, as a part of its tensor's largest one; for pixels, of 255.
    """
    exact = run.network(step)
    largest = {}
    for view in views()[run.recipe.lab].values():
        if view.fits(type(exact), run.spec):
            exact_answer, rounded_answer = (_answer(view, network, run, step, store) for network in (exact, rounded))
            largest[view.name] = max(
                (
                    _difference(exact_answer, rounded_answer, name)
                    for name in exact_answer.tensors
                    if name not in ENCODED
                ),
                default=0.0,
            )
    return largest


@torch.no_grad()
def _answer(view: View, network: nn.Module, run: Run, step: int, store: Store) -> Answer:
    resolvers = Views(store, Networks(), Inputs(store.data)).resolvers
    inputs: dict[str, Any] = {name: resolvers[name](ViewRequest(view, run, step, "ex-0")) for name in view.inputs}
    if view.prepare is not None:
        inputs["prepared"] = view.prepare(network, run.spec, inputs)
    return view.answer(network, run.spec, view.options(), inputs)


def _difference(exact: Answer, rounded: Answer, name: str) -> float:
    a, b = exact.tensors[name].double(), rounded.tensors[name].double()
    scale = 255.0 if exact.tensors[name].dtype == torch.uint8 else float(a.abs().max())
    return float((a - b).abs().max()) / max(scale, 1e-9) if a.numel() else 0.0
