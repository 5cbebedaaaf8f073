"""Which way does it move: the view against probes that are fitted by hand."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from playground.data import packs, unit
from playground.data.motion import DIRECTIONS, SPEEDS, moved
from playground.labs import views
from playground.metrics.probes import INVERSE_PENALTY, ITERATIONS, TOLERANCE
from playground.runs.networks import Networks
from playground.ui.inputs import Inputs
from playground.ui.views import Views
from playground.view import BadOption, decode

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def run(written):
    return written("frames-moving", width=4, hidden=8, depth=1)


@pytest.fixture(scope="module")
def data():
    return packs.load("moving")


def by_hand(features, labels):
    """Standardizes and fits as scikit-learn does; gives probabilities of other features."""
    mean, spread = features.mean(dim=0), features.std(dim=0, correction=0)
    model = LogisticRegression(C=INVERSE_PENALTY, tol=TOLERANCE, max_iter=ITERATIONS)
    model.fit(((features - mean) / spread).numpy(), labels.numpy())
    return lambda others: torch.from_numpy(model.predict_proba(((others - mean) / spread).numpy()))


@torch.no_grad()
def features(network, clips):
    return torch.cat([network.features(unit(part[:, :5])) for part in clips.split(100)])


def test_the_probabilities_are_those_of_a_probe_that_is_fitted_by_hand(ask, run, data):
    words, tensors = ask(run, "motion", picture="ex-7", direction="down and left", speed=1)
    network, few = run.network(10), data.train.first(1000)
    train, own = features(network, few["clips"]), features(network, tensors["clip"][None])
    for name, column in (("direction", "labels"), ("speed", "speed")):
        expected = by_hand(train, few[column])(own)[0]
        torch.testing.assert_close(tensors[name], expected.float(), atol=1e-4, rtol=0)
        assert tensors[name].sum() == pytest.approx(1, abs=1e-5) and tensors[name].std() > 0
    assert words["directions"] == list(DIRECTIONS) and words["speeds"] == list(SPEEDS)
    assert words["direction"] == DIRECTIONS.index("down and left") and words["nearest"] == 1


def test_the_clip_is_the_picture_as_it_moves_and_never_turns_back(ask, run):
    _, tensors = ask(run, "motion", picture="ex-7", direction="up", speed=4)
    clip = tensors["clip"]
    assert clip.shape == (5, 3, 32, 32) and clip.dtype == torch.uint8
    picture = packs.examples("moving")["images"][7:8]
    expected = moved(
        picture,
        direction=torch.tensor([2]),
        speed=torch.tensor([4.0]),
        bounce=torch.tensor([False]),
        start=torch.tensor([[0.5, 1.0]]),
        frames=5,
        size=32,
    )
    assert torch.equal(clip, expected[0])
    for frame in range(4):
        assert torch.equal(clip[frame + 1], clip[frame].roll(-4, dims=1))


def test_what_the_probe_calls_the_test_clips_is_counted(ask, run, data):
    words, tensors = ask(run, "known")
    network, few = run.network(10), data.train.first(1000)
    train, test = features(network, few["clips"]), features(network, data.test["clips"])
    for name, column, classes in (("directions", "labels", 8), ("speeds", "speed", 4)):
        named = by_hand(train, few[column])(test).argmax(dim=1)
        expected = torch.zeros(classes, classes, dtype=torch.int64)
        for truth, called in zip(data.test[column], named, strict=True):
            expected[truth, called] += 1
        apart = (tensors[name].long() - expected).abs().sum()
        assert tensors[name].sum() == 600 and apart <= 4, "two clips lie on a border, at most"
    assert words["labeled"] == 1000


@pytest.mark.parametrize(("speed", "nearest"), [(0, 0), (0.75, 0), (1.5, 1), (1.75, 2), (2.5, 2), (4, 3)])
def test_the_nearest_of_the_speeds_is_said(ask, run, speed, nearest):
    assert ask(run, "motion", picture="ex-1", speed=speed)[0]["nearest"] == nearest


def test_the_trace_is_the_probability_of_the_truth_at_every_snapshot(store, run):
    view, answers = views()["selfsupervised"]["motion"], Views(store, Networks(), Inputs(packs))
    query = {"picture": "ex-4", "direction": "down", "speed": "2.25"}
    trace = decode(answers.trace(view, run, query))
    assert trace.words["names"] == ["down", "2 pixels a frame"] and trace.words["shares"] is True
    for row, step in zip(trace.tensors["values"], run.snapshots, strict=True):
        said = decode(answers.answer(view, run, step, query)).tensors
        assert row.tolist() == pytest.approx([float(said["direction"][6]), float(said["speed"][2])], rel=1e-6)
    assert len(answers.prepared) == len(run.snapshots), "a snapshot's probes are fitted once for all parts"


@pytest.mark.slow
def test_the_speed_is_learned_without_labels(ask, shipped):
    counts = [ask(shipped("frames-moving"), "known", step=step)[1]["speeds"] for step in (0, 7270)]
    first, last = (float(one.diagonal().sum() / one.sum()) for one in counts)
    assert first < 0.5 and last > 0.9


def test_nonsense_is_refused_in_words():
    part = views()["selfsupervised"]["motion"].parts["motion"]
    for wrong in ({"direction": "north"}, {"speed": "5"}, {"speed": "nan"}, {"bounce": "true"}):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            part.parsed(wrong)


def test_only_a_network_like_it_is_compared_with_what_learned_from_labels(ask, run, shipped):
    words, tensors = ask(run, "supervised")
    assert set(words) == {"step"} and not tensors
    words, _ = ask(shipped("frames-moving"), "supervised")
    assert words["command"] == "python -m training supervised frames-moving"
    assert 0.9 < words["direction"] < 1 and 0.9 < words["speed"] < 1
