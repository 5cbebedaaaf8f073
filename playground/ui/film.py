"""The run bar of a tab, and the panel that trains new runs and forks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr

from playground.errors import PlaygroundError
from playground.jobs.launch import launch
from playground.labs import kinds, recipe, recipes
from playground.runs.folder import Parent
from playground.ui.context import Context
from playground.ui.form import Form
from playground.ui.routes import recipe_names

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("core.js", "chart.js", "film.js", "filmbar.js", "picture.js")

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


class TrainPanel:
    """Chooses a recipe, turns its knobs, and trains; or forks a snapshot with knobs changed."""

    def __init__(self, context: Context, lab: str, bar: gr.HTML) -> None:
        """Puts the panel on the page, where it is made, and ties it to the run bar."""
        self.context, self.lab = context, lab
        names = recipe_names(lab)
        self.kinds = list(dict.fromkeys(recipe(name).what for name in names))
        with gr.Column(elem_classes="train"):
            gr.HTML('<h2 class="question">Train your own</h2>', apply_default_css=False)
            self.name = gr.Dropdown(
                names, value=names[0], label="Recipe", info="A network and the data it learns from."
            )
            self.forms: dict[str, Form] = {}
            self.groups: list[gr.Column] = []
            for what in self.kinds:
                with gr.Column(visible=what == recipe(names[0]).what) as group:
                    self.forms[what] = Form(kinds()[what], recipe(next(n for n in names if recipe(n).what == what)))
                self.groups.append(group)
            self.parent = gr.Textbox(visible=False)
            self.forking = gr.Markdown(visible=False, elem_classes="forking")
            with gr.Row(elem_classes="train-row"):
                self.train = gr.Button("Train", variant="primary", elem_classes="train-button", scale=0, min_width=160)
                self.alone = gr.Button("Start anew instead", visible=False, scale=0, min_width=160)
            self.problem = gr.Markdown(visible=False, elem_classes="problem")
            self.started = gr.Textbox(visible=False)
        self._wire(bar)

    @property
    def _knobs(self) -> list[Any]:
        return [component for form in self.forms.values() for component in form.inputs]

    def _wire(self, bar: gr.HTML) -> None:
        show = [*self.groups, *self._knobs]
        hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
        self.name.input(self._choose, [self.name], show, **hidden)
        visitor = gr.Textbox(visible=False)
        open_run = f"(id) => {{ if (id) Playground.film('{self.lab}').open(id); }}"
        self.train.click(
            self._train,
            [visitor, self.name, self.parent, *self._knobs],
            [self.problem, self.started],
            js="(visitor, ...rest) => [Playground.visitor, ...rest]",
            **hidden,
        ).then(None, [self.started], None, js=open_run)
        fork = [self.name, self.parent, self.forking, self.alone, *show]
        bar.submit(self._fork, None, fork, **hidden)
        self.alone.click(
            lambda: ("", gr.update(visible=False), gr.update(visible=False)),
            None,
            [self.parent, self.forking, self.alone],
            **hidden,
        )

    def _choose(self, name: str) -> list[Any]:
        chosen = recipes().get(name) or recipe(recipe_names(self.lab)[0])
        updates: list[Any] = [gr.update(visible=what == chosen.what) for what in self.kinds]
        for what, form in self.forms.items():
            updates += form.values(chosen) if what == chosen.what else [gr.skip() for _ in form.inputs]
        return updates

    def _fork(self, event: gr.EventData) -> list[Any]:
        """Fills the form with the parent's knobs."""
        run = self.context.store.get(str(event.run))
        step = run.nearest(int(event.step))
        told = f"Forks **{run.id}** at step {step:,}: starts from exactly these weights."
        updates: list[Any] = [gr.update(visible=what == run.recipe.what) for what in self.kinds]
        for what, form in self.forms.items():
            updates += form.values(run.recipe) if what == run.recipe.what else [gr.skip() for _ in form.inputs]
        parent = json.dumps({"run": run.id, "step": step})
        return [
            run.info.name,
            parent,
            gr.update(visible=True, value=told),
            gr.update(visible=True),
            *updates,
        ]

    def _train(self, visitor: str, name: str, parent: str, *values: Any) -> tuple[Any, str]:
        try:
            what = recipe(name).what
            position = 0
            for kind, form in self.forms.items():
                if kind == what:
                    chosen = form.recipe(values[position : position + len(form.inputs)])
                position += len(form.inputs)
            run = launch(
                self.context.store,
                self.context.engine,
                name=name,
                recipe=chosen,
                device=self.context.device,
                parent=Parent.model_validate_json(parent) if parent else None,
                visitor=str(visitor)[:64],
            )
        except PlaygroundError as error:
            return gr.update(value=str(error), visible=True), ""
        return gr.update(visible=False), run.id
