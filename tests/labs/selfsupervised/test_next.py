"""What happens next: the visitor's picture as it moves, and as it is predicted."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from playground.data import packs, unit
from playground.data.motion import DIRECTIONS
from playground.labs import views
from playground.labs.selfsupervised.views.moving import Direction
from playground.runs.networks import Networks
from playground.ui.inputs import Inputs
from playground.ui.views import Views
from playground.view import BadOption, decode

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def run(written):
    return written("frames-moving", width=4, hidden=8, depth=1)


def test_the_picture_moves_as_it_was_asked_to(ask, run):
    words, tensors = ask(run, "next", picture="ex-7", direction="up", speed=1, bounce="false", horizon=4)
    clip, given = tensors["true"].float(), words["given"]
    assert given == 5 and clip.shape == (9, 3, 32, 32) and tensors["predicted"].shape == (4, 3, 32, 32)
    for frame in range(8):
        assert torch.equal(clip[frame + 1], clip[frame].roll(-1, dims=1)), "it goes up by a pixel, through the wall"
    still = ask(run, "next", picture="ex-7", speed=0)[1]["true"]
    assert torch.equal(still, still[:1].expand_as(still))


def test_what_is_predicted_follows_from_the_frames_given_alone(ask, run):
    _, off = ask(run, "next", picture="ex-2", speed=2, bounce="true", horizon=12)
    _, through = ask(run, "next", picture="ex-2", speed=2, bounce="false", horizon=12)
    assert torch.equal(off["true"][:5], through["true"][:5]) and not torch.equal(off["true"], through["true"])
    assert torch.equal(off["predicted"], through["predicted"])
    network = run.network(10)
    with torch.no_grad():
        expected = network.rolled_out(unit(off["true"][None, :5]), frames=12)[0]
    torch.testing.assert_close(unit(off["predicted"]), expected, atol=1 / 100, rtol=0)


def test_the_numbers_are_those_of_the_frames(ask, run):
    words, tensors = ask(run, "next", picture="ex-2", speed=2, horizon=7)
    rest, made = unit(tensors["true"][5:]), unit(tensors["predicted"])
    expected = -10 * ((made - rest).square().mean(dim=(1, 2, 3)) / 4).log10()
    torch.testing.assert_close(tensors["psnr"], expected, atol=0.05, rtol=0)
    whole = -10 * ((made - rest)[:5].square().mean() / 4).log10()
    assert words["psnr"] == pytest.approx(float(whole), abs=0.05)
    edges = [
        (one.diff(dim=-1).square().mean((1, 2, 3)) + one.diff(dim=-2).square().mean((1, 2, 3))) for one in (made, rest)
    ]
    torch.testing.assert_close(tensors["sharpness"], (edges[0] / edges[1]).sqrt(), atol=0.01, rtol=0)
    sharp = float((edges[0][:5].mean() / edges[1][:5].mean()).sqrt())
    assert words["sharpness"] == pytest.approx(sharp, abs=0.01)
    copy = unit(tensors["true"][4:5]) - rest
    assert words["copy"] == pytest.approx(float(-10 * (copy[:5].square().mean() / 4).log10()), abs=0.05)


def test_all_directions_can_be_chosen_and_others_are_refused(run):
    view = views()["selfsupervised"]["next"]
    assert Direction.__args__ == DIRECTIONS
    for wrong in ({"direction": "north"}, {"horizon": "0"}, {"speed": "nan"}, {"horizon": "500"}):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            view.parts["next"].parsed(wrong)


def test_the_trace_is_the_number_of_the_frames_that_were_trained_for(store, run):
    view = views()["selfsupervised"]["next"]
    answers = Views(store, Networks(), Inputs(packs))
    query = {"picture": "ex-4", "direction": "down", "speed": "0.5"}
    trace = decode(answers.trace(view, run, query))
    assert trace.tensors["values"].shape == (len(run.snapshots), 1) and trace.words["shares"] is False
    with ThreadPoolExecutor(6) as pool:
        words = list(pool.map(lambda step: decode(answers.answer(view, run, step, query)).words, run.snapshots * 3))
    numbers = [one["psnr"] for one in words]
    assert numbers[: len(run.snapshots)] == pytest.approx(trace.tensors["values"][:, 0].tolist(), rel=1e-4)
    assert numbers == numbers[: len(run.snapshots)] * 3 and len(set(numbers)) == len(run.snapshots)
