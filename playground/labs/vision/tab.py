"""What the page calls the lab, where it stands, and the routes of pretrained networks."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.data import ImageSpec
from playground.labs.vision.hub import PRETRAINED, Fetching, HubUnavailable, UnknownPretrained
from playground.labs.vision.views import attention_answer
from playground.pictures import encode
from playground.ui.context import Context
from playground.ui.routes import answer_response, image_response, image_spec, route
from playground.view import Answer

TITLE = "Vision"
POSITION = 1
HUB_SIZE = 224


def routes(context: Context) -> list[Route]:
    """The routes for the attention of pretrained networks."""
    fetching = Fetching()

    def pretrained_attention(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in PRETRAINED:
            raise UnknownPretrained(f"There is no trained network “{name[:40]}”; there are {', '.join(PRETRAINED)}.")
        # to begin a download is an act, which no other site's page may do in a visitor's name
        state = fetching.start(name) if request.method == "POST" else fetching.state(name)
        if state is None or state.error:
            raise HubUnavailable(state.error if state else "The network is not fetched yet; choose it again.")
        network = fetching.network(name)
        if network is None:
            return answer_response(Answer(words={"waiting": state.message, "progress": state.progress}))
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
        route("/vision/pretrained/{name}", pretrained_attention, "GET", "POST"),
        route("/vision/pretrained/pictures/{picture}.png", pretrained_picture),
    ]
