"""The course of a training through its tasks: what happens between two of them, what is told, and how it resumes."""

import pytest
import torch

from playground.data import unit
from playground.labs.frontiers.continual.accuracy import accuracies, answered
from playground.labs.frontiers.continual.objective import Finetune
from playground.labs.frontiers.continual.recipes import RECIPES
from playground.runs.events import Checkpoint, Marked, Snapshot
from tests.moments import moment
from tests.weights import same
from training.loop import walk
from training.trainer import prepared

from .small import DATA, batch_of, network

pytestmark = pytest.mark.usefixtures("one_thread")
METHODS = sorted({type(recipe) for recipe in RECIPES.values()}, key=lambda kind: kind.what)


def chosen(kind, **knobs):
    return kind(**({"tasks": 3, "width": 4, "batch_size": 8, "seconds": None, "steps": 18} | knobs))


def measured(model, split=DATA.test):
    return accuracies(model, answered(model, split["images"], split["labels"]), split["labels"])


def finetuning():
    method = Finetune(network=network(), data=DATA, learning_rate=0.01)
    (phase,) = method.phases()
    return method, lambda batch, step: (method.update(phase, batch, moment(step)), method.mark(moment(step)))


def test_the_step_between_two_tasks_leaves_the_network_as_the_task_did():
    method, learn = finetuning()
    assert [learn(batch_of(0), step)[1] for step in range(3)] == ["", "", ""]
    before = {name: value.clone() for name, value in method.shown.state_dict().items()}
    terms, label = learn(batch_of(1), 3)
    assert label == "task 1 ends" and bool(terms["loss"].isfinite())
    after = method.shown.state_dict()
    assert [name for name, value in before.items() if not torch.equal(value, after[name])] == ["turn", "best"]
    assert learn(batch_of(1), 4)[1] == "" and method.shown.seen.tolist() == [True, True, False]
    assert not torch.equal(before["head.weight"], method.shown.head.weight)


def test_accuracies_are_counted_task_by_task():
    model = network()
    model.met[:] = 1
    images, labels = DATA.test["images"], DATA.test["labels"]
    right = model(unit(images)).argmax(dim=1) == labels
    expected = torch.stack([right[labels // 2 == task].float().mean() for task in range(3)])
    assert torch.equal(measured(model), expected) and len(expected.unique()) > 1
    some = DATA.test.at((labels // 2 != 1).nonzero()[:, 0])
    assert measured(model, some).isnan().tolist() == [False, True, False]


@torch.no_grad()
def test_forgetting_is_counted_from_the_best_accuracy_at_a_tasks_end():
    method, learn = finetuning()
    ends = []
    for step, task in enumerate([0, 0, 1, 1, 2]):
        with torch.enable_grad():
            _, label = learn(batch_of(task), step)
        if label:
            ends.append(measured(method.shown))
    assert len(ends) == 2
    now = measured(method.shown)
    values = method.evaluate(DATA.test)
    lost = [max(ends[0][0], ends[1][0]) - now[0], ends[1][1] - now[1]]
    assert values["forgetting"] == pytest.approx(float(sum(lost) / 2))
    assert values["accuracy"] == pytest.approx(float(now.mean()))
    assert values["so_far"] == pytest.approx(float(now[:2].mean())) and "task.3" not in values
    assert values["task.2"] == pytest.approx(float(now[1]))


def test_a_preview_darkens_what_is_not_recognized():
    method, learn = finetuning()
    learn(batch_of(0), 0)
    sheet = method.preview(torch.Generator())
    images, labels = method.tests[method.fixed], method.answers[method.fixed]
    assert (labels // 2).tolist() == [task for task in range(3) for _ in range(8)]
    right = method.shown.taken(unit(images), labels // 2) == labels
    assert 0 < right.sum() < len(right)
    assert torch.equal(sheet.images[right], images[right]) and sheet.images[~right].max() < 64


@pytest.mark.parametrize("kind", METHODS, ids=lambda kind: kind.what)
@pytest.mark.parametrize("pause", [4, 7, 14])  # within the first task, after the step between two, within the last
def test_it_resumes_exactly(kind, pause):
    recipe = chosen(kind)
    whole = [*walk(prepared(recipe, DATA))]
    count = iter(range(100))
    part = [*walk(prepared(recipe, DATA), lambda: next(count) >= pause)]
    (state,) = [event.state for event in part if isinstance(event, Checkpoint)]
    torch.rand(5)
    rest = [*walk(prepared(recipe, DATA, state=state))]
    last, again = ([event for event in events if isinstance(event, Snapshot)][-1] for events in (whole, rest))
    assert same(last.weights, again.weights)
    ends, expected = (
        [event.state for event in events if isinstance(event, Checkpoint)][-1].tensors for events in (rest, whole)
    )
    assert same(dict(ends), dict(expected))
    labels = [event.label for event in whole if isinstance(event, Marked)]
    assert labels == ([] if kind.what == "joint" else ["task 1 ends", "task 2 ends"])
    if kind.what != "joint":
        frames = {event.step for event in whole if isinstance(event, Snapshot)}
        assert {7, 13} <= frames


def test_the_last_task_is_learned_at_the_rate_of_the_first():
    trainer = prepared(chosen(METHODS[0]), DATA)
    rates = set()
    while trainer.progress < 1:
        trainer.one_step()
        rates.add(trainer.optimizers[0].param_groups[0]["lr"])
    assert rates == {1e-3}


@pytest.mark.parametrize("kind", METHODS, ids=lambda kind: kind.what)
def test_a_branch_goes_through_all_tasks_anew(kind):
    """It begins by looking back at the task that the parent had learned last, if it has such a task."""
    parent = [event for event in walk(prepared(chosen(kind), DATA)) if isinstance(event, Snapshot)][-1]
    same_tasks, fewer = (
        [*walk(prepared(chosen(kind, tasks=tasks), DATA, start=parent.weights, first_step=18))] for tasks in (3, 2)
    )
    labels = [[event.label for event in events if isinstance(event, Marked)] for events in (same_tasks, fewer)]
    if kind.what == "joint":
        assert labels == [[], []]
    else:
        assert labels == [["task 3 ends", "task 1 ends", "task 2 ends"], ["task 1 ends"]]
