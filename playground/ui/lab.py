"""How a lab comes onto the page: its stage, its side panel and its transport."""

from __future__ import annotations

import json
from types import ModuleType

import gradio as gr

from playground.labs import views
from playground.ui.context import Context
from playground.ui.mounted import mounted
from playground.ui.train import TrainPanel


def lab(context: Context, page: gr.Blocks, name: str, tab: ModuleType) -> None:
    """Puts the parts of a lab on `page`, where it is made; `tab` says what the lab is called and holds its lesson."""
    declared = json.dumps([view.declared() for view in views().get(name, {}).values()])
    with gr.Column(elem_classes="lab"):
        mounted("lab-stage", area="stage", lab=name, views=declared)
        with gr.Column(elem_classes=["area", "area-panel"]):
            mounted("lab-panel", lab=name)
            TrainPanel(context, name, page)
            gr.Markdown(tab.LESSON.read_text(encoding="utf-8"), elem_classes="lesson")
        mounted("film-transport", area="transport", lab=name)
