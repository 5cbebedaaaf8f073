"""Muon, an optimizer for the matrices and kernels of hidden layers, in the arithmetic that the device is fast at.

Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024. The update is `torch.optim.Muon`'s; two
things differ. Matrices of one shape are orthogonalized together, as one stack: small ones are bound by calls rather
than by arithmetic. And the iteration runs in float32 unless bfloat16 is clearly faster: a processor that has no
bfloat16 arithmetic emulates it, an order of magnitude slower.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

Arithmetic = Literal["float32", "bfloat16"]
"""The number format of the Newton-Schulz iteration; parameters and momentum keep theirs."""
DTYPES: dict[Arithmetic, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5
"""After five steps every singular value that began at 0.003 of the norm or more lies between 0.68 and 1.21."""
EPS = 1e-7
RATE = 10
"""Muon asks for a learning rate about so many times AdamW's."""
CLEARLY = 2.5
"""How many times faster bfloat16 must be to be chosen.

Far from the 1.3 to 1.8 measured on a processor with AVX-512 and bfloat16: near the limit noise would decide,
and equal runs differ.
"""


class Muon(Optimizer):
    """Momentum, orthogonalized: every update has singular values of about 1, whatever the gradient's are."""

    def __init__(
        self,
        params: Iterable[Tensor],
        *,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        arithmetic: Arithmetic | None = None,
    ) -> None:
        """Takes matrices and kernels.

        Args:
            params: Parameters of two dimensions or more, all on one device; a kernel (out, in, k, k) counts as the
                matrix (out, in * k * k).
            lr: The step's size, 0 or more; times sqrt(rows / columns) for matrices that are taller than wide.
            weight_decay: What part of a weight is lost in a step, as a multiple of `lr`.
            momentum: How much of the running mean of the gradients is kept, from 0 to below 1.
            nesterov: Whether the newest gradient counts once more.
            arithmetic: Of the iteration; None takes what `fast_arithmetic` finds. It is kept in `param_groups`, so a
                state that is loaded goes on in the arithmetic that it was saved with.

        Raises:
            ValueError: When a number is out of its range, or a parameter has fewer than two dimensions.
        """
        if lr < 0 or weight_decay < 0 or not 0 <= momentum < 1:
            raise ValueError(
                f"lr and weight_decay are 0 or more, momentum is in [0, 1); got {lr}, {weight_decay}, {momentum}"
            )
        matrices = list(params)
        for matrix in matrices:
            if matrix.ndim < 2:
                raise ValueError(f"Muon takes matrices and kernels, not a parameter of shape {tuple(matrix.shape)}")
        if arithmetic is None and matrices:
            arithmetic = fast_arithmetic(matrices[0].device)
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov}
        super().__init__(matrices, defaults | {"arithmetic": arithmetic})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One update of every parameter that has a gradient; `closure`, if given, computes the loss and gradients."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            matrices = [matrix for matrix in group["params"] if matrix.grad is not None]
            if not matrices:
                continue
            gradients = [matrix.grad for matrix in matrices]
            for matrix in matrices:
                if not self.state[matrix]:
                    self.state[matrix]["momentum_buffer"] = torch.zeros_like(matrix)
            means = [self.state[matrix]["momentum_buffer"] for matrix in matrices]
            torch._foreach_lerp_(means, gradients, 1 - group["momentum"])
            updates = torch._foreach_lerp(gradients, means, group["momentum"]) if group["nesterov"] else means
            torch._foreach_mul_(matrices, 1 - group["lr"] * group["weight_decay"])
            updates = orthogonalized([update.flatten(1) for update in updates], group["arithmetic"])
            for matrix, update in zip(matrices, updates, strict=True):
                rows, columns = update.shape
                matrix.add_(update.reshape(matrix.shape), alpha=-group["lr"] * math.sqrt(max(1, rows / columns)))
        return loss


def hidden(network: nn.Module) -> list[nn.Parameter]:
    """The matrices inside every submodule of a network that is called `blocks`: those that Muon is for."""
    blocks = [module for name, module in network.named_modules() if name.rpartition(".")[2] == "blocks"]
    matrices = [parameter for module in blocks for parameter in module.parameters() if parameter.ndim == 2]
    return list({id(matrix): matrix for matrix in matrices}.values())


