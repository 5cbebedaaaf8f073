"""A shadow with other tensors: the network that it is of keeps its own."""

import pytest
import torch
from torch import nn

from playground.shadow import replaced


class Shifts(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("shift", torch.tensor(1.0))
        self.inner = nn.Linear(1, 1)

    def forward(self, x):
        return self.scale * x + self.shift


def test_parameters_and_buffers_are_replaced_in_the_shadow_alone():
    network = Shifts()
    other = replaced(network, {"scale": torch.tensor(10.0), "shift": torch.tensor(5.0)})
    assert other(torch.tensor(3.0)) == 35 and network(torch.tensor(3.0)) == 7
    assert other.inner.weight is network.inner.weight
    assert dict(network.named_parameters())["scale"].item() == 2


def test_those_of_submodules_are_replaced_by_their_paths():
    network = nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1))
    weight = torch.tensor([[3.0, 4.0]])
    other = replaced(network, {"0.weight": weight})
    assert torch.equal(other[0](torch.eye(2)), weight.T + network[0].bias)
    assert not torch.equal(network[0].weight, weight) and other[1].weight is network[1].weight


def test_a_name_that_it_lacks_is_refused():
    with pytest.raises(AttributeError, match="Shifts has no parameter or buffer “inner”"):
        replaced(Shifts(), {"scale": torch.zeros(1), "inner": torch.zeros(1)})
