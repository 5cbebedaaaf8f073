"""The recipes of federated learning: one class a method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import model_validator
from torch import Tensor
from torch.nn import functional as F

from playground.data import Data, ImageSpec
from playground.flops import of_one_image
from playground.labs.frontiers.federated.averaging import FederatedAveraging, FederatedProximal, Scaffold
from playground.labs.frontiers.federated.clients import Division, Rounds, owners
from playground.labs.frontiers.federated.privacy import Privacy
from playground.labs.vision.lenet import LeNet
from playground.metrics.labels import Share
from playground.recipe import ImageRecipe, Recipe, knob
from playground.sampler import Sampler

MOST = 20
"""Clients at most."""


class FederatedRecipe(ImageRecipe):
    """Federated averaging; what the other methods share with it."""

    what: ClassVar[str] = "fedavg"
    lab: ClassVar[str] = "frontiers"
    title: ClassVar[str] = "Federated averaging"
    columns: ClassVar[tuple[str, ...]] = ("images", "labels")
    labels: ClassVar[Mapping[str, str]] = {
        "worst": Share("Accuracy of the client that is worst off"),
        "client_loss": "Loss of a client",
        "drift": "Client drift (distance from the server's weights)",
        "change": "Step of the server",
        **{f"client.{number}": Share(f"Accuracy of client {number}") for number in range(1, MOST + 1)},
    }

    clients: int = knob(10, "Clients that own the data.", ge=1, le=MOST, unit="clients", step=1)
    division: Division = knob(
        "two classes",
        "Division of the data: two classes for each client, Dirichlet shares of every class, or all alike (IID).",
        label="Division of the data",
        shown=True,
    )
    alpha: float = knob(
        0.1, "Dirichlet parameter (alpha): the smaller, the less alike clients are.", ge=0.01, le=100, label="Alpha"
    )
    asked: int = knob(5, "Clients that take part in a round.", ge=1, le=MOST, unit="clients", step=1)
    local_steps: int = knob(
        10, "Local steps of each client in a round.", ge=1, le=100, unit="steps", step=1, shown=True
    )
    learning_rate: float = knob(0.05, "Learning rate of the clients' gradient descent.", ge=1e-5, le=2)
    server_rate: float = knob(1.0, "Server learning rate: what the mean of all changes is multiplied by.", ge=0, le=4)
    width: int = knob(6, "Width: channels of LeNet's first convolution.", ge=3, le=48, unit="features")
    dropouts: float = knob(0.0, "Dropouts: the share of clients that send nothing back.", ge=0, le=0.95)
    stragglers: float = knob(
        0.0, "Stragglers: the share of clients that have time for a part of their local steps only.", ge=0, le=1
    )
    clip: float | None = knob(
        None, "Clipping: the greatest norm that a client's change may have; none is no limit.", ge=1e-3, le=100
    )
    noise: float = knob(
        0.0, "Noise multiplier of differential privacy: its deviation in units of the clipping.", ge=0, le=10
    )
    secure: bool = knob(
        False, "Secure aggregation: masks hide each change from the server, which learns their sum alone."
    )

    @model_validator(mode="after")
    def _noise_needs_a_limit(self) -> FederatedRecipe:
        self.privacy()
        return self

    def check(self, spec: ImageSpec) -> None:
        """Two halvings, and a convolution without padding between them."""
        if spec.size % 4 or spec.size < 12:
            raise ValueError(f"the side must be a multiple of 4 pixels, 12 or more, not {spec.size}")

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """The accuracy on the test set."""
        return ("accuracy", "rises")

    def network(self, spec: ImageSpec) -> LeNet:
        """LeNet, which has no norm over a batch, for images of `spec`."""
        return LeNet(image_size=spec.size, channels=spec.channels, classes=len(spec.classes), width=self.width)

    def flops(self, spec: ImageSpec) -> int:
        """From a picture to its logits."""
        return of_one_image(self, spec)

    def privacy(self) -> Privacy:
        """What becomes of changes on their way to the server."""
        return Privacy(clip=self.clip, noise=self.noise, secure=self.secure)

    def owner(self, data: Data) -> Tensor:
        """The client (N,) of each training example."""
        labels = data.train["labels"].cpu()
        return owners(labels, self.clients, self.division, alpha=self.alpha, seed=self.seed)

    def sampler(self, data: Data) -> Sampler:
        """Rounds."""
        return Rounds(
            data.train,
            self.owner(data),
            asked=self.asked,
            local_steps=self.local_steps,
            batch_size=self.batch_size,
            dropouts=self.dropouts,
            stragglers=self.stragglers,
            seed=self.seed,
        )

    def build(self, data: Data) -> FederatedAveraging:
        """The server and its clients."""
        return self.between(self.network(data.spec), data)

    def between(self, network: LeNet, data: Data) -> FederatedAveraging:
        """The server that has this network, and the clients that have these data."""
        return FederatedAveraging(**self.settings(network, data))

    def holdings(self, data: Data) -> Tensor:
        """How many examples of each class every client has, (clients, K)."""
        owned = F.one_hot(self.owner(data), self.clients).T.float()  # (clients, N)
        return owned @ F.one_hot(data.train["labels"].cpu(), len(data.spec.classes)).float()

    def settings(self, network: LeNet, data: Data) -> dict[str, Any]:
        """What the objective of any method takes."""
        return {
            "network": network,
            "data": data,
            "holdings": self.holdings(data),
            "learning_rate": self.learning_rate,
            "server_rate": self.server_rate,
            "privacy": self.privacy(),
        }


class ProximalRecipe(FederatedRecipe):
    """FedProx: a spring holds each client to the server's weights."""

    what: ClassVar[str] = "fedprox"
    title: ClassVar[str] = "FedProx"

    folded: ClassVar[tuple[str, ...]] = ("local_steps",)

    proximal: float = knob(0.1, "Proximal term (mu): how strongly clients are held.", ge=0, le=100, shown=True)

    def between(self, network: LeNet, data: Data) -> FederatedProximal:
        """Clients that are held."""
        return FederatedProximal(proximal=self.proximal, **self.settings(network, data))


class ScaffoldRecipe(FederatedRecipe):
    """SCAFFOLD: clients correct their gradients by how they differ from those of all."""

    what: ClassVar[str] = "scaffold"
    title: ClassVar[str] = "SCAFFOLD"

    def between(self, network: LeNet, data: Data) -> Scaffold:
        """Clients whose gradients are corrected."""
        return Scaffold(**self.settings(network, data))


RECIPES: dict[str, Recipe] = {
    "fedavg-fashion": FederatedRecipe(batch_size=32),
    "fedprox-fashion": ProximalRecipe(batch_size=32),
    "scaffold-fashion": ScaffoldRecipe(batch_size=32),
}
