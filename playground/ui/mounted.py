"""How an element of our own comes onto the page."""

from __future__ import annotations

from html import escape

import gradio as gr


def mounted(tag: str, *, area: str = "", **attributes: str) -> gr.HTML:
    """A custom element, which the module that defines `tag` fills; `area` is its place in the grid of a lab."""
    rendered = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    classes = ["area", f"area-{area}"] if area else None
    html = f'<{tag} class="part"{rendered}></{tag}>'
    return gr.HTML(html, js_on_load=None, apply_default_css=False, elem_classes=classes)
