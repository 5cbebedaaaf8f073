"""The view that paints a mask: what a link says of it, and what is answered, quickly and to many at once."""

from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter

import pytest
import torch

from playground.data import packs, unit
from playground.labs import views
from playground.labs.selfsupervised.representation import embedded
from playground.labs.selfsupervised.views.mask import (
    RATIOS,
    Mask,
    mask_of,
    mask_view,
    probe_view,
    trace_view,
)
from playground.metrics.representations import knn_accuracy
from playground.view import BadOption, Options

pytestmark = pytest.mark.usefixtures("one_thread", "no_gradients")
RUN = "mae-fashion"
QUICK = 0.06
"""Seconds within which a stroke must be answered."""


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def pictures():
    return packs.load("fashion").examples["images"]


def written(mask):
    """As the page writes it."""
    digits = "".join(str(int(bit)) for bit in mask.flatten())
    digits += "0" * (-len(digits) % 4)
    return f"{len(mask)}-" + "".join(f"{int(digits[i : i + 4], 2):x}" for i in range(0, len(digits), 4))


def words(run, picture, step=None, **options):
    last = run.snapshots[-1]
    return mask_view(run.network(last if step is None else step), run.spec, Mask(**options), {"picture": picture}).words


@pytest.mark.parametrize("grid", [1, 2, 3, 7, 8, 32])
def test_a_mask_survives_the_link(grid):
    mask = torch.rand(grid, grid, generator=torch.Generator().manual_seed(grid)) < 0.5
    text = written(mask)
    assert Mask(mask=text).mask == text
    assert torch.equal(mask_of(Mask(mask=text), grid)[0], mask.flatten())


@pytest.mark.parametrize("text", ["7", "7-", "2-g", "2-ff", "0-", "-1", "x-1", "7-ff", "٣-0c0", "2-F", " 2-f", "99-f"])
def test_a_mask_that_is_none_is_told_in_a_sentence(text):
    part = views()["selfsupervised"]["mask"].parts["mask"]
    with pytest.raises(BadOption, match=r"^A mask is written like 2-9: [^.]*\(it was “.*”\)\.$"):
        part.parsed({"mask": text})


def test_a_mask_of_another_grid_is_laid_over_this_one():
    """The left half of 2 x 2 patches is the left half of 8 x 8, and of 7 x 7 what has its center there."""
    assert mask_of(Mask(mask="2-a"), 8).view(8, 8).int().sum(dim=0).tolist() == [8] * 4 + [0] * 4
    assert mask_of(Mask(mask="2-a"), 7).view(7, 7).int().sum(dim=0)[[0, 1, 2, 4, 5, 6]].tolist() == [7] * 3 + [0] * 3


def test_what_is_answered_is_the_networks_own(shipped, pictures):
    run = shipped(RUN)
    network, picture = run.network(run.snapshots[-1]), pictures[3]
    options = Mask(ratio=0.5, seed=4)
    answer = mask_view(network, run.spec, options, {"picture": picture})
    masked = mask_of(options, 7)
    guess = (network.reconstructed(unit(picture[None]), masked)[0] + 1) / 2
    assert torch.equal(answer.tensors["picture"], picture)
    assert (answer.tensors["reconstruction"].float() / 255 - guess).abs().max() < 0.51 / 255
    error = (guess - picture.float() / 255).square()[0]
    torch.testing.assert_close(answer.tensors["error"], error, rtol=1e-4, atol=1e-6)
    by_patch = error.view(7, 4, 7, 4).mean(dim=(1, 3))
    assert answer.tensors["masked"].bool().equal(masked.view(7, 7)) and int(masked.sum()) == 25
    assert answer.words["masked_mse"] == pytest.approx(float(by_patch[masked.view(7, 7)].mean()), rel=1e-4)
    assert answer.words["visible_mse"] == pytest.approx(float(by_patch[~masked.view(7, 7)].mean()), rel=1e-4)


def test_hidden_pixels_do_not_change_what_is_made_of_them(shipped, pictures):
    run = shipped(RUN)
    network = run.network(run.snapshots[-1])
    other = pictures[0].clone()
    other[:, :4, :4] = 255 - other[:, :4, :4]
    one, two = (
        mask_view(network, run.spec, Mask(mask=written(torch.arange(49).view(7, 7) == 0)), {"picture": picture})
        for picture in (pictures[0], other)
    )
    assert torch.equal(one.tensors["reconstruction"], two.tensors["reconstruction"])
    assert one.words["masked_mse"] != two.words["masked_mse"]


def test_training_fills_in_better_and_better(shipped, pictures):
    run = shipped(RUN)
    errors = [
        sum(words(run, picture, step, seed=seed)["masked_mse"] for seed, picture in enumerate(pictures))
        for step in (0, 112, run.snapshots[-1])
    ]
    assert errors[0] > 2 * errors[1] > 2 * errors[2]


