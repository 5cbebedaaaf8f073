"""The run bar of a tab, and how an element of our own comes onto the page."""

from __future__ import annotations

import gradio as gr


def mounted(tag: str, markup: str = "", **attributes: str) -> gr.HTML:
    """A custom element; the module that defines `tag` fills it, or makes the `markup` within it interactive."""
    rendered = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return gr.HTML(f'<{tag} class="part"{rendered}>{markup}</{tag}>', js_on_load=None, apply_default_css=False)


def film_bar(lab: str) -> gr.HTML:
    """The run bar."""
    return mounted("film-bar", lab=lab)
