"""The run bar of a tab, and how our own scripts get hold of an element of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("core.js", "chart.js", "film.js", "filmbar.js", "picture.js", "live.js", "density.js")

_BAR = """
<section class="film" data-lab="${lab}">
  <div class="film-head">
    <label><span>Run</span><select class="film-run" aria-label="Run"></select></label>
    <label><span>beside it</span><select class="film-beside" aria-label="A second run beside it"></select></label>
    <div class="film-actions"></div>
  </div>
  <p class="film-status" aria-live="polite">Looking for runs …</p>
  <p class="film-problem problem" role="alert" hidden></p>
  <div class="film-body">
    <div>
      <div class="film-terms" role="group" aria-label="Which curve"></div>
      <canvas class="film-chart" role="img" aria-label="The curve over the steps; drag to move through time"></canvas>
      <div class="film-time">
        <button class="film-play primary" aria-label="Play the film">▶</button>
        <button class="film-back" aria-label="One frame back">‹</button>
        <input class="film-range" type="range" min="0" max="0" value="0" aria-label="Time: the steps of the training">
        <button class="film-on" aria-label="One frame on">›</button>
        <output class="film-step"></output>
      </div>
    </div>
    <figure><div class="film-preview"></div><figcaption class="film-note caption"></figcaption></figure>
  </div>
  <details class="film-about"><summary>About this run</summary><dl class="film-card"></dl></details>
</section>
"""


def mounted(kind: str, template: str, **props: Any) -> gr.HTML:
    """An element of the page that the class `kind` of our scripts fills."""
    script = f"""
    const start = () => window.Playground?.kinds?.{kind}
      ? Playground.mount("{kind}", element, {{trigger, watch}}) : setTimeout(start, 20);
    start();
    """
    return gr.HTML(html_template=template, js_on_load=script, apply_default_css=False, **props)


def film_bar(lab: str) -> gr.HTML:
    """The run bar; its event `submit` says that a snapshot shall be forked."""
    return mounted("filmbar", _BAR, lab=lab)
