"""DINO: its loss and its center against lightly's and closed forms, its schedules, and its collapse."""

import math

import pytest
import torch

from playground.compat import torchvision_operators
from playground.data import packs, unit
from playground.labs import recipe
from playground.labs.selfsupervised import dino
from playground.labs.selfsupervised.dino import KEPT, STUDENT, Head, cross_entropy, targets
from playground.metrics.representations import spread
from playground.recipe import InvalidRecipe
from tests.cases import Training
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"width": 16, "depth": 1, "heads": 2, "embedding": 32, "hidden": 16, "bottleneck": 8, "batch_size": 16}


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def objective(name="dino-fashion", **knobs):
    chosen = recipe(name).changed(**{**SMALL, **knobs})
    torch.manual_seed(0)
    return chosen.build(chosen.load(packs))


@pytest.mark.parametrize("views", [2, 5])
@pytest.mark.parametrize("temperature", [0.0625, 0.25])  # exact in float32, which lightly takes them in
def test_loss_gradient_and_center_are_those_of_lightly(views, temperature):
    torchvision_operators()
    from lightly.loss import DINOLoss

    reference = DINOLoss(output_dim=12, student_temp=STUDENT, center_momentum=KEPT).double()
    network = objective(embedding=12).shown.double()
    ours, theirs = normal(views, 6, 12).requires_grad_(), normal(views, 6, 12).requires_grad_()
    for step in range(3):  # from the second one on, the center is not 0
        teacher = normal(2, 6, 12, seed=step)
        loss = cross_entropy(ours, targets(teacher, center=network.center, temperature=temperature))
        expected = reference(list(teacher), list(theirs), teacher_temp=temperature)
        network.recenter(teacher)
        torch.testing.assert_close(loss, expected, rtol=1e-12, atol=0)
        torch.testing.assert_close(network.center, reference.center[0, 0], rtol=1e-12, atol=1e-15)
        assert network.center.abs().max() > 0.01
        given, wanted = (torch.autograd.grad(value, x)[0] for value, x in ((loss, ours), (expected, theirs)))
        torch.testing.assert_close(given, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated:FutureWarning")
def test_the_head_computes_what_that_of_lightly_computes():
    torchvision_operators()
    from lightly.models.modules.heads import DINOProjectionHead

    theirs = DINOProjectionHead(10, 12, 6, 20).double()
    ours = Head(features=10, hidden=12, bottleneck=6, prototypes=20).double()
    for number, layer in enumerate(module for module in theirs.layers if isinstance(module, torch.nn.Linear)):
        layer.weight.data, layer.bias.data = normal(*layer.weight.shape, seed=number), normal(len(layer.bias), seed=9)
    ours.layers.load_state_dict(theirs.layers.state_dict())
    ours.prototypes.data.copy_(theirs.last_layer.weight_v)
    x = normal(4, 10, seed=5)
    assert ours(x).std() > 0.05
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-10, atol=1e-12)


def test_where_nothing_is_said_the_loss_is_the_log_of_the_prototypes():
    nothing = torch.zeros(2, 3, 8)
    uniform = targets(nothing, center=torch.zeros(8), temperature=0.04)
    assert float(cross_entropy(torch.zeros(5, 3, 8), uniform)) == pytest.approx(math.log(8))


def test_a_student_that_says_the_same_lacks_nothing_but_the_entropy():
    """Equal logits at equal temperatures, whatever the crop: what is left is the entropy of one distribution."""
    logits = normal(1, 4, 8).expand(2, -1, -1)
    teacher = targets(logits, center=torch.zeros(8, dtype=torch.float64), temperature=STUDENT)
    entropy = -(teacher * teacher.log()).sum(dim=-1).mean()
    assert float(cross_entropy(logits, teacher)) == pytest.approx(float(entropy))


def test_a_crop_is_not_compared_with_itself():
    student, teacher = normal(2, 1, 8), torch.eye(8, dtype=torch.float64)[:2, None]
    logs = (student / STUDENT).log_softmax(dim=-1)
    expected = -(logs[1, 0, 0] + logs[0, 0, 1]) / 2
    assert float(cross_entropy(student, teacher)) == pytest.approx(float(expected))


def test_what_is_said_most_is_taken_off():
    logits = torch.tensor([[3.0, 0.0, 0.2], [3.0, 0.2, 0.0]])
    plain, centered = (targets(logits, center=c, temperature=0.1) for c in (torch.zeros(3), logits.mean(dim=0)))
    assert plain.argmax(dim=1).tolist() == [0, 0] and centered.argmax(dim=1).tolist() == [2, 1]


