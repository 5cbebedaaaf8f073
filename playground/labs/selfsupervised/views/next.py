"""What happens next: a picture moves, and the network predicts the frames that follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from playground.data import ClipSpec, as_images, unit
from playground.labs.selfsupervised.foresight import predicted, psnr, sharpness
from playground.labs.selfsupervised.frames import FramePredictor
from playground.labs.selfsupervised.views.moving import Movement, moving
from playground.view import Answer, Part, View, option


class Horizon(Movement):
    """How the picture moves, and for how long it is predicted."""

    horizon: int = option(
        10,
        "How many frames are predicted; further than it was trained for, its own predictions are given to it again.",
        label="Predicted frames",
        ge=1,
        le=20,
        step=1,
        unit="frames",
    )


class Shown(Horizon):
    """All that is set, the frame that the player rests at among it."""

    frame: int = option(0, "The frame that is shown, counted from 1; at 0 all of them play in a loop.", ge=0, le=30)


def both(
    network: FramePredictor, spec: ClipSpec, options: Movement, picture: Tensor, horizon: int
) -> tuple[Tensor, Tensor]:
    """The clip of a picture (T + horizon, C, H, W), and what is predicted from its first T frames, (horizon, ...)."""
    frames = network.frames + horizon
    clip = unit(moving(picture, options, bounce=options.bounce, frames=frames, size=spec.size))
    return clip, predicted(network, clip[None, : network.frames], frames=horizon)[0]


def next_view(network: FramePredictor, spec: ClipSpec, options: Horizon, inputs: Mapping[str, Any]) -> Answer:
    """The picture as it moves on, and as the network predicts it from the first frames, `given` of them.

    Returns:
        `true` (given + horizon, C, H, W) and `predicted` (horizon, C, H, W), uint8, and of each predicted frame the
        `psnr` (horizon,) in decibels, beside that of a copy of the last frame given, `copy` (horizon,), and the
        `sharpness` (horizon,), 1 where edges are as strong as the true ones. The words have all three for as many
        frames as the network was trained for, as one picture.
    """
    true, frames = both(network, spec, options, inputs["picture"], options.horizon)
    rest = true[network.frames :]
    copy = true[network.frames - 1].expand_as(rest)
    trained = frames[: network.frames].flatten(0, 1), rest[: network.frames].flatten(0, 1)  # as one picture, each
    return Answer(
        {
            "true": as_images(true),
            "predicted": as_images(frames),
            "psnr": psnr(frames, rest),
            "copy": psnr(copy, rest),
            "sharpness": sharpness(frames, rest),
        },
        {
            "given": network.frames,
            "psnr": float(psnr(*trained)),
            "copy": float(psnr(copy[: network.frames].flatten(0, 1), trained[1])),
            "sharpness": float(sharpness(*trained)),
        },
    )


def trace_view(network: FramePredictor, spec: ClipSpec, options: Movement, inputs: Mapping[str, Any]) -> Answer:
    """How good the prediction of as many frames as it was trained for is, in decibels: `values` (1,)."""
    true, frames = both(network, spec, options, inputs["picture"], network.frames)
    return Answer(
        {"values": psnr(frames.flatten(0, 1), true[network.frames :].flatten(0, 1))[None]},
        {"names": ["PSNR of predicted frames (dB)"], "shares": False},
    )


NEXT = View(
    name="next",
    title="Next frames",
    question="What happens next?",
    about="The picture moves, and from the first frames the network predicts those that follow. Whether it will bounce "
    "off a wall is not seen before it gets there. Change how it moves, look further than the training did, and compare "
    "a run with another loss to see which one blurs.",
    needs=FramePredictor,
    painter="selfsupervised/next.js",
    options=Shown,
    kinds=("clips",),
    parts={"next": Part(next_view, options=Horizon, inputs=("picture",))},
    trace=Part(trace_view, options=Movement, inputs=("picture",)),
)