def test_with_more_hidden_more_is_guessed_wrong(shipped, pictures):
    run = shipped(RUN)
    errors = [
        sum(words(run, picture, ratio=ratio, seed=seed)["masked_mse"] for seed, picture in enumerate(pictures))
        for ratio in (0.5, 0.75, 0.9, 1)
    ]
    assert errors == sorted(errors) and errors[-1] > 2 * errors[0]


def test_without_a_mask_there_is_no_error_and_with_all_hidden_all_pictures_are_one(ask, shipped):
    run = shipped(RUN)
    nothing, tensors = ask(run, "mask", picture="ex-1", ratio=0)
    assert nothing["masked_mse"] is None and nothing["visible_mse"] > 0 and not tensors["masked"].any()
    (everything, one), (_, two) = (ask(run, "mask", picture=f"ex-{i}", mask="7-fffffffffffff") for i in (1, 2))
    assert everything["visible_mse"] is None and everything["masked_mse"] > 0 and one["masked"].all()
    assert torch.equal(one["reconstruction"], two["reconstruction"])


def test_the_trace_is_the_error_of_this_picture_with_this_mask(shipped, pictures):
    run = shipped(RUN)
    network, inputs = run.network(run.snapshots[-1]), {"picture": pictures[2]}
    for options in (Mask(seed=3), Mask(mask="7-00ff00ff00ff0")):
        error = mask_view(network, run.spec, options, inputs).words["masked_mse"]
        assert trace_view(network, run.spec, options, inputs).tensors["values"].tolist() == pytest.approx([error])
    nothing = trace_view(network, run.spec, Mask(ratio=0), inputs)
    assert nothing.tensors["values"].shape == (0,) and nothing.words["names"] == []


def test_many_strokes_at_once_are_answered_as_one_by_one(shipped, pictures):
    run = shipped(RUN)
    network = run.network(run.snapshots[-1])
    chosen = [Mask(ratio=ratio / 16, seed=ratio) for ratio in range(17)]

    def answer(options):
        with torch.no_grad():
            return mask_view(network, run.spec, options, {"picture": pictures[1]}).tensors

    alone = [answer(options) for options in chosen]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(answer, chosen * 3))
    for one, other in zip(alone * 3, together, strict=True):
        assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_a_stroke_is_answered_quickly(shipped, pictures):
    run = shipped(RUN)
    network, seconds = run.network(run.snapshots[-1]), []
    for seed in range(21):
        start = perf_counter()
        mask_view(network, run.spec, Mask(seed=seed), {"picture": pictures[0]}).encode()
        seconds.append(perf_counter() - start)
    assert median(seconds) < QUICK


def test_the_probe_is_that_of_the_features_and_falls_as_less_is_seen(shipped):
    run, split = shipped(RUN), packs.load("fashion").test.first(1000)
    network = run.network(run.snapshots[-1])
    answer = probe_view(network, run.spec, Options(), {"test": split})
    mixed = split.at(torch.randperm(1000, generator=torch.Generator().manual_seed(0)))
    features, labels = embedded(network, mixed["images"]), mixed["labels"]
    whole = knn_accuracy(features[300:], labels[300:], features[:300], labels[:300])
    accuracy = answer.tensors["accuracy"].tolist()
    assert len(accuracy) == len(RATIOS) and answer.words == {"ratios": list(RATIOS), "asked": 300, "bank": 700}
    assert accuracy[0] == pytest.approx(whole, abs=0.004) and RATIOS[0] == 0
    assert accuracy[-1] < accuracy[0] - 0.1 and accuracy[-1] > 0.2, "less is seen, and still more than by chance"


def test_the_probe_of_pictures_that_are_sorted_by_class_asks_for_all_classes(shipped):
    run, split = shipped(RUN), packs.load("fashion").test.first(1000)
    network, answers = run.network(run.snapshots[-1]), []
    for rows in (torch.arange(1000), split["labels"].argsort()):
        answers.append(probe_view(network, run.spec, Options(), {"test": split.at(rows)}).tensors["accuracy"])
    assert (answers[0] - answers[1]).abs().max() < 0.1 < answers[1].min()


def test_without_classes_the_probe_is_empty(shipped):
    run, split = shipped(RUN), packs.load("fashion").test.first(10)
    network = run.network(0)
    for classes in ((), ("all",)):
        spec = run.spec.model_copy(update={"classes": classes})
        assert probe_view(network, spec, Options(), {"test": split}).tensors["accuracy"].shape == (0,)
    assert probe_view(network, run.spec, Options(), {"test": split.first(1)}).tensors["accuracy"].shape == (0,)
