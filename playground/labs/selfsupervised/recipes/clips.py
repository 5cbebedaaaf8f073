"""The recipes of what learns from clips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from playground.data import Catalog, ClipSpec, Data, Progress
from playground.data.motion import clip_spec
from playground.labs.selfsupervised.foresight import Foresight, Loss
from playground.labs.selfsupervised.frames import SHRINK, FramePredictor
from playground.labs.selfsupervised.timecontrast import TUBE, TimeContrast
from playground.labs.selfsupervised.video import VideoEncoder
from playground.metrics.labels import Share
from playground.recipe import Recipe, knob


class ClipsRecipe(Recipe):
    """The knobs of what learns from clips whose motion is known, which the evaluation alone sees.

    Data of images are clips, too: each image moves, see `playground.data.motion.animated`.
    """

    lab: ClassVar[str] = "selfsupervised"
    kinds: ClassVar[tuple[str, ...]] = ("clips", "images")
    labels: ClassVar[Mapping[str, str]] = {
        "direction": Share("Direction, by a linear probe"),
        "speed": Share("Speed, by a linear probe"),
    }

    data: str = knob(
        "moving", "The data set that it learns from: clips, or pictures that are moved.", control="name", shown=True
    )
    seconds: float | None = knob(180, "Training time at most.", ge=1, le=86_400, unit="seconds", shown=True)
    learning_rate: float = knob(2e-3, "Peak learning rate.", ge=1e-6, le=1)
    weight_decay: float = knob(0.01, "Weight decay: how strongly weights are pulled towards zero.", ge=0, le=1)

    def shaped(self, catalog: Catalog) -> ClipSpec:
        """That of the clips, or of the clips that images become."""
        spec = catalog.spec(self.data)
        return spec if isinstance(spec, ClipSpec) else clip_spec(spec.name, channels=spec.channels)

    def load(self, catalog: Catalog, progress: Progress | None = None) -> Data:
        """The clips."""
        return catalog.moving(self.data, progress)


class FramesRecipe(ClipsRecipe):
    """Convolutions that predict the second half of a clip from the first."""

    what: ClassVar[str] = "frames"
    title: ClassVar[str] = "Frame prediction (SimVP)"
    labels: ClassVar[Mapping[str, str]] = {
        **ClipsRecipe.labels,
        "loss": "Error of predicted frames",
        "psnr": "PSNR of predicted frames (dB)",
        "psnr_of_a_copy": "PSNR of copying the last frame (dB)",
        "ssim": "SSIM of predicted frames",
        "mse": "Mean squared error of predicted frames",
        "sharpness": Share("Sharpness of predicted frames (edges beside the true ones)"),
    }

    learning_rate: float = knob(3e-3, "Peak learning rate.", ge=1e-6, le=1)
    batch_size: int = knob(8, "Batch size: clips that one step looks at.", ge=1, le=512, unit="clips")
    loss: Loss = knob(
        "l1",
        "Loss: the squared error (MSE) asks for the mean of all possible futures, the absolute one (L1) for their "
        "median; the gradient difference asks for edges as sharp as the true ones.",
        names={
            "mse": "squared error (MSE)",
            "l1": "absolute error (L1)",
            "l1, gradients": "absolute error and gradient difference",
        },
        shown=True,
    )
    depth: int = knob(3, "Depth: blocks of the translator.", ge=1, le=12, unit="blocks", step=1, shown=True)
    hidden: int = knob(48, "Hidden width: the translator's channels, for all frames.", ge=8, le=512, unit="features")
    width: int = knob(12, "Width: channels of the first and the last layers.", ge=2, le=128, unit="features")

    def check(self, spec: ClipSpec) -> None:
        """A clip has two halves, its frames shrink to whole codes, and channels form groups."""
        if spec.frames % 2 or spec.size % SHRINK:
            raise ValueError(f"clips need an even number of frames, with a side that is a multiple of {SHRINK} pixels")
        if self.width % 2:
            raise ValueError(f"channels are normalized in two groups, and a width of {self.width} is odd")

    def watched(self, spec: ClipSpec) -> tuple[str, str]:
        """The signal-to-noise ratio of what was predicted."""
        return ("psnr", "rises")

    def network(self, spec: ClipSpec) -> FramePredictor:
        """A network that is given half of a clip."""
        return FramePredictor(
            frames=spec.frames // 2, channels=spec.channels, width=self.width, hidden=self.hidden, depth=self.depth
        )

    def build(self, data: Data) -> Foresight:
        """Its training under the loss of choice."""
        return Foresight(
            network=self.network(data.spec),
            data=data,
            loss=self.loss,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )


class VideoRecipe(ClipsRecipe):
    """An encoder of clips that learns what stays the same in time, and to fill in what is hidden."""

    what: ClassVar[str] = "video"
    title: ClassVar[str] = "Video encoder (contrast in time, masked tubes)"
    labels: ClassVar[Mapping[str, str]] = {
        **ClipsRecipe.labels,
        "loss": "Loss",
        "contrast": "Contrast in time: NT-Xent (nats)",
        "filling": "Mean squared error of masked pixels",
    }

    batch_size: int = knob(64, "Batch size: clips of which one step draws two windows.", ge=2, le=512, unit="clips")
    contrast: float = knob(
        1,
        "Weight of the contrast in time: two windows of a clip are told from those of other clips.",
        ge=0,
        le=10,
        step=0.1,
        shown=True,
    )
    filling: float = knob(
        1,
        "Weight of the masked tubes: what is hidden in all frames of the first window is filled in.",
        ge=0,
        le=10,
        step=0.1,
        shown=True,
    )
    mask_ratio: float = knob(
        0.25,
        "Mask ratio: the part of the tubes of the first window that is hidden.",
        ge=0,
        le=0.95,
        step=0.05,
    )
    gap: int = knob(
        3, "Gap: how many frames after the first window the second one begins.", ge=1, le=32, unit="frames", step=1
    )
    color: float = knob(
        0.4, "Color jitter: how much brightness, contrast, saturation and hue of a window vary.", ge=0, le=1, step=0.1
    )
    gray: float = knob(0.2, "Grayscale: how often a window loses its colors.", ge=0, le=1)
    temperature: float = knob(
        0.2, "Temperature: the smaller, the more the most similar of the other clips count.", ge=0.01, le=2
    )
    width: int = knob(
        32, "Width: channels of the encoder's first stage; the second has twice as many.", ge=4, le=128, unit="features"
    )
    depth: int = knob(1, "Depth: residual blocks in each of the two stages.", ge=1, le=4, unit="blocks", step=1)
    embedding: int = knob(64, "Embedding: numbers that the loss sees of a window.", ge=2, le=512, unit="dimensions")

    def check(self, spec: ClipSpec) -> None:
        """Two windows fit into a clip, tubes into a frame, and something is learned."""
        window = spec.frames // 2
        if window + self.gap > spec.frames:
            raise ValueError(
                f"windows of {window} frames with a gap of {self.gap} do not fit into {spec.frames} frames"
            )
        if spec.size % TUBE:
            raise ValueError(f"frames need a side that is a multiple of {TUBE} pixels")
        if not self.contrast and not (self.filling and self.mask_ratio):
            raise ValueError("there is nothing to learn without contrast and without masked tubes to fill in")

    def watched(self, spec: ClipSpec) -> tuple[str, str]:
        """What features tell of the direction."""
        return ("direction", "rises")

    def network(self, spec: ClipSpec) -> VideoEncoder:
        """A network that sees half of a clip."""
        return VideoEncoder(
            frames=spec.frames // 2,
            channels=spec.channels,
            width=self.width,
            depth=self.depth,
            embedding=self.embedding,
        )

    def build(self, data: Data) -> TimeContrast:
        """Its training on both tasks."""
        return TimeContrast(
            network=self.network(data.spec),
            data=data,
            gap=self.gap,
            temperature=self.temperature,
            color=self.color,
            gray=self.gray,
            mask_ratio=self.mask_ratio,
            contrast=self.contrast,
            filling=self.filling,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )


CLIPS: dict[str, Recipe] = {"video-moving": VideoRecipe(), "frames-moving": FramesRecipe()}
