"""What people call the numbers that trainings and evaluations report."""

from __future__ import annotations

from typing import Any


class Share(str):
    """What people call a number from 0 to 1 that is a share of a whole; the page tells it in percent."""


LABELS = {
    "loss": "Loss",
    "accuracy": Share("Accuracy"),
    "fid": "Realism (FID)",
    "kid": "Realism (KID)",
    "precision": Share("Precision"),
    "recall": Share("Recall"),
    "score": "Sure and varied (Inception-style score)",
    "copied": Share("Nearer to a training picture than held-out ones are"),
    "classes": "Classes covered",
    "as_asked": Share("Right class"),
    "as_asked_real": Share("Right of real pictures"),
    "linear_probe": Share("Linear probe"),
}
"""By a metric's name, or what stands before the name of the run in whose features it is measured: `fid_cnn-fashion`."""


def of_attributes(spec: Any) -> dict[str, str]:
    """What the shares of generated pictures that have the attributes that were asked for are called."""
    return {f"as_asked/{one.name}": Share(f"Right {one.name}") for one in getattr(spec, "attributes", ())}
