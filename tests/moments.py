"""Moments of a training that is only thought of."""

import torch

from playground.objective import Moment


def moment(step=0, *, progress=0.0, seed=0):
    """The moment of one step; as in a training, its randomness depends on the seed and the step alone."""
    return Moment(step, progress, torch.Generator().manual_seed(seed + step))
