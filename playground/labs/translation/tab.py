"""The style-transfer lab's tab: an image translated and back, with the true drawing where there is one."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from playground.ui.context import Context
from playground.ui.film import film_bar, mounted
from playground.ui.train import TrainPanel

TITLE = "Style transfer"
POSITION = 5
SCRIPTS = (Path(__file__).with_name("translation.js"),)
LESSON = Path(__file__).with_name("lesson.md")

_VIEW = """
<section class="translation" data-part="view">
  <h2 class="question">What does it keep, what does it change?</h2>
  <p class="under">A picture is translated to the other style or class, and back. Training is unpaired: no picture
  was seen in both. Held-out emoji are drawn in both styles, so that translations can be compared with the true
  drawings.</p>
  <div class="knobs translation-directions" role="group" aria-label="Direction">
    <button data-direction="ab" aria-pressed="true" title="From Noto to Twemoji">Noto → Twemoji → Noto</button>
    <button data-direction="ba" aria-pressed="false" title="From Twemoji to Noto">Twemoji → Noto → Twemoji</button>
  </div>
  <p class="translation-problem problem" role="alert" hidden></p>
  <div class="translation-lanes"></div>
  <div class="translation-pictures"></div>
  <h2 class="question">How are held-out pictures translated?</h2>
  <p class="under">Each source beside its translation and, for emoji, beside the true drawing.</p>
  <div class="translation-sheets"></div>
</section>
"""


def build(context: Context, page: gr.Blocks) -> None:
    """Puts the tab's parts on the page."""
    film_bar("translation")
    TrainPanel(context, "translation", page)
    mounted("translation-view", _VIEW)
    with gr.Accordion("Lesson", open=False):
        gr.Markdown(LESSON.read_text(encoding="utf-8"), elem_classes="lesson")
