"""What a label is worth: probes of few labels, and what was measured without pretraining."""

import json
from dataclasses import replace

import pytest
import torch

from playground.data import packs
from playground.labs import views
from playground.labs.selfsupervised.labels import (
    DRAWS,
    FRACTIONS,
    REFERENCES,
    Reference,
    counts,
    drawn,
    draws_of,
    intervals,
    probed,
    reference,
    used,
)
from playground.labs.selfsupervised.representation import embedded
from playground.labs.selfsupervised.views import labels as view
from playground.view import Options
from training.__main__ import main
from training.benchmarks import scratch

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def few():
    """Few pictures of clothes."""
    data = packs.load("fashion")
    return replace(data, train=data.train.first(300), test=data.test.first(100), hash="few")


def asked(prepare, answer, network, data):
    inputs = {"data": data}
    with torch.no_grad():
        inputs["prepared"] = prepare(network, data.spec, inputs)
        return answer(network, data.spec, Options(), inputs)


def test_fractions_are_of_the_training_pictures():
    assert counts(12_000) == [120, 600, 1200, 12_000]
    assert counts(3) == [1, 1, 1, 3]
    assert [draws_of(count, 12_000) for count in counts(12_000)] == [DRAWS, DRAWS, DRAWS, 1]


def test_probes_of_one_count_differ_by_their_labels_alone():
    features = torch.randn(200, 8, generator=torch.Generator().manual_seed(0))
    labels = (features[:, 0] > 0).long()
    accuracies = probed(features, labels, features, labels, 20)
    assert len(accuracies) == DRAWS and len(set(accuracies)) > 1
    assert accuracies == probed(features, labels, features, labels, 20)
    assert len(probed(features, labels, features, labels, 200)) == 1


def test_the_view_probes_the_features_of_the_snapshot(shipped, few):
    network = shipped("simclr-fashion").network(11788)
    answer = asked(view.prepared_labels, view.labels_view, network, few)
    features = [embedded(network, split["images"]) for split in (few.train, few.test)]
    expected = [probed(features[0], few.train["labels"], features[1], few.test["labels"], n) for n in counts(300)]
    torch.testing.assert_close(answer.tensors["accuracy"], intervals(expected))
    assert answer.words == {"counts": [3, 15, 30, 300], "total": 300, "tests": 100, "draws": DRAWS}
    trace = asked(view.prepared_few, view.trace_view, network, few)
    torch.testing.assert_close(trace.tensors["values"], answer.tensors["accuracy"][:1, 0], atol=0.011, rtol=0)


def test_the_training_is_worth_labels(shipped, few):
    first, last = (
        asked(view.prepared_labels, view.labels_view, shipped("simclr-fashion").network(step), few).tensors["accuracy"]
        for step in (0, 11788)
    )
    assert (last[1:, 0] > first[1:, 0] + 0.05).all()


def test_pictures_without_classes_have_no_curve(shipped, few):
    network = shipped("simclr-fashion").network(0)
    bare = replace(few, spec=few.spec.model_copy(update={"classes": ()}))
    answer = asked(view.prepared_labels, view.labels_view, network, bare)
    assert answer.tensors["accuracy"].shape == (0, 2)
    trace = asked(view.prepared_few, view.trace_view, network, bare)
    assert trace.tensors["values"].shape == (0,) and trace.words["names"] == []


def test_three_pictures_of_one_class_have_a_curve(shipped, few):
    one = few.train.at(torch.nonzero(few.train["labels"] == 2)[:3, 0])
    answer = asked(
        view.prepared_labels, view.labels_view, shipped("simclr-fashion").network(0), replace(few, train=one)
    )
    share = float((few.test["labels"] == 2).float().mean())
    torch.testing.assert_close(answer.tensors["accuracy"][:, 0], torch.full((4,), share))


def test_what_was_measured_is_that_of_the_very_data(few):
    data = packs.load("fashion")
    assert reference(data) is not None
    assert reference(few) is None and reference(data.resized(14)) is None and reference(packs.load("digits")) is None
    answer = view.reference_view(None, few.spec, Options(), {"data": few})
    assert answer.tensors["scratch"].shape == (0, 2) and not answer.words


@pytest.mark.parametrize("path", sorted(REFERENCES.glob("*.json")), ids=lambda path: path.stem)
def test_what_ships_was_measured(path):
    """On the data that ship, in the way that the code measures now; the pixels are probed again."""
    known = Reference.model_validate_json(path.read_text("utf-8"))
    data = packs.load(known.data, known.size)
    assert reference(data) == known
    train, test = used(data)
    assert known.counts == counts(len(train)) and tuple(known.steps) == scratch.STEPS and known.knobs == scratch.KNOBS
    for accuracies in (known.scratch, known.pixels):
        assert [len(values) for values in accuracies] == [draws_of(count, len(train)) for count in known.counts]
    pixels = [split["images"].flatten(1).float() / 255 for split in (train, test)]
    again = probed(pixels[0], train["labels"], pixels[1], test["labels"], known.counts[0])
    assert again == pytest.approx(known.pixels[0], abs=0.003)


def test_training_from_scratch_is_measured_on_the_same_draws(monkeypatch, tmp_path, capsys):
    seen = []

    def trained(data, count, draw, steps):
        seen.append((count, draw, data.train["labels"][drawn(data.train["labels"], count, draw)].bincount().tolist()))
        return once(data, count, draw, 1)

    once = scratch._trained
    monkeypatch.setattr(scratch, "_trained", trained)
    assert main(["scratch", "digits", "--out", str(tmp_path / "digits.json")]) == 0
    given = counts(len(packs.load("digits").train))
    assert [count for count, _, _ in seen] == [n for n in given[:3] for _ in range(DRAWS)] + [given[3]]
    assert all(max(drawn) - min(drawn) <= 1 for count, _, drawn in seen if count >= 10 and count < given[3])
    result = json.loads((tmp_path / "digits.json").read_text("utf-8"))
    assert result["command"] == "python -m training scratch digits" and len(result["scratch"]) == len(FRACTIONS)
    assert result["pixels"][3][0] > 0.9, "pixels of digits are told apart by planes"
    assert len(capsys.readouterr().out.splitlines()) == len(FRACTIONS)


def test_scratch_refuses_what_has_no_classes(tmp_path, capsys, monkeypatch):
    data = packs.load("digits")
    monkeypatch.setattr(
        type(packs), "load", lambda *_: replace(data, spec=data.spec.model_copy(update={"classes": ()}))
    )
    assert main(["scratch", "digits", "--out", str(tmp_path / "x.json")]) == 1
    assert "have no classes" in capsys.readouterr().err and not (tmp_path / "x.json").exists()


def test_the_view_is_offered():
    assert list(views()["selfsupervised"]["labels"].parts) == ["labels", "reference"]
