"""The diffusion lab's tab: a sampling as a film within the film of the training, and diffusers beside our own."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from starlette.routing import Route

from playground.labs.diffusion.library import PIPELINES
from playground.labs.diffusion.pipelines import library_routes
from playground.labs.diffusion.routes import TEMPLATE, plane_routes, warm_plane
from playground.labs.diffusion.schedulers import SCHEDULERS
from playground.labs.diffusion.views import MOST_STEPS
from playground.ui.context import Context
from playground.ui.film import film_bar, mounted
from playground.ui.train import TrainPanel

TITLE = "Diffusion"
POSITION = 4
SCRIPTS = tuple(Path(__file__).with_name(name) for name in ("sampling.js", "library.js", "plane.js"))
LESSON = Path(__file__).with_name("lesson.md")

_WAYS = """
    <label title="How a step goes from one noise level to the next">sampler
      <select data-knob="sampler">
        <option value="dpm++">DPM-Solver++(2M)</option><option value="euler">Euler = DDIM, flow matching</option>
        <option value="heun">Heun</option><option value="ddim-half">DDIM, eta 0.5</option>
        <option value="ddpm">DDPM</option>
      </select></label>
    <label title="How many steps there are from noise to picture">steps
      <input data-knob="steps" type="range" min="1" max="${most}" value="8"><output></output></label>
    <label title="Classifier-free guidance scale: 1 is none, 0 ignores the class">guidance
      <input data-knob="guidance" type="range" min="0" max="8" step="0.5" value="2"><output></output></label>
    <label title="Where the noise levels lie: at equal steps of the path's time, or as EDM has them">levels
      <select data-knob="schedule"><option value="uniform">uniform in time</option>
        <option value="karras">Karras, rho 7</option></select></label>
"""

_VIEW = f"""
<section class="diffusion sampling" data-part="view">
  <h2 class="question">How does noise become a picture?</h2>
  <p class="under">Sixteen pictures begin as pure noise. At each step the network says what it takes them for, and the
  sampler goes a part of the way there. Move through the sampling here, and through the training above: the noise stays
  the same.</p>
  <div class="knobs sampling-shared">
    <label title="The class to sample">class <select data-knob="label"></select></label>
    <label title="The same seed is the same noise">noise
      <input data-knob="seed" type="number" min="0" max="2147483647" value="0"></label>
    <button class="sampling-other" title="Other noise">other noise</button>
    <button class="sampling-compare" aria-pressed="false" title="A second setting on the same noise">compare</button>
  </div>
  <div class="knobs sampling-way" data-way="A" role="group" aria-label="How A samples">{_WAYS}</div>
  <div class="knobs sampling-way" data-way="B" role="group" aria-label="How B samples" hidden>{_WAYS}</div>
  <div class="film-time sampling-time">
    <button class="sampling-play primary" aria-label="Play the sampling">▶</button>
    <input class="film-range sampling-range" type="range" min="0" max="8" value="8"
      aria-label="Time: the steps of the sampling">
    <output class="film-step"></output>
  </div>
  <p class="sampling-problem problem" role="alert" hidden></p>
  <div class="sampling-lanes"></div>
  <div class="sampling-nearest" aria-live="polite"></div>
</section>
""".replace("${most}", str(MOST_STEPS))


_LIBRARY = f"""
<section class="diffusion library">
  <p class="under">The library <i>diffusers</i> holds what the papers' authors and many others have trained. Its
  schedulers can take the steps for this run, and its unconditional pipelines can sample here.</p>
  <div class="knobs">
    <label title="What is sampled">network <select class="library-network"><option value="run">this run</option>
      {"".join(f'<option value="hub:{name}">{title}</option>' for name, title in PIPELINES.items())}
      <option value="hub">another one on the Hub</option></select></label>
    <label title="Its name on the Hub, owner/name" hidden>name
      <input class="library-repo" type="text" placeholder="owner/name" aria-label="Name on the Hub"></label>
    <label title="What takes the steps">scheduler <select data-knob="scheduler">
      {"".join(f'<option value="{name}">{title}</option>' for name, title in SCHEDULERS.items())}</select></label>
    <label title="How many steps there are">steps
      <input data-knob="steps" type="range" min="1" max="{MOST_STEPS}" value="20"><output></output></label>
    <label title="Classifier-free guidance scale, where the run is conditional">guidance
      <input data-knob="guidance" type="range" min="0" max="8" step="0.5" value="2"><output></output></label>
    <label title="The same seed is the same noise">noise
      <input data-knob="seed" type="number" min="0" max="2147483647" value="0"></label>
    <button class="library-begin primary">Sample</button>
  </div>
  <p class="library-said quiet" aria-live="polite"></p>
  <p class="library-problem problem" role="alert" hidden></p>
  <div class="library-result" hidden>
    <div class="sampling-pair">
      <figure><canvas class="sheet" role="img" aria-label="What the scheduler has"></canvas>
        <figcaption>x: what the scheduler has</figcaption></figure>
      <figure><canvas class="sheet" role="img" aria-label="What the network takes it for"></canvas>
        <figcaption>x0: what the network takes it for</figcaption></figure>
    </div>
    <div class="film-time"><input class="film-range library-range" type="range" min="0" max="1" value="1"
      aria-label="Time: the steps of the sampling"><output class="film-step"></output></div>
    <p class="library-caption caption"></p>
  </div>
</section>
"""


def build(context: Context, page: gr.Blocks) -> None:
    """Puts the tab's parts on the page."""
    film_bar("diffusion")
    TrainPanel(context, "diffusion", page)
    mounted("sampling-view", _VIEW)
    mounted("flow-plane", TEMPLATE)
    with gr.Accordion("diffusers: other schedulers, other people's networks", open=False):
        mounted("library-view", _LIBRARY)
    with gr.Accordion("Lesson", open=False):
        gr.Markdown(LESSON.read_text(encoding="utf-8"), elem_classes="lesson")


def routes(context: Context) -> list[Route]:
    """Where the plane and the section on diffusers ask for their numbers."""
    return [*library_routes(context), *plane_routes(context)]


def warm(context: Context) -> None:
    """Does once what the plane's first visitor would otherwise wait for."""
    warm_plane()
