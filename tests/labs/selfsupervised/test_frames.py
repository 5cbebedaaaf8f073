"""Prediction of frames: its losses in closed form, its metrics against torchmetrics, and what the network may see."""

import math

import pytest
import torch

from playground.compat import torchvision_operators
from playground.data import packs, unit
from playground.labs import recipe
from playground.labs.selfsupervised.foresight import (
    frame_loss,
    gradient_difference,
    predicted,
    psnr,
    sharpness,
)
from playground.labs.selfsupervised.frames import FramePredictor

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return FramePredictor(frames=4, channels=3, width=4, hidden=8, depth=1).eval()


def test_the_gradient_difference_is_that_of_the_paper():
    """Equation 6 with alpha 1, pixel by pixel, as a mean."""
    one, other = normal(2, 5, 4), normal(2, 5, 4, seed=1)

    def steps(frame, i, j, down, right):
        return abs(float(frame[i, j] - frame[i - down, j - right]))

    below = [
        abs(steps(a, i, j, 1, 0) - steps(b, i, j, 1, 0))
        for a, b in zip(one, other, strict=True)
        for i in range(1, 5)
        for j in range(4)
    ]
    across = [
        abs(steps(a, i, j, 0, 1) - steps(b, i, j, 0, 1))
        for a, b in zip(one, other, strict=True)
        for i in range(5)
        for j in range(1, 4)
    ]
    expected = sum(below) / len(below) + sum(across) / len(across)
    assert float(gradient_difference(one, other)) == pytest.approx(expected, rel=1e-12)


def test_of_two_futures_that_are_as_likely_the_squared_error_asks_for_the_mean_and_the_absolute_one_for_neither():
    """A pixel that is white in six of ten futures: the minimum of MSE is their mean, that of L1 the median."""
    futures = torch.tensor([1.0] * 6 + [-1.0] * 4, dtype=torch.float64)[:, None, None].expand(10, 2, 2)
    levels = torch.linspace(-1, 1, 201, dtype=torch.float64)

    def best(loss):
        return float(levels[torch.stack([frame_loss(one.expand(10, 2, 2), futures, loss) for one in levels]).argmin()])

    assert best("mse") == pytest.approx(0.2) and best("l1") == pytest.approx(1)


def test_a_frame_that_is_too_bright_by_a_constant_has_known_losses():
    true = normal(3, 1, 6, 6)
    for loss, expected in (("mse", 0.09), ("l1", 0.3), ("l1, gradients", 0.3)):
        assert float(frame_loss(true + 0.3, true, loss)) == pytest.approx(expected)


def test_blur_costs_gradients_that_the_absolute_error_does_not_see():
    edge = torch.tensor([-1.0, -1, 1, 1]).expand(4, 4)
    shifted, gray = torch.tensor([-1.0, 1, 1, 1]).expand(4, 4), torch.tensor([-1.0, 0, 0, 1]).expand(4, 4)
    assert frame_loss(shifted, edge, "l1") == frame_loss(gray, edge, "l1")
    assert gradient_difference(gray, edge) > 0


def test_the_sharpness_of_what_is_the_same_is_one_and_that_of_less_contrast_is_less_by_as_much():
    true = normal(2, 3, 1, 6, 6)
    torch.testing.assert_close(sharpness(true, true), torch.ones(2, 3, dtype=torch.float64))
    torch.testing.assert_close(sharpness(0.5 - true / 4, true), torch.full((2, 3), 0.25, dtype=torch.float64))
    flat = torch.full((1, 4, 4), 0.3)
    assert float(sharpness(flat, flat)) == 1 and float(sharpness(flat, normal(1, 4, 4).float())) < 1e-3


@pytest.mark.parametrize("turned", [False, True])
def test_an_edge_that_is_blurred_over_n_pixels_is_less_sharp_by_the_root_of_n(turned):
    """A step of one becomes n steps of 1 / n: the energy of the gradient is n / n^2."""
    edge = torch.tensor([0.0] * 8 + [1.0] * 8, dtype=torch.float64).expand(1, 16, 16)
    for n in (2, 3, 5):
        blurred = torch.nn.functional.avg_pool1d(edge, n, stride=1)  # (1, 16, 16 - n + 1): the edge is inside of it
        one, other = (image.mT if turned else image for image in (blurred, edge[..., : 17 - n]))
        assert float(sharpness(one, other)) == pytest.approx(n**-0.5, rel=1e-6)


