"""The view of what is forgotten: accuracies and answers are those of the network at its snapshot."""

import pytest
import torch

from playground.data import unit
from playground.labs.frontiers.continual.forgetting import FORGETTING, answers_view, prepared, trace_view
from playground.runs.store import PRETRAINED, Store

from .small import DATA, SPEC, network

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(params=["task", "domain", "class"])
def model(request):
    model = network(request.param).eval().requires_grad_(False)
    model.met[:2] = 1
    return model


def asked(answer, model):
    inputs = {"test": DATA.test}
    inputs["prepared"] = prepared(model, SPEC, inputs)
    return answer(model, SPEC, FORGETTING.parts["answers"].parsed({}), inputs)


def test_every_test_picture_has_the_networks_answer(model):
    answer = asked(answers_view, model)
    labels = DATA.test["labels"]
    assert torch.equal(answer.tensors["labels"].long(), labels)
    assert torch.equal(answer.tensors["taken"].long(), model.taken(unit(DATA.test["images"]), labels // 2))
    right = answer.tensors["taken"] == answer.tensors["labels"]
    for task in range(3):
        assert torch.isclose(answer.tensors["accuracy"][task], right[labels // 2 == task].float().mean())
    assert answer.tensors["seen"].tolist() == [1, 1, 0]
    assert answer.words["has"] == [["a", "b"], ["c", "d"], ["e", "f"]]
    assert answer.words["chance"] == (1 / 4 if model.scenario == "class" else 1 / 2)


def test_the_trace_has_no_number_for_a_task_that_has_not_come(model):
    trace, answer = asked(trace_view, model), asked(answers_view, model)
    values = trace.tensors["values"]
    assert torch.equal(values[:2], answer.tensors["accuracy"][:2]) and values.isnan().tolist() == [False, False, True]
    assert trace.words == {"names": ["Task 1", "Task 2", "Task 3"], "shares": False, "ends": [0, 1]}


@pytest.mark.parametrize(
    ("name", "keeps"), [("finetune-fashion", False), ("replay-fashion", True), ("ewc-fashion", True)]
)
def test_what_ships_shows_the_end_of_every_task(ask, name, keeps):
    """Finetuning forgets a task as soon as the next one has been learned; the others keep most of it."""
    run = Store(PRETRAINED.parent / "nowhere").get(name)
    marked = [event["step"] for event in run.read_events().events if event["event"] == "mark"]
    assert len(marked) == 4 and set(marked) <= set(run.snapshots) and len(run.snapshots) >= 8
    found = []
    for step in [*marked, run.snapshots[-1]]:
        _, tensors = ask(run, "answers", step=step)
        found.append(tensors["accuracy"])
        assert tensors["seen"].tolist() == [1] * len(found) + [0] * (5 - len(found))
    learned = torch.stack([row[task] for task, row in enumerate(found)])
    assert learned.min() > 0.8
    lost = learned[:4] - found[-1][:4]
    assert (lost.max() < 0.6) == keeps and (lost.min() > 0.8) != keeps
