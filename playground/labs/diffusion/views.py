"""The views of the diffusion lab: samplings from noise, to images and in the plane; a sample's nearest images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor

from playground.data import ImageSpec, PointSpec
from playground.labs.diffusion.denoise import Denoiser
from playground.labs.diffusion.library import PIPELINES
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
from playground.labs.diffusion.recipes import PointDiffusionRecipe
from playground.labs.diffusion.samplers import SamplerName
from playground.labs.diffusion.sampling import Recorded, ScheduleName, Settings, recorded
from playground.labs.diffusion.schedulers import SCHEDULERS
from playground.labs.vision.experiment import EXPERIMENT
from playground.metrics.nearest import nearest_answer
from playground.stepping import Stepping
from playground.view import Answer, BadOption, Options, Part, View, option

PICTURES = 16
"""How many images are sampled at once."""
MOST_STEPS = 50
MOST_POINT_STEPS = 32
FIRST, LAST = 0.01, 0.985
"""The lowest and the highest noise level that a field is drawn at."""
MOST_BYTES = 32_000_000
"""Of all images of a sampling."""


NAMES = {
    "euler": "Euler = DDIM, flow matching",
    "heun": "Heun",
    "dpm++": "DPM-Solver++(2M)",
    "ddim-half": "DDIM, eta 0.5",
    "ddpm": "DDPM",
}
"""What the samplers are called."""
_SAMPLER: dict[str, Any] = {
    "help": "Sampler: how a step goes from one noise level to the next.",
    "names": NAMES,
}
_STEPS: dict[str, Any] = {"help": "Number of steps from noise to picture.", "ge": 1, "le": MOST_STEPS, "step": 1}
_GUIDANCE: dict[str, Any] = {
    "help": "Classifier-free guidance scale: 1 is none, 0 ignores the class.",
    "ge": 0,
    "le": 8,
    "step": 0.5,
}
_SCHEDULE: dict[str, Any] = {
    "help": "Noise levels of the steps: at equal steps of the path's time, or EDM's.",
    "names": {"uniform": "uniform in time", "karras": "Karras, rho 7"},
}
_SEED: dict[str, Any] = {"help": "The same seed is the same noise.", "ge": 0, "le": 2**31 - 1, "control": "seed"}


class Sampling(Options):
    """The sampler, its noise, and the classes: "each" in turn, "none", or the number of one."""

    sampler: SamplerName = option("dpm++", label="Sampler", **_SAMPLER)
    steps: int = option(8, label="Steps", **_STEPS)
    guidance: float = option(2.0, label="Guidance", **_GUIDANCE)
    schedule: ScheduleName = option("uniform", label="Noise levels", **_SCHEDULE)
    label: str = option(
        "each",
        "The class to sample.",
        label="Class",
        pattern=r"^(each|none|\d{1,4})$",
        names={"each": "all classes", "none": "none"},
        control="class",
    )
    seed: int = option(0, label="Noise", **_SEED)

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
        return recorded(denoiser, start(spec, self.seed), self.condition(denoiser), self.settings, seed=self.seed)

    @property
    def settings(self) -> Settings:
        """How it is sampled."""
        return Settings(sampler=self.sampler, steps=self.steps, schedule=self.schedule, guidance=self.guidance)

    def check(self, spec: ImageSpec) -> None:
        """Raises BadOption where all images of the sampling would be too many bytes."""
        each = 2 * PICTURES * spec.channels * spec.size**2  # bytes of a step, x and x0
        if each * (self.steps + 1) > MOST_BYTES:
            most = max(1, MOST_BYTES // each - 1)
            raise BadOption(f"{self.steps} steps of images this large are too many to show; choose {most} at most.")


class Sample(Sampling):
    """One image of a sampling: its number, and after how many steps; after the last ones if there are fewer."""

    sample: int = option(0, "The number of the sample.", ge=0, le=PICTURES - 1)
    frame: int = option(MOST_STEPS, "After how many steps.", ge=0, le=MOST_STEPS)


class Samplings(Sample):
    """One sampling, or a second one from the same noise beside it; where in them we are, and at which image."""

    second: bool = option(False, "A second setting from the same noise.", label="Compare with a second sampler")
    sampler_b: SamplerName = option("euler", label="Sampler of B", **_SAMPLER)
    steps_b: int = option(8, label="Steps of B", **_STEPS)
    guidance_b: float = option(2.0, label="Guidance of B", **_GUIDANCE)
    schedule_b: ScheduleName = option("uniform", label="Noise levels of B", **_SCHEDULE)
    at: float = option(1.0, "How far the sampling has gone, from 0, noise, to 1, pictures.", ge=0, le=1)


class Flow(Options):
    """The noise level of the field, as time of the straight path; how to sample; whether with the exact denoiser."""

    time: float = option(
        0.15, "Noise level: 1 is pure noise, 0 the data.", label="Noise level t", ge=0, le=1, step=0.001
    )
    sampler: SamplerName = option("euler", label="Sampler", **_SAMPLER)
    steps: int = option(12, "Number of steps from noise to data.", label="Steps", ge=1, le=MOST_POINT_STEPS, step=1)
    exact: bool = option(
        False,
        "What the arrows and the sampling follow: the network, or the mean over all training points, which is known "
        "here in closed form.",
        label="Best possible denoiser",
    )


class Scheduled(Options):
    """A sampling by diffusers: of this run or of a pretrained pipeline, by one of its schedulers."""

    network: str = option(
        "run",
        "What is sampled.",
        label="Network",
        names={"run": "this run"} | {f"hub:{name}": title for name, title in PIPELINES.items()},
        control="name",
    )
    scheduler: str = option("ddim", "The scheduler of diffusers.", label="Scheduler", names=SCHEDULERS, control="name")
    steps: int = option(20, label="Steps", **_STEPS)
    guidance: float = option(2.0, label="Guidance", **_GUIDANCE)
    seed: int = option(0, label="Noise", **_SEED)
    at: float = option(1.0, "How far the sampling has gone, from 0, noise, to 1, pictures.", ge=0, le=1)


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
    return nearest_answer(film.x0[frame, options.sample][None], inputs["neighbors"])


def flow_view(network: PointDenoiser, spec: PointSpec, options: Flow, inputs: Mapping[str, Any]) -> Answer:
    """The field of a denoiser, and a sampling that follows it.

    Returns:
        The `arrows` (FIELD^2, 2) of `field`, and the `samples` (N + 1, SAMPLES, 2) at the `times` (N + 1,) of `paths`;
        `data`, the points (n, 2) that the network learned from, `MOST_POINTS` at most, and the `noise` (n, 2) that goes
        with each of them; all float32.
    """
    data = inputs["data"].train["points"][: network.points]
    denoise = exact_denoiser(data) if options.exact else network
    time = min(max(options.time, FIRST), LAST)
    times, samples = paths(denoise, options.sampler, options.steps)
    points = data[:MOST_POINTS]
    return Answer(
        {
            "arrows": field(denoise, time),
            "times": times,
            "samples": samples,
            "data": points,
            "noise": fixed_noise(len(points), seed=1),
        },
        {"extent": EXTENT, "field": FIELD, "samples": SAMPLES, "exact": options.exact},
    )


def classes_of(denoiser: Denoiser) -> int:
    """The number of classes of a denoiser; 0 for an unconditional one."""
    return int(getattr(denoiser.network, "classes", 0))


def start(spec: ImageSpec, seed: int) -> Tensor:
    """The noise of a seed, (PICTURES, C, H, W): the same for all runs on images of one shape."""
    return torch.randn(PICTURES, spec.channels, spec.size, spec.size, generator=Generator().manual_seed(seed))


def trace_view(network: Denoiser, spec: ImageSpec, options: Sample, inputs: Mapping[str, Any]) -> Answer:
    """What a classifier says of one sample: the classes' probabilities, `values` (K,); none where it knows others."""
    classifier = inputs["features"]
    if classifier.spec.classes != spec.classes:
        return Answer({"values": torch.empty(0)}, {"names": [], "shares": True})
    condition = options.condition(network)
    chosen = slice(options.sample, options.sample + 1)
    film = recorded(
        network,
        start(spec, options.seed)[chosen],
        None if condition is None else condition[chosen],
        options.settings,
        seed=options.seed,
    )
    return Answer(
        {"values": classifier.logits(film.x0[-1])[0].softmax(dim=0)},
        {"names": list(classifier.spec.classes), "shares": True},
    )


