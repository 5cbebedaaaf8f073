"""Federated learning against references that compute each client by itself, in float64."""

import math

import pytest
import torch
from torch import Generator, nn
from torch.nn import functional as F

from playground.data import Data, ImageSpec, Split, unit
from playground.labs import recipe
from playground.labs.frontiers.federated.averaging import FederatedAveraging, FederatedProximal, Scaffold
from playground.labs.frontiers.federated.clients import Rounds, owners
from playground.labs.frontiers.federated.privacy import SCALE, Privacy, masked, opened
from playground.objective import Moment

pytestmark = pytest.mark.usefixtures("one_thread")

CLIENTS, CLASSES = 4, 3
SPEC = ImageSpec(name="any", channels=1, size=4, classes=tuple("abc"))


def labels(n=600, classes=10):
    return torch.randint(0, classes, (n,), generator=torch.Generator().manual_seed(0))


def test_with_two_classes_each_client_has_two_shards_of_the_sorted_data():
    given = torch.arange(10).repeat_interleave(60)
    owner = owners(given, 10, "two classes", alpha=1, seed=0)
    assert (torch.bincount(owner) == 60).all()
    assert all(len(given[owner == client].unique()) <= 2 for client in range(10))
    assert not torch.equal(owner, owners(given, 10, "two classes", alpha=1, seed=1))


def test_equal_clients_have_as_much_of_everything():
    owner = owners(labels(6000), 10, "equal", alpha=1, seed=0)
    held = F.one_hot(owner).T.float() @ F.one_hot(labels(6000)).float()
    assert (torch.bincount(owner) == 600).all() and held.min() > 30 and held.max() < 95


@pytest.mark.parametrize(("alpha", "least", "most"), [(0.05, 0.85, 1.0), (100.0, 0.1, 0.25)])
def test_the_smaller_alpha_the_less_alike_are_dirichlet_clients(alpha, least, most):
    given = labels(6000)
    owner = owners(given, 5, "dirichlet", alpha=alpha, seed=0)
    held = F.one_hot(owner, 5).T.float() @ F.one_hot(given).float()  # (clients, K)
    assert int(held.sum()) == 6000
    largest = (held / held.sum(dim=0)).amax(dim=0).mean()  # of each class, what its first client has
    assert least <= float(largest) <= most or alpha == 100.0 and 0.2 <= float(largest) <= 0.3


def rounds(**options):
    split = Split({"images": torch.arange(600).view(-1, 1, 1, 1).int(), "labels": labels()})
    owner = owners(labels(), 6, "two classes", alpha=1, seed=0)
    chosen = {"asked": 4, "local_steps": 3, "batch_size": 8, "dropouts": 0.0, "stragglers": 0.0, "seed": 5} | options
    return Rounds(split, owner, **chosen), owner


def test_a_round_asks_some_clients_for_batches_of_their_own():
    sampler, owner = rounds()
    batch = sampler(Moment(7, 0.0, Generator()))
    rows = batch["images"].flatten().long()
    assert len(batch["client"].unique()) == 4 and len(rows) == 4 * 3 * 8
    assert torch.equal(owner[rows], batch["client"])
    for client in batch["client"].unique():
        for step in range(3):
            mine = rows[(batch["client"] == client) & (batch["batch"] == step)]
            assert len(mine) == len(mine.unique()) == 8
    again, other = (sampler(Moment(step, 0.0, Generator()))["images"].flatten() for step in (7, 8))
    assert torch.equal(again, rows.int()) and not torch.equal(other, rows.int())


def test_dropouts_send_nothing_and_stragglers_less():
    seen = [rounds(dropouts=0.5)[0](Moment(step, 0.0, Generator()))["client"].unique() for step in range(200)]
    mean = sum(map(len, seen)) / 200
    assert min(map(len, seen)) >= 1 and 2.2 < mean < 2.8  # the first stays, of three others half
    batch = rounds(stragglers=1.0)[0](Moment(0, 0.0, Generator()))
    steps = [int(batch["batch"][batch["client"] == client].max()) + 1 for client in batch["client"].unique()]
    assert min(steps) >= 1 and max(steps) <= 3
    counts = [len(rounds(stragglers=1.0)[0](Moment(step, 0.0, Generator()))["client"]) for step in range(100)]
    assert sum(counts) / 100 / 8 / 4 == pytest.approx(2, abs=0.15)


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(16, CLASSES)

    def forward(self, images):
        return self.layer(images.flatten(1).double())


