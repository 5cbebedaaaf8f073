"""The routes behind the views: a sampling as a film, by us or by diffusers, and the pictures nearest to a sample."""

from __future__ import annotations

import time
from typing import Any, get_args

import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import Generator, Tensor

from playground.data import Spec
from playground.errors import PlaygroundError
from playground.labs.diffusion.denoise import Denoiser, clipped, guided
from playground.labs.diffusion.errands import Errands
from playground.labs.diffusion.library import Pipeline, folders, from_folder, from_hub
from playground.labs.diffusion.samplers import SAMPLERS
from playground.labs.diffusion.sampling import Recorded, ScheduleName, Settings, recorded
from playground.labs.diffusion.schedulers import Epsilon, Tell, scheduled, scheduler_of
from playground.runs.reader import Run
from playground.ui.context import Context
from playground.ui.nearest import nearest_packet
from playground.ui.packet import packet
from playground.ui.routes import BadRequest, number, route, run_and_step

PICTURES = 16
"""How many pictures are sampled at once."""
MOST_STEPS, MOST_GUIDANCE, MOST_SEED = 50, 8.0, 2**31 - 1
FEW = 4
"""How many pictures a pipeline of others samples at once: such networks are large."""
FOLDER = "pipelines"
"""Where pipelines lie, beside the folder of the runs; each in a folder of its own."""


class NoDenoiser(PlaygroundError):
    """The network of the run is no denoiser of pictures."""


class NotSampled(PlaygroundError):
    """A sampling by diffusers came to nothing."""


def sampling_routes(context: Context) -> list[Route]:
    """Where the sampling view asks for its films."""

    def show_film(request: Request) -> Response:
        run, step = run_and_step(context, request)
        denoiser, spec, settings = network_at(context, run, step), run.info.spec, settings_of(request)
        seed = whole(request, "seed", 0, most=MOST_SEED)
        condition = condition_of(request, denoiser, spec)
        began = time.perf_counter()
        film = recorded(denoiser, start(spec, seed), condition, settings, seed=seed)
        labels = [] if condition is None else condition.tolist()
        return packet(*told(film, began, step=step, labels=labels, conditional=classes_of(denoiser) > 0))

    def show_nearest(request: Request) -> Response:
        run = context.store.get(request.query_params.get("run", ""))
        spec, content = run.info.spec, request.state.body
        if len(content) != spec.channels * spec.size**2:
            raise BadRequest(f"A picture of this run has {spec.channels * spec.size**2} bytes, not {len(content)}.")
        picture = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(1, spec.channels, spec.size, spec.size)
        return nearest_packet(picture, spec)

    return [route("/diffusion/film", show_film), route("/diffusion/nearest", show_nearest, "POST")]


def library_routes(context: Context) -> list[Route]:
    """Where the section on diffusers asks for its films."""
    errands: Errands[tuple[dict[str, Any], bytes]] = Errands()
    place = context.store.runs.parent / FOLDER
    last: dict[str, Pipeline] = {}

    def list_folders(request: Request) -> dict[str, Any]:
        return {"folders": folders(place), "place": FOLDER}

    def show_library(request: Request) -> Response:
        query = request.query_params
        name, scheduler = query.get("network", "run"), query.get("scheduler", "ddim")
        steps, seed = whole(request, "steps", 20, least=1, most=MOST_STEPS), whole(request, "seed", 0, most=MOST_SEED)
        scheduler_of(scheduler)
        run, step = run_and_step(context, request) if name == "run" else (None, 0)
        condition = condition_of(request, network_at(context, run, step), run.info.spec) if run else None
        guidance = number(request, "guidance", 1.0, least=0)

        def ours(tell: Tell) -> tuple[dict[str, Any], bytes]:
            assert run is not None
            denoiser, chosen = network_at(context, run, step), scheduler_of(scheduler)
            network = Epsilon(clipped(guided(denoiser, guidance)), condition, chosen.alphas_cumprod)
            began = time.perf_counter()
            film = scheduled(network, chosen, start(run.info.spec, seed), steps=steps, seed=seed, tell=tell)
            return told(film, began, title=f"{run.info.name}, snapshot of step {step:,}")

        def theirs(tell: Tell) -> tuple[dict[str, Any], bytes]:
            if name not in last:
                kind, _, rest = name.partition(":")
                if kind == "folder" and rest not in folders(place):
                    raise BadRequest(f"There is no pipeline “{rest[:40]}” in the folder “{FOLDER}” beside the runs.")
                found = from_folder(place / rest) if kind == "folder" else from_hub(rest, tell)
                last.clear()
                last[name] = found
            pipeline = last[name]
            rng = Generator().manual_seed(seed)
            noise = torch.randn(FEW, pipeline.channels, pipeline.size, pipeline.size, generator=rng)
            chosen = scheduler_of(scheduler, pipeline.scheduler)
            began = time.perf_counter()
            film = scheduled(pipeline.network, chosen, noise, steps=steps, seed=seed, tell=tell)
            return told(film, began, title=f"{pipeline.title}, {pipeline.parameters:,} parameters")

        key = (name, run.id if run else "", step, query.get("class"), guidance, scheduler, steps, seed)
        state = errands.ask(key, ours if run else theirs, begin="again" not in query)
        if state.error:
            raise NotSampled(state.error)
        if state.result is None:
            return packet({"waiting": state.message, "progress": state.progress}, b"")
        return packet(*state.result)

    return [route("/diffusion/library", show_library), route("/diffusion/folders", list_folders)]


