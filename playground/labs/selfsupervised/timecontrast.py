"""Trains a video encoder on two tasks that need no label.

Contrast in time: two windows of one clip are told from those of all other clips. Both show the same thing, which moves
the same way unless it meets a wall; what color it has, and the ground, is changed in each (Qian et al., "Spatiotemporal
Contrastive Video Representation Learning", 2020, arXiv 2008.03800, equation 1).

Masked tubes: the same places are hidden in all frames of the first window and are to be filled in (Tong et al.,
"VideoMAE: Masked Autoencoders are Data-Efficient Learners for Self-Supervised Video Pre-Training", 2022, arXiv
2203.12602, section 3.3). The second is seen whole, as all clips are afterwards.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from playground.data import Data, Split, as_images, unit
from playground.labs.selfsupervised.augment import recolored
from playground.labs.selfsupervised.contrast import nt_xent
from playground.labs.selfsupervised.mae import GRAY, random_mask, shown_mask
from playground.labs.selfsupervised.motion import BATCH, Motion
from playground.labs.selfsupervised.pretrain import warmup_and_cosine
from playground.labs.selfsupervised.video import VideoEncoder, windows
from playground.media import Sheet
from playground.objective import Batch, Moment, Objective, Phase, Terms
from playground.optim import hidden, muon_and_adamw

TUBE = 4
"""The side of a tube in pixels; it is as long as a window."""
SHOWN = 4
"""How many clips a preview has."""


class TimeContrast(Objective):
    """Trains a video encoder. What the clips are of, and how it moves, is seen by `evaluate` alone."""

    quick_examples = 200
    shown: VideoEncoder

    def __init__(
        self,
        *,
        network: VideoEncoder,
        data: Data,
        gap: int,
        temperature: float,
        color: float,
        gray: float,
        mask_ratio: float,
        contrast: float,
        filling: float,
        learning_rate: float,
        weight_decay: float,
    ) -> None:
        """Takes a fresh network.

        Args:
            network: What is trained.
            data: Clips of at least its frames and `gap` more.
            gap: How many frames after the first window the second one begins.
            temperature: That of NT-Xent, above 0.
            color: How strongly the colors of a window are jittered, 0 to 1.
            gray: The probability that a window loses its colors.
            mask_ratio: The part of the first window's tubes that is hidden.
            contrast: The weight of the first task in the loss.
            filling: That of the second.
            learning_rate: Its peak.
            weight_decay: That of AdamW and of Muon.
        """
        super().__init__()
        self.shown, self.gap, self.temperature = network, gap, temperature
        self.color, self.gray, self.mask_ratio = color, gray, mask_ratio
        self.contrast, self.filling = contrast, filling
        self.rates = {"lr": learning_rate, "weight_decay": weight_decay}
        self.motion = Motion(data)
        self.register_buffer("clips", data.test["clips"][:SHOWN, : network.frames], persistent=False)

    clips: Tensor

    def phases(self) -> list[Phase]:
        """One phase: Muon on the encoder's matrices, AdamW on the rest."""
        return [Phase("pretrain", muon_and_adamw(self.shown, hidden(self.shown), **self.rates, fused=True))]

    def schedule(self, phase: str, progress: float) -> float:
        """That of all that learns without labels."""
        return warmup_and_cosine(progress)

    def recolored(self, clips: Tensor, rng: Generator) -> Tensor:
        """Clips (B, T, C, H, W), uint8, each with other colors in all of its frames: (B, T, C, H, W) in [-1, 1]."""
        tall = clips.transpose(1, 2).flatten(2, 3).float() / 255  # (B, C, T H, W)
        tall = recolored(tall, color=self.color, gray=self.gray, rng=rng)
        return tall.unflatten(2, (clips.shape[1], -1)).transpose(1, 2)  # (B, T, C, H, W)

    def hidden_pixels(self, clips: Tensor, rng: Generator) -> Tensor:
        """Which pixels of clips (B, T, C, H, W) are hidden, in all frames alike: (B, 1, 1, H, W), bool."""
        tubes = (clips.shape[-1] // TUBE) ** 2
        return shown_mask(random_mask(len(clips), tubes, ratio=self.mask_ratio, rng=rng), TUBE)[:, None]

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """NT-Xent in nats and the squared error of hidden pixels, each with its weight."""
        pair = windows(batch["clips"], self.shown.frames, self.gap, moment.rng).flatten(0, 1)  # (2 B, T, C, H, W)
        first, second = self.recolored(pair, moment.rng).chunk(2)  # each (B, T, C, H, W)
        masked = self.hidden_pixels(first, moment.rng)
        embeddings, filled = self.shown(torch.cat([first.masked_fill(masked, 0), second]))
        contrast = nt_xent(embeddings.unflatten(0, (2, -1)), temperature=self.temperature)
        filling = tube_error(filled[: len(first)], first, masked)
        return {
            "loss": self.contrast * contrast + self.filling * filling,
            "contrast": contrast.detach(),
            "filling": filling.detach(),
        }

    def preview(self, rng: Generator) -> Sheet:
        """Of some test clips the frames, what is seen of them, and all of them as they are filled in."""
        masked = self.hidden_pixels(self.clips, rng)
        _, filled = self.shown(unit(self.clips).masked_fill(masked, 0))
        filled = torch.where(masked, as_images(filled), self.clips)
        rows = torch.stack([self.clips, self.clips.masked_fill(masked, GRAY), filled], dim=1)  # (SHOWN, 3, T, C, H, W)
        return Sheet(rows.flatten(0, 2), columns=self.clips.shape[1])

    def evaluate(self, split: Split) -> dict[str, float]:
        """What features tell of the motion, and the error of hidden pixels under masks that are always the same."""
        clips, rng, total = split["clips"][:, : self.shown.frames], Generator(split["clips"].device).manual_seed(0), 0.0
        for part in clips.split(BATCH):
            frames, masked = unit(part), self.hidden_pixels(part, rng)
            filled = self.shown(frames.masked_fill(masked, 0))[1]
            total += float(tube_error(filled, frames, masked)) * len(part)
        return {**self.motion.probed(self.shown, split), "filling": total / len(clips)}


def tube_error(filled: Tensor, clips: Tensor, masked: Tensor) -> Tensor:
    """The squared error of the hidden pixels of clips (B, T, C, H, W) in [-1, 1], a mean; 0 where none is hidden."""
    error = (filled - clips).square().mean(dim=(1, 2), keepdim=True)  # (B, 1, 1, H, W)
    return (error * masked).sum() / masked.sum().clamp(min=1)
