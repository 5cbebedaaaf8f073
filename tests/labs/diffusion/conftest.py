"""Runs whose networks are not all zeros."""

import pytest
import torch


@pytest.fixture
def run(written):
    """A run of digits; its networks begin with zeros, see `wild`."""
    return written("diffusion-digits", guidance=1.0)


@pytest.fixture
def wild(context, run):
    """The network of its last snapshot with weights drawn anew, as views and routes see it."""
    network = context.networks.at(run, 10)
    rng = torch.Generator().manual_seed(1)
    for parameter in network.parameters():
        parameter.normal_(std=0.1, generator=rng)
    return network
