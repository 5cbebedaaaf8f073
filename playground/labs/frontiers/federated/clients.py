"""Which client owns which examples, and what each of them trains on in a round."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Generator, Tensor
from torch.distributions import Dirichlet

from playground.data import Split
from playground.objective import Batch, Moment
from playground.randomness import ambient, seeded

Division = Literal["two classes", "dirichlet", "equal"]
"""How alike clients are: each has pictures of two classes at most; each class is divided by a Dirichlet distribution;
all have the same."""
SHARDS = 2
"""Runs of one class that a client is given where it has two classes."""


def owners(labels: Tensor, clients: int, division: Division, *, alpha: float, seed: int) -> Tensor:
    """The client (N,), int64, that owns each example, given its class in labels (N,).

    "two classes" is the non-IID partition of McMahan et al., 2017, section 3: examples are sorted by class and cut into
    twice as many shards as there are clients, two for each. "dirichlet" is that of Hsu, Qi & Brown, "Measuring the
    Effects of Non-Identical Data Distribution for Federated Visual Classification", 2019 (arXiv 1909.06335), class by
    class: the smaller `alpha`, the less alike the clients are.
    """
    rng = seeded(Generator(), seed, "clients")
    found = torch.empty(len(labels), dtype=torch.long)
    order = torch.randperm(len(labels), generator=rng)
    if division == "equal":
        found[order] = torch.arange(len(labels)) % clients
    elif division == "two classes":
        shuffled = order[labels[order].argsort(stable=True)]
        given = torch.randperm(SHARDS * clients, generator=rng) // SHARDS  # (shards,)
        found[shuffled] = given[torch.arange(len(labels)) * SHARDS * clients // len(labels)]
    else:
        with ambient(int(torch.randint(2**31, (), generator=rng)), torch.device("cpu")):
            shares = Dirichlet(torch.full((clients,), alpha)).sample((int(labels.max()) + 1,))  # (K, clients)
        for label, share in enumerate(shares):
            mine = order[labels[order] == label]
            ends = (share.cumsum(dim=0) * len(mine)).round().long()
            found[mine] = torch.bucketize(torch.arange(len(mine)), ends, right=True).clamp(max=clients - 1)
    return found


class Rounds:
    """What the clients of each round train on: batches of each one's own data, in columns beside one another.

    A batch has two more columns, both int64: the `client` that owns each example, and the local `batch` that it is in,
    counted from 0.
    """

    def __init__(
        self,
        split: Split,
        owner: Tensor,
        *,
        asked: int,
        local_steps: int,
        batch_size: int,
        dropouts: float,
        stragglers: float,
        seed: int,
    ) -> None:
        """Takes the clients' data.

        Args:
            split: All that is learned from.
            owner: (N,), the client of each example of it.
            asked: Clients that are asked in a round; all where there are fewer.
            local_steps: Batches that each of them trains on.
            batch_size: Of each, at most all that the client has.
            dropouts: The probability that a client that was asked sends nothing back; the first one always does.
            stragglers: The probability that one has time for a part of its batches only.
            seed: Of all that is drawn.
        """
        self.split, self.seed = split, seed
        self.rows = {int(client): (owner == client).nonzero()[:, 0] for client in owner.unique()}
        self.asked, self.local_steps, self.batch_size = asked, local_steps, batch_size
        self.dropouts, self.stragglers = dropouts, stragglers

    def __call__(self, moment: Moment) -> Batch:
        """The batches of a round."""
        rng = seeded(Generator(), self.seed, "round", moment.step)
        clients = torch.tensor(sorted(self.rows))
        clients = clients[torch.randperm(len(clients), generator=rng)[: self.asked]]
        stays = torch.rand(len(clients), generator=rng) >= self.dropouts
        stays[0] = True
        rows, owner, batch = [], [], []
        for client in clients[stays].tolist():
            steps = self.local_steps
            if torch.rand((), generator=rng) < self.stragglers:
                steps = int(torch.randint(1, steps + 1, (), generator=rng))
            own = self.rows[client]
            size = min(self.batch_size, len(own))
            places = torch.cat([torch.randperm(len(own), generator=rng)[:size] for _ in range(steps)])
            rows.append(own[places])
            owner.append(torch.full((len(places),), client))
            batch.append(torch.arange(len(places)) // size)
        chosen = torch.cat(rows)
        device = self.split["labels"].device
        columns = self.split.batch(chosen.to(device))
        return {**columns, "client": torch.cat(owner).to(device), "batch": torch.cat(batch).to(device)}
