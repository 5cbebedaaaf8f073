"""The page's part of diffusion in the plane: what stands on it, and the routes that train and look."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.labs.diffusion.plane import EXTENT, FIELD, MOST_STEPS, SAMPLES, Look, PointDiffusion
from playground.ui.context import Context
from playground.ui.density import density, thumbnails, told
from playground.ui.live import Sessions, patiently
from playground.ui.routes import answer_response, number, route
from playground.view import Answer

MOST_TIMES = 50
MOST_SEED = 2**31 - 1

TEMPLATE = f"""
<section class="toy flowplane">
  <h2 class="question">How does a cloud of noise find its way to the data?</h2>
  <p class="under">A small network learns, on the server while you watch, to say which data a noisy point came from. The
  arrows lead where it would take each place; a sampling follows them from noise to data. Choose or draw the data.</p>
  <div class="toy-chooser"></div>
  <p class="toy-problem problem" role="alert" hidden></p>
  <div class="toy-buttons">
    <button class="toy-play primary" aria-label="Train">▶ Train</button>
    <button class="toy-one" title="Trains one step">One step</button>
    <button class="toy-reset" title="Begins again with the same seed: the same training, step for step">Reset</button>
    <label title="How much is trained between two pictures">Speed <select class="toy-speed"><option>slow</option>
      <option selected>normal</option><option>fast</option></select></label>
    <label title="What the arrows and the sampling follow: the network, or the mean over all data points, which is known
      here in closed form">Denoiser <select class="flowplane-exact"><option value="">the network</option>
      <option value="1">the best possible</option></select></label>
  </div>
  <div class="toy-buttons">
    <button class="flowplane-sample primary" aria-label="Play the sampling">▶ Sample</button>
    <label class="flowplane-time" title="1 is pure noise, 0 the data">Noise level t
      <input class="flowplane-range" type="range" min="0" max="1000" value="150"><output></output></label>
    <label title="How a step goes from one noise level to the next">Sampler <select class="flowplane-sampler">
      <option value="euler">Euler = DDIM, flow matching</option><option value="heun">Heun</option>
      <option value="dpm++">DPM-Solver++(2M)</option><option value="ddim-half">DDIM, eta 0.5</option>
      <option value="ddpm">DDPM</option></select></label>
    <label title="How many steps there are from noise to data">Steps
      <input class="flowplane-steps" type="range" min="1" max="{MOST_STEPS}" value="12"><output></output></label>
  </div>
  <div class="flowplane-pair">
    <figure>
      <h3 class="beside">Where would the denoiser take each place?</h3>
      <canvas class="toy-canvas flowplane-field" role="img"
        aria-label="Noisy data points and the denoiser's arrows"></canvas>
      <div class="toy-legend"><span class="toy-real">data with noise of this level</span></div>
      <figcaption class="caption flowplane-field-caption">The training begins on the server …</figcaption>
    </figure>
    <figure>
      <h3 class="beside">Where does noise end up?</h3>
      <canvas class="toy-canvas flowplane-paths" role="img"
        aria-label="Samples on their way from noise to data"></canvas>
      <div class="toy-legend"><span class="toy-made">samples</span><span class="toy-real">data</span></div>
      <figcaption class="caption flowplane-paths-caption"></figcaption>
    </figure>
  </div>
  <h3 class="beside">How far is the network from the best possible?</h3>
  <canvas class="toy-chart flowplane-error" role="img"
    aria-label="The error above the least possible, over the steps"></canvas>
  <p class="caption flowplane-error-caption"></p>
</section>
"""


@dataclass
class Study:
    """One visitor's training and the density it is about."""

    density: str
    model: PointDiffusion


def plane_routes(context: Context) -> list[Route]:
    """Where the view starts trainings, goes on with them and looks at them."""
    studies: Sessions[Study] = Sessions()

    def start(request: Request) -> Response:
        given = told(request.state.body)
        name, draw = density(given)
        seed = int(number(request, "seed", 0, least=0))
        wanted = look_of(request)

        def make() -> Response:
            with studies.work():
                study = Study(name, PointDiffusion(draw=draw, seed=min(seed, MOST_SEED)))
            session = studies.add(study, instead=str(given.get("instead", "")))
            return shown(study, wanted, paths=True, session=session, new=True)

        return patiently(make)

    def go_on(request: Request) -> Response:
        times, wanted = int(number(request, "times", 0, least=0)), look_of(request)
        paths = bool(number(request, "paths", 1))

        def work() -> Response:
            with studies.turn(request.query_params.get("session", "")) as turn:
                turn.repeat(turn.thing.model.step, min(times, MOST_TIMES))
                return shown(turn.thing, wanted, paths=paths)

        return patiently(work)

    return [
        route("/diffusion/plane/densities", lambda request: thumbnails()),
        route("/diffusion/plane/new", start, "POST"),
        route("/diffusion/plane/step", go_on, "POST"),
    ]


def warm_plane() -> None:
    """Does once what the first visitor would otherwise wait for; torch loads much with the first optimiser."""
    name, draw = density({})
    study = Study(name, PointDiffusion(draw=draw, seed=0))
    study.model.step()
    shown(study, Look(), paths=True)


def look_of(request: Request) -> Look:
    """What an address wants to look at."""
    return Look(
        time=number(request, "time", 0.3),
        sampler=request.query_params.get("sampler", "euler"),
        steps=int(number(request, "steps", 12, least=1)),
        exact=bool(number(request, "exact", 0)),
    )


def shown(study: Study, look: Look, *, paths: bool, **more: Any) -> Response:
    """A view of the training.

    The `arrows` of the field (n, 2), if wanted the `samples` (times, n, 2) at the `times` of the sampling and, of a new
    training, the `data` (n, 2) and the `noise` that goes with each of their points.
    """
    model = study.model
    tensors = {"arrows": model.field(look)}
    if paths:
        times, tensors["samples"] = model.paths(look)
        tensors["times"] = torch.tensor(times)
    if "new" in more:
        tensors |= {"data": model.data, "noise": model.noise}
    error, least = model.errors
    words = {
        "step": model.steps,
        "density": study.density,
        "extent": EXTENT,
        "field": FIELD,
        "samples": SAMPLES,
        "time": look.time,
        "exact": look.exact,
        "excess": error - least if math.isfinite(error) else None,
        "least": least,
        **more,
    }
    return answer_response(Answer(tensors, words))
