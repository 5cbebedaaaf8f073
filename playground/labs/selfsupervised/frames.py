"""Prediction of future frames by convolutions alone: no recurrence, all of the future at once.

Gao et al., "SimVP: Simpler yet Better Video Prediction", 2022 (arXiv 2206.05099): an encoder of single frames, a
translator that sees the codes of all of them as channels of one image, and a decoder of single frames, which is also
shown what the encoder's first layer saw. Here that is of the newest frame, and what is predicted is the change from it:
what stands still need not be learned. The translator's blocks are those of Tan et al., "SimVP: Towards Simple yet
Powerful Spatiotemporal Predictive Learning", 2022 (arXiv 2211.12509), equations 6 to 8, with a kernel without holes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.selfsupervised.representation import ClipEncoder
from playground.labs.vision.convolution import MatrixConv2d

SHRINK = 2
"""A code has half of a frame's height and width."""


def convolution(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    """A convolution of 3 x 3, normalized over groups of channels of one frame."""
    conv = nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1)
    return nn.Sequential(conv, nn.GroupNorm(2, outputs), nn.SiLU())


def upsampling(inputs: int, outputs: int) -> nn.Sequential:
    """Twice the height and width; each channel of a pixel becomes four pixels (Shi et al., 2016, arXiv 1609.05158)."""
    conv = nn.Conv2d(inputs, 4 * outputs, kernel_size=3, padding=1)
    return nn.Sequential(conv, nn.PixelShuffle(2), nn.GroupNorm(2, outputs), nn.SiLU())


class GatedAttention(nn.Module):
    """x * gate, both from one large kernel: depthwise 5 x 5, then 7 x 7, then 1 x 1 (equations 6 and 7)."""

    def __init__(self, *, width: int) -> None:
        """`width` channels come in and go out."""
        super().__init__()
        self.near = nn.Conv2d(width, width, kernel_size=5, padding=2, groups=width)
        self.far = nn.Conv2d(width, width, kernel_size=7, padding=3, groups=width)
        self.mix = MatrixConv2d(inputs=width, outputs=2 * width, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, h, w) to the same shape."""
        value, gate = self.mix(self.far(self.near(x))).chunk(2, dim=1)
        return value * gate.sigmoid()


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x)), over the codes of all frames at once (equation 8)."""

    def __init__(self, *, width: int) -> None:
        """`width` channels are those of all frames."""
        super().__init__()
        self.norm1 = nn.GroupNorm(1, width)
        self.enter = MatrixConv2d(inputs=width, outputs=width, kernel_size=1)
        self.attention = GatedAttention(width=width)
        self.leave = MatrixConv2d(inputs=width, outputs=width, kernel_size=1)
        self.norm2 = nn.GroupNorm(1, width)
        self.widen = MatrixConv2d(inputs=width, outputs=2 * width, kernel_size=1)
        self.narrow = MatrixConv2d(inputs=2 * width, outputs=width, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, h, w) to the same shape."""
        x = x + self.leave(self.attention(F.gelu(self.enter(self.norm1(x)))))
        return x + self.narrow(F.gelu(self.widen(self.norm2(x))))


class FramePredictor(ClipEncoder):
    """The next frames of a clip, as many as it is given."""

    def __init__(self, *, frames: int, channels: int, width: int = 12, hidden: int = 48, depth: int = 3) -> None:
        """`width` is the channels of the first layer, `hidden` those of the translator, `depth` its blocks."""
        super().__init__()
        self.frames, self.num_features = frames, hidden
        self.first = convolution(channels, width)
        self.encoder = convolution(width, 2 * width, stride=SHRINK)
        self.enter = nn.Conv2d(2 * width * frames, hidden, kernel_size=1)
        self.blocks = nn.Sequential(*[Block(width=hidden) for _ in range(depth)])
        self.leave = nn.Conv2d(hidden, 2 * width * frames, kernel_size=1)
        self.decoder = upsampling(2 * width, width)
        self.last = nn.Sequential(convolution(2 * width, width), nn.Conv2d(width, channels, kernel_size=1))

    def encode(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Clips (B, T, C, H, W) in [-1, 1] to what the first layer sees and to codes.

        Returns:
            (B T, width, H, W) and (B, T 2 width, H / 2, W / 2).
        """
        seen = self.first(clips.flatten(0, 1))  # (B T, width, H, W)
        codes = self.encoder(seen)  # (B T, 2 width, H/2, W/2)
        return seen, codes.unflatten(0, (len(clips), self.frames)).flatten(1, 2)

    def features(self, clips: Tensor) -> Tensor:
        """What the translator makes of T frames (B, T, C, H, W) in [-1, 1], its mean over places, (B, hidden)."""
        return self.blocks(self.enter(self.encode(clips)[1])).mean(dim=(2, 3))

    def forward(self, clips: Tensor) -> Tensor:
        """T frames (B, T, C, H, W) in [-1, 1] to the T that follow, in the same shape."""
        seen, codes = self.encode(clips)
        future = self.leave(self.blocks(self.enter(codes)))  # (B, T 2 width, H/2, W/2)
        future = self.decoder(future.unflatten(1, (self.frames, -1)).flatten(0, 1))  # (B T, width, H, W)
        newest = seen.unflatten(0, clips.shape[:2])[:, -1:].expand(-1, self.frames, -1, -1, -1)  # (B, T, width, H, W)
        change = self.last(torch.cat([future, newest.flatten(0, 1)], dim=1))  # (B T, C, H, W)
        return clips[:, -1:] + change.unflatten(0, (len(clips), self.frames))

    def rolled_out(self, clips: Tensor, *, frames: int) -> Tensor:
        """The `frames` that follow (B, frames, C, H, W): what was predicted is given again as often as it takes."""
        rounds = [clips]
        for _ in range(-(-frames // self.frames)):
            rounds.append(self(rounds[-1]).clamp(-1, 1))
        return torch.cat(rounds[1:], dim=1)[:, :frames]
