"""The image pool: discriminators are also shown what generators drew a while ago.

Shrivastava et al., "Learning from Simulated and Unsupervised Images through Adversarial Training", 2017 (arXiv
1612.07828), section 2.3; Zhu et al., 2017, section 4.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn


class ImagePool(nn.Module):
    """Keeps pictures; once it is full, half of those that come in are exchanged for older ones.

    What it holds is part of its state, so that a resumed run goes on with the same pictures.
    """

    def __init__(self, *, size: int, channels: int, side: int) -> None:
        """Has room for `size` pictures of `side` x `side` pixels; with no room, all pictures pass through."""
        super().__init__()
        self.register_buffer("kept", torch.zeros(size, channels, side, side))
        self.register_buffer("count", torch.tensor(0))

    kept: Tensor
    count: Tensor

    @torch.no_grad()
    def exchange(self, images: Tensor, rng: Generator) -> Tensor:
        """Takes in new pictures and gives as many back, each the new one or, half of the time, an older one.

        Args:
            images: (B, C, H, W), without a gradient.
            rng: Decides which older picture leaves, and whether one does.
        """
        size, batch = len(self.kept), len(images)
        if not size:
            return images
        swapped = (torch.rand(batch, generator=rng, device=images.device) < 0.5).tolist()
        places = torch.randint(size, (batch,), generator=rng, device=images.device).tolist()
        given = images.clone()
        for i, (swap, place) in enumerate(zip(swapped, places, strict=True)):
            count = int(self.count)
            if count < size:
                self.kept[count] = images[i]
                self.count += 1
            elif swap:
                given[i] = self.kept[place]
                self.kept[place] = images[i]
        return given
