"""What a transformer without labels attends to: the teacher's own attention, the same from many threads."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from playground.data import packs, unit
from playground.labs import views
from playground.labs.vision.attention import attention
from playground.runs.networks import Networks
from playground.ui.inputs import Inputs
from playground.ui.views import Views
from playground.view import decode
from training.rounding import Exact

pytestmark = pytest.mark.usefixtures("one_thread")
VIEW = views()["selfsupervised"]["attention"]


def test_it_is_that_of_the_teacher_and_names_no_classes(store, shipped):
    run = shipped("dino-fashion")
    answers, picture = Views(store, Networks(), Inputs(packs)), packs.examples("fashion")["images"][3:4]
    steps = [run.snapshots[0], run.snapshots[-1]] * 4
    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(lambda step: decode(answers.answer(VIEW, run, step, {"picture": "ex-3"})), steps))
    for step, answer in zip(steps, given, strict=True):
        expected = attention(run.network(step).teacher["encoder"], unit(picture))[1][0]
        largest = answer.tensors["largest"]
        torch.testing.assert_close(
            answer.tensors["rows"].float() / 255 * largest[..., None], expected, atol=3e-3, rtol=0
        )
        assert answer.words["classes"] == [] and answer.words["grid"] == 7
        assert answer.tensors["probabilities"].numel() == 0
    assert not torch.equal(given[0].tensors["rows"], given[1].tensors["rows"])


def test_the_trace_tells_to_how_many_patches_each_head_attends(store, shipped):
    run = shipped("dino-fashion")
    trace = decode(Views(store, Networks(), Inputs(packs)).trace(VIEW, run, {"picture": "ex-3"}))
    values = trace.tensors["values"]
    assert values.shape == (len(run.snapshots), 4) and values.min() >= 1 and values.max() <= 49.001
    assert values[0].min() > 45 > 15 > values[-1].min(), "untrained heads attend to all alike"
    with torch.no_grad():
        encoder = run.network(run.snapshots[-1]).teacher["encoder"]
        maps = attention(encoder, unit(packs.examples("fashion")["images"][3:4]))[1]
    shares = maps[0, -1, :, 0, 1:]
    shares = shares / shares.sum(dim=1, keepdim=True)
    torch.testing.assert_close(values[-1], torch.special.entr(shares).sum(dim=1).exp(), rtol=0.05, atol=0)


@pytest.mark.thorough
def test_an_answer_that_names_no_classes_can_be_compared_with_a_rounded_one(store, shipped):
    run = shipped("dino-fashion")
    assert Exact(run, 0, store).differences(run.network(0))["attention"] == 0
