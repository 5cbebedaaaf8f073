"""The map of features, and the views that count as the same."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch.nn import functional as F

from playground.data import packs
from playground.labs import recipe, views
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.embedding import mapped
from playground.labs.selfsupervised.representation import embedded
from playground.labs.selfsupervised.views.map import PICTURES, prepared_map, trace_view
from playground.labs.selfsupervised.views.same import DRAWN, OTHERS, Same, same_view
from playground.runs.networks import Networks
from playground.ui.inputs import Inputs
from playground.ui.views import Views
from playground.view import Options, decode


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_first_map_is_that_of_the_principal_components():
    features = normal(200, 6) * torch.tensor([5.0, 3.0, 1.0, 0.1, 0.1, 0.1])
    chart = mapped(features, None)
    unit = torch.nn.functional.normalize(features, dim=1)
    _, values, _ = torch.linalg.svd(unit - unit.mean(dim=0))
    assert chart.explained_variance == pytest.approx(float(values[:2].square().sum() / values.square().sum()), rel=1e-4)
    covariance = chart.points.T @ chart.points / 200
    assert covariance[0, 1].abs() < 1e-4 and covariance[0, 0] > covariance[1, 1]
    assert float(covariance.diagonal().mean()) == pytest.approx(1, rel=1e-3)


def test_the_next_map_is_turned_to_lie_as_the_one_before():
    """Features turned about in their space are the same features."""
    features = normal(200, 6) * torch.tensor([5.0, 3.0, 1.0, 0.1, 0.1, 0.1])
    before = mapped(features, None)
    turn = torch.linalg.qr(normal(6, 6, seed=1)).Q
    again = mapped(features @ turn, before.points)
    torch.testing.assert_close(again.points, before.points, rtol=0, atol=1e-3)
    alone = mapped(features @ turn, None)
    assert (alone.points - before.points).abs().max() > 0.5, "without the turn it jumps"


def test_a_picture_lands_where_its_own_dot_is():
    features = normal(50, 6)
    chart = mapped(features, None)
    torch.testing.assert_close(chart.place(9 * features[:3]), chart.points[:3], rtol=0, atol=1e-4)


def test_a_collapse_has_a_map():
    chart = mapped(torch.ones(20, 4), None)
    assert torch.isfinite(chart.points).all() and chart.points.abs().max() < 1e-3
    assert torch.isfinite(mapped(torch.ones(20, 4), chart.points).points).all()


def test_every_map_builds_on_the_one_before(store, written):
    """Asked for in any order, and at once."""
    run = written("simclr-fashion", steps=(0, 5, 10), width=8)
    view, test = views()["selfsupervised"]["map"], packs.load("fashion").test.first(PICTURES)
    charts, before = {}, None
    with torch.no_grad():
        for step in run.snapshots:
            charts[step] = mapped(embedded(run.network(step), test["images"]), before)
            before = charts[step].points
    answers = Views(store, Networks(), Inputs(packs))
    order = [10, 0, 5] * 3
    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(lambda step: decode(answers.answer(view, run, step, {})), order))
    for step, answer in zip(order, given, strict=True):
        torch.testing.assert_close(answer.tensors["points"], charts[step].points, rtol=0, atol=1e-3)
    alone = mapped(embedded(run.network(10), test["images"]), None)
    assert (alone.points - charts[10].points).abs().max() > 0.1, "it was turned"


@pytest.fixture
def compared(shipped):
    """A shipped run, and what its view of augmentations is given."""
    run, data = shipped("simclr-fashion"), packs.load("fashion")
    return run, {"picture": data.examples["images"][0], "test": data.test.first(10), "recipe": run.recipe}


def test_views_of_one_picture_come_first(compared):
    run, inputs = compared
    with torch.no_grad():
        answer = same_view(run.network(11788), run.spec, Same(seed=3), inputs)
        whole = same_view(run.network(11788), run.spec, Same(smallest=1, largest=1, color=0, flip=False), inputs)
    assert answer.tensors["views"].shape == (1 + OTHERS, DRAWN, 1, 28, 28)
    cosines = answer.tensors["similarity"]
    torch.testing.assert_close(cosines.diagonal(), torch.ones((1 + OTHERS) * DRAWN))
    assert torch.equal(cosines, cosines.T) and answer.words["same"] > answer.words["other"]
    blocks = cosines.unflatten(0, (-1, DRAWN)).unflatten(2, (-1, DRAWN)).transpose(1, 2)  # (P, P, DRAWN, DRAWN)
    within = blocks.diagonal().sum() - len(cosines)  # less those of a view and itself, which are 1
    assert answer.words["same"] == pytest.approx(float(within / (1 + OTHERS) / DRAWN / (DRAWN - 1)), abs=1e-5)
    across = (cosines.sum() - blocks.diagonal().sum()) / (OTHERS * (1 + OTHERS) * DRAWN**2)
    assert answer.words["other"] == pytest.approx(float(across), abs=1e-5)
    assert whole.words["same"] > 0.9, "views that hardly differ are hardly told apart"


def test_views_are_drawn_as_in_the_training_but_for_what_is_set(compared):
    run, inputs = compared
    other = run.recipe.changed(smallest=0.3, largest=0.9, color=0.1, flip=False)
    with torch.no_grad():
        trained = same_view(run.network(0), run.spec, Same(), {**inputs, "recipe": other})
        typed = same_view(run.network(0), run.spec, Same(smallest=0.3, largest=0.9, color=0.1, flip=False), inputs)
        bolder = same_view(run.network(0), run.spec, Same(color=1), {**inputs, "recipe": other})
    assert trained.words["drawn"] == {"smallest": 0.3, "largest": 0.9, "color": 0.1, "gray": 0.2, "flip": False}
    assert torch.equal(trained.tensors["views"], typed.tensors["views"])
    assert bolder.words["drawn"] == {**trained.words["drawn"], "color": 1}
    assert not torch.equal(bolder.tensors["views"], trained.tensors["views"])


def test_views_of_what_learns_from_words_are_its_own():
    """Words say left and right, so that nothing is mirrored; crops are larger than those of contrastive methods."""
    spec = packs.load("emoji").spec
    expected = Augmentation(size=spec.size, smallest=0.3, largest=1, flip=False, color=0.4, gray=0)
    assert Same().augmentation(recipe("clip-emoji"), spec) == expected


def test_bounds_that_are_given_the_wrong_way_round_are_turned_about(compared):
    run, inputs = compared
    with torch.no_grad():
        one, other = (
            same_view(run.network(0), run.spec, Same(smallest=low, largest=high), inputs)
            for low, high in ((0.3, 0.9), (0.9, 0.3))
        )
    assert torch.equal(one.tensors["views"], other.tensors["views"])


def test_a_test_picture_is_not_its_own_neighbor(store, written):
    run = written("simclr-fashion", steps=(0,), width=8)
    view = views()["selfsupervised"]["map"]
    answer = decode(Views(store, Networks(), Inputs(packs)).answer(view, run, 0, {"picture": "ex-3"}, "place"))
    test, example = packs.load("fashion").test, packs.load("fashion").examples["images"][3]
    images, nearest = test.first(PICTURES)["images"], answer.tensors["nearest"].long()
    assert (images == example).flatten(1).all(dim=1).any(), "it is on the map"
    with torch.no_grad():
        features, own = (F.normalize(embedded(run.network(0), x), dim=1) for x in (images, example[None]))
    cosines = (own @ features.T)[0].masked_fill((images == example).flatten(1).all(dim=1), -2)
    expected, rows = cosines.topk(5)
    torch.testing.assert_close(answer.tensors["similarity"], expected, rtol=0, atol=1e-4)
    assert torch.equal(nearest, rows)


def test_the_other_pictures_are_not_the_picture_itself(compared):
    run, inputs = compared
    images = inputs["test"]["images"]
    still = Same(smallest=1, largest=1, color=0, gray=0, flip=False)
    with torch.no_grad():
        views = same_view(run.network(0), run.spec, still, {**inputs, "picture": images[-1]}).tensors["views"]
        alone = same_view(
            run.network(0), run.spec, still, {**inputs, "picture": images[0], "test": inputs["test"].first(1)}
        )
    torch.testing.assert_close(views[:, 0], images[[-1, -4, -3, -2]], rtol=0, atol=1)
    assert alone.tensors["views"].shape[0] == 1 and alone.words["other"] is None


def test_where_no_other_picture_is_there_the_trace_says_nothing(store, written):
    run, data = written("simclr-fashion", steps=(0,), width=8), packs.load("fashion")
    picture = data.test["images"][0]
    alone = {"test": data.test.first(1), "picture": picture, "before": None}
    with torch.no_grad():
        alone["prepared"] = prepared_map(run.network(0), run.spec, alone)
        trace = trace_view(run.network(0), run.spec, Options(), alone)
    assert trace.tensors["values"].shape == (0,) and trace.words["names"] == []
