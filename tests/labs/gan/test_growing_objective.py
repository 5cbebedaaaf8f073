"""A run through all sizes: its schedule, its frames, what is seen of them, and how it goes on."""

import pytest
import torch

from playground.data import packs, unit
from playground.jobs.branch import check_branch
from playground.jobs.launch import checked
from playground.labs import recipe
from playground.labs.gan.growing_objective import GrowingAdversarial, Growth
from playground.labs.gan.pyramid import enlarged, reduced
from playground.recipe import InvalidRecipe
from playground.runs.events import Checkpoint, Marked, Preview, Snapshot
from playground.runs.folder import Parent
from playground.runs.store import PRETRAINED, Store
from tests.moments import moment
from tests.training.small import every, last_weights, stopper, through_a_file
from tests.weights import same
from training.loop import walk
from training.record import record
from training.trainer import prepared

pytestmark = pytest.mark.usefixtures("one_thread")

GROWN = {"grows to 8 pixels": 8, "grows to 16 pixels": 16}


def chosen(**knobs):
    small = {"data": "digits", "image_size": 16, "width": 8, "latent": 4, "batch_size": 4, "penalty_every": 3}
    return recipe("progan-fashion").changed(**{**small, "seconds": None, "steps": 20, **knobs})


@pytest.fixture(autouse=True)
def no_metrics(monkeypatch):
    """Runs are not evaluated: the tests of all recipes are about that, and here it would take most of the time."""
    monkeypatch.setattr(GrowingAdversarial, "evaluate", lambda self, split: {"fid_cnn-fashion": 1.0})


@pytest.fixture
def trainer(used_by):
    """A run in memory."""
    return lambda preset=None, **options: prepared(
        preset or chosen(), (preset or chosen()).load(packs), networks=used_by(preset or chosen()), **options
    )


@pytest.fixture
def trained(store):
    """A run in a folder, with the events that were recorded."""
    store.shipped.mkdir()
    (store.shipped / "cnn-fashion").symlink_to(PRETRAINED / "cnn-fashion")

    def trained(preset, parent=None):
        data = store.data.card(preset.data).hash
        run = store.create("progan-fashion", preset, data_hash=data, parent=parent)
        events = [*record(run, store=store)]
        assert run.status.state == "done", run.status.message
        return run, events

    return trained


@pytest.mark.parametrize("sizes", [1, 2, 5])
@pytest.mark.parametrize("longer", [1.0, 1.5, 3.0])
@pytest.mark.parametrize("fade", [0.0, 0.5, 1.0])
def test_the_schedule_gives_every_size_its_share_and_ends_with_the_last_one(sizes, longer, fade):
    growth = Growth(sizes, longer, fade)
    assert growth.start(0) == 0 and growth.start(sizes) == 1
    lengths = [growth.start(size + 1) - growth.start(size) for size in range(sizes)]
    assert all(after == pytest.approx(longer * before) for before, after in zip(lengths, lengths[1:], strict=False))
    line = [step / 4000 for step in range(4000)]
    turns = [growth.size(progress) for progress in line]
    assert turns == sorted(turns) and set(turns) == set(range(sizes))
    for size in range(sizes):
        assert turns.count(size) == pytest.approx(4000 * lengths[size], abs=1)
        alphas = [growth.alpha(size, progress) for progress in line if growth.size(progress) == size]
        assert alphas == sorted(alphas) and alphas[-1] > 0.95
        assert (alphas[0] < 0.05) == (fade > 0)
        if fade < 1:
            faded = sum(alpha < 1 for alpha in alphas) / len(alphas)
            assert faded == pytest.approx(fade, abs=0.1) and alphas[-1] == 1
    assert growth.alpha(0, 0.0, since=1.0) == 1
    assert growth.alpha(0, 0.0, since=0.25) == (0.25 if fade else 1)


@pytest.mark.parametrize("steps", [5, 7, 40])
def test_no_size_is_skipped_and_the_last_is_reached(trainer, steps):
    running, seen = trainer(chosen(steps=steps)), []
    while running.progress < 1:
        seen.append(running.objective.network.side)
        running.one_step()
    assert sorted(set(seen)) == [4, 8, 16] and seen == sorted(seen)
    assert steps < 7 or float(running.objective.network.alpha) == 1


def test_the_learning_rate_falls_once_the_last_size_is_all_there(trainer):
    objective = trainer(chosen(longer=1, fade=0.5)).objective
    rates = [objective.schedule("generator", progress) for progress in (0, 0.4, 0.7, 0.83, 11 / 12, 1)]
    assert rates == pytest.approx([1, 1, 1, 1, 0.5, 0], abs=1e-3)


