"""Diffusion in the plane: the recipe of the moons in few steps, its networks, and an exact denoiser in their place."""

import torch
from torch import nn

from playground.data import packs
from playground.labs import recipe
from playground.labs.diffusion.points import exact_denoiser
from playground.runs.events import Evaluated, Snapshot
from training.loop import walk
from training.trainer import prepared

PLACE = torch.tensor([[0.4, -0.7]])


def chosen(steps=100, **knobs):
    return recipe("point-diffusion-moons").changed(seconds=None, steps=steps, **knobs)


def trained(steps=100, **knobs):
    """The network after a training, and its last evaluation."""
    wanted = chosen(steps, **knobs)
    events = [*walk(prepared(wanted, wanted.load(packs)))]
    last = [event for event in events if isinstance(event, Snapshot)][-1]
    network = wanted.network(None, **last.shape)
    network.load_state_dict(last.weights)
    network.requires_grad_(False)
    return network, next(event.values for event in events if isinstance(event, Evaluated) and event.final)


def untrained(**knobs):
    torch.manual_seed(0)
    wanted = chosen(**knobs)
    return wanted.build(wanted.load(packs)).eval()


class Exact(nn.Module):
    """An exact denoiser where a network stands."""

    def __init__(self, data):
        super().__init__()
        self.denoise = exact_denoiser(data)

    def forward(self, x, sigma, condition=None):
        return self.denoise(x, sigma, condition)


def moons(n=1024):
    return packs.load("moons").train["points"][:n]
