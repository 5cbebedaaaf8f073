"""Trains the prediction of frames: the second half of a clip from the first, under a loss of choice.

What comes next is uncertain: whether a picture will bounce off a wall is not seen before it gets there. The squared
error asks for the mean of all futures, which is blurred, the absolute one for their median (Mathieu et al., "Deep
multi-scale video prediction beyond mean square error", 2015, arXiv 1511.05440).
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data import Data, Split, as_images, unit
from playground.labs.selfsupervised.frames import FramePredictor
from playground.labs.selfsupervised.motion import Motion
from playground.media import Sheet
from playground.metrics.ssim import ssim
from playground.objective import Batch, Moment, Objective, Phase, Terms
from playground.optim import hidden, muon_and_adamw

Loss = Literal["mse", "l1", "l1, gradients"]
SHOWN = 6
"""How many clips a preview has."""
BATCH = 100


def gradient_difference(predicted: Tensor, true: Tensor) -> Tensor:
    """How much the steps from pixel to pixel differ in size: Mathieu et al., 2015, equation 6 with alpha 1.

    Args:
        predicted: Frames (..., H, W).
        true: Likewise.

    Returns:
        The mean over all neighbors across plus that over all neighbors below; 0 where edges are as sharp.
    """

    def apart(axis: int) -> Tensor:
        return (predicted.diff(dim=axis).abs() - true.diff(dim=axis).abs()).abs().mean()

    return apart(-2) + apart(-1)


def frame_loss(predicted: Tensor, true: Tensor, loss: Loss) -> Tensor:
    """A mean over all pixels of frames (..., H, W) in [-1, 1]: squared error, absolute error, and gradients besides."""
    if loss == "mse":
        return F.mse_loss(predicted, true)
    absolute = F.l1_loss(predicted, true)
    return absolute if loss == "l1" else absolute + gradient_difference(predicted, true)


def psnr(predicted: Tensor, true: Tensor) -> Tensor:
    """The peak signal-to-noise ratio of each of some frames (..., C, H, W) in [-1, 1], (...), in decibels."""
    return -10 * ((predicted - true).square().mean(dim=(-3, -2, -1)) / 4).clamp(min=1e-10).log10()


def edges(frames: Tensor) -> Tensor:
    """The mean squared step from pixel to pixel of each of some frames (..., C, H, W), across plus below, (...)."""
    below, across = (frames.diff(dim=axis).square().mean(dim=(-3, -2, -1)) for axis in (-2, -1))
    return below + across


def sharpness(predicted: Tensor, true: Tensor) -> Tensor:
    """How strong the edges of each of some frames (..., C, H, W) in [-1, 1] are beside the true ones, (...).

    The energy of the gradient, a focus measure (Subbarao, Choi and Nikzad, "Focusing techniques", 1993, and Pertuz et
    al., "Analysis of focus measure operators for shape-from-focus", 2013, GRA), as a ratio and rooted, so that half of
    the contrast has half of the sharpness. The steps are squared, as the sum of a blurred edge's steps is that of the
    sharp one. It is 1 where edges are as strong and less where they are blurred; it does not ask whether they are at
    the right place, unlike the measure of Mathieu et al., 2015, section 3.2, which a sharp frame one pixel off fails.
    Frames without edges are compared as if both had a little of them.
    """
    return ((edges(predicted) + 1e-8) / (edges(true) + 1e-8)).sqrt()


@torch.no_grad()
def predicted(network: FramePredictor, given: Tensor, *, frames: int) -> Tensor:
    """The `frames` that follow those given (N, T, C, H, W) in [-1, 1], of a network in evaluation mode, likewise."""
    return torch.cat([network.rolled_out(part, frames=frames) for part in given.split(BATCH)])


class Foresight(Objective):
    """Trains a network to predict frames. What the clips are of is seen by `evaluate` alone."""

    quick_examples = 200
    shown: FramePredictor

    def __init__(
        self, *, network: FramePredictor, data: Data, loss: Loss, learning_rate: float, weight_decay: float
    ) -> None:
        """`loss` is the error that is minimized."""
        super().__init__()
        self.shown, self.error = network, loss
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.motion = Motion(data)
        self.register_buffer("clips", data.test["clips"][:SHOWN], persistent=False)

    clips: Tensor

    def phases(self) -> list[Phase]:
        """One phase: Muon on the translator's matrices, AdamW on the rest."""
        rates = {"lr": self.learning_rate, "weight_decay": self.weight_decay}
        return [Phase("predict", muon_and_adamw(self.shown, hidden(self.shown), **rates, fused=True))]

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The error of the second half of the clips."""
        given, true = unit(batch["clips"]).split(self.shown.frames, dim=1)
        return {"loss": frame_loss(self.shown(given), true, self.error)}

    def preview(self, rng: Generator) -> Sheet:
        """Of some test clips the second half, and below each what was predicted."""
        given, true = unit(self.clips).split(self.shown.frames, dim=1)
        rows = torch.stack([true, predicted(self.shown, given, frames=true.shape[1])], dim=1)  # (SHOWN, 2, T, C, H, W)
        return Sheet(as_images(rows).flatten(0, 2), columns=true.shape[1])

    def evaluate(self, split: Split) -> dict[str, float]:
        """How good predicted frames are, beside copies of the last frame, and what features tell of the motion."""
        given, true = unit(split["clips"]).split(self.shown.frames, dim=1)
        frames = predicted(self.shown, given, frames=true.shape[1])
        copy = given[:, -1:].expand_as(true)
        return {
            "psnr": float(psnr(frames, true).mean()),
            "psnr_of_a_copy": float(psnr(copy, true).mean()),
            "ssim": float(ssim(as_images(frames).flatten(0, 1), as_images(true).flatten(0, 1)).mean()),
            "mse": float((frames - true).square().mean()),
            "sharpness": float(sharpness(frames, true).mean()),
            **self.motion.probed(self.shown, split),
        }
