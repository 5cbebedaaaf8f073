"""A small classifier that is trained while one looks, round by round.

Muon teaches it within seconds on one CPU core (`playground/optim.py`), and any answer can be gone on from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.batch_norm import remeasure
from playground.data import unit
from playground.optim import hidden, muon_and_adamw
from playground.randomness import ambient

WARM_UP = 10
"""Steps in which the learning rate rises."""
RATE, DECAY = 0.01, 0.01
"""The largest learning rate, and the weight decay."""
MEASURED = 4
"""Batches that the norms' means and variances are measured on, once a round has ended."""
BATCH = 200
"""How many images go through it at once when it is asked."""

Network = TypeVar("Network", bound=nn.Module)


class Learner(Generic[Network]):
    """A classifier part way through its training.

    Attributes:
        network: In evaluation mode.
        masks: Of some weights by name, bool: those that are trained, while the others of them stay zero.
    """

    def __init__(
        self,
        build: Callable[[], Network],
        state: Mapping[str, Tensor] | None = None,
        *,
        rounds: int,
        masks: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Begins with the same weights each time, or goes on from what `state` gave; all takes so many `rounds`."""
        with ambient(0, torch.device("cpu")):
            self.network = build().eval()
        self.rounds, self.masks = rounds, masks or {}
        rates = {"lr": RATE, "weight_decay": DECAY}
        self.optimizers = muon_and_adamw(self.network, hidden(self.network), **rates, fused=True)
        self._peaks = [[group["lr"] for group in one.param_groups] for one in self.optimizers]
        self._masked = [(self.network.get_parameter(name), mask) for name, mask in self.masks.items()]
        self._hide()
        if state is not None:
            self._resume(state)

    @torch.no_grad()
    def _hide(self) -> None:
        for weight, mask in self._masked:
            weight.mul_(mask)

    def _mask(self, weight: Tensor) -> Tensor | None:
        return next((mask for one, mask in self._masked if one is weight), None)

    def _of(self, number: int) -> list[Tensor]:
        """The parameters of an optimizer, as its state counts them."""
        return [parameter for group in self.optimizers[number].param_groups for parameter in group["params"]]

    def _resume(self, state: Mapping[str, Tensor]) -> None:
        shapes = self.network.state_dict()
        weights = {name: _unpacked(state[f"network.{name}"], self.masks.get(name)) for name in shapes}
        self.network.load_state_dict(weights)
        for number, optimizer in enumerate(self.optimizers):
            slots: dict[int, dict[str, Tensor]] = {}
            for key, value in state.items():
                if key.startswith(f"optimizer.{number}."):
                    _, _, parameter, slot = key.split(".")
                    mask = self._mask(self._of(number)[int(parameter)])
                    slots.setdefault(int(parameter), {})[slot] = _unpacked(value, mask if value.ndim else None)
            optimizer.load_state_dict({**optimizer.state_dict(), "state": slots})

    def state(self) -> dict[str, Tensor]:
        """All that it takes to go on, but what masks hide: weights, and what the optimizers remember."""
        tensors = {
            f"network.{name}": _packed(value.detach(), self.masks.get(name))
            for name, value in self.network.state_dict().items()
        }
        for number, optimizer in enumerate(self.optimizers):
            for parameter, slots in optimizer.state_dict()["state"].items():
                mask = self._mask(self._of(number)[parameter])
                for slot, value in slots.items():
                    tensors[f"optimizer.{number}.{parameter}.{slot}"] = _packed(value, mask if value.ndim else None)
        return tensors

    def learn(self, round: int, batches: Sequence[tuple[Tensor, Tensor]]) -> None:
        """One round, from 1, of as many batches as all have: images (B, C, H, W), uint8, and labels (B,), int64.

        Drop-out is left out, since what it draws would depend on what else the process draws.
        """
        recent: deque[Tensor] = deque(maxlen=MEASURED)
        self.network.train()
        for layer in self.network.modules():
            if isinstance(layer, nn.Dropout):
                layer.eval()
        for step, (images, labels) in enumerate(batches, (round - 1) * len(batches)):
            share = min(1, (step + 1) / WARM_UP) * (1 - step / (self.rounds * len(batches)))
            for optimizer, peaks in zip(self.optimizers, self._peaks, strict=True):
                for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                    group["lr"] = share * peak
            with torch.enable_grad():
                loss = F.cross_entropy(self.network(unit(images)), labels)
                self.network.zero_grad()
                loss.backward()
            for weight, mask in self._masked:
                if weight.grad is not None:
                    weight.grad.mul_(mask)
            for optimizer in self.optimizers:
                optimizer.step()
            self._hide()  # Muon's steps go everywhere
            recent.append(images)
        remeasure(self.network, map(unit, recent))

    @torch.no_grad()
    def logits(self, images: Tensor) -> Tensor:
        """Images (N, C, H, W), uint8, to logits (N, classes)."""
        return torch.cat([self.network(unit(part)) for part in images.split(BATCH)])


def before(options: Any, first: int = 0) -> Any:
    """The options with the round before; None for the first."""
    return options.model_copy(update={"round": options.round - 1}) if options.round > first else None


def _packed(value: Tensor, mask: Tensor | None) -> Tensor:
    return value.clone() if mask is None else value[mask]


def _unpacked(value: Tensor, mask: Tensor | None) -> Tensor:
    if mask is None:
        return value.clone()
    whole = torch.zeros_like(mask, dtype=value.dtype)
    whole[mask] = value
    return whole
