"""The VAE lab's tab: a plane through latent space, to drag through and to find one's own drawing in."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.data import available, examples, load
from playground.data.images import Split
from playground.errors import PlaygroundError
from playground.labs.vae.latent import EXTENT, Plane, drawn, ellipse, encoded, manifold, plane_through
from playground.labs.vae.vae import VAE
from playground.runs.reader import Run
from playground.runs.sheet import encode, grid
from playground.ui.context import Context
from playground.ui.film import film_bar, mounted
from playground.ui.packet import packet
from playground.ui.routes import image_response, number, route, run_and_step
from playground.ui.train import TrainPanel

TITLE = "VAE"
POSITION = 2
SCRIPTS = (Path(__file__).with_name("plane.js"),)
LESSON = Path(__file__).with_name("lesson.md")
SIDE = 20
DOTS = 400

_VIEW = """
<section class="latent" data-part="view">
  <h2 class="question">What lies between two pictures?</h2>
  <p class="under">Every place on the plane is a code; behind it stands what the decoder draws there. Drag the point. Or
  draw, or choose a picture: the encoder takes the point to where it puts it, and you can move on from there.</p>
  <div class="knobs">
    <label title="Shows where the encoder puts test pictures">
      <input class="plane-dots" type="checkbox" checked> test pictures as dots</label>
    <div class="plane-legend"></div>
  </div>
  <p class="plane-problem problem" role="alert" hidden></p>
  <div class="plane-lanes"></div>
  <div class="plane-chooser">
    <h3 class="beside">Where does your picture lie?</h3>
    <div class="plane-pictures"></div>
  </div>
</section>
"""


def build(context: Context, page: gr.Blocks) -> None:
    """Puts the tab's parts on the page."""
    film_bar("vae")
    TrainPanel(context, "vae", page)
    mounted("plane-view", _VIEW)
    with gr.Accordion("What to find out here", open=False):
        gr.Markdown(LESSON.read_text(encoding="utf-8"), elem_classes="lesson")


class NoLatentSpace(PlaygroundError):
    """The network of the run is no VAE."""


def network_at(context: Context, run: Run, step: int) -> VAE:
    """The VAE of a run with the weights of a snapshot."""
    network = context.networks.at(run, step)
    if not isinstance(network, VAE):
        raise NoLatentSpace(f"The run “{run.id}” holds no VAE; choose one that does.")
    return network


def routes(context: Context) -> list[Route]:
    """Where the view asks for its numbers and pictures."""

    @lru_cache(maxsize=64)
    def mapped(run: Run, step: int) -> tuple[Plane, torch.Tensor, list[int]]:
        """The plane of a snapshot, and where the test pictures lie on it."""
        split = _looked_at(run)
        network = network_at(context, run, step)
        mean, _ = encoded(network, split.images)
        plane = plane_through(mean)
        return plane, plane.drop(mean), split.labels.tolist()

    def show_plane(request: Request) -> dict[str, Any]:
        run, step = run_and_step(context, request)
        plane, points, labels = mapped(run, step)
        shown = [[round(value, 3) for value in point] for point in points.tolist()]
        return {"step": step, "latent": len(plane.origin), "kept": plane.kept, "points": shown, "labels": labels}

    def show_manifold(request: Request) -> Response:
        run, step = run_and_step(context, request)
        plane, _, _ = mapped(run, step)
        tiles = manifold(network_at(context, run, step), plane, side=SIDE)
        return image_response(encode(grid(tiles, SIDE, gap=0), "jpeg"), "jpeg", keep=False)

    def show_decoded(request: Request) -> Response:
        run, step = run_and_step(context, request)
        plane, _, _ = mapped(run, step)
        network = network_at(context, run, step)
        code = plane.lift(torch.tensor([[number(request, "x"), number(request, "y")]]))
        name = request.query_params.get("picture")
        if name:  # keep what the plane does not hold of the picture's own code
            mean, _ = encoded(network, context.inputs.get(name, run.info.spec)[None])
            code = code + mean - plane.lift(plane.drop(mean))
        picture = drawn(network, code)[0]
        return packet({"channels": picture.shape[0], "size": picture.shape[-1]}, picture.numpy().tobytes())

    def show_encoded(request: Request) -> dict[str, Any]:
        run, step = run_and_step(context, request)
        plane, _, _ = mapped(run, step)
        picture = context.inputs.get(request.query_params.get("picture", ""), run.info.spec)
        mean, deviation = encoded(network_at(context, run, step), picture[None])
        return {"at": plane.drop(mean)[0].tolist(), "ellipse": ellipse(plane, deviation[0]), "extent": EXTENT}

    return [
        route("/vae/plane", show_plane),
        route("/vae/manifold.jpg", show_manifold),
        route("/vae/decode", show_decoded),
        route("/vae/encode", show_encoded),
    ]


def warm(context: Context) -> None:
    """Does once what the first visitor would otherwise wait for."""
    for run in context.store.list(lab="vae", visitor="")[:1]:
        network = network_at(context, run, run.nearest(None))
        mean, _ = encoded(network, _looked_at(run).images)
        manifold(network, plane_through(mean), side=SIDE)


def _looked_at(run: Run) -> Split:
    """The pictures whose codes spread the plane: the data's test pictures, or examples where they are not here."""
    spec = run.info.spec
    if not available(spec.name):
        return examples(spec.name, spec.size)
    return load(spec.name, size=spec.size).test.first(DOTS)