def built(kind, **options):
    torch.manual_seed(0)
    images = torch.randint(0, 256, (80, 1, 4, 4), dtype=torch.uint8)
    split = Split({"images": images, "labels": torch.arange(80) % CLASSES})
    holdings = torch.tensor([[5.0, 3, 2], [10, 0, 0], [20, 20, 0], [1, 1, 8]])
    settings = {"network": Linear(), "holdings": holdings, "learning_rate": 0.1, "server_rate": 1.0}
    objective = kind(data=Data(SPEC, split, split, hash=""), privacy=Privacy(), **settings | options)
    return objective.double(), split


def batches(split, clients, steps, seed=0):
    """Columns of a round, and the same as {client: [(images, labels), ...]}."""
    rng = torch.Generator().manual_seed(seed)
    rows = {
        client: torch.randint(0, 80, (count, 6), generator=rng) for client, count in zip(clients, steps, strict=True)
    }
    chosen = torch.cat([part.flatten() for part in rows.values()])
    columns = split.batch(chosen)
    columns["client"] = torch.cat([torch.full((part.numel(),), client) for client, part in rows.items()])
    columns["batch"] = torch.cat([torch.arange(part.numel()) // 6 for part in rows.values()])
    images = unit(split["images"]).double()
    return columns, {client: [(images[row], split["labels"][row]) for row in part] for client, part in rows.items()}


def gradient(weights, images, given):
    """Of the cross entropy of a linear classifier with weights (K * 16 + K,), at them."""
    weights = weights.clone().requires_grad_()
    logits = images.flatten(1) @ weights[: 16 * CLASSES].view(CLASSES, 16).T + weights[16 * CLASSES :]
    return torch.autograd.grad(F.cross_entropy(logits, given), weights)[0]


def weights_of(objective):
    return torch.cat([parameter.detach().flatten() for parameter in objective.shown.parameters()])


def train(objective, columns):
    (phase,) = objective.phases()
    return objective.update(phase, columns, Moment(0, 0.0, torch.Generator().manual_seed(0)))


@pytest.mark.parametrize("mu", [None, 0.7])
def test_the_server_takes_the_mean_of_its_clients_weighted_by_their_examples(mu):
    kind, options = (FederatedAveraging, {}) if mu is None else (FederatedProximal, {"proximal": mu})
    objective, split = built(kind, **options)
    columns, each = batches(split, [0, 2, 3], [3, 2, 1])
    start = weights_of(objective)
    expected = torch.zeros_like(start)
    for client, seen in each.items():
        weights = start.clone()
        for images, given in seen:
            weights = weights - 0.1 * (gradient(weights, images, given) + (mu or 0) * (weights - start))
        expected += {0: 10, 2: 40, 3: 10}[client] / 60 * weights
    terms = train(objective, columns)
    assert torch.allclose(weights_of(objective), expected, atol=1e-12)
    assert terms["client_loss"].isnan().tolist() == terms["drift"].isnan().tolist() == [False, True, False, False]
    assert math.isclose(float(terms["change"]), float((expected - start).norm()))


def test_one_step_of_all_clients_is_a_step_on_all_their_data():
    objective, split = built(FederatedAveraging, holdings=torch.ones(CLIENTS, CLASSES))
    columns, each = batches(split, range(CLIENTS), [1] * CLIENTS)
    start = weights_of(objective)
    images, given = (torch.cat([seen[0][i] for seen in each.values()]) for i in range(2))
    train(objective, columns)
    assert torch.allclose(weights_of(objective), start - 0.1 * gradient(start, images, given), atol=1e-12)


def test_scaffold_is_its_algorithm():
    objective, split = built(Scaffold, server_rate=0.8)
    x = weights_of(objective)
    c, own = torch.zeros_like(x), [torch.zeros_like(x) for _ in range(CLIENTS)]
    for turn, clients in enumerate(([0, 2], [2, 3], [0, 1, 2, 3])):
        steps = [3, 2, 4, 1][: len(clients)]
        columns, each = batches(split, clients, steps, seed=turn)
        changes, moved = [], torch.zeros_like(x)
        for client, seen in each.items():
            y = x.clone()
            for images, given in seen:
                y = y - 0.1 * (gradient(y, images, given) - own[client] + c)
            fresh = own[client] - c + (x - y) / (len(seen) * 0.1)
            moved, own[client] = moved + fresh - own[client], fresh
            changes.append(y - x)
        x, c = x + 0.8 * torch.stack(changes).mean(dim=0), c + moved / CLIENTS
        train(objective, columns)
        assert torch.allclose(weights_of(objective), x, atol=1e-10)
        assert torch.allclose(objective.own, torch.stack(own), atol=1e-9) and torch.allclose(objective.server, c)
    assert {"own", "server"} <= objective.state_dict().keys()


def changes(clients=3):
    rng = torch.Generator().manual_seed(0)
    return [[torch.randn(5, 4, generator=rng), torch.randn(3, generator=rng)] for _ in range(clients)]


def test_masks_cancel_in_the_sum_and_hide_each_client():
    values = torch.stack([torch.cat([part.flatten() for part in change]) for change in changes()])
    sent = masked(values, torch.Generator().manual_seed(1))
    assert (opened(sent) - values.sum(dim=0)).abs().max() <= 3 * 0.5 / SCALE + 1e-7
    alone = masked(values, torch.Generator().manual_seed(2))
    assert (alone != sent).all()
    many = masked(torch.zeros(2, 20_000), torch.Generator().manual_seed(3))[0].double() / 2**32
    assert (
        abs(float(many.mean()) - 0.5) < 0.01 and abs(float(many.std()) - 12**-0.5) < 0.01
    )  # uniform, whatever is sent


def test_the_mean_is_the_same_where_the_server_learns_the_sum_alone():
    shares = torch.tensor([0.5, 0.3, 0.2])
    plain, secure = (Privacy(secure=on).mean(changes(), shares, torch.Generator().manual_seed(0)) for on in (0, 1))
    for one, other in zip(plain, secure, strict=True):
        assert one.shape == other.shape and torch.allclose(one, other, atol=2e-6)


def test_long_changes_are_shortened():
    shares = torch.tensor([0.5, 0.3, 0.2])
    flat = torch.stack([torch.cat([part.flatten() for part in change]) for change in changes()])
    limit = float(flat.norm(dim=1).median())
    expected = (flat * (limit / flat.norm(dim=1)).clamp(max=1)[:, None] * shares[:, None]).sum(dim=0)
    found = Privacy(clip=limit).mean(changes(), shares, torch.Generator())
    assert torch.allclose(torch.cat([part.flatten() for part in found]), expected, atol=1e-6)


def test_noise_has_the_deviation_that_a_clipped_client_is_hidden_by():
    zeros = [[torch.zeros(40_000)] for _ in range(4)]
    (found,) = Privacy(clip=2.0, noise=1.5).mean(zeros, torch.full((4,), 0.25), torch.Generator().manual_seed(0))
    assert float(found.std()) == pytest.approx(1.5 * 2.0 / 4, rel=0.02) and abs(float(found.mean())) < 0.02
    with pytest.raises(ValueError, match="clip"):
        Privacy(noise=1.0)
    with pytest.raises(Exception, match="clip"):
        recipe("fedavg-fashion").changed(noise=1.0)


def test_a_client_is_as_well_off_as_the_network_is_on_its_classes():
    objective, split = built(FederatedAveraging)
    with torch.no_grad():
        found = objective.evaluate(split)
        right = objective.shown(unit(split["images"])).argmax(dim=1) == split["labels"]
    recall = torch.stack([right[split["labels"] == label].double().mean() for label in range(CLASSES)])
    assert found["client.1"] == pytest.approx(float((torch.tensor([5.0, 3, 2]) * recall).sum()) / 10, abs=1e-6)
    assert found["client.2"] == pytest.approx(float(recall[0]), abs=1e-6)
    assert found["worst"] == min(found[f"client.{number}"] for number in range(1, 5))
