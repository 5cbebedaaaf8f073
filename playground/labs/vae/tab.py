"""What the page calls the lab, where it stands, and the routes of its music."""

from playground.labs.vae.routes import routes

__all__ = ["POSITION", "TITLE", "routes"]

TITLE = "VAE"
POSITION = 2
