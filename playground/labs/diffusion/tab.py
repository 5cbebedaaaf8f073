"""What the page calls the lab, where it stands, and the routes of its view of diffusers."""

from starlette.routing import Route

from playground.labs.diffusion.pipelines import library_routes
from playground.ui.context import Context

TITLE = "Diffusion"
POSITION = 4


def routes(context: Context) -> list[Route]:
    """The routes of the view of diffusers."""
    return library_routes(context)
