"""The diffusion lab's tab: samplings step by step, diffusion in the plane, and the library diffusers."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from starlette.routing import Route

from playground.labs.diffusion.library import PIPELINES
from playground.labs.diffusion.pipelines import library_routes
from playground.labs.diffusion.schedulers import SCHEDULERS
from playground.labs.diffusion.views import MOST_POINT_STEPS, MOST_STEPS
from playground.ui.context import Context
from playground.ui.film import film_bar, mounted
from playground.ui.train import TrainPanel

TITLE = "Diffusion"
POSITION = 4
SCRIPTS = tuple(Path(__file__).with_name(name) for name in ("sampling.js", "plane.js", "library.js"))
LESSON = Path(__file__).with_name("lesson.md")

_NAMES = {
    "euler": "Euler = DDIM, flow matching",
    "heun": "Heun",
    "dpm++": "DPM-Solver++(2M)",
    "ddim-half": "DDIM, eta 0.5",
    "ddpm": "DDPM",
}
_SAMPLERS = "".join(f'<option value="{name}">{title}</option>' for name, title in _NAMES.items())
_WAYS = f"""
    <label title="Sampler: how a step goes from one noise level to the next">sampler
      <select data-knob="sampler">{_SAMPLERS}</select></label>
    <label title="Number of steps from noise to picture">steps
      <input data-knob="steps" type="range" min="1" max="{MOST_STEPS}" value="8"><output></output></label>
    <label title="Classifier-free guidance scale: 1 is none, 0 ignores the class">guidance
      <input data-knob="guidance" type="range" min="0" max="8" step="0.5" value="2"><output></output></label>
    <label title="Noise levels of the steps: at equal steps of the path's time, or EDM's">levels
      <select data-knob="schedule"><option value="uniform">uniform in time</option>
        <option value="karras">Karras, rho 7</option></select></label>
"""

_VIEW = f"""
<section class="diffusion sampling" data-part="view">
  <h2 class="question">How does noise become a picture?</h2>
  <p class="under">Sixteen pictures begin as pure noise. At each step the network predicts the denoised pictures, and
  the sampler goes a part of the way there. Move through the sampling here, and through the training above: the noise
  stays the same.</p>
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
"""


_FLOW = f"""
<section class="toy flow" data-part="view">
  <h2 class="question">How does a cloud of noise find its way to the data?</h2>
  <p class="under">A small network learns to predict the data behind a noisy point. The arrows are its score field; a
  sampling follows them from noise to data. Choose or draw the data, train it step by step, move back in
  time and go on from there.</p>
  <div class="toy-chooser"></div>
  <p class="flow-problem problem" role="alert" hidden></p>
  <div class="toy-buttons">
    <button class="toy-play primary" aria-label="Play">▶ Play</button>
    <button data-only="" title="Trains one step">One step</button>
    <button class="toy-reset" title="The same training from its beginning: the same seed, step for step">Reset</button>
    <label title="How much is trained between two pictures">Speed <select class="toy-speed"><option>slow</option>
      <option selected>normal</option><option>fast</option></select></label>
    <label title="Number of training points; few are memorized. Begins again">Training points
      <select data-knob="points" data-fresh><option>16</option><option>128</option><option>1024</option>
      <option>8192</option></select></label>
    <label title="Learning rate">Learning rate <select data-knob="learning_rate"><option>0.0005</option>
      <option>0.005</option><option>0.02</option></select></label>
    <label title="Begins again, initialized differently">Seed <input data-knob="seed" data-fresh type="number" min="0"
      max="9999"></label>
  </div>
  <div class="toy-buttons">
    <button class="flow-sample primary">▶ Sample</button>
    <label class="flow-time" title="1 is pure noise, 0 the data">Noise level t
      <input class="flow-range" type="range" min="0" max="1000" value="150"><output></output></label>
    <label title="Sampler: how a step goes from one noise level to the next">Sampler <select class="flow-sampler">
      {_SAMPLERS}</select></label>
    <label title="Number of steps from noise to data">Steps
      <input class="flow-steps" type="range" min="1" max="{MOST_POINT_STEPS}" value="12"><output></output></label>
    <label title="What the arrows and the sampling follow: the network, or the mean over all training points, which is
      known here in closed form">Denoiser <select class="flow-exact"><option value="">the network</option>
      <option value="1">the best possible</option></select></label>
  </div>
  <div class="flow-lanes"></div>
  <div class="toy-legend"><span class="toy-real">data</span><span class="toy-made">samples</span></div>
</section>
"""


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
    <label title="The scheduler of diffusers">scheduler <select data-knob="scheduler">
      {"".join(f'<option value="{name}">{title}</option>' for name, title in SCHEDULERS.items())}</select></label>
    <label title="Number of steps">steps
      <input data-knob="steps" type="range" min="1" max="{MOST_STEPS}" value="20"><output></output></label>
    <label title="Classifier-free guidance scale, where the run is conditional">guidance
      <input data-knob="guidance" type="range" min="0" max="8" step="0.5" value="2"><output></output></label>
    <label title="The same seed is the same noise">noise
      <input data-knob="seed" type="number" min="0" max="2147483647" value="0"></label>
    <button class="library-begin primary">Sample</button>
  </div>
  <p class="library-message quiet" aria-live="polite"></p>
  <p class="library-problem problem" role="alert" hidden></p>
  <div class="library-result" hidden>
    <div class="sampling-pair">
      <figure><canvas class="sheet" role="img" aria-label="The noisy pictures"></canvas>
        <figcaption>x: the noisy pictures</figcaption></figure>
      <figure><canvas class="sheet" role="img" aria-label="The denoised pictures"></canvas>
        <figcaption>x0: the denoised pictures</figcaption></figure>
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
    mounted("flow-view", _FLOW)
    with gr.Accordion("diffusers: other schedulers and pretrained pipelines", open=False):
        mounted("library-view", _LIBRARY)
    with gr.Accordion("Lesson", open=False):
        gr.Markdown(LESSON.read_text(encoding="utf-8"), elem_classes="lesson")


def routes(context: Context) -> list[Route]:
    """The routes of the section on diffusers."""
    return library_routes(context)
