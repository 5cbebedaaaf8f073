"""The GAN lab's tab: what lies between seeds, and a GAN in the plane that trains while one watches."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from starlette.routing import Route

from playground.labs.gan.routes import TEMPLATE, plane_routes, warm_plane
from playground.ui.context import Context
from playground.ui.film import film_bar, mounted
from playground.ui.train import TrainPanel

TITLE = "GAN"
POSITION = 3
SCRIPTS = (Path(__file__).with_name("seeds.js"), Path(__file__).with_name("plane.js"))
LESSON = Path(__file__).with_name("lesson.md")

_VIEW = """
<section class="latent seeds" data-part="view">
  <h2 class="question">What lies between two seeds?</h2>
  <p class="under">Each corner of the square is a seed, a latent vector of random numbers, and every place between them
  interpolates the four. Drag the point: the generator draws what lies there, and the discriminator says how real it
  finds it.</p>
  <div class="knobs">
    <label title="The class to generate; the same place is then drawn as another class">class
      <select data-knob="label"></select></label>
    <label title="The same number stands for the same four corners">seeds
      <input data-knob="seeds" type="number" min="0" max="2147483647" value="0"></label>
    <button class="seeds-other" title="Four other corners">other seeds</button>
  </div>
  <p class="seeds-problem problem" role="alert" hidden></p>
  <div class="seeds-lanes"></div>
</section>
"""


def build(context: Context, page: gr.Blocks) -> None:
    """Puts the tab's parts on the page."""
    film_bar("gan")
    TrainPanel(context, "gan", page)
    mounted("seeds-view", _VIEW)
    mounted("gan-plane", TEMPLATE)
    with gr.Accordion("Lesson", open=False):
        gr.Markdown(LESSON.read_text(encoding="utf-8"), elem_classes="lesson")


def routes(context: Context) -> list[Route]:
    """Where the plane asks for its numbers."""
    return plane_routes(context)


def warm(context: Context) -> None:
    """Does once what the plane's first visitor would otherwise wait for."""
    warm_plane()
