"""The style-transfer lab's tab: a picture there and back, beside the true drawing where there is one."""

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
  <p class="under">A picture is redrawn in the other style, and redrawn back. The network never saw two drawings of one
  emoji; held-out emoji have both, so its answer can be laid beside the true one. Or bring a picture of yours.</p>
  <div class="knobs translation-ways" role="group" aria-label="Direction">
    <button data-way="ab" aria-pressed="true" title="Takes it for a Noto drawing">Noto → Twemoji → Noto</button>
    <button data-way="ba" aria-pressed="false" title="Takes it for a Twemoji drawing">Twemoji → Noto → Twemoji</button>
  </div>
  <p class="translation-problem problem" role="alert" hidden></p>
  <div class="translation-lanes"></div>
  <div class="translation-pictures"></div>
  <h2 class="question">How close does it come to what it never saw?</h2>
  <p class="under">Held-out emoji, three pictures each: given, translated, and the drawing that there truly is.</p>
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
