"""The video encoder: what it is shown, what its two losses count, and what the shipped one knows of motion."""

import pytest
import torch

from playground.data import Data, packs
from playground.labs import recipe
from playground.labs.selfsupervised.contrast import nt_xent
from playground.labs.selfsupervised.motion import supervised
from playground.labs.selfsupervised.timecontrast import TUBE, tube_error
from playground.labs.selfsupervised.video import VideoEncoder, windows
from playground.objective import Moment
from playground.recipe import InvalidRecipe

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=rng(seed))


@pytest.fixture(scope="module")
def data():
    moving = packs.load("moving")
    few = moving.train.first(24)
    return Data(spec=moving.spec, train=few, test=few, hash="few", meanings=moving.meanings)


@pytest.fixture
def objective(data):
    def objective(**knobs):
        torch.manual_seed(0)
        return recipe("video-moving").changed(width=8, embedding=8, **knobs).build(data)

    return objective


def looked_at(objective, data):
    """The clips that the network is given in one step, (2 B, T, C, H, W)."""
    seen = []
    hook = objective.shown.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    terms = objective.loss("pretrain", data.train.columns, Moment(0, 0.0, rng()))
    hook.remove()
    return seen[0].detach(), {name: term.detach() for name, term in terms.items()}


def test_two_windows_are_a_gap_apart_and_begin_anywhere():
    clips = torch.arange(10).view(1, 10, 1, 1, 1).expand(3, -1, 1, 2, 2)
    begins = set()
    for seed in range(40):
        first, second = windows(clips, 5, 3, rng(seed))
        assert first.shape == (3, 5, 1, 2, 2) and (second - first == 3).all()
        assert (first[:, 1:] - first[:, :-1] == 1).all()
        begins.add(int(first[0, 0, 0, 0, 0]))
    assert begins == {0, 1, 2}


def test_features_are_the_mean_of_the_maps_and_frames_come_back_in_their_places():
    torch.manual_seed(0)
    network = VideoEncoder(frames=3, channels=2, width=4, depth=1, embedding=6).eval()
    clips = normal(5, 3, 2, 16, 12)
    maps = network.maps(clips)
    assert maps.shape == (5, network.num_features, 4, 3)
    torch.testing.assert_close(network.features(clips), maps.mean(dim=(2, 3)))
    embeddings, frames = network(clips)
    assert embeddings.shape == (5, 6) and frames.shape == clips.shape
    weight, bias = network.decoder.weight.flatten(1), network.decoder.bias
    place = maps[4, :, 2, 1] @ weight.T + bias  # of the pixels from (8, 4) on
    torch.testing.assert_close(place.view(3, 2, 4, 4), frames[4, :, :, 8:12, 4:8])


def test_the_order_of_frames_matters():
    torch.manual_seed(0)
    network = VideoEncoder(frames=3, channels=1, width=4, depth=1, embedding=6).eval()
    clips = normal(2, 3, 1, 16, 16)
    assert not torch.allclose(network.features(clips), network.features(clips.flip(1)), atol=1e-3)


def test_tubes_go_through_all_frames_and_hide_their_share(objective, data):
    masked = objective(mask_ratio=0.25).hidden_pixels(data.train["clips"], rng())
    assert masked.shape == (24, 1, 1, 32, 32)
    tubes = masked[:, 0, 0].unfold(1, TUBE, TUBE).unfold(2, TUBE, TUBE).flatten(3)  # (24, 8, 8, TUBE * TUBE)
    assert torch.equal(tubes.all(dim=3), tubes.any(dim=3))
    assert (tubes[..., 0].float().mean(dim=(1, 2)) == 0.25).all()
    assert not torch.equal(masked[0], masked[1])


def test_only_hidden_pixels_count():
    clips, masked = normal(2, 3, 1, 8, 8), torch.zeros(2, 1, 1, 8, 8, dtype=torch.bool)
    assert tube_error(clips + 1, clips, masked) == 0
    masked[0, ..., :4, :] = True
    filled = clips + torch.where(masked, 0.3, 100.0)
    assert float(tube_error(filled, clips, masked)) == pytest.approx(0.09, rel=1e-4)