def muon_and_adamw(
    network: nn.Module, hidden: Iterable[Tensor], *, lr: float, weight_decay: float, **adamw: Any
) -> list[Optimizer]:
    """Muon for the `hidden` matrices and kernels of a network, if there are any, and AdamW for all other parameters.

    Parameters that are one number, such as a learned temperature, do not decay.

    Args:
        network: All that is trained, and parts that ask for no gradient, such as a teacher, which are left alone.
        hidden: Those of its parameters that lead from features to features.
        lr: AdamW's learning rate; Muon's is `RATE` times as high.
        weight_decay: Of both, as a multiple of the learning rate.
        adamw: Further arguments of AdamW.
    """
    matrices = {id(matrix): matrix for matrix in hidden}
    rest = [one for one in network.parameters() if one.requires_grad and id(one) not in matrices]
    numbers = [one for one in rest if not one.ndim]
    groups: list[dict[str, Any]] = [{"params": [one for one in rest if one.ndim]}]
    if numbers:
        groups.append({"params": numbers, "weight_decay": 0.0})
    optimizers: list[Optimizer] = [AdamW(groups, lr=lr, weight_decay=weight_decay, **adamw)]
    if matrices:
        optimizers.insert(0, Muon(matrices.values(), lr=RATE * lr, weight_decay=weight_decay))
    return optimizers


def orthogonalized(matrices: Sequence[Tensor], arithmetic: Arithmetic) -> list[Tensor]:
    """Matrices of any shapes, each with its singular values moved to about 1 and its singular vectors kept.

    They are laid on their side where they are taller than wide, and those of equal shape stacked.
    """
    wide = [matrix.mT if matrix.shape[0] > matrix.shape[1] else matrix for matrix in matrices]
    results: list[Tensor] = list(wide)
    for shape in dict.fromkeys(matrix.shape for matrix in wide):
        positions = [position for position, matrix in enumerate(wide) if matrix.shape == shape]
        stack = newton_schulz(
            torch.stack([wide[position] for position in positions]), DTYPES[arithmetic]
        )  # (n, rows, columns)
        for position, matrix in zip(positions, stack, strict=True):
            results[position] = matrix
    return [x.mT if matrix.shape[0] > matrix.shape[1] else x for x, matrix in zip(results, matrices, strict=True)]


def newton_schulz(stack: Tensor, dtype: torch.dtype, steps: int = STEPS) -> Tensor:
    """The quintic iteration X <- a X + b (X X^T) X + c (X X^T)^2 X on a stack (n, rows, columns) of wide matrices.

    It starts from X / |X|, so that no singular value is above 1; the result has the type `dtype`.
    """
    a, b, c = COEFFICIENTS
    x = (stack / stack.norm(dim=(1, 2), keepdim=True).clamp(min=EPS)).to(dtype)
    for _ in range(steps):
        gram = x @ x.mT  # (n, rows, rows)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


@cache
def fast_arithmetic(device: torch.device) -> Arithmetic:
    """Bfloat16 where a step of the iteration is clearly faster in it on this device, else float32.

    It is measured once in a process for each device, by the fastest of five turns at a stack of a typical size: about
    50 ms where bfloat16 is emulated, far less elsewhere.
    """
    stack = torch.eye(96, 384, device=device).expand(4, -1, -1)
    fastest: dict[Arithmetic, float] = dict.fromkeys(DTYPES, math.inf)
    for turn in range(6):
        for arithmetic, dtype in DTYPES.items():
            seconds = _seconds(stack, dtype)
            if turn:  # the first one also compiles and allocates
                fastest[arithmetic] = min(fastest[arithmetic], seconds)
    return "bfloat16" if fastest["float32"] > CLEARLY * fastest["bfloat16"] else "float32"


def _seconds(stack: Tensor, dtype: torch.dtype) -> float:
    """How long one step of the iteration takes, until its last number is there."""
    start = time.perf_counter()
    newton_schulz(stack, dtype, steps=1)[0, 0, 0].item()
    return time.perf_counter() - start
