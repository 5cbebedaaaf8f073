"""The three scenarios: what is right, what may be answered, and which examples come when."""

import pytest
import torch

from playground.data import ImageSpec, packs, unit
from playground.labs import recipe
from playground.labs.frontiers.continual.network import TaskClassifier
from playground.labs.frontiers.continual.tasks import AllAtOnce, TasksInTurn
from tests.moments import moment

from .small import DATA, network

pytestmark = pytest.mark.usefixtures("one_thread")
LABELS = torch.tensor([0, 1, 2, 3, 4, 5])
SEEN = torch.tensor([True, True, False])


def test_with_the_task_known_only_its_classes_may_be_answered():
    model = network("task")
    assert torch.equal(model.targets(LABELS), LABELS)
    expected = torch.tensor([[1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1]]).bool()
    assert torch.equal(model.choices(torch.tensor([0, 2]), SEEN), expected)


def test_across_domains_all_tasks_share_the_outputs():
    model = network("domain")
    assert model.head.out_features == 2
    assert model.targets(LABELS).tolist() == [0, 1, 0, 1, 0, 1]
    assert model.choices(torch.tensor([0, 2]), SEEN).tolist() == [[True, True]] * 2


def test_among_classes_all_that_were_seen_may_be_answered():
    model = network("class")
    assert torch.equal(model.targets(LABELS), LABELS)
    assert model.choices(torch.tensor([0, 2]), SEEN).tolist() == [[True] * 4 + [False] * 2] * 2
    assert model.choices(torch.tensor([0]), torch.zeros(3).bool()).all()


@pytest.mark.parametrize(("scenario", "chance"), [("task", 1 / 2), ("domain", 1 / 2), ("class", 1 / 4)])
def test_a_picture_is_taken_for_the_likeliest_class_in_question(scenario, chance):
    model = network(scenario)
    model.met[:2] = 1
    images, labels = unit(DATA.test["images"]), DATA.test["labels"]
    logits = model(images).detach()
    for row, (label, taken) in enumerate(zip(labels.tolist(), model.taken(images, labels // 2).tolist(), strict=True)):
        task = label // 2
        classes = range(4) if scenario == "class" else range(2 * task, 2 * task + 2)
        assert taken == max(classes, key=lambda c: float(logits[row, c % 2 if scenario == "domain" else c]))
    assert model.chance() == chance


def test_tasks_must_be_of_one_size():
    with pytest.raises(ValueError, match="6 classes cannot be cut into 4"):
        network(tasks=4)
    chosen = recipe("finetune-fashion").changed(data="emoji")  # five at most; of nine classes three are three tasks
    assert chosen.network(chosen.spec(packs)).tasks == 3 and chosen.changed(tasks=2).parts(chosen.spec(packs)) == 1
    assert chosen.parts(ImageSpec(name="own", channels=1, size=8, classes=("cat", "dog"))) == 1
    assert recipe("replay-emoji").network(recipe("replay-emoji").spec(packs)).per == 3


def test_tasks_come_in_turn_each_for_its_share():
    tasks = DATA.train["labels"] // 2
    sampler = TasksInTurn(DATA.train, tasks, batch_size=4, seed=0)
    for step in range(30):
        batch = sampler(moment(step, progress=step / 30))
        assert batch["turn"].tolist() == [step // 10] * 4
        assert (batch["labels"] // 2 == step // 10).all()
    assert sampler(moment(30, progress=1.0))["turn"].tolist() == [2] * 4
    epoch = torch.cat([sampler(moment(step, progress=0.5))["images"] for step in range(10, 15)])  # 20 pictures a task
    assert torch.equal(epoch.flatten(1).unique(dim=0), DATA.train["images"][tasks == 1].flatten(1).unique(dim=0))


def test_a_batch_depends_on_the_moment_alone():
    whole, later = (TasksInTurn(DATA.train, DATA.train["labels"] // 2, batch_size=4, seed=3) for _ in range(2))
    for step in range(17):
        expected = whole(moment(step, progress=step / 20))
    assert all(torch.equal(later(moment(16, progress=16 / 20))[name], value) for name, value in expected.items())


def test_a_task_without_examples_has_no_turn():
    some = DATA.train.at((DATA.train["labels"] // 2 != 1).nonzero()[:, 0])
    sampler = TasksInTurn(some, some["labels"] // 2, batch_size=4, seed=0)
    assert [int(sampler(moment(0, progress=p))["turn"][0]) for p in (0, 0.49, 0.5, 1)] == [0, 0, 2, 2]


def test_joint_training_has_one_turn_of_all():
    sampler = AllAtOnce(DATA.train, batch_size=30, seed=0)
    batches = [sampler(moment(step, progress=step / 2)) for step in range(2)]
    assert all(not batch["turn"].any() for batch in batches)
    assert torch.cat([batch["labels"] for batch in batches]).bincount().tolist() == [10] * 6


def test_the_network_knows_its_tasks_from_a_frame():
    model, again = network(), network(seed=1)
    model.met[1], model.turn, model.best[1] = 1, torch.tensor(2), 0.75
    again.load_state_dict(model.state_dict())
    assert isinstance(again, TaskClassifier) and again.seen.tolist() == [False, True, False]
    assert int(again.turn) == 2 and again.best.tolist() == [-1, 0.75, -1]
