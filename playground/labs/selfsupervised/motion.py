"""What features of a clip tell of its motion: a linear probe, as representations are commonly evaluated."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.data import Data, Split, unit
from playground.labs.selfsupervised.representation import ClipEncoder
from playground.metrics.probes import Probe

LABELED, BATCH = 1000, 100
"""How many training clips with known motion a probe learns from, the first ones; how many are looked at at once."""
FACTS = {"labels": "direction", "speed": "speed"}
"""What is asked of the features, by column."""


@torch.no_grad()
def embedded(encoder: ClipEncoder, clips: Tensor) -> Tensor:
    """The features (N, F), float32, of the beginning of clips (N, T, C, H, W), uint8."""
    return torch.cat([encoder.features(unit(part[:, : encoder.frames])).float() for part in clips.split(BATCH)])


def fitted(encoder: ClipEncoder, labeled: Split) -> dict[str, Probe]:
    """A linear probe for each of `FACTS`, of clips whose motion is known."""
    features = embedded(encoder, labeled["clips"])
    return {name: Probe.fit(features, labeled[column]) for column, name in FACTS.items()}


class Motion(nn.Module):
    """Labeled training clips, and a probe of them."""

    def __init__(self, data: Data) -> None:
        """Takes the first `LABELED` clips."""
        super().__init__()
        few = data.train.first(LABELED)
        for column in ("clips", *FACTS):
            self.register_buffer(column, few[column].clone(), persistent=False)

    def probed(self, encoder: ClipEncoder, split: Split) -> dict[str, float]:
        """How often a linear probe of features names the direction, and the speed, of the clips of a split."""
        probes, features = fitted(encoder, Split(dict(self.named_buffers()))), embedded(encoder, split["clips"])
        return {
            name: float((probes[name].named(features) == split[column]).float().mean())
            for column, name in FACTS.items()
        }
