"""The panel that trains new runs and branches."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import gradio as gr
from pydantic import ValidationError

from playground.errors import PlaygroundError
from playground.jobs.branch import branched
from playground.jobs.launch import checked, launch, readable
from playground.labs import kinds, recipe, recipes
from playground.recipe import Recipe
from playground.runs.folder import Parent
from playground.ui.context import Context
from playground.ui.form import Form
from playground.ui.mounted import mounted
from playground.ui.own import own_sets

_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}


class TrainPanel:
    """Chooses a recipe, turns its knobs, and trains; or branches off a snapshot with knobs changed.

    The address bar keeps the recipe and the knobs that differ from it, so that a link opens the same form.
    """

    def __init__(self, context: Context, lab: str) -> None:
        """Puts the panel on the page, where it is made; it works with the transport of its lab."""
        self.context, self.lab = context, lab
        self.film = f"document.querySelector('film-transport[lab={lab}]')?.view"  # in the browser
        self.names = [name for name, entry in recipes().items() if entry.lab == lab]
        self.kinds = list(dict.fromkeys(recipe(name).what for name in self.names))
        self.forms: dict[str, Form] = {}
        self.groups: list[gr.Column] = []
        first = self.names[0]
        with gr.Column(elem_classes="train"):
            self.branching = gr.Markdown(visible=False, elem_classes="branching")
            with gr.Row(elem_classes="train-row"):
                self.train = gr.Button("Train", variant="primary", elem_classes="train-button", scale=1, min_width=96)
                self.alone = gr.Button("From scratch", visible=False, scale=1, min_width=96)
            self.problem = gr.Markdown(visible=False, elem_classes="problem")
            about = "A network and the data it learns from."
            self.name = gr.Dropdown(self.names, value=first, label="Recipe", info=about)
            for what in self.kinds:
                with gr.Column(visible=what == recipe(first).what) as group:
                    start = next(entry for entry in map(recipe, self.names) if entry.what == what)
                    self.forms[what] = Form(kinds()[what], start, context.store.data)
                self.groups.append(group)
            mounted("own-data", lab=lab)
            self.parent = gr.Textbox(visible=False)
            self.started = gr.Textbox(visible=False)
            # pressed by scripts: where a branch or a run is chosen, the address says something of the form, a knob of a
            # branch is turned, or data are brought
            acts = ("branch", "follow", "restore", "check", "offer")
            pressed = (gr.Button(act, visible="hidden", elem_id=f"{act}-{lab}") for act in acts)
            self.branch, self.follow, self.restore, self.check, self.offer = pressed
        self.branch_parts = [self.parent, self.branching, self.alone, self.train]
        self.knobs = [component for form in self.forms.values() for component in form.inputs]
        self._wire()

    def _wire(self) -> None:
        fields = [*self.groups, *self.knobs]
        filled = [self.name, self.parent, *self.knobs]
        self.name.input(self._choose, [self.name], fields, **_QUIET)
        self.train.click(
            self._train,
            filled,
            [self.problem, self.started, *self.branch_parts],
            **_QUIET,
        ).then(None, [self.started], None, js=f"(id) => {{ {self.film}?.launched(id); }}")
        place, link = gr.JSON(visible=False), gr.JSON(visible=False)
        whole = [self.problem, *self.branch_parts, self.name, *fields]
        for button, act in ((self.branch, self._branch), (self.follow, self._follow)):
            button.click(act, [place], whole, js=f"() => {self.film}.position", **_QUIET)
        filling = [self.problem, self.name, *fields]
        self.restore.click(self._restore, [link], filling, js=f"() => {self.film}.link", **_QUIET)
        self.check.click(self._check, filled, [self.problem, self.train], **_QUIET)
        sets = [form.components["data"] for form in self.forms.values()]
        brought = gr.Textbox(visible=False)
        script = f"(_, ...more) => [document.querySelector('own-data[lab={self.lab}]').view.take(), ...more]"
        self.offer.click(self._offer, [brought, self.name, *sets], sets, js=script, **_QUIET)
        self.alone.click(_alone, None, [self.problem, *self.branch_parts], **_QUIET)
        changes = [component.change for component in (self.name, *self.knobs)]  # type: ignore[attr-defined]
        gr.on(changes, None, filled, None, js=self._changed())

    def _changed(self) -> str:
        """A script that writes into the address bar in what the form differs from its recipe, and checks a branch."""
        presets, first = {}, 0
        for what, form in self.forms.items():
            for name in self.names:
                if recipe(name).what == what:
                    knobs = dict(zip(form.components, form.values(recipe(name)), strict=True))
                    presets[name] = {"first": first, "knobs": knobs}
            first += len(form.inputs)
        presets_json = json.dumps(presets)
        check = f"if (parent) document.getElementById('check-{self.lab}').click();"
        return f"(name, parent, ...values) => {{ {self.film}?.rememberKnobs({presets_json}, name, values); {check} }}"

    def _restore(self, link: dict[str, str]) -> list[Any]:
        """Fills the form as the address says that the page was opened with."""
        name = link.get("recipe", self.names[0])
        nothing = [gr.skip() for _ in (self.name, *self.groups, *self.knobs)]
        if name not in self.names:
            known = f"There is no recipe “{name[:40]}” in this lab; it has {', '.join(self.names)}."
            return [gr.update(value=known, visible=True), *nothing]
        try:
            chosen = recipe(name).changed(**linked(link.get("knobs", "")))
        except PlaygroundError as error:
            return [gr.update(value=str(error), visible=True), *nothing]
        return [gr.skip(), name, *self._filled(chosen)]

    def _choose(self, name: str) -> list[Any]:
        return self._filled(recipes().get(name) or recipe(self.names[0]))

    def _filled(self, chosen: Recipe) -> list[Any]:
        """What the groups and the knobs show for `chosen`."""
        updates: list[Any] = [gr.update(visible=what == chosen.what) for what in self.kinds]
        for what, form in self.forms.items():
            updates += form.values(chosen) if what == chosen.what else [gr.skip() for _ in form.inputs]
        return updates

    def _follow(self, place: dict[str, Any], request: gr.Request) -> list[Any]:
        """Fills the form with the knobs that trained the run that is looked at."""
        try:
            run = readable(self.context.store, str(place.get("run")), self._owner(request))
            filled = [run.info.name, *self._filled(run.recipe_at(int(place.get("step", 0))))]
        except PlaygroundError:  # gone meanwhile, or of another version
            return [gr.skip() for _ in (self.problem, *self.branch_parts, self.name, *self.groups, *self.knobs)]
        return [*_alone(), *filled]

    def _check(self, request: gr.Request, name: str, parent: str, *values: Any) -> tuple[Any, Any]:
        """Says of a branch, before it is begun, which knobs forbid it."""
        if not parent:
            return gr.skip(), gr.skip()
        try:
            knobs, owner = self._recipe(name, values), self._owner(request)
            checked(self.context.store, knobs, parent=_parent(parent), owner=owner)
        except PlaygroundError as error:
            return gr.update(value=str(error), visible=True), gr.update(interactive=False)
        return gr.update(visible=False), gr.update(interactive=True)

    def _branch(self, place: dict[str, Any], request: gr.Request) -> list[Any]:
        """Fills the form with the parent's knobs."""
        try:
            run = readable(self.context.store, str(place.get("run")), self._owner(request))
            step = run.nearest(int(place.get("step", 0)))
            chosen, note = branched(run, step, self.context.store.data)
            knobs = self._filled(chosen)
        except PlaygroundError as error:
            others = (*self.branch_parts, self.name, *self.groups, *self.knobs)
            return [gr.update(value=str(error), visible=True), *(gr.skip() for _ in others)]
        summary = f"Branches off **{run.id}** at step {step:,}: starts from these weights. {note}"
        parent = Parent(run=run.id, step=step).model_dump_json()
        return [
            gr.update(visible=False),
            parent,
            gr.update(visible=True, value=summary),
            gr.update(visible=True),
            gr.update(value="Branch from here", interactive=True),
            run.info.name,
            *knobs,
        ]

    def _train(self, request: gr.Request, name: str, parent: str, *values: Any) -> Sequence[Any]:
        try:
            run = launch(
                self.context.store,
                self.context.engine,
                name=name,
                recipe=self._recipe(name, values),
                device=self.context.device,
                parent=_parent(parent),
                owner=self._owner(request),
                limits=self.context.limits,
            )
        except PlaygroundError as error:
            return gr.update(value=str(error), visible=True), "", *(gr.skip() for _ in self.branch_parts)
        return gr.update(visible=False), run.id, *_no_branch()

    def _offer(self, request: gr.Request, brought: str, name: str, *chosen: str) -> dict[Any, Any]:
        """The visitor's own sets beside the registered ones.

        The one just brought is chosen for the recipe at hand, and what is no longer there is not. Whatever else is
        chosen stays unsaid: an address may fill the form while this is on its way.
        """
        own = own_sets(self.context).of(self.context.identity.visitor(request.cookies) or "nobody")
        updates: dict[Any, Any] = {}  # by component, since Gradio takes a list of one update for one component's value
        for (what, form), value in zip(self.forms.items(), chosen, strict=True):
            choices = form.offered(own)
            names = {name for _, name in choices}
            update: dict[str, Any] = gr.update(choices=choices)
            if what == recipe(name).what and brought in names:
                update["value"] = brought
            elif value not in names:
                update["value"] = form.start.data
            updates[form.components["data"]] = update
        return updates

    def _owner(self, request: gr.Request) -> str:
        """The visitor who pressed the button."""
        visitor = self.context.identity.visitor(request.cookies)
        if visitor is None:
            raise PlaygroundError("This browser sends no cookie, so its runs could not be its own; allow cookies.")
        return visitor

    def _recipe(self, name: str, values: Sequence[Any]) -> Recipe:
        """The recipe that the form of `name` says."""
        first = 0
        for what, form in self.forms.items():
            if what == recipe(name).what:
                return form.recipe(values[first : first + len(form.inputs)])
            first += len(form.inputs)
        raise PlaygroundError(f"The recipe “{name[:40]}” does not belong to this lab.")


def linked(text: str) -> dict[str, str]:
    """The knobs that an address names, `beta:4;latent:3`; in their values ";" and "%" are percent-encoded."""
    pairs = [pair.partition(":") for pair in text.split(";") if pair]
    return {knob: unquote(value) for knob, _, value in pairs}


def _parent(text: str) -> Parent | None:
    """What a branch goes on from, as the page keeps it."""
    try:
        return Parent.model_validate_json(text) if text else None
    except ValidationError:
        raise PlaygroundError("What the branch goes on from is not known; press Branch here again.") from None


def _no_branch() -> list[Any]:
    """What the parts about a branch show where there is none; new each time, since Gradio empties what it is given."""
    return ["", gr.update(visible=False), gr.update(visible=False), gr.update(value="Train", interactive=True)]


def _alone() -> list[Any]:
    """The same, and nothing to complain of."""
    return [gr.update(visible=False), *_no_branch()]
