"""What the page calls the lab, where it stands, its lesson, and the routes of its view of diffusers."""

from pathlib import Path

from starlette.routing import Route

from playground.labs.diffusion.pipelines import library_routes
from playground.ui.context import Context

TITLE = "Diffusion"
POSITION = 4
LESSON = Path(__file__).with_name("lesson.md")


def routes(context: Context) -> list[Route]:
    """The routes of the view of diffusers."""
    return library_routes(context)
