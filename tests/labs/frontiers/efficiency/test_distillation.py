"""A student and its teacher: the distance between them in closed form, and what a view tells of both."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Generator
from torch.nn import functional as F

from playground.data import Data, ImageSpec, Split, unit
from playground.labs import recipe
from playground.labs.frontiers.efficiency.distillation import Student, soft_cross_entropy
from playground.labs.frontiers.efficiency.teacher import TEACHER, classes_view, picture_view
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.objective import Moment, minimized
from playground.trained import Trained

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = ImageSpec(name="any", channels=1, size=12, classes=tuple("abc"))


def logits(seed, n=6):
    return torch.randn(n, 3, dtype=torch.float64, generator=Generator().manual_seed(seed))


def wild(network, seed):
    rng = Generator().manual_seed(seed)
    for parameter in network.parameters():
        parameter.data.normal_(std=0.5, generator=rng)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def teacher():
    return Trained("teacher", wild(ConvolutionalNetwork(channels=1, classes=3, width=8, depth=1), 0), SPEC)


@pytest.fixture(scope="module")
def student():
    return wild(Student(channels=1, classes=3, width=4, depth=1), 1)


@pytest.fixture(scope="module")
def data():
    images = torch.randint(256, (30, 1, 12, 12), generator=Generator().manual_seed(2), dtype=torch.uint8)
    split = Split({"images": images, "labels": torch.arange(30) % 3})
    return Data(spec=SPEC, train=split, test=split, hash="any")


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_the_distance_is_a_divergence_by_hand(temperature):
    ours, theirs = logits(0), logits(1)
    p, q = ((one / temperature).softmax(dim=1) for one in (theirs, ours))
    by_hand = temperature**2 * (p * (p.log() - q.log())).sum(dim=1).mean()
    assert soft_cross_entropy(ours, theirs, temperature) == pytest.approx(float(by_hand), abs=1e-12)
    assert soft_cross_entropy(theirs, theirs, temperature) == pytest.approx(0, abs=1e-12)
    assert soft_cross_entropy(theirs + 5, theirs, temperature) == pytest.approx(0, abs=1e-12)  # but for a constant


def test_its_gradient_is_that_of_a_difference_of_probabilities():
    ours, theirs = logits(0).requires_grad_(), logits(1)
    soft_cross_entropy(ours, theirs, 4.0).backward()
    expected = 4.0 * ((ours / 4).softmax(dim=1) - (theirs / 4).softmax(dim=1)) / len(ours)
    assert torch.allclose(ours.grad, expected.detach(), atol=1e-12)


def test_at_a_high_temperature_logits_are_matched():
    """Hinton et al., 2015, equation 4, for logits whose mean is zero; T^2 is in the loss."""
    ours, theirs = (one - one.mean(dim=1, keepdim=True) for one in (logits(0), logits(1)))
    ours.requires_grad_()
    soft_cross_entropy(ours, theirs, 1e4).backward()
    assert torch.allclose(ours.grad, (ours - theirs).detach() / 3 / len(ours), atol=1e-4)


def made(teacher, data, **knobs):
    return recipe("distill-fashion").changed(width=4, **knobs).build(data, teacher=teacher)


def test_what_is_minimized_is_the_labels_and_the_teacher(teacher, data):
    objective = made(teacher, data, weight=0.7, temperature=3).train()
    batch = {"images": data.train["images"][:8], "labels": data.train["labels"][:8]}
    torch.manual_seed(0)
    terms = objective.loss("classify", batch, Moment(0, 0.0, Generator()))
    said = objective.shown(unit(batch["images"]))
    expected = 0.3 * F.cross_entropy(said, batch["labels"])
    expected = expected + 0.7 * soft_cross_entropy(said, teacher.network(unit(batch["images"])), 3)
    assert torch.allclose(minimized(terms), expected, atol=1e-5)
    assert not any("teacher" in name for name in objective.state_dict())
    before = {name: value.clone() for name, value in teacher.network.state_dict().items()}
    objective.update(objective.phases()[0], batch, Moment(0, 0.5, Generator()))
    assert all(torch.equal(value, before[name]) for name, value in teacher.network.state_dict().items())


def test_without_a_teachers_weight_it_is_a_plain_classifier(teacher, data):
    batch = {"images": data.train["images"][:8], "labels": data.train["labels"][:8]}
    terms = made(teacher, data, weight=0).loss("classify", batch, Moment(0, 0.0, Generator()))
    assert set(terms) == {"loss", "accuracy"}


def test_a_teacher_of_something_else_is_refused(teacher, data):
    for other in (
        Trained("other", teacher.network, SPEC.model_copy(update={"classes": tuple("abd")})),
        Trained("other", teacher.network, SPEC.model_copy(update={"size": 28})),
    ):
        with pytest.raises(ValueError, match="other pictures or classes"):
            made(other, data)
    with pytest.raises(ValueError, match="is no classifier"):
        made(Trained("other", torch.nn.Linear(1, 1), SPEC), data)


def of(part, **query):
    return TEACHER.parts[part].parsed(query)


def test_both_are_told_at_the_temperature(teacher, student, data):
    inputs = {"picture": data.test["images"][4], "uses": {"teacher": teacher}}
    answer = picture_view(student, SPEC, of("softened", temperature="2.5"), inputs)
    for row, network in zip(answer.tensors["probabilities"], (teacher.network, student), strict=True):
        expected = (network(unit(data.test["images"][4:5]))[0] / 2.5).softmax(dim=0)
        assert torch.allclose(row, expected, atol=1e-6)


def test_the_means_are_over_the_pictures_of_each_class(teacher, student, data):
    inputs = {"test": data.test, "uses": {"teacher": teacher}}
    answer = classes_view(student, SPEC, of("similar", temperature="2"), inputs)
    for means, network in zip(answer.tensors["means"], (teacher.network, student), strict=True):
        soft = (network(unit(data.test["images"])) / 2).softmax(dim=1)
        for label in range(3):
            assert torch.allclose(means[label], soft[data.test["labels"] == label].mean(dim=0), atol=1e-5)
    taken = [network(unit(data.test["images"])).argmax(dim=1) for network in (teacher.network, student)]
    assert answer.words["agree"] == pytest.approx(float((taken[0] == taken[1]).float().mean()))
    right = [float((one == data.test["labels"]).float().mean()) for one in taken]
    assert answer.tensors["accuracy"].tolist() == pytest.approx(right)


def test_many_ask_at_once_and_get_what_they_get_alone(teacher, student, data):
    def ask(number):
        inputs = {"picture": data.test["images"][number], "uses": {"teacher": teacher}}
        return picture_view(student, SPEC, of("softened"), inputs).tensors["probabilities"]

    alone = [ask(number) for number in range(30)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(ask, [*range(30)] * 3))
    assert all(torch.equal(one, other) for one, other in zip(together, alone * 3, strict=True))