VIEWS = (
    View(
        name="sampling",
        title="Sampling",
        question="How does noise become a picture?",
        about="Sixteen pictures begin as pure noise. At each step the network predicts the denoised pictures, and the "
        "sampler goes a part of the way there. Choose a denoised picture to see the nearest training pictures.",
        needs=Denoiser,
        painter="diffusion/sampling.js",
        options=Samplings,
        parts={
            "sampling": Part(sampling_view, options=Sampling, heavy=True),
            "nearest": Part(nearest_view, options=Sample, inputs=("neighbors",), heavy=True),
        },
        trace=Part(trace_view, options=Sample, inputs=("features",), heavy=True),
    ),
    View(
        name="flow",
        title="Diffusion in the plane",
        question="How does a cloud of noise find its way to the data?",
        about="A small network learns to predict the data behind a noisy point. The arrows are its score field; a "
        "sampling follows them from noise to data. Choose or draw the data, train it step by step, move back in time "
        "and go on from there.",
        needs=PointDenoiser,
        kinds=("points",),
        painter="diffusion/plane.js",
        options=Flow,
        parts={"flow": Part(flow_view, options=Flow, inputs=("data",))},
        stepping=Stepping(recipe=PointDiffusionRecipe, phases={"": "One step"}, fresh=("points", "seed")),
    ),
    View(
        name="diffusers",
        title="diffusers",
        question="What do other schedulers and pretrained networks draw?",
        about="The library diffusers holds what the papers' authors and many others have trained. Its schedulers can "
        "take the steps for this run, and its unconditional pipelines can sample here.",
        needs=Denoiser,
        painter="diffusion/library.js",
        options=Scheduled,
    ),
    EXPERIMENT,
)
