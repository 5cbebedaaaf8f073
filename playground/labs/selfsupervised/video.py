"""A video encoder: the vision lab's convolutional network, whose first layer sees a few frames at once as channels.

Karpathy et al., "Large-scale Video Classification with Convolutional Neural Networks", 2014 (CVPR), call this early
fusion: what moves is told apart by the first filters, which is quick, and enough for motion from frame to frame.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.selfsupervised.representation import ClipEncoder, Representation
from playground.labs.vision.cnn import ConvolutionalNetwork


class VideoEncoder(ClipEncoder):
    """An encoder of a few frames, the projector that a contrastive loss sees through, and a decoder of its maps.

    Attributes:
        representation: The encoder and the projector.
        decoder: Linear, from the features of a place to its square of pixels in each frame.
    """

    def __init__(self, *, frames: int, channels: int, width: int, depth: int, embedding: int) -> None:
        """Frames have sides that the encoder's `shrink` divides; `width` and `depth` are the encoder's, see there."""
        super().__init__()
        encoder = ConvolutionalNetwork(channels=frames * channels, classes=0, width=width, depth=depth)
        self.frames, self.num_features = frames, encoder.num_features
        self.representation = Representation(encoder=encoder, embedding=embedding)
        self.decoder = nn.Conv2d(encoder.num_features, encoder.shrink**2 * frames * channels, kernel_size=1)

    @property
    def blocks(self) -> nn.Module:
        """The encoder's hidden layers, whose matrices are Muon's."""
        return self.representation.encoder.blocks

    def maps(self, clips: Tensor) -> Tensor:
        """T frames (B, T, C, H, W) in [-1, 1] to the features of each place, (B, F, H / 4, W / 4)."""
        encoder = self.representation.encoder
        assert isinstance(encoder, ConvolutionalNetwork)
        return encoder.maps(clips.flatten(1, 2))

    def features(self, clips: Tensor) -> Tensor:
        """The mean of the maps over places, (B, num_features)."""
        return self.maps(clips).mean(dim=(2, 3))

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """T frames (B, T, C, H, W) in [-1, 1] to what the two losses see.

        Returns:
            The embeddings, (B, embedding), and the frames as the decoder gives them, (B, T, C, H, W).
        """
        maps = self.maps(clips)  # (B, F, h, w)
        frames = F.pixel_shuffle(self.decoder(maps), ConvolutionalNetwork.shrink)  # (B, T C, H, W)
        return self.representation.projector(maps.mean(dim=(2, 3))), frames.unflatten(1, clips.shape[1:3])


def windows(clips: Tensor, length: int, gap: int, rng: torch.Generator) -> Tensor:
    """Two windows of each clip (B, T, C, H, W), the second of which begins `gap` frames after the first.

    The first begins anywhere, in all clips at the same frame.

    Returns:
        (2, B, length, C, H, W).
    """
    begin = int(torch.randint(clips.shape[1] - gap - length + 1, (1,), generator=rng, device=rng.device))
    return torch.stack([clips[:, start : start + length] for start in (begin, begin + gap)])