def test_where_an_edge_is_does_not_change_its_sharpness():
    edge = torch.tensor([-1.0, -1, 1, 1, 1]).expand(1, 5, 5)
    assert float(sharpness(edge.roll(1, dims=-1)[..., 1:], edge[..., 1:])) == pytest.approx(1)


def test_psnr_is_that_of_torchmetrics():
    torchvision_operators()
    from torchmetrics.functional.image import peak_signal_noise_ratio

    one, other = normal(3, 2, 3, 8, 8).clamp(-1, 1), normal(3, 2, 3, 8, 8, seed=1).clamp(-1, 1)
    for i in range(3):
        for j in range(2):
            expected = peak_signal_noise_ratio(one[i, j], other[i, j], data_range=2.0)
            assert float(psnr(one, other)[i, j]) == pytest.approx(float(expected), rel=1e-6)


def test_what_follows_has_the_shape_of_what_was_given(network):
    clips = normal(2, 4, 3, 16, 16).float()
    assert network(clips).shape == clips.shape and network.features(clips).shape == (2, network.num_features)


def test_a_network_that_sees_no_change_repeats_the_newest_frame(network):
    clips, last = normal(2, 4, 3, 16, 16).float(), network.last[-1]
    torch.nn.init.zeros_(last.weight), torch.nn.init.zeros_(last.bias)
    assert torch.equal(network(clips), clips[:, 3:].expand(-1, 4, -1, -1, -1))


def test_a_rollout_gives_the_network_its_own_predictions(network):
    clips = normal(2, 4, 3, 16, 16).float().clamp(-1, 1)
    with torch.no_grad():
        first = network(clips).clamp(-1, 1)
        second = network(first).clamp(-1, 1)
        rolled = predicted(network, clips, frames=6)
    torch.testing.assert_close(rolled, torch.cat([first, second], dim=1)[:, :6], rtol=0, atol=1e-6)


def test_each_clip_is_predicted_alone_and_from_all_of_its_frames(network):
    clips = normal(3, 4, 3, 16, 16).float()
    with torch.no_grad():
        together = network(clips)
        torch.testing.assert_close(network(clips[1:2]), together[1:2], rtol=0, atol=1e-5)
        for i in range(4):
            changed = clips.clone()
            changed[:, i] = 0
            assert (network(changed) - together).abs().max() > 1e-3, f"frame {i} is not looked at"


def test_the_loss_is_that_of_the_second_half_and_a_copy_is_measured_beside_it():
    preset = recipe("frames-moving").changed(width=4, hidden=8, depth=1)
    data = packs.load("moving")
    objective = preset.build(data)
    clips = data.test.first(30)
    objective.eval()
    with torch.no_grad():
        values = objective.evaluate(clips)
        loss = objective.loss("predict", {"clips": clips["clips"]}, None)["loss"]
    given, true = unit(clips["clips"]).split(5, dim=1)
    with torch.no_grad():
        expected = objective.shown(given)
    assert float(loss) == pytest.approx(float((expected - true).abs().mean()), rel=1e-5)
    assert values["psnr_of_a_copy"] == pytest.approx(float(psnr(given[:, -1:].expand_as(true), true).mean()), rel=1e-6)
    assert values["psnr"] == pytest.approx(float(psnr(expected.clamp(-1, 1), true).mean()), rel=1e-5)
    assert values["mse"] == pytest.approx(float((expected.clamp(-1, 1) - true).square().mean()), rel=1e-5)
    whole = expected.clamp(-1, 1)
    assert values["sharpness"] == pytest.approx(float(sharpness(whole, true).mean()), rel=1e-5)
    assert 0 <= values["direction"] <= 1 and 0 <= values["speed"] <= 1 and math.isfinite(values["ssim"])


def test_odd_widths_are_refused_in_words():
    with pytest.raises(Exception, match="a width of 5 is odd"):
        recipe("frames-moving").changed(width=5).spec(packs)
