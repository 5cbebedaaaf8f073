"""The vision lab's tab: a Vision Transformer's attention over an image, throughout its training."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.data import ImageSpec
from playground.labs.vision.hub import PRETRAINED, Fetching, HubUnavailable, UnknownPretrained
from playground.labs.vision.views import attention_answer
from playground.pictures import encode
from playground.ui.context import Context
from playground.ui.film import film_bar, mounted
from playground.ui.routes import answer_response, image_response, image_spec, route
from playground.ui.train import TrainPanel
from playground.view import Answer

TITLE = "Vision"
POSITION = 1
HUB_SIZE = 224
SCRIPTS = (Path(__file__).with_name("attention.js"),)
LESSON = Path(__file__).with_name("lesson.md")


_VIEW = """
<section class="attention" data-part="view">
  <h2 class="question">What does this patch attend to?</h2>
  <p class="under">Move over the picture: the patch under the pointer is the query, and every head of every block shows
  to which patches it attends more than uniform attention would. Press to hold a patch; choose a map to lay it over the
  picture.</p>
  <div class="attention-pictures"></div>
  <div class="knobs">
    <label title="The network: this run, or one pretrained on many more pictures">network
      <select class="attention-network"><option value="">this run</option></select></label>
    <label title="How strongly the map covers the picture">map
      <input class="attention-strength" type="range" min="0" max="100" value="80"></label>
    <button class="attention-all" title="Shows the attention of all patches again">All patches</button>
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
    with gr.Accordion("Lesson", open=False):
        gr.Markdown(LESSON.read_text(encoding="utf-8"), elem_classes="lesson")


def routes(context: Context) -> list[Route]:
    """The routes for the attention of pretrained networks."""
    fetching = Fetching()

    def pretrained_attention(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in PRETRAINED:
            raise UnknownPretrained(f"There is no trained network “{name[:40]}”; there are {', '.join(PRETRAINED)}.")
        state = fetching.state(name) if "again" in request.query_params else fetching.start(name)
        if state is not None and state.error:
            raise HubUnavailable(state.error)
        network = fetching.network(name)
        if network is None:
            waiting = {"waiting": state.message if state else "", "progress": state.progress if state else 0}
            return answer_response(Answer(words=waiting))
        chosen = PRETRAINED[name]
        picture = context.inputs.get(request.query_params.get("picture", "ex-0"), hub_spec(request))
        with context.views.gates[True].turn():
            return answer_response(attention_answer(network, chosen.normalized(picture[None]), chosen.class_names()))

    def hub_spec(request: Request) -> ImageSpec:
        spec = image_spec(context, request, request.query_params.get("data", "emoji"))
        return spec.model_copy(update={"size": HUB_SIZE, "channels": 3})

    def pretrained_picture(request: Request) -> Response:
        return image_response(encode(context.inputs.get(request.path_params["picture"], hub_spec(request))), "png")

    return [
        route("/vision/pretrained/{name}", pretrained_attention),
        route("/vision/pretrained/pictures/{picture}.png", pretrained_picture),
    ]
