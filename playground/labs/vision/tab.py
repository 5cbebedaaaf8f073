"""What the page calls the lab, where it stands, and the routes of pretrained networks."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.background import BackgroundTasks
from playground.data import ImageSpec
from playground.labs.vision.hub import PRETRAINED, HubUnavailable, UnknownPretrained, fetch
from playground.labs.vision.views import attention_answer
from playground.labs.vision.vit import VisionTransformer
from playground.pictures import encode
from playground.ui.context import Context
from playground.ui.routes import answer_response, image_response, image_spec, route
from playground.view import Answer

TITLE = "Vision"
POSITION = 1
HUB_SIZE = 224


def routes(context: Context) -> list[Route]:
    """The routes for the attention of pretrained networks."""
    tasks: BackgroundTasks[VisionTransformer] = BackgroundTasks()

    def pretrained_attention(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in PRETRAINED:
            raise UnknownPretrained(f"There is no trained network “{name[:40]}”; there are {', '.join(PRETRAINED)}.")
        # to begin a download is an act, which no other site's page may do in a visitor's name
        state = tasks.submit(name, lambda progress: fetch(name, progress), start=request.method == "POST")
        if state.error:
            raise HubUnavailable(state.error)
        if state.result is None:
            return answer_response(Answer(words={"waiting": state.message, "progress": state.progress}))
        chosen = PRETRAINED[name]
        picture = context.inputs.get(request.query_params.get("picture", "ex-0"), hub_spec(request))
        with context.views.gates[True].turn():
            images = chosen.normalized(picture[None])
            return answer_response(attention_answer(state.result, images, chosen.class_names()))

    def hub_spec(request: Request) -> ImageSpec:
        spec = image_spec(context, request, request.query_params.get("data", "emoji"))
        return spec.model_copy(update={"size": HUB_SIZE, "channels": 3})

    def pretrained_picture(request: Request) -> Response:
        return image_response(encode(context.inputs.get(request.path_params["picture"], hub_spec(request))), "png")

    return [
        route("/vision/pretrained/{name}", pretrained_attention, "GET", "POST"),
        route("/vision/pretrained/pictures/{picture}.png", pretrained_picture),
    ]
