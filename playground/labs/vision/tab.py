"""The vision lab's tab: a Vision Transformer's attention over a picture, through the training that made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.data import unit
from playground.labs.vision.attention import attention
from playground.labs.vision.vit import VisionTransformer
from playground.ui.context import Context
from playground.ui.film import TrainPanel, film_bar, mounted
from playground.ui.packet import packet
from playground.ui.routes import route, run_and_step

TITLE = "Vision"
SCRIPTS = (Path(__file__).with_name("attention.js"),)
LESSON = Path(__file__).with_name("lesson.md")

_VIEW = """
<section class="attention">
  <h2 class="question">What does this patch look at?</h2>
  <p class="under">Move over the picture: the patch under the pointer asks, and every head of every block answers with
  how much it looks at each other patch. Press to hold a patch; choose a map to lay it over the picture.</p>
  <div class="attention-pictures"></div>
  <div class="knobs">
    <label title="How strongly the map covers the picture">map <input class="attention-strength" type="range" min="0" max="100" value="60"></label>
    <button class="attention-all" title="Asks for the whole picture again instead of one patch">whole picture</button>
  </div>
  <p class="attention-problem problem" role="alert" hidden></p>
  <div class="attention-lanes"></div>
</section>
"""


def build(context: Context) -> None:
    """Puts the tab's parts on the page."""
    bar = film_bar("vision")
    TrainPanel(context, "vision", bar)
    mounted("attention", _VIEW)
    with gr.Accordion("What to find out here", open=False):
        gr.Markdown(LESSON.read_text(encoding="utf-8"), elem_classes="lesson")


def routes(context: Context) -> list[Route]:
    """Where the view asks for its numbers."""

    def look(request: Request) -> Response:
        run, step = run_and_step(context, request)
        network = context.networks.at(run, step)
        picture = context.inputs.get(request.query_params.get("picture", "ex-0"), run.info.spec)
        return packet(*described(network, picture, step=step, classes=run.info.spec.classes))

    return [route("/vision/attention", look)]


def described(
    network: VisionTransformer, picture: torch.Tensor, *, step: int, classes: tuple[str, ...]
) -> tuple[dict[str, Any], bytes]:
    """What the page needs to show one picture (C, H, W), uint8, through a network.

    Returns:
        A head of words and numbers, and the attention of all layers and heads: first the largest value of every row,
        float32 (layers, heads, T), then the rows as 255ths of it, uint8 (layers, heads, T, T).
    """
    logits, maps = attention(network, unit(picture[None]))
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
        "probabilities": [round(value, 5) for value in logits[0].softmax(dim=0).tolist()],
    }
    return head, largest.contiguous().numpy().tobytes() + scaled.contiguous().numpy().tobytes()
