"""VAE, GAN and diffusion on equal terms: one judge, and nothing that it measures depends on who generated it."""

import argparse
import base64
import io
from pathlib import Path

import pytest
import torch
from PIL import Image

from playground.data import packs
from playground.metrics.features import Features
from playground.runs.experiment import read
from playground.runs.store import Store
from training.benchmarks import equal as module
from training.benchmarks.equal import Judge, edges, equal

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def data():
    return packs.load("fashion")


@pytest.fixture(scope="module")
def judge(data):
    return Judge(data, Features.of(Store(Path("nowhere")).trained("cnn-fashion")))


class NoVae:
    shown = None


def test_test_pictures_are_as_sharp_and_as_far_from_the_training_as_test_pictures(data, judge):
    values = judge.values(data.test["images"], data.test["labels"], NoVae)
    assert values["sharpness"] == pytest.approx(1) and values["nearest"] == pytest.approx(1)
    assert values["fid_cnn-fashion"] == pytest.approx(0, abs=1e-6) and values["precision_cnn-fashion"] == 1
    assert values["as_asked"] > 0.85 and "bound" not in values


def test_memory_and_blur_are_seen(data, judge):
    images, labels = (data.train[column][:500] for column in ("images", "labels"))
    remembered = judge.values(images, labels, NoVae)
    assert remembered["nearest"] == pytest.approx(0, abs=1e-6) and remembered["sharpness"] == pytest.approx(1, abs=0.05)
    small = torch.nn.functional.avg_pool2d(images.float(), 4)
    blurred = torch.nn.functional.interpolate(small, scale_factor=4, mode="bilinear").round().to(torch.uint8)
    assert judge.values(blurred, labels, NoVae)["sharpness"] < 0.5
    beside = judge.beside_nearest(images[:3])
    assert torch.equal(beside[:3], beside[3:]), "the nearest to a training picture is itself"


def test_edges_are_those_of_the_laplacian():
    image = torch.zeros(1, 1, 5, 5, dtype=torch.uint8)
    image[0, 0, 2, 2] = 9
    assert edges(image) == pytest.approx((4 * 9 + 4 * 9) / 9)
    assert edges(torch.full((2, 1, 5, 5), 77, dtype=torch.uint8)) == 0


@pytest.mark.thorough
def test_all_three_are_told_of_in_one_file(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOKS", (0.5, 1.0, 9.0))
    monkeypatch.setattr(module, "BOUND", 2)
    equal(argparse.Namespace(seconds=2.0, seeds=2, runs=tmp_path, out=tmp_path / "out.json"))
    told = read(tmp_path / "out.json")
    assert [arm.recipe for arm in told.arms] == ["cvae-fashion", "cgan-fashion", "diffusion-fashion"]
    assert told.labs == ("vae", "gan", "diffusion") and told.metrics[-1] == "bound"
    for arm in told.arms:
        assert [trial.seed for trial in arm.trials] == [0, 1] and arm.parameters > 10_000
        for trial in arm.trials:
            assert [point.step for point in trial.points] == sorted({point.step for point in trial.points})
            assert len(trial.points) == 2 and trial.seconds >= 2 and trial.n == 2_000
        assert Image.open(io.BytesIO(base64.b64decode(arm.sheet))).size == (8 * 29 - 1, 2 * 29 - 1)
    bounds = [("bound" in trial.final) for arm in told.arms for trial in arm.trials]
    assert bounds == [True, True, False, False, False, False]
