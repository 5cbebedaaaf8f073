"""SimCLR as lightly has it, plainly trained: the baseline of our representations."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import torch
from PIL import Image
from torch import Generator, Tensor, nn

from playground.compat import torchvision_operators
from playground.labs.selfsupervised.representation import Encoder

MEAN, DEVIATION = 0.5, 0.5
"""So that lightly's views lie in [-1, 1], as our encoders are fed."""


def simclr(
    images: Tensor,
    encoder: Encoder,
    *,
    seconds: float,
    seed: int,
    rate: float = 0.06,
    adam: bool = False,
    batch_size: int = 128,
    max_steps: int | None = None,
) -> nn.Module:
    """Trains an encoder with lightly's transform, projection head and loss, and gives it back in evaluation mode.

    Two views, colors jittered by half of SimCLR's strength, no blur, temperature 0.5, and SGD with momentum 0.9 and
    weight decay 5e-4, as in lightly's benchmark on CIFAR-10, or Adam instead; the learning rate falls as a cosine over
    the time. Views are drawn image by image, as the library does it, and that counts as time.

    Args:
        images: (N, 3, H, W), uint8.
        encoder: A fresh one.
        seconds: How long it trains.
        seed: Of head, batches and views.
        rate: The peak learning rate; 0.06 is the benchmark's, for SGD.
        adam: Adam instead of SGD.
        batch_size: Images a step.
        max_steps: Ends the training after so many steps, if the time is not up before.
    """
    torchvision_operators()
    from lightly.loss import NTXentLoss
    from lightly.models.modules import SimCLRProjectionHead
    from lightly.transforms import SimCLRTransform

    normalize = {"mean": [MEAN] * 3, "std": [DEVIATION] * 3}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transform: Any = SimCLRTransform(
            input_size=images.shape[-1], cj_strength=0.5, gaussian_blur=0.0, normalize=normalize
        )
        width = encoder.num_features
        head = SimCLRProjectionHead(width, width, 128)
        loss_of = NTXentLoss(temperature=0.5)
        parameters = [*encoder.parameters(), *head.parameters()]
        optimizer: torch.optim.Optimizer = (
            torch.optim.Adam(parameters, lr=rate)
            if adam
            else torch.optim.SGD(parameters, lr=rate, momentum=0.9, weight_decay=5e-4)
        )
        encoder.train()
        start = time.perf_counter()
        for step, rows in enumerate(_epochs(len(images), batch_size, Generator().manual_seed(seed))):
            spent = (time.perf_counter() - start) / seconds
            if spent >= 1 or step == max_steps:
                break
            for group in optimizer.param_groups:
                group["lr"] = rate * 0.5 * (1 + math.cos(spent * math.pi))
            pictures = [Image.fromarray(one) for one in images[rows].permute(0, 2, 3, 1).numpy()]
            views = [torch.stack(view) for view in zip(*map(transform, pictures), strict=True)]  # 2 x (B, 3, H, W)
            first, second = (head(encoder.features(view)) for view in views)  # (B, 128) each
            optimizer.zero_grad()
            loss_of(first, second).backward()
            optimizer.step()
    return encoder.eval()


def _epochs(examples: int, size: int, rng: Generator) -> Iterator[Tensor]:
    """Rows (size,) of shuffled epochs, without end."""
    while True:
        yield from (rows for rows in torch.randperm(examples, generator=rng).split(size) if len(rows) == size)