def told(film: Recorded, began: float, **more: Any) -> tuple[dict[str, Any], bytes]:
    """A film as the page takes it, with when it was begun and what else is to be said."""
    frames = torch.stack([film.x, film.x0], dim=1)  # (frames, 2, B, C, H, W)
    head = {
        "channels": frames.shape[3],
        "size": frames.shape[-1],
        "pictures": frames.shape[2],
        "sigmas": [float(f"{sigma:.4g}") for sigma in film.sigmas],
        "evaluations": film.evaluations,
        "milliseconds": round(1000 * (time.perf_counter() - began)),
        **more,
    }
    return head, frames.numpy().tobytes()


def network_at(context: Context, run: Run, step: int) -> Denoiser:
    """The denoiser of a run with the weights of a snapshot."""
    network = context.networks.at(run, step)
    if not isinstance(network, Denoiser):
        raise NoDenoiser(f"The run “{run.id}” holds no denoiser of pictures; choose one that does.")
    return network


def classes_of(denoiser: Denoiser) -> int:
    """How many classes a denoiser can be told; 0 for one that was trained without."""
    return int(getattr(denoiser.network, "classes", 0))


def start(spec: Spec, seed: int) -> Tensor:
    """The noise that a seed stands for, (16, C, H, W): the same for all runs on pictures of one shape."""
    rng = Generator().manual_seed(seed)
    return torch.randn(PICTURES, spec.channels, spec.size, spec.size, generator=rng)


def settings_of(request: Request) -> Settings:
    """How an address wants to have sampled.

    Raises:
        BadRequest: When it names a sampler or a schedule that there is not, or a number out of range.
    """
    query = request.query_params
    sampler, schedule = query.get("sampler", "dpm++"), query.get("schedule", "uniform")
    if sampler not in SAMPLERS:
        raise BadRequest(f"There is no sampler “{sampler[:20]}”; there are {', '.join(SAMPLERS)}.")
    if schedule not in get_args(ScheduleName):
        raise BadRequest(f"There is no schedule “{schedule[:20]}”; there are {', '.join(get_args(ScheduleName))}.")
    guidance = number(request, "guidance", 1.0, least=0)
    if guidance > MOST_GUIDANCE:
        raise BadRequest(f"“guidance” must be at most {MOST_GUIDANCE:g}, and it was {guidance:g}.")
    steps = whole(request, "steps", 8, least=1, most=MOST_STEPS)
    chosen: Any = {"sampler": sampler, "schedule": schedule}
    return Settings(steps=steps, guidance=guidance, **chosen)


def condition_of(request: Request, denoiser: Denoiser, spec: Spec) -> Tensor | None:
    """The classes (16,) that an address asks for: "each" in turn, the number of one, or "none"."""
    wanted = request.query_params.get("class", "each")
    count = classes_of(denoiser)
    if not count or wanted == "none":
        return None
    if wanted == "each":
        return torch.arange(PICTURES) % count
    if not (wanted.isdecimal() and len(wanted) < 4 and int(wanted) < count):
        known = f"“each”, “none” and 0 to {count - 1} ({', '.join(spec.classes)})"
        raise BadRequest(f"There is no class “{wanted[:20]}”; there are {known}.")
    return torch.full((PICTURES,), int(wanted))


def whole(request: Request, name: str, default: int, *, least: int = 0, most: int) -> int:
    """A whole number within bounds from the query of an address."""
    value = number(request, name, default)
    if value != int(value) or not least <= value <= most:
        raise BadRequest(f"“{name}” must be a whole number from {least} to {most}, and it was {value:g}.")
    return int(value)
