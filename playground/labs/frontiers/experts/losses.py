"""What keeps all experts in use, and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim import Optimizer

from playground.labs.frontiers.experts.mixture import Routing, balance, z_loss
from playground.labs.frontiers.experts.network import RoutedNetwork
from playground.objective import Terms
from playground.optim import hidden, muon_and_adamw


@dataclass(frozen=True)
class RouterLosses:
    """What the losses of the routers weigh, each a mean over routers.

    Attributes:
        balance: Of the load-balancing loss.
        z_loss: Of the z-loss.
    """

    balance: float
    z_loss: float

    def added(self, terms: Terms, found: Sequence[Routing]) -> Terms:
        """Terms with a "loss", and what the routings of a batch add.

        The "objective" that is minimized, both losses, the share of choices that found no room, and the loads:
        "load_1" (experts,) is of the first router, and so on.
        """
        even = torch.stack([balance(routing) for routing in found]).mean()
        size = torch.stack([z_loss(routing) for routing in found]).mean()
        dropped = torch.stack([1 - routing.kept.float().mean() for routing in found]).mean()
        return {
            **terms,
            "objective": terms["loss"] + self.balance * even + self.z_loss * size,
            "balance": even,
            "z_loss": size,
            "dropped": dropped,
            **{f"load_{number}": routing.load for number, routing in enumerate(found, 1)},
        }


def spread(loads: Tensor, top: int) -> dict[str, float]:
    """How the choices of all tokens are spread over experts, each of the router where it is worst.

    Args:
        loads: (routers, experts), shares that sum to 1.
        top: How many experts a token asks.

    Returns:
        "least" and "most" are the loads of the experts that are asked least and most, as multiples of an equal share;
        "used" is how many are asked for at least a hundredth of the tokens.
    """
    equal = loads * loads.shape[1]
    used = (loads * top >= 0.01).sum(dim=1)
    return {"least": float(equal.min()), "most": float(equal.max()), "used": float(used.min())}


def optimizers(network: RoutedNetwork, *, lr: float, weight_decay: float) -> list[Optimizer]:
    """Muon for hidden matrices, AdamW for the rest and for the routers: Muon would move all experts' scores alike."""
    routers = {id(router.score.weight) for router in network.routers}
    matrices = [matrix for matrix in hidden(network) if id(matrix) not in routers]
    return muon_and_adamw(network, matrices, lr=lr, weight_decay=weight_decay, fused=True)
