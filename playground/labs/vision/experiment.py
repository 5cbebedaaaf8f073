"""The view of experiments: recipes trained on equal terms, from several seeds. Every lab may offer it."""

from __future__ import annotations

from typing import Literal

from torch import nn

from playground.view import Options, View, option


class Compared(Options):
    """Which experiment is looked at, and how."""

    experiment: str = option("", "The experiment; where none is named, the first one.", max_length=81)
    metric: str = option("", "What is compared; where nothing is named, what matters most.", max_length=80)
    axis: Literal["best", "images", "seconds", "steps", "knob"] = option(
        "best",
        "What the arms are given as much of: a method that learns more from each example may take longer for it.",
        label="Along",
        names={
            "best": "what fits best",
            "images": "examples seen",
            "seconds": "seconds of training",
            "steps": "steps",
            "knob": "the knob that differs",
        },
    )


EXPERIMENT = View(
    name="experiment",
    title="Experiments",
    question="Which one learns better?",
    about="Recipes trained from several seeds on the same data and budget. Each curve is a mean over seeds, in its "
    "95 % bootstrap interval, of three seeds hardly more than their range: where two intervals overlap, the seed may "
    "have decided.",
    needs=nn.Module,
    painter="vision/experiment.js",
    options=Compared,
)