def test_the_first_window_is_masked_and_the_second_is_seen_whole(objective, data):
    given, _ = looked_at(objective(mask_ratio=0.5, color=0, gray=0), data)
    first, second = given.chunk(2)
    still = (first == 0).all(dim=(1, 2))  # (24, 32, 32): gray in all frames and colors
    assert still.float().mean() == pytest.approx(0.5, abs=0.02)
    whole = 2 * data.train["clips"].float() / 255 - 1
    begins = [begin for begin in range(3) if torch.allclose(second, whole[:, begin + 3 : begin + 8], atol=1e-5)]
    assert len(begins) == 1
    expected = whole[:, begins[0] : begins[0] + 5].masked_fill(still[:, None, None], 0)
    torch.testing.assert_close(first, expected, atol=1e-5, rtol=0)


def test_what_is_hidden_in_the_first_window_is_scored_there(objective):
    """A white window, and after it a black one. Of the first what is hidden is missed by 0.3, all the rest by more."""
    white_then_black = torch.zeros(24, 10, 3, 32, 32, dtype=torch.uint8)
    white_then_black[:, :5] = 255
    trained = objective(gap=5, mask_ratio=0.5, color=0, gray=0)

    def filled_in(_, inputs, outputs):
        first, second = inputs[0].chunk(2)
        return outputs[0], torch.cat([torch.where(first == 0, 0.7, -0.5), torch.zeros_like(second)])

    trained.shown.register_forward_hook(filled_in)
    terms = trained.loss("pretrain", {"clips": white_then_black}, Moment(0, 0.0, rng()))
    assert float(terms["filling"]) == pytest.approx(0.09, rel=1e-4)


def test_the_learning_rate_warms_up(objective):
    assert [objective().schedule("pretrain", at) for at in (0, 0.5, 1)] == pytest.approx([0.05, 0.5, 0])


def test_colors_change_from_window_to_window_and_not_from_frame_to_frame(objective, data):
    one = data.train["clips"][:8, :1].expand(-1, 5, -1, -1, -1)
    recolored = objective(color=0.8).recolored(one, rng())
    assert torch.equal(recolored, recolored[:, :1].expand_as(recolored))
    assert not torch.allclose(recolored, objective(color=0.8).recolored(one, rng(1)), atol=0.01)
    assert recolored.min() >= -1 and recolored.max() <= 1


def test_the_loss_is_the_weighted_sum_of_both_tasks(objective, data):
    given, terms = looked_at(objective(contrast=2, filling=0.5), data)
    assert float(terms["loss"]) == pytest.approx(float(2 * terms["contrast"] + 0.5 * terms["filling"]), rel=1e-6)
    again = objective()
    embeddings = again.shown(given)[0].detach().unflatten(0, (2, -1))
    assert float(nt_xent(embeddings, temperature=0.2)) == pytest.approx(float(terms["contrast"]), rel=1e-5)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"gap": 6}, "do not fit into 10 frames"),
        ({"contrast": 0, "filling": 0}, "nothing to learn"),
        ({"contrast": 0, "mask_ratio": 0}, "nothing to learn"),
    ],
)
def test_what_cannot_be_trained_is_said_in_a_sentence(knobs, message):
    with pytest.raises(InvalidRecipe, match=message):
        recipe("video-moving").changed(**knobs).spec(packs)


def test_the_shipped_encoder_is_most_of_the_way_from_random_to_supervised(shipped):
    """Two thirds of the way or more, both in direction and in speed; held-out things, 600 clips."""
    run = shipped("video-moving")
    moving = run.recipe.load(packs)
    network = run.network(run.snapshots[-1])
    ceiling = supervised(network, moving)
    random, learned = (run.recipe.build(moving).motion.probed(one, moving.test) for one in (run.network(0), network))
    for fact in ("direction", "speed"):
        top = getattr(ceiling, fact)
        assert learned[fact] > random[fact] + 2 / 3 * (top - random[fact]), fact
    assert learned["direction"] > 0.9 and learned["speed"] > 0.9