def test_real_images_are_blended_as_generated_ones(trainer):
    objective = trainer().objective
    batch = {"images": packs.load("digits", 16).train["images"][:4]}
    images = unit(batch["images"])
    torch.testing.assert_close(objective.real(batch), enlarged(reduced(images, 4), 16))
    objective.reshape({"side": 16})
    objective.network.fade(0.25)
    torch.testing.assert_close(objective.real(batch), 0.75 * enlarged(reduced(images, 8), 16) + 0.25 * images)


def test_the_average_grows_with_the_network_and_keeps_what_it_had(trainer):
    running = trainer(chosen(ema=0.9))
    for _ in range(3):
        running.one_step()
    network, shown = running.objective.network, running.objective.shown
    before = {name: value.clone() for name, value in shown.generator.state_dict().items()}
    assert not same(before, network.generator.state_dict())
    torch.manual_seed(5)
    running.objective.reshape({"side": 8})
    after, trained = shown.generator.state_dict(), network.generator.state_dict()
    assert after.keys() == trained.keys() and shown.discriminator is network.discriminator
    for name, value in after.items():
        if not name.endswith("alpha"):
            assert torch.equal(value, before.get(name, trained[name])), name
    assert not any(weight.requires_grad for weight in shown.generator.parameters())


def test_a_run_shows_every_growth_and_every_view_answers_at_every_size(trained, ask):
    run, events = trained(chosen(condition="class", ema=0.5))
    marks = {event.step: event.label for event in every(Marked, events)}
    assert list(marks.values()) == list(GROWN)
    previews = {event.step: event.media.images for event in every(Preview, events)}
    for step, label in marks.items():
        assert step in run.snapshots
        network = run.network(step)
        assert network.side == GROWN[label] and float(network.alpha) == 0
        side = network.side // 2  # at alpha 0
        assert torch.equal(previews[step], enlarged(previews[step][..., :: 16 // side, :: 16 // side].float(), 16))
    seen = {run.network(step).side for step in run.snapshots}
    assert seen == {4, 8, 16} and float(run.network(run.snapshots[-1]).alpha) == 1
    for step in run.snapshots:
        network = run.network(step)
        for part in ("square", "sample", "nearest"):
            words, tensors = ask(run, part, step, label=3)
            assert words["step"] == step and tensors
            if part == "sample":
                picture = tensors["picture"][None].float()
                assert picture.shape == (1, 1, 16, 16)
                torch.testing.assert_close(picture, enlarged(reduced(picture, network.side), 16), atol=1, rtol=0)
                assert words["score"] is not None and words["of"] > 10


def middle(running):
    """Trains until the middle of a fade."""
    while not 0 < float(running.objective.network.alpha) < 1:
        running.one_step()
    return running.step


def test_a_frame_from_the_middle_of_a_fade_computes_what_the_objective_does(trainer):
    running = trainer()
    middle(running)
    objective = running.objective.eval()
    (snapshot,) = [event for event in running.frame() if isinstance(event, Snapshot)]
    network = chosen().network(running.data.spec, **snapshot.shape)
    network.load_state_dict(snapshot.weights)
    z, labels = torch.randn(5, 4), torch.arange(5)
    images = network.eval()(z, labels)
    assert torch.equal(images, objective.shown(z, labels))
    assert torch.equal(network.discriminator(images, labels), objective.shown.discriminator(images, labels))


@pytest.mark.parametrize("size", [8, 16])
def test_killed_in_the_middle_of_a_fade_it_goes_on_exactly(trainer, size):
    first = trainer()
    while first.objective.network.side < size:
        first.one_step()
    at = middle(first)
    whole = [*walk(trainer())]
    before = [*walk(trainer(), stopper(at))]
    state = through_a_file(every(Checkpoint, before)[-1].state)
    after = [*walk(trainer(state=state))]
    assert every(Snapshot, before)[-1].shape == {"side": size}
    assert 0 < float(state.tensors["objective.network.generator.layers.alpha"]) < 1
    assert every(Snapshot, after)[-1].step == 20 and same(last_weights(after), last_weights(whole))
    end, expected = every(Checkpoint, after)[-1].state, every(Checkpoint, whole)[-1].state
    assert same(dict(end.tensors), dict(expected.tensors))


def test_a_branch_from_a_middle_size_goes_on_growing_from_its_alpha(trained):
    run, _ = trained(chosen(steps=40))
    step, alpha = next(
        (step, float(network.alpha))
        for step, network in ((step, run.network(step)) for step in run.snapshots)
        if network.side == 8 and 0 < network.alpha < 1
    )
    preset = chosen(steps=10, learning_rate=1e-4)
    check_branch(run, step, preset, run.spec, {})
    branch, events = trained(preset, Parent(run=run.id, step=step))
    first = branch.weights(step)
    assert all(torch.equal(value, first[name]) for name, value in run.weights(step).items())
    alphas = [(network.side, float(network.alpha)) for network in map(branch.network, branch.snapshots)]
    assert alphas[0] == (8, alpha) and alphas[-1] == (16, 1) and alphas == sorted(alphas)
    assert [event.label for event in every(Marked, events)] == ["grows to 16 pixels"]


def branched(trainer, **options):
    """A branch from the middle of the fade from 4 to 8 pixels, where half of its budget is for each of two sizes."""
    parent = trainer()
    at = middle(parent)
    weights = {name: value.clone() for name, value in parent.objective.snapshot().items()}
    start = {"start": weights, "shape": {"side": 8}, "first_step": at}
    return float(parent.objective.network.alpha), trainer(chosen(steps=16, longer=1, fade=0.5), **start, **options)


def test_the_sizes_that_are_left_share_the_budget_of_a_branch(trainer):
    since, branch = branched(trainer)
    seen = []
    while branch.progress < 1:
        branch.one_step()
        seen.append((branch.objective.network.side, float(branch.objective.network.alpha)))
    expected = [since + (1 - since) * min(1, step / 4) for step in range(8)] + [1, 0.25, 0.5, 0.75] + 4 * [1]
    expected[8] = 0.0  # the step after which it grows
    assert [side for side, _ in seen] == 8 * [8] + 8 * [16]
    assert [alpha for _, alpha in seen] == pytest.approx(expected)


def test_a_branch_that_is_killed_goes_on_exactly(trainer):
    whole = [*walk(branched(trainer)[1])]
    for at in (2, 11):
        before = [*walk(branched(trainer)[1], stopper(at))]
        state = through_a_file(every(Checkpoint, before)[-1].state)
        after = [*walk(trainer(chosen(steps=16, longer=1, fade=0.5), state=state))]
        assert same(last_weights(after), last_weights(whole))
        end, expected = every(Checkpoint, after)[-1].state, every(Checkpoint, whole)[-1].state
        assert same(dict(end.tensors), dict(expected.tensors))


def test_a_branch_from_the_full_size_trains_it_on(trainer):
    running = trainer(chosen(steps=5))
    while running.progress < 1:
        running.one_step()
    shape, weights = running.objective.shape(), running.objective.snapshot()
    branch = trainer(chosen(steps=4), start=weights, shape=shape, first_step=5)
    for _ in range(4):
        assert branch.one_step()[1] == ""
    assert branch.objective.shape() == {"side": 16} and not same(dict(weights), branch.objective.snapshot())


def test_a_branch_on_smaller_pictures_is_refused_and_on_larger_ones_grows_further(trained, store):
    run, _ = trained(chosen(steps=5))
    last = run.snapshots[-1]
    smaller, larger = chosen(steps=6, image_size=8), chosen(steps=6, image_size=32)
    with pytest.raises(InvalidRecipe, match="must stay: image size"):
        check_branch(run, last, smaller, smaller.spec(store.data), {})
    check_branch(run, last, larger, larger.spec(store.data), {})
    branch, events = trained(larger, Parent(run=run.id, step=last))
    assert [event.label for event in every(Marked, events)] == ["grows to 32 pixels"]
    assert branch.network(branch.snapshots[-1]).side == 32


def test_sides_that_do_not_double_are_refused():
    with pytest.raises(InvalidRecipe, match=r"This network needs pictures .* not 30\.$"):
        chosen(image_size=30).spec(packs)


def test_a_step_is_at_the_alpha_of_its_moment(trainer):
    objective = trainer(chosen(longer=1, fade=0.5)).objective
    objective.reshape({"side": 8})
    batch = packs.load("digits", 16).train.batch(torch.arange(4))
    for phase in objective.phases():
        objective.update(phase, batch, moment(progress=1 / 3 + 1 / 24))
        assert float(objective.network.alpha) == pytest.approx(0.25)
        assert float(objective.network.discriminator.features.alpha) == pytest.approx(0.25)


def test_a_training_is_judged_by_what_it_grows_to(tmp_path):
    chosen = recipe("progan-faces")
    spec, network = checked(Store(tmp_path), chosen, parent=None, owner="")
    assert network.side == 64 and chosen.network(spec).side == 4
