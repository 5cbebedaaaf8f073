"""The routes behind the section on diffusers: its schedulers on our networks, and its pipelines."""

from __future__ import annotations

import time
from typing import Any

import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import Generator

from playground.background import BackgroundTasks
from playground.data import Progress
from playground.errors import PlaygroundError
from playground.labs.diffusion.denoise import Denoiser, clipped, guided
from playground.labs.diffusion.library import PIPELINES, Pipeline, folders, from_folder, from_hub
from playground.labs.diffusion.sampling import Recorded
from playground.labs.diffusion.schedulers import Epsilon, scheduled, scheduler_of
from playground.labs.diffusion.views import VIEWS, Sampling, shown, start
from playground.runs.reader import Run
from playground.ui.context import Context
from playground.ui.routes import BadRequest, answer_response, route, run_and_step
from playground.view import Answer

FEW = 4
"""How many images a pipeline of others samples at once: such networks are large."""
FOLDER = "pipelines"
"""Where pipelines lie, beside the folder of the runs; each in a folder of its own."""
SAMPLING = next(part for view in VIEWS for part in view.parts.values() if part.options is Sampling)


class NoDenoiser(PlaygroundError):
    """The network of the run is no denoiser of images."""


class NotSampled(PlaygroundError):
    """A sampling by diffusers failed."""


def routes(context: Context) -> list[Route]:
    """The routes of the section on diffusers."""
    tasks: BackgroundTasks[Answer] = BackgroundTasks()
    place = context.store.runs.parent / FOLDER
    last: dict[str, Pipeline] = {}

    def list_folders(request: Request) -> dict[str, Any]:
        return {"folders": folders(place), "place": FOLDER}

    def show_library(request: Request) -> Response:
        query = request.query_params
        name, scheduler = query.get("network", "run"), query.get("scheduler", "ddim")
        scheduler_of(scheduler)
        names = ("steps", "seed", "guidance", "label")
        options = SAMPLING.parsed({"steps": "20", "guidance": "1"} | {key: query[key] for key in names if key in query})
        assert isinstance(options, Sampling)
        steps, seed, guidance = options.steps, options.seed, options.guidance
        run, step = run_and_step(context, request) if name == "run" else (None, 0)
        condition = options.condition(network_at(context, run, step)) if run else None
        if run:
            options.check(run.spec)

        def sample_run(progress: Progress) -> Answer:
            assert run is not None
            denoiser, chosen = network_at(context, run, step), scheduler_of(scheduler)
            network = Epsilon(clipped(guided(denoiser, guidance)), condition, chosen.alphas_cumprod)
            began = time.perf_counter()
            film = scheduled(network, chosen, start(run.spec, seed), steps=steps, seed=seed, progress=progress)
            return timed(film, began, title=f"{run.info.name}, snapshot of step {step:,}")

        def sample_pipeline(progress: Progress) -> Answer:
            kind, _, rest = name.partition(":")
            if kind not in ("hub", "folder"):
                raise BadRequest(f"There is no pipeline “{name[:40]}”; write hub:NAME or folder:NAME.")
            if kind == "hub" and context.identity.public and rest not in PIPELINES:
                raise BadRequest(f"On a public server only these can be fetched: {', '.join(PIPELINES)}.")
            if name not in last:
                if kind == "folder" and rest not in folders(place):
                    raise BadRequest(f"There is no pipeline “{rest[:40]}” in the folder “{FOLDER}” beside the runs.")
                pipeline = from_folder(place / rest) if kind == "folder" else from_hub(rest, progress)
                last.clear()
                last[name] = pipeline
            pipeline = last[name]
            rng = Generator().manual_seed(seed)
            noise = torch.randn(FEW, pipeline.channels, pipeline.size, pipeline.size, generator=rng)
            chosen = scheduler_of(scheduler, pipeline.scheduler)
            began = time.perf_counter()
            film = scheduled(pipeline.network, chosen, noise, steps=steps, seed=seed, progress=progress)
            return timed(film, began, title=f"{pipeline.title}, {pipeline.parameters:,} parameters")

        key = (name, run.fingerprint(step) if run else "", options.label, guidance, scheduler, steps, seed)
        # to sample, and to fetch what samples, is an act, which no other site's page may do in a visitor's name
        state = tasks.submit(key, sample_run if run else sample_pipeline, start=request.method == "POST")
        if state.error:
            raise NotSampled(state.error)
        if state.result is None:
            return answer_response(Answer(words={"waiting": state.message, "progress": state.progress}))
        return answer_response(state.result)

    return [route("/diffusion/library", show_library, "GET", "POST"), route("/diffusion/folders", list_folders)]


def timed(film: Recorded, began: float, **words: Any) -> Answer:
    """A sampling as the painter takes it, with how long it took."""
    return shown(film, None, milliseconds=round(1000 * (time.perf_counter() - began)), **words)


def network_at(context: Context, run: Run, step: int) -> Denoiser:
    """The denoiser of a run with the weights of a snapshot."""
    network = context.networks.at(run, step)
    if not isinstance(network, Denoiser):
        raise NoDenoiser(f"The run “{run.id}” holds no denoiser of pictures; choose one that does.")
    return network
