"""How a lab comes onto the page: its stage, its side panel and its transport."""

from __future__ import annotations

import json

import gradio as gr

from playground.labs import lessons, views
from playground.ui.mounted import mounted


def lab(name: str) -> None:
    """Puts the parts of a lab on the page, where it is made."""
    declared = json.dumps([view.declared() for view in views().get(name, {}).values()])
    cards = [card.declared() for card in lessons().get(name, ())]
    sections = ["inspect", "train", *(["lesson"] if cards else [])]
    with gr.Column(elem_classes="lab"):
        mounted("lab-stage", area="stage", lab=name, views=declared)
        with gr.Column(elem_classes=["area", "area-panel"]):
            mounted("lab-panel", lab=name, sections=" ".join(sections))
            mounted("train-form", lab=name)
            if cards:
                mounted("lab-lesson", lab=name, cards=json.dumps(cards))
        mounted("film-transport", area="transport", lab=name)
