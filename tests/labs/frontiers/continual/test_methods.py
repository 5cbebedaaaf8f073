"""Methods against forgetting, each against its formula in float64."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from playground.data import unit
from playground.labs.frontiers.continual.importance import (
    DAMPING,
    ElasticWeights,
    SynapticIntelligence,
    fisher,
    weights,
)
from playground.labs.frontiers.continual.objective import Finetune
from playground.labs.frontiers.continual.rehearsal import TEMPERATURE, Replay, WithoutForgetting, distillation
from playground.objective import Phase
from tests.moments import moment

from .small import DATA, batch_of, network

pytestmark = pytest.mark.usefixtures("one_thread")


def objective(method, scenario="class", **options):
    return method(network=network(scenario).double(), data=DATA, learning_rate=0.01, **options).double()


@pytest.fixture(autouse=True)
def in_float64(monkeypatch):
    """Pictures come in float64 as well."""
    for module in ("objective", "accuracy", "rehearsal", "importance"):
        monkeypatch.setattr(f"playground.labs.frontiers.continual.{module}.unit", lambda images: unit(images).double())


def learn(method, *batches, start=0):
    (phase,) = method.phases()
    return [method.update(phase, batch, moment(start + step)) for step, batch in enumerate(batches)]


@pytest.mark.parametrize("scenario", ["task", "domain", "class"])
@pytest.mark.parametrize("kind", ["exact", "empirical"])
def test_the_fisher_information_is_the_mean_square_of_the_score(scenario, kind):
    model = network(scenario).double()
    model.met[:2] = 1
    rows = batch_of(1, n=5)
    images, labels = unit(rows["images"]).double(), rows["labels"]
    (chosen,) = model.choices(torch.tensor([1]), model.seen)[0].nonzero(as_tuple=True)
    expected = torch.zeros_like(weights(model))
    for image, label in zip(images, labels, strict=True):
        for output in chosen.tolist():
            log_p = model(image[None])[0, chosen].log_softmax(dim=0)[chosen.tolist().index(output)]
            score = torch.cat([part.flatten() for part in torch.autograd.grad(log_p, list(model.parameters()))])
            weight = log_p.exp() if kind == "exact" else float(output == int(model.targets(label)))
            expected += (weight * score.square() / len(images)).detach()
    found = fisher(model, images, labels, kind)
    assert expected.max() > 0.01
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-14)


def test_the_fisher_information_of_a_logistic_regression_has_a_closed_form():
    """Of a softmax on the pixels it is E[p_y (1 - p_y) x^2], and E[p_y (1 - p_y)] of the biases."""
    model = network("class").double()
    model.body = nn.Flatten()
    model.head = nn.Linear(64, 6).double()
    images, labels = unit(DATA.train["images"]).double(), DATA.train["labels"]
    with torch.no_grad():
        p = model(images).softmax(dim=1)
    spread = p * (1 - p)  # (N, 6)
    by_weight = (spread[:, :, None] * images.flatten(1)[:, None].square()).mean(dim=0)
    expected = torch.cat([by_weight.flatten(), spread.mean(dim=0)])
    torch.testing.assert_close(fisher(model, images, labels, "exact"), expected, rtol=1e-10, atol=1e-14)


def test_a_weight_is_pulled_back_as_strongly_as_its_fisher_information_says():
    method = objective(ElasticWeights, strength=6.0, kind="exact", examples=20)
    learn(method, batch_of(0), batch_of(1), batch_of(1), batch_of(2))
    assert method.fishers[:2].amax(dim=1).min() > 0 and not method.fishers[2].any()
    model = method.shown
    torch.testing.assert_close(method.anchors[1], weights(model).detach())  # the step between two tasks trains nothing
    penalty = method.regularize(torch.empty(0), torch.empty(0), moment())
    expected = 3.0 * (method.fishers[0] * (weights(model) - method.anchors[0]).square()).sum()
    torch.testing.assert_close(penalty, expected)
    pull = torch.cat([part.flatten() for part in torch.autograd.grad(penalty, list(model.parameters()))])
    torch.testing.assert_close(pull, 6.0 * method.fishers[0] * (weights(model) - method.anchors[0]).detach())
    mine = DATA.train["labels"] // 2 == 0
    assert torch.equal(method.samples[method.shown.tasks_of(method.sampled) == 0], DATA.train["images"][mine])


class Quadratic(SynapticIntelligence):
    """The loss is a parabola in every weight, whatever the batch: L = 1/2 sum_i a_i (theta_i - goal)^2."""

    def loss(self, phase, batch, moment):
        """The parabola of the turn, and the penalty."""
        goal = float(batch["turn"][0]) + 1
        curvature = torch.linspace(0.5, 2, len(self.path), dtype=torch.float64)
        loss = (curvature / 2 * (weights(self.shown) - goal).square()).sum()
        kept = self.regularize(torch.empty(0), torch.empty(0), moment)
        return {"loss": loss, "kept": kept, "objective": loss + kept}


def test_the_path_integral_of_gradient_flow_is_the_fall_of_the_loss_for_each_weight():
    """On a parabola, -g dtheta adds up to a / 2 ((theta_0 - goal)^2 - (theta_1 - goal)^2), also under the penalty."""
    method = objective(Quadratic, strength=0.3)
    phase = Phase("learn", [torch.optim.SGD(method.shown.parameters(), lr=1e-3)])
    curvature = torch.linspace(0.5, 2, len(method.path), dtype=torch.float64)
    for turn in (0, 1):
        if turn:
            method.update(phase, batch_of(1), moment())  # between the tasks
        start = weights(method.shown).detach()
        for step in range(300):
            method.update(phase, batch_of(turn), moment(step))
        end = weights(method.shown).detach()
        fall = curvature / 2 * ((start - turn - 1).square() - (end - turn - 1).square())
        assert fall.abs().max() > 0.1
        torch.testing.assert_close(method.path, fall, rtol=0.01, atol=1e-3)
        if turn == 0:
            before = method.path.clone(), start, end
    path, start, end = before
    torch.testing.assert_close(method.importance, path.clamp(min=0) / ((end - start).square() + DAMPING))
    torch.testing.assert_close(method.anchor, end)


def test_what_was_said_before_is_distilled():
    torch.manual_seed(0)
    student, teacher = torch.randn(2, 7, 4, dtype=torch.float64).unbind()
    p, q = ((logits / TEMPERATURE).softmax(dim=1) for logits in (teacher, student))
    expected = TEMPERATURE**2 * -(p * q.log()).sum(dim=1).mean()
    torch.testing.assert_close(distillation(student, teacher), expected)
    student.requires_grad_()
    distillation(student, teacher).backward()
    torch.testing.assert_close(student.grad, TEMPERATURE * (q - p) / 7)


@pytest.mark.parametrize(
    ("scenario", "heads"), [("task", [[0, 1], [2, 3]]), ("domain", [[0, 1]]), ("class", [[0, 1, 2, 3]])]
)
def test_only_what_earlier_tasks_asked_is_distilled(scenario, heads):
    method = objective(WithoutForgetting, scenario, strength=2.0)
    first = learn(method, batch_of(0))[0]
    assert float(first["kept"].detach()) == 0
    learn(method, batch_of(1), batch_of(1), batch_of(2), batch_of(2), start=1)
    images = unit(batch_of(2)["images"]).double()
    logits, told = method.shown(images), method.before(images)
    assert not torch.equal(logits, told) and method.before.seen.tolist() == [True, True, False]
    expected = 2.0 * sum(distillation(logits[:, head], told[:, head]) for head in heads)
    torch.testing.assert_close(method.regularize(images, logits, moment()), expected)


def test_the_memory_is_balanced_and_every_picture_as_likely_in_it():
    method = objective(Replay, room=3)
    images = torch.arange(40, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 8, 8)
    labels = torch.arange(40) % 2  # 20 pictures of each of two classes
    kept = torch.zeros(40)
    rounds = 600
    for seed in range(rounds):
        method.offered.zero_()
        for part in range(4):  # as batches
            some = slice(10 * part, 10 * part + 10)
            method.offer(images[some], labels[some], torch.Generator().manual_seed(10 * seed + part))
        for label in (0, 1):
            found = method.memory[label, :, 0, 0, 0].long()
            assert len(found.unique()) == 3 and (found % 2 == label).all()
            kept[found] += 1
    assert method.offered.tolist() == [20, 20, 0, 0, 0, 0]
    assert (kept / rounds - 3 / 20).abs().max() < 0.06  # 4 standard deviations


def test_replay_asks_for_pictures_of_other_tasks_alone():
    method = objective(Replay, room=4)
    assert "objective" not in learn(method, batch_of(0))[0]
    between, step = learn(method, batch_of(1), batch_of(1), start=1)
    images, labels = method.recalled(50, torch.tensor(1), moment().rng)
    assert len(images) == 50 and set(labels.tolist()) == {0, 1}
    remembered = {tuple(image.flatten().tolist()) for image in method.memory[:2].flatten(0, 1)}
    assert {tuple(image.flatten().tolist()) for image in images} == remembered
    for terms in (between, step):
        torch.testing.assert_close(terms["objective"], terms["loss"] + terms["kept"])
    assert method.offered[:4].tolist() == [4, 4, 4, 4]  # the batch between the tasks was not learned from


def test_finetuning_minimizes_the_cross_entropy_among_the_classes_so_far():
    method = objective(Finetune)
    learn(method, batch_of(0), batch_of(1))
    batch = batch_of(1)
    terms = method.loss("learn", batch, moment())
    logits = method.shown(unit(batch["images"]).double())[:, :4]
    torch.testing.assert_close(terms["loss"], F.cross_entropy(logits, batch["labels"]))
    assert "objective" not in terms
