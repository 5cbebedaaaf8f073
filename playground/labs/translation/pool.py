"""The image pool: a history of generated images for the discriminators.

Shrivastava et al., "Learning from Simulated and Unsupervised Images through Adversarial Training", 2017 (arXiv
1612.07828), section 2.3; Zhu et al., 2017, section 4.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn


class ImagePool(nn.Module):
    """A buffer of images; once it is full, half of those that come in are exchanged for older ones.

    Its content is part of the state, so that a resumed run goes on with the same images.
    """

    def __init__(self, *, size: int, channels: int, side: int) -> None:
        """Holds `size` images of `side` x `side` pixels; with a size of 0, all images pass through."""
        super().__init__()
        self.register_buffer("images", torch.zeros(size, channels, side, side))
        self.register_buffer("count", torch.tensor(0))

    images: Tensor
    count: Tensor

    @torch.no_grad()
    def exchange(self, images: Tensor, rng: Generator) -> Tensor:
        """Takes in new images and returns as many, each the new one or, half of the time, an older one.

        Args:
            images: (B, C, H, W), without a gradient.
            rng: Decides which older image leaves, and whether one does.
        """
        size, batch = len(self.images), len(images)
        if not size:
            return images
        swapped = (torch.rand(batch, generator=rng, device=images.device) < 0.5).tolist()
        places = torch.randint(size, (batch,), generator=rng, device=images.device).tolist()
        output = images.clone()
        for i, (swap, place) in enumerate(zip(swapped, places, strict=True)):
            count = int(self.count)
            if count < size:
                self.images[count] = images[i]
                self.count += 1
            elif swap:
                output[i] = self.images[place]
                self.images[place] = images[i]
        return output
