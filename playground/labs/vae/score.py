"""Piano rolls as pictures: a voice has a color, time goes to the right and pitch up."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.data import SILENCE, RollSpec

COLORS = ((0, 114, 178), (0, 158, 115), (230, 159, 0), (194, 65, 12))
"""Of the voices, the highest first; told apart by people who see few colors, too."""
PAPER, FRAME, STEP = 244, 3, 2
"""The brightness behind the notes; the width of a frame and the height of a semitone, in pixels."""


def drawn(rolls: Tensor, onsets: Tensor, spec: RollSpec) -> Tensor:
    """Phrases (N, T, V) as pictures (N, 3, H, W), uint8; lower voices lie on top, and a note begins with a gap."""
    rolls, onsets = rolls.cpu(), onsets.cpu()
    n, frames, voices = rolls.shape
    canvas = torch.full((n, 3, spec.high - spec.low + 1, frames, FRAME), PAPER, dtype=torch.uint8)
    for voice in range(voices):
        color = torch.tensor(COLORS[voice % len(COLORS)], dtype=torch.uint8)
        phrase, frame = (rolls[..., voice] != SILENCE).nonzero(as_tuple=True)
        row = spec.high - rolls[phrase, frame, voice].long()
        canvas[phrase, :, row, frame] = color[:, None].expand(len(row), 3, FRAME)
        struck = onsets[phrase, frame, voice] != 0
        canvas[phrase[struck], :, row[struck], frame[struck], 0] = PAPER
    return canvas.flatten(3).repeat_interleave(STEP, dim=2)  # (N, 3, H, W)
