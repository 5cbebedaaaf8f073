"""What people call the numbers that trainings and evaluations report."""

from __future__ import annotations

LABELS = {
    "loss": "Loss",
    "accuracy": "Accuracy",
    "fid": "Realism (FID)",
    "kid": "Realism (KID)",
    "precision": "Precision",
    "recall": "Recall",
    "as_asked": "Right class",
}
"""By a metric's name, or what stands before the name of the run in whose features it is measured: `fid_cnn-fashion`."""
