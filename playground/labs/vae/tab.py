"""The VAE lab's tab: a plane through latent space, to explore and to encode one's own drawing in."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from playground.ui.context import Context
from playground.ui.film import film_bar, mounted
from playground.ui.train import TrainPanel

TITLE = "VAE"
POSITION = 2
SCRIPTS = (Path(__file__).with_name("plane.js"),)
LESSON = Path(__file__).with_name("lesson.md")

_VIEW = """
<section class="latent" data-part="view">
  <h2 class="question">What lies between two pictures?</h2>
  <p class="under">Every place on the plane is a code, and shows its decoded picture. Drag the point. Or draw, or choose
  a picture: the point moves to where the encoder puts it, its posterior mean, and you can move on from there.</p>
  <div class="knobs">
    <label title="Shows the posterior means of test pictures">
      <input class="plane-dots" type="checkbox" checked> test pictures as dots</label>
    <div class="plane-legend"></div>
  </div>
  <p class="plane-problem problem" role="alert" hidden></p>
  <div class="plane-lanes"></div>
  <div class="plane-chooser">
    <h3 class="beside">Where is your picture encoded?</h3>
    <div class="plane-pictures"></div>
  </div>
</section>
"""


def build(context: Context, page: gr.Blocks) -> None:
    """Puts the tab's parts on the page."""
    film_bar("vae")
    TrainPanel(context, "vae", page)
    mounted("plane-view", _VIEW)
    with gr.Accordion("Lesson", open=False):
        gr.Markdown(LESSON.read_text(encoding="utf-8"), elem_classes="lesson")
