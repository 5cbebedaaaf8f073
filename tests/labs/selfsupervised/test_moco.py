"""MoCo: its loss and its teacher against lightly's, and its queue."""

import math
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from playground.compat import torchvision_operators
from playground.data import packs
from playground.labs import recipe
from playground.labs.selfsupervised import moco
from playground.labs.selfsupervised.contrast import info_nce
from playground.labs.selfsupervised.moco import MomentumContrast
from playground.labs.selfsupervised.representation import BATCH
from tests.cases import Case, Training, copied
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def training():
    """On few images, before its first step."""
    few = recipe("moco-fashion").changed(batch_size=16, width=8, queue=40, momentum=0.9)
    data = few.load(packs)
    case = Case(few, replace(data, train=data.train.first(32)), {})
    return Training(case.objective(), few.sampler(case.data))


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_the_loss_and_its_gradient_are_those_of_lightly(temperature):
    torchvision_operators()
    from lightly.loss import NTXentLoss

    keys, negatives = normal(6, 8, seed=1), normal(20, 8, seed=2)
    ours, theirs = normal(6, 8).requires_grad_(), normal(6, 8).requires_grad_()
    reference = NTXentLoss(temperature=temperature, memory_bank_size=(20, 8)).double()
    reference.memory_bank.bank = F.normalize(negatives, dim=1)
    loss, other = info_nce(ours, keys, negatives, temperature=temperature), reference(theirs, keys)
    torch.testing.assert_close(loss, other, rtol=1e-12, atol=0)
    loss.backward(), other.backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-9, atol=1e-12)


def test_where_all_are_alike_the_loss_is_the_log_of_all_keys():
    ones = torch.ones(5, 4)
    assert float(info_nce(ones, ones, torch.ones(9, 4), temperature=0.2)) == pytest.approx(math.log(10))


def test_a_key_that_is_met_among_orthogonal_negatives_has_a_known_loss():
    queries = torch.eye(6, dtype=torch.float64)[:2]
    loss = info_nce(3 * queries, queries, torch.eye(6, dtype=torch.float64)[2:], temperature=0.5)
    assert float(loss) == pytest.approx(-math.log(math.exp(2) / (math.exp(2) + 4)))


def test_the_teacher_follows_as_that_of_lightly(training):
    torchvision_operators()
    from lightly.models.utils import update_momentum

    network = training.objective.shown
    with torch.no_grad():
        for parameter in network.encoder.parameters():
            parameter.add_(torch.randn_like(parameter))
    reference = deepcopy(network.teacher["encoder"])
    update_momentum(network.encoder, reference, m=0.9)
    network.teach(decay=0.9)
    for ours, theirs in zip(network.teacher["encoder"].parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_the_queue_begins_with_keys_of_the_data(training, monkeypatch):
    seen = []
    monkeypatch.setattr(moco, "info_nce", lambda q, k, negatives, temperature: seen.append(negatives) or q.sum())
    assert not training.objective.shown.queue.any()
    training.after(1)
    queue = seen[0]
    torch.testing.assert_close(queue.norm(dim=1), torch.ones(32))
    assert (queue @ queue.T).mean() > 0.5, "an untrained network finds all images alike; random keys it would not"


def test_a_long_queue_is_filled_part_by_part(monkeypatch):
    """A queue of the largest size would else be encoded at once, in gigabytes."""
    seen = []
    target = MomentumContrast.target
    monkeypatch.setattr(MomentumContrast, "target", lambda self, x: seen.append(len(x)) or target(self, x))
    chosen = recipe("moco-fashion").changed(width=4, queue=1200)
    objective = chosen.build(chosen.load(packs))
    assert not seen, "a run that goes on brings its own"
    objective.fill(torch.Generator().manual_seed(0))
    queue = objective.shown.queue
    assert sum(seen) == 1200 and max(seen) <= BATCH and len(queue) == 1200
    torch.testing.assert_close(queue.norm(dim=1), torch.ones(1200))


def test_the_newest_keys_come_in_and_the_oldest_go(training):
    objective = training.objective
    training.after(1)
    before = objective.shown.queue.clone()
    training.after(1)
    after = objective.shown.queue
    torch.testing.assert_close(after[:16], F.normalize(objective.keys, dim=1))
    assert torch.equal(after[16:], before[:24])
    objective.shown.enqueue(torch.eye(128)[:50])
    assert torch.equal(objective.shown.queue, torch.eye(128)[:40]), "more than it holds"


def test_a_teacher_that_keeps_all_stays_and_gets_no_gradient(training):
    objective = training.objective
    objective.momentum = 1.0
    first = copied(dict(objective.shown.teacher.named_parameters()))
    training.after(2)
    for name, parameter in objective.shown.teacher.named_parameters():
        assert torch.equal(parameter, first[name]) and parameter.grad is None


def test_there_are_no_more_negatives_than_images(training, monkeypatch):
    """A queue that is longer than the data would hold the query's own picture again and again."""
    seen = []
    monkeypatch.setattr(moco, "info_nce", lambda q, k, negatives, temperature: seen.append(negatives) or q.sum())
    training.after(2)
    newest = training.objective.shown.queue[16:40]
    assert [len(one) for one in seen] == [32, 32], "of 40 keys those of 32 images"
    assert torch.equal(seen[1][:24], newest), "the newest ones"


def test_keys_are_the_teachers(training):
    """A teacher that says the same of everything, beside a student that does not."""
    objective = training.objective
    last, constant = objective.shown.teacher["projector"][-1], torch.arange(1.0, 129)
    last.weight.zero_(), last.bias.copy_(constant)
    objective.loss("pretrain", training.sampler(moment()), moment())
    assert torch.equal(objective.keys, constant.expand(16, -1)) and not objective.keys.requires_grad
    torch.testing.assert_close(objective.shown.queue[:32], F.normalize(constant, dim=0).expand(32, -1))


def test_each_query_looks_for_the_key_of_its_own_image(training, monkeypatch):
    """Images of one color, which no crop changes; the brightness is query and key at once."""
    seen = []
    monkeypatch.setattr(moco, "info_nce", lambda q, k, *_, **__: seen.extend((q, k)) or q.sum())
    network, objective = training.objective.shown, training.objective
    objective.augmentation = replace(objective.augmentation, color=0)
    network.forward = network.target = lambda views: views.mean(dim=(2, 3)).expand(-1, 128)
    images = torch.arange(0, 160, 10, dtype=torch.uint8)[:, None, None, None].expand(16, 1, 28, 28)
    objective.loss("pretrain", {"images": images}, moment())
    queries, keys = seen
    assert len(queries) == 16 * (objective.views - 1) and len(queries.round(decimals=3).unique(dim=0)) == 16
    torch.testing.assert_close(queries, keys)
