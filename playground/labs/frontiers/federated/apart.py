"""The view of the clients: what each of them would make of the server's network, and what their mean is."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Generator

from playground.data import ImageSpec
from playground.labs.frontiers.federated.averaging import length, recalls, well_off
from playground.labs.vision.lenet import LeNet
from playground.objective import Moment
from playground.view import Answer, Options, Part, View, option

TESTS = 500
PICTURES = 6
"""Of each client, how many are shown."""


def apart_view(network: LeNet, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """A round of all clients from the server's weights, none of which drops out or lags.

    SCAFFOLD's corrections are no part of a snapshot: its clients train here as those of federated averaging do.

    Returns:
        `recalls` (clients + 2, K): how many of the test pictures of each class the server recognizes, then each client
        after its own training, at last the mean of them; not a number for a client without data. `holdings`
        (clients, K), examples that each client has; `drift` (clients,), how far it comes from the server's weights, and
        `agreement` (clients,), the cosine of that with the mean; `pictures`, uint8 (clients, PICTURES, C, H, W), some
        of its own. The words say the `classes`, and how many `steps` clients take.
    """
    recipe, data, test = inputs["recipe"], inputs["data"], inputs["test"]
    everyone = recipe.changed(asked=recipe.clients, dropouts=0.0, stragglers=0.0)
    classes, owner = len(spec.classes), everyone.owner(data)
    server = everyone.between(deepcopy(network).requires_grad_(True), data)
    parameters = list(server.shown.parameters())
    start = [parameter.detach().clone() for parameter in parameters]
    batch = everyone.sampler(data)(Moment(0, 0.0, Generator()))
    clients = batch["client"].unique().tolist()
    found = torch.full((everyone.clients + 2, classes), torch.nan)
    found[0] = recalls(network, test, classes)
    changes = []
    for client in clients:
        with torch.enable_grad():
            changes.append(server.locally(client, start, batch)[1])
        found[client + 1] = recalls(server.shown, test, classes)
    mean = everyone.privacy().mean(changes, server.shares(clients), Generator().manual_seed(0))
    for parameter, before, change in zip(parameters, start, mean, strict=True):
        parameter.data = before + everyone.server_rate * change
    found[-1] = recalls(server.shown, test, classes)
    drift, agreement = torch.full((2, everyone.clients), torch.nan)
    flat = torch.cat([part.flatten() for part in mean])
    for client, change in zip(clients, changes, strict=True):
        drift[client] = length(change)
        agreement[client] = torch.cosine_similarity(torch.cat([part.flatten() for part in change]), flat, dim=0)
    pictures = torch.zeros(everyone.clients, PICTURES, *data.train["images"].shape[1:], dtype=torch.uint8)
    for client in clients:
        own = (owner == client).nonzero()[:PICTURES, 0]
        pictures[client, : len(own)] = data.train["images"][own]
    tensors = {"recalls": found, "holdings": server.holdings, "drift": drift, "agreement": agreement}
    words = {"classes": list(spec.classes), "steps": everyone.local_steps, "n": len(test)}
    return Answer(tensors | {"pictures": pictures}, words)


def trace_view(network: LeNet, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """How well off clients are with the server's network, `values` (2,): their mean, and the one that is worst off."""
    held = inputs["recipe"].holdings(inputs["data"])
    each = well_off(recalls(network, inputs["test"], len(spec.classes)), held)
    values = torch.stack([each.nanmean(), each.nan_to_num(1).min()])
    return Answer({"values": values}, {"names": ["Clients' mean", "Worst off"], "shares": False, "ends": [0, 1]})


class Chosen(Options):
    """The client that is brought out."""

    client: int = option(0, "The client, counted from 0; the last one if there are fewer.", ge=0, le=99)


CLIENTS = View(
    name="clients",
    title="Clients",
    question="What does each client know?",
    about="From the server’s network at this snapshot every client trains on its own pictures, and the server takes "
    "the mean. A row is what one of them then recognizes; outlined are the classes that it has.",
    needs=LeNet,
    painter="frontiers/federated/apart.js",
    options=Chosen,
    parts={"clients": Part(apart_view, inputs=("recipe", "data", "test"), tests=TESTS, heavy=True)},
    trace=Part(trace_view, inputs=("recipe", "data", "test"), tests=TESTS),
)
