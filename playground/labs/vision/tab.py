"""The vision lab's tab: a Vision Transformer's attention over a picture, through the training that made it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import nn

from playground.data import Spec, spec, unit
from playground.errors import PlaygroundError
from playground.labs.vision.attention import attention
from playground.labs.vision.hub import PRETRAINED, Fetching, HubUnavailable, UnknownPretrained
from playground.labs.vision.saliency import saliency
from playground.labs.vision.vit import VisionTransformer
from playground.runs.sheet import encode
from playground.ui.context import Context
from playground.ui.film import film_bar, mounted
from playground.ui.packet import packet
from playground.ui.routes import image_response, route, run_and_step
from playground.ui.train import TrainPanel

TITLE = "Vision"
POSITION = 1
HUB_SIZE = 224
SCRIPTS = (Path(__file__).with_name("attention.js"),)
LESSON = Path(__file__).with_name("lesson.md")


class NoAttention(PlaygroundError):
    """The network of the run does not name what is in a picture."""


_VIEW = """
<section class="attention" data-part="view">
  <h2 class="question">What does this patch look at?</h2>
  <p class="under">Move over the picture: the patch under the pointer asks, and every head of every block answers with
  how much it looks at each other patch. Press to hold a patch; choose a map to lay it over the picture.</p>
  <div class="attention-pictures"></div>
  <div class="knobs">
    <label title="Which network looks: the run above, or one that others have trained on many more pictures">through
      <select class="attention-network"><option value="">the run above</option></select></label>
    <label title="How strongly the map covers the picture">map
      <input class="attention-strength" type="range" min="0" max="100" value="60"></label>
    <button class="attention-all" title="Asks for the whole picture again instead of one patch">whole picture</button>
  </div>
  <p class="attention-problem problem" role="alert" hidden></p>
  <div class="attention-lanes"></div>
</section>
"""


def build(context: Context, page: gr.Blocks) -> None:
    """Puts the tab's parts on the page."""
    film_bar("vision")
    TrainPanel(context, "vision", page)
    titles = "".join(f'<option value="{name}">{chosen.title} (Hub)</option>' for name, chosen in PRETRAINED.items())
    mounted("attention-view", _VIEW.replace("</option></select>", "</option>" + titles + "</select>"))
    with gr.Accordion("What to find out here", open=False):
        gr.Markdown(LESSON.read_text(encoding="utf-8"), elem_classes="lesson")


def routes(context: Context) -> list[Route]:
    """Where the view asks for its numbers."""
    fetching = Fetching()

    def look(request: Request) -> Response:
        run, step = run_and_step(context, request)
        if run.recipe.lab != "vision":
            raise NoAttention(f"A {run.recipe.title} has no attention to show; choose a run of the vision lab.")
        network = context.networks.at(run, step)
        picture = context.inputs.get(request.query_params.get("picture", "ex-0"), run.info.spec)
        images, classes = unit(picture[None]), run.info.spec.classes
        if not isinstance(network, VisionTransformer):
            return packet(*described_without_attention(network, images, step=step, classes=classes))
        return packet(*described(network, images, step=step, classes=classes))

    def look_pretrained(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in PRETRAINED:
            raise UnknownPretrained(f"There is no trained network “{name[:40]}”; there are {', '.join(PRETRAINED)}.")
        state = fetching.state(name) if "again" in request.query_params else fetching.start(name)
        if state is not None and state.error:
            raise HubUnavailable(state.error)
        network = fetching.network(name)
        if network is None:
            return packet({"waiting": state.message if state else "", "progress": state.progress if state else 0}, b"")
        chosen = PRETRAINED[name]
        picture = context.inputs.get(request.query_params.get("picture", "ex-0"), hub_spec(request))
        return packet(*described(network, chosen.normalised(picture[None]), step=None, classes=chosen.class_names()))

    def hub_spec(request: Request) -> Spec:
        return replace(spec(request.query_params.get("data", "emoji")), size=HUB_SIZE, channels=3)

    def picture_for_pretrained(request: Request) -> Response:
        return image_response(encode(context.inputs.get(request.path_params["picture"], hub_spec(request))), "png")

    return [
        route("/vision/attention", look),
        route("/vision/pretrained/{name}", look_pretrained),
        route("/vision/pretrained/pictures/{picture}.png", picture_for_pretrained),
    ]


def warm(context: Context) -> None:
    """Does once what the first visitor would otherwise wait for."""
    for run in context.store.list(lab="vision", visitor="")[:1]:
        network = context.networks.at(run, run.nearest(None))
        if isinstance(network, VisionTransformer):
            attention(network, unit(context.inputs.get("ex-0", run.info.spec)[None]))


def described(
    network: VisionTransformer, images: torch.Tensor, *, step: int | None, classes: tuple[str, ...]
) -> tuple[dict[str, Any], bytes]:
    """What the page needs to show one picture through a network.

    Args:
        network: In evaluation mode.
        images: (1, C, H, W), normalised as in training.
        step: The snapshot's step, if there is one.
        classes: What the logits stand for; empty for a network without a head.

    Returns:
        A head of words and numbers, and the attention of all layers and heads: first the largest value of every row,
        float32 (layers, heads, T), then the rows as 255ths of it, uint8 (layers, heads, T, T).
    """
    logits, maps = attention(network, images)
    rows = maps[0]  # (layers, heads, T, T)
    largest = rows.amax(dim=-1, keepdim=True).clamp(min=1e-12)
    scaled = (rows / largest * 255).round().to(torch.uint8)
    head = {
        "step": step,
        "layers": rows.shape[0],
        "heads": rows.shape[1],
        "tokens": rows.shape[-1],
        "grid": network.grid,
        "size": network.image_size,
        "classes": list(classes),
        "probabilities": [round(value, 5) for value in logits[0].softmax(dim=0).tolist()] if classes else [],
    }
    return head, largest.contiguous().numpy().tobytes() + scaled.contiguous().numpy().tobytes()


def described_without_attention(
    network: nn.Module, images: torch.Tensor, *, step: int | None, classes: tuple[str, ...]
) -> tuple[dict[str, Any], bytes]:
    """The same of a network that is no transformer: no layers and heads, and how each pixel moves the answer instead.

    Args:
        network: In evaluation mode.
        images: (1, C, H, W), normalised as in training.
        step: The snapshot's step, if there is one.
        classes: What the logits stand for.

    Returns:
        A head of words and numbers, and the saliency of the pixels, float32 (H, W).
    """
    with torch.no_grad():
        logits = network(images)
    size = images.shape[-1]
    head = {
        "step": step,
        "layers": 0,
        "heads": 0,
        "tokens": size * size,
        "grid": size,
        "size": size,
        "classes": list(classes),
        "probabilities": [round(value, 5) for value in logits[0].softmax(dim=0).tolist()],
    }
    return head, saliency(network, images)[0].contiguous().numpy().tobytes()
