"""The views of the diffusion lab: samplings from noise, to images and in the plane; a sample's nearest images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import Field
from torch import Generator, Tensor

from playground.data import ImageSpec, PointSpec
from playground.labs.diffusion.denoise import Denoiser
from playground.labs.diffusion.points import (
    EXTENT,
    FIELD,
    MOST_POINTS,
    SAMPLES,
    PointDenoiser,
    exact_denoiser,
    field,
    fixed_noise,
    paths,
)
from playground.labs.diffusion.samplers import SamplerName
from playground.labs.diffusion.sampling import Recorded, ScheduleName, Settings, recorded
from playground.metrics.nearest import nearest_answer
from playground.view import Answer, BadOption, Options, View

PICTURES = 16
"""How many images are sampled at once."""
MOST_STEPS = 50
MOST_POINT_STEPS = 32
MOST_BYTES = 32_000_000
"""Of all images of a sampling."""


class Sampling(Options):
    """The sampler, its noise, and the classes: "each" in turn, "none", or the number of one."""

    sampler: SamplerName = "dpm++"
    steps: int = Field(8, ge=1, le=MOST_STEPS)
    schedule: ScheduleName = "uniform"
    guidance: float = Field(2.0, ge=0, le=8)
    label: str = Field("each", pattern=r"^(each|none|\d{1,4})$")
    seed: int = Field(0, ge=0, le=2**31 - 1)

    def condition(self, denoiser: Denoiser) -> Tensor | None:
        """The classes (PICTURES,) to sample; None where none are, or the network is unconditional.

        Raises:
            BadOption: When there is no such class.
        """
        count = classes_of(denoiser)
        if not count or self.label == "none":
            return None
        if self.label == "each":
            return torch.arange(PICTURES) % count
        if int(self.label) >= count:
            raise BadOption(f"There is no class {self.label}; there are “each”, “none” and 0 to {count - 1}.")
        return torch.full((PICTURES,), int(self.label))

    def film(self, denoiser: Denoiser, spec: ImageSpec) -> Recorded:
        """The sampling, step by step."""
        self.check(spec)
        settings = Settings(sampler=self.sampler, steps=self.steps, schedule=self.schedule, guidance=self.guidance)
        return recorded(denoiser, start(spec, self.seed), self.condition(denoiser), settings, seed=self.seed)

    def check(self, spec: ImageSpec) -> None:
        """Raises BadOption where all images of the sampling would be too many bytes."""
        each = 2 * PICTURES * spec.channels * spec.size**2  # bytes of a step, x and x0
        if each * (self.steps + 1) > MOST_BYTES:
            most = max(1, MOST_BYTES // each - 1)
            raise BadOption(f"{self.steps} steps of images this large are too many to show; choose {most} at most.")


class Sample(Sampling):
    """One image of a sampling: its number, and after how many steps; after the last ones if there are fewer."""

    picture: int = Field(0, ge=0, lt=PICTURES)
    frame: int = Field(MOST_STEPS, ge=0, le=MOST_STEPS)


class Flow(Options):
    """The noise level of the field, as time of the straight path; how to sample; whether with the exact denoiser."""

    time: float = Field(0.15, ge=0.005, le=0.985)
    sampler: SamplerName = "euler"
    steps: int = Field(12, ge=1, le=MOST_POINT_STEPS)
    exact: bool = False


def sampling_view(network: Denoiser, spec: ImageSpec, options: Sampling, inputs: Mapping[str, Any]) -> Answer:
    """A sampling; see `shown`."""
    return shown(options.film(network, spec), options.condition(network), conditional=classes_of(network) > 0)


def shown(film: Recorded, condition: Tensor | None, **words: Any) -> Answer:
    """A sampling as the page draws it.

    Returns:
        The noisy images `x` and the denoised `x0`, each (N + 1, B, C, H, W), uint8, the noise
        levels `sigmas` (N + 1,), and the `labels` asked for, (B,) or (0,).
    """
    labels = torch.empty(0, dtype=torch.int32) if condition is None else condition.int()
    tensors = {"x": film.x, "x0": film.x0, "sigmas": torch.tensor(film.sigmas), "labels": labels}
    return Answer(tensors, {"evaluations": film.evaluations, **words})


def nearest_view(network: Denoiser, spec: ImageSpec, options: Sample, inputs: Mapping[str, Any]) -> Answer:
    """The training images nearest to one denoised image of a sampling."""
    film = options.film(network, spec)
    frame = min(options.frame, len(film.x0) - 1)
    return nearest_answer(film.x0[frame, options.picture][None], inputs["train"])


def flow_view(network: PointDenoiser, spec: PointSpec, options: Flow, inputs: Mapping[str, Any]) -> Answer:
    """The field of a denoiser, and a sampling that follows it.

    Returns:
        The `arrows` (FIELD^2, 2) of `field`, and the `samples` (N + 1, SAMPLES, 2) at the `times` (N + 1,) of `paths`;
        `data`, the points (n, 2) that the network learned from, `MOST_POINTS` at most, and the `noise` (n, 2) that goes
        with each of them; all float32.
    """
    data = inputs["data"].train["points"][: network.points]
    denoise = exact_denoiser(data) if options.exact else network
    times, samples = paths(denoise, options.sampler, options.steps)
    points = data[:MOST_POINTS]
    return Answer(
        {
            "arrows": field(denoise, options.time),
            "times": times,
            "samples": samples,
            "data": points,
            "noise": fixed_noise(len(points), seed=1),
        },
        {"extent": EXTENT, "field": FIELD, "samples": SAMPLES, "exact": options.exact, "density": spec.name},
    )


def classes_of(denoiser: Denoiser) -> int:
    """The number of classes of a denoiser; 0 for an unconditional one."""
    return int(getattr(denoiser.network, "classes", 0))


def start(spec: ImageSpec, seed: int) -> Tensor:
    """The noise of a seed, (PICTURES, C, H, W): the same for all runs on images of one shape."""
    return torch.randn(PICTURES, spec.channels, spec.size, spec.size, generator=Generator().manual_seed(seed))


VIEWS = (
    View(
        name="flow",
        question="How does a cloud of noise find its way to the data?",
        needs=PointDenoiser,
        kinds=("points",),
        options=Flow,
        inputs=("data",),
        answer=flow_view,
    ),
    View(
        name="sampling",
        question="How does noise become a picture?",
        needs=Denoiser,
        options=Sampling,
        answer=sampling_view,
        heavy=True,
    ),
    View(
        name="nearest",
        question="Memorized? Nearest training pictures",
        needs=Denoiser,
        options=Sample,
        inputs=("train",),
        answer=nearest_view,
        heavy=True,
    ),
)
