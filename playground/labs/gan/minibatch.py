"""Minibatch standard deviation: the discriminator is told how much the images of a batch differ.

Karras et al., "Progressive Growing of GANs", 2017 (arXiv 1710.10196), section 3. A generator that has collapsed to a
few images gives itself away by it, though each image alone may look real.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.precision import full_precision

GROUP = 4
"""How many images, one after another in the batch, are compared with each other."""


class MinibatchDeviation(nn.Module):
    """Appends one channel that is constant over an image: the mean deviation within its group.

    In evaluation, where the score of an image must not depend on those that are scored together with it, the channel
    is the running mean of what training saw.

    Attributes:
        typical: That mean, a scalar.
    """

    typical: Tensor

    def __init__(self) -> None:
        """Has no weights."""
        super().__init__()
        self.register_buffer("typical", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C + 1, H, W)."""
        if self.training:
            deviation = mean_deviations(x)  # (B,)
            self.typical.lerp_(deviation.detach().mean().to(self.typical.dtype), 0.02)
        else:
            deviation = self.typical.expand(len(x))  # (B,)
        channel = deviation.to(x.dtype)[:, None, None, None].expand(-1, 1, *x.shape[2:])  # (B, 1, H, W)
        return torch.cat([x, channel], dim=1)  # (B, C + 1, H, W)


@full_precision
def mean_deviations(x: Tensor) -> Tensor:
    """Of each image of (B, C, H, W) the standard deviation within its group, averaged over features and places: (B,).

    Groups have `GROUP` images; where the batch is no multiple of it, the first ones have one more each.
    """
    groups = x.tensor_split(max(1, len(x) // GROUP))
    variances = torch.stack([group.var(dim=0, correction=0) for group in groups])  # (groups, C, H, W)
    means = (variances + 1e-8).sqrt().mean(dim=(1, 2, 3))  # (groups,)
    return torch.cat([mean.expand(len(group)) for mean, group in zip(means, groups, strict=True)])
