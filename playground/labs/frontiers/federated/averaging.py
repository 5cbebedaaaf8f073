"""The server of federated learning and its clients: federated averaging, and two remedies where clients differ.

McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data", 2017 (arXiv 1602.05629),
algorithm 1. A step of the training is a round: the server sends its weights to some clients, each of them trains on,
and the mean of how far they have come is the step that the server takes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import SGD

from playground.data import Data, Split, unit
from playground.labs.frontiers.federated.privacy import Privacy
from playground.labs.frontiers.recognized import COLUMNS, dimmed, first_of_each
from playground.labs.vision.classifier import Classifier
from playground.media import Sheet
from playground.metrics.classified import classification
from playground.objective import Batch, Moment, Objective, Phase, Terms

Weights = list[Tensor]
"""All parameters of the network, or something for each of their numbers."""


class FederatedAveraging(Objective):
    """Clients train by gradient descent from the server's weights, and the server takes the mean of their changes."""

    shown: Classifier
    holdings: Tensor
    fixed: Tensor
    answers: Tensor

    def __init__(
        self,
        *,
        network: Classifier,
        data: Data,
        holdings: Tensor,
        learning_rate: float,
        server_rate: float,
        privacy: Privacy,
    ) -> None:
        """Takes a fresh network.

        Args:
            network: Without norms over a batch: clients that differ would not agree on what is normal.
            data: Of all clients, and the test set.
            holdings: (clients, K), how many examples of each class every client has.
            learning_rate: Of the clients' gradient descent.
            server_rate: What the mean of their changes is multiplied by.
            privacy: What becomes of the changes on their way to the server.
        """
        super().__init__()
        self.shown, self.learning_rate, self.server_rate, self.privacy = network, learning_rate, server_rate, privacy
        rows = first_of_each(data.test["labels"], len(data.spec.classes))
        self.register_buffer("holdings", holdings.float(), persistent=False)
        self.register_buffer("fixed", data.test["images"][rows], persistent=False)
        self.register_buffer("answers", data.test["labels"][rows], persistent=False)

    def phases(self) -> list[Phase]:
        """The server's step (Reddi et al., "Adaptive Federated Optimization", 2021, algorithm 1, with SGD)."""
        return [Phase("round", [SGD(self.shown.parameters(), lr=self.server_rate)])]

    def schedule(self, phase: str, progress: float) -> float:
        """The server takes all of the mean, throughout."""
        return 1.0

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """A round. "client_loss" and "drift" have a part for each client, not a number for those that took no part.

        "drift" is how far, as a Euclidean distance, each one's weights have come from the server's.
        """
        parameters = list(self.shown.parameters())
        start = [parameter.detach().clone() for parameter in parameters]
        client_loss = torch.full((len(self.holdings),), torch.nan, device=start[0].device)
        drift = client_loss.clone()
        clients = batch["client"].unique().tolist()
        changes: list[Weights] = []
        for client in clients:
            client_loss[client], change = self.locally(client, start, batch)
            changes.append(change)
            drift[client] = length(change)
        self.after_round(clients, changes)
        mean = self.privacy.mean(changes, self.shares(clients), moment.rng)
        with torch.no_grad():
            for parameter, before, step in zip(parameters, start, mean, strict=True):
                parameter.copy_(before)
                parameter.grad = -step
        for optimizer in phase.optimizers:
            optimizer.step()
        taken = client_loss[clients]
        return {"loss": taken.mean(), "client_loss": client_loss, "drift": drift, "change": length(mean)}

    def shares(self, clients: list[int]) -> Tensor:
        """What each of some clients weighs in the mean, (len(clients),): as many examples as it has; they sum to 1."""
        sizes = self.holdings[clients].sum(dim=1)
        return sizes / sizes.sum()

    def locally(self, client: int, start: Weights, batch: Batch) -> tuple[float, Weights]:
        """Trains the network from `start` on a client's batches, and leaves it where that has taken it.

        Returns:
            The loss on the first batch, which is that of the server's weights, and how far they have come.
        """
        parameters = list(self.shown.parameters())
        with torch.no_grad():
            for parameter, before in zip(parameters, start, strict=True):
                parameter.copy_(before)
        first, mine = 0.0, batch["client"] == client
        steps = int(batch["batch"][mine].max()) + 1
        self.begin(client, steps)
        for step in range(steps):
            rows = mine & (batch["batch"] == step)
            with self.autocast():
                loss = F.cross_entropy(self.shown(unit(batch["images"][rows])), batch["labels"][rows])
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                corrections = self.correction(client, parameters, start)
                for parameter, gradient, more in zip(parameters, gradients, corrections, strict=True):
                    parameter.sub_(gradient + more, alpha=self.learning_rate)
            first = first if step else float(loss.detach())
        return first, [now.detach() - before for now, before in zip(parameters, start, strict=True)]

    def begin(self, client: int, steps: int) -> None:
        """A client is about to take so many steps."""

    def correction(self, client: int, weights: Sequence[Tensor], start: Weights) -> Weights:
        """What is added to a client's gradients at `weights`, having begun at `start`; nothing here."""
        return [torch.zeros(()) for _ in weights]

    def after_round(self, clients: list[int], changes: list[Weights]) -> None:
        """What is kept of a round besides the server's weights; nothing here."""

    def preview(self, rng: Generator) -> Sheet:
        """Eight test pictures of each class in a row; those that it does not recognize are dark."""
        right = self.shown(unit(self.fixed)).argmax(dim=1) == self.answers
        return Sheet(dimmed(self.fixed, right), COLUMNS)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Accuracy and loss on all classes, and the accuracies of the clients, see `well_off`.

        They are called "client.1" and so on, and the lowest "worst".
        """
        each = well_off(recalls(self.shown, split, self.holdings.shape[1]), self.holdings)
        named = {f"client.{i + 1}": float(each[i]) for i in (~each.isnan()).nonzero()[:, 0].tolist()}
        return {**classification(self.shown, split), "worst": min(named.values()), **named}


class FederatedProximal(FederatedAveraging):
    """FedProx: a spring holds each client to the server's weights.

    Li et al., "Federated Optimization in Heterogeneous Networks", 2020 (arXiv 1812.06127), equation 2.
    """

    def __init__(self, *, proximal: float, **averaging: object) -> None:
        """`proximal` is mu; see `FederatedAveraging` for the rest."""
        super().__init__(**averaging)  # type: ignore[arg-type]
        self.proximal = proximal

    def correction(self, client: int, weights: Sequence[Tensor], start: Weights) -> Weights:
        """The gradient of mu / 2 |w - w_t|^2, which is mu (w - w_t)."""
        return [self.proximal * (now - before) for now, before in zip(weights, start, strict=True)]


class Scaffold(FederatedAveraging):
    """SCAFFOLD: each client corrects its gradients by how they differ from those of all.

    Karimireddy et al., "SCAFFOLD: Stochastic Controlled Averaging for Federated Learning", 2020 (arXiv 1910.06378),
    algorithm 1 with option II. Notation: x `start`, y_i the client's weights, c_i `own[i]`, c `server`, K the `steps`,
    eta_l `learning_rate`.
    """

    own: Tensor
    server: Tensor

    def __init__(self, **averaging: object) -> None:
        """See `FederatedAveraging`; the control variates begin at zero and are part of the saved state."""
        super().__init__(**averaging)  # type: ignore[arg-type]
        count = sum(parameter.numel() for parameter in self.shown.parameters())
        self.register_buffer("own", torch.zeros(len(self.holdings), count))
        self.register_buffer("server", torch.zeros(count))
        self._steps: dict[int, int] = {}

    def shares(self, clients: list[int]) -> Tensor:
        """All alike."""
        return torch.full((len(clients),), 1 / len(clients))

    def begin(self, client: int, steps: int) -> None:
        """Remembers how many steps a client takes."""
        self._steps[client] = steps

    def correction(self, client: int, weights: Sequence[Tensor], start: Weights) -> Weights:
        """- c_i + c."""
        return split_like(self.server - self.own[client], weights)

    def after_round(self, clients: list[int], changes: list[Weights]) -> None:
        """c_i+ = c_i - c + (x - y_i) / (K eta_l), and c moves by the mean of their changes over all clients."""
        moved = torch.zeros_like(self.server)
        for client, change in zip(clients, changes, strict=True):
            flat = torch.cat([part.flatten() for part in change])
            more = -self.server - flat / (self._steps[client] * self.learning_rate)
            self.own[client] += more
            moved += more
        self.server += moved / len(self.own)


def recalls(network: Classifier, split: Split, classes: int) -> Tensor:
    """The share of each class's examples that are recognized, (K,); not a number where there are none."""
    taken = torch.cat([network(unit(images)).argmax(dim=1) for images in split["images"].split(500)])
    labels, counts = split["labels"], torch.bincount(split["labels"], minlength=classes)
    return torch.bincount(labels[taken == labels], minlength=classes) / counts  # 0 / 0 is not a number


def well_off(recall: Tensor, holdings: Tensor) -> Tensor:
    """The accuracy for each client, (clients,): of each class as much counts as it has of it.

    Args:
        recall: (K,), the accuracy on each class; not a number where that is unknown, and left out.
        holdings: (clients, K), examples of each class that every client has; one that has none has no accuracy.
    """
    known = ~recall.isnan()
    held = holdings[:, known].to(recall)
    return held @ recall[known] / held.sum(dim=1)


def length(weights: Weights) -> Tensor:
    """The Euclidean norm of all numbers together."""
    return torch.stack([part.norm() for part in weights]).norm()


def split_like(flat: Tensor, weights: Sequence[Tensor]) -> Weights:
    """Numbers in a row as the parameters that they belong to."""
    parts = flat.split([weight.numel() for weight in weights])
    return [part.view_as(weight) for part, weight in zip(parts, weights, strict=True)]