def test_the_teacher_follows_slower_and_slower_and_ends_at_its_temperature():
    trained = objective(momentum=0.9, teacher_temperature=0.07)
    network = trained.shown
    moved = []
    for progress in (0.0, 0.5, 1.0):
        student, teacher = network.encoder.positions.data, network.teacher["encoder"].positions.data
        before = teacher.clone()
        student.add_(1.0)
        gap = student - before
        trained.after_step(moment(0, progress=progress))
        moved.append(float(((teacher - before) / gap).mean()))
    assert moved == pytest.approx([0.1, 0.05, 0.0], abs=1e-4)
    assert [trained.temperature(p) for p in (0, 0.15, 0.3, 1)] == pytest.approx([0.04, 0.055, 0.07, 0.07])


def test_features_are_the_teachers_and_the_loss_sees_the_students():
    network = objective().shown.eval()
    images = unit(packs.examples("fashion")["images"][:2])
    with torch.no_grad():
        features, logits = network.features(images), network(images)
        network.encoder.patches.weight.add_(1.0)
        assert torch.equal(network.features(images), features) and not torch.equal(network(images), logits)
    assert not any(one.requires_grad for one in network.teacher.parameters())
    small = network(images[:, :, :12, :12])
    assert small.shape == logits.shape == (2, 32) and float(logits.detach().abs().max()) <= 1


def test_the_terms_add_up_and_the_center_moves_only_if_it_is_used():
    for centering in (True, False):
        trained = objective(centering=centering)
        batch = {"images": packs.examples("fashion")["images"][:8]}
        terms = trained.loss("pretrain", batch, moment(0, progress=0.5))
        assert float(terms["loss"].detach()) == pytest.approx(float(terms["entropy"] + terms["divergence"]), rel=1e-5)
        assert terms["divergence"] >= -1e-6
        assert bool(trained.shown.center.any()) == centering


def test_without_centering_a_branch_takes_no_center_off_that_its_run_had():
    branch, alone = objective(centering=False), objective(centering=False)
    batch = {"images": packs.examples("fashion")["images"][:8]}
    branch.shown.center.normal_()
    losses = [float(each.loss("pretrain", batch, moment(0, progress=0.5))["loss"].detach()) for each in (branch, alone)]
    assert losses[0] == losses[1] and not branch.shown.center.any()


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"view_size": 30}, "do not tile a large crop of 30"),
        ({"small_size": 10}, "do not tile a small crop of 10"),
        ({"image_size": 30}, "do not tile a picture of 30"),
        ({"heads": 5}, "5 heads do not divide"),
        ({"smallest_small": 0.5, "largest_small": 0.4}, "smallest small crop, 0.5, is larger"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_in_a_sentence(knobs, sentence):
    with pytest.raises(InvalidRecipe, match=sentence):
        recipe("dino-fashion").changed(**knobs).spec(packs)


@pytest.mark.parametrize("centering", [True, False])
def test_without_centering_the_teacher_says_the_same_of_all_pictures(centering):
    trained = objective("dino-fashion", centering=centering, learning_rate=3e-3)
    chosen = recipe("dino-fashion").changed(**SMALL)
    data = packs.load("fashion")
    training = Training(trained, chosen.sampler(data)).after(60)
    last = training.terms[0, 59]
    with torch.no_grad():
        apart = spread(trained.shown.eval()(unit(data.test["images"][:100])))
    assert (float(last["entropy"]) < 0.3) == (not centering) == (apart < 0.2)


def test_the_teacher_sees_large_crops_alone_and_the_student_small_ones_too():
    trained, student, teacher = objective(), [], []
    forward, target = trained.shown.forward, trained.shown.target
    trained.shown.forward = lambda crops: student.append(crops) or forward(crops)
    trained.shown.target = lambda crops: teacher.append(crops) or target(crops)
    trained.loss("pretrain", {"images": packs.examples("fashion")["images"][:8]}, moment(0))
    assert [crops.shape for crops in student] == [(2 * 8, 1, 24, 24), (4 * 8, 1, 12, 12)]
    assert len(teacher) == 1 and torch.equal(teacher[0], student[0])


def test_small_crops_show_smaller_parts_than_large_ones():
    trained = objective(smallest=0.5, largest=0.9, smallest_small=0.1, largest_small=0.3)
    large, small = trained.augmentation, trained.small
    assert (large.smallest, large.largest, small.smallest, small.largest) == (0.5, 0.9, 0.1, 0.3)


def test_targets_come_from_the_teacher_at_a_temperature_that_rises(monkeypatch):
    seen = []

    def spy(logits, *, center, temperature):
        seen.append((logits, temperature))
        return targets(logits, center=center, temperature=temperature)

    monkeypatch.setattr(dino, "targets", spy)
    trained = objective(teacher_temperature=0.07)
    trained.shown.target = lambda crops: torch.eye(32)[:1].expand(len(crops), -1)
    for progress in (0.0, 0.15, 1.0):
        trained.loss("pretrain", {"images": packs.examples("fashion")["images"][:8]}, moment(0, progress=progress))
    assert [temperature for _, temperature in seen] == pytest.approx([0.04, 0.055, 0.07])
    assert all(torch.equal(logits, torch.eye(32)[:1].expand(2, 8, -1)) for logits, _ in seen)
