"""What the page calls the lab, where it stands, and the routes of its view of diffusers."""

from playground.labs.diffusion.routes import routes

__all__ = ["POSITION", "TITLE", "routes"]

TITLE = "Diffusion"
POSITION = 4
