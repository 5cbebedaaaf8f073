"""What features of a clip tell of its motion: a linear probe, as representations are commonly evaluated."""

from __future__ import annotations

from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from playground.data import Data, Split, unit
from playground.data.motion import DIRECTIONS, SPEEDS
from playground.labs.selfsupervised.representation import ClipEncoder
from playground.metrics.probes import Probe

LABELED, BATCH = 1000, 100
"""How many training clips with known motion a probe learns from, the first ones; how many are looked at at once."""
FACTS = {"labels": "direction", "speed": "speed"}
"""What is asked of the features, by column."""
CLASSES = {"direction": len(DIRECTIONS), "speed": len(SPEEDS)}
REFERENCES = Path(__file__).parent / "references" / "motion"
"""What `python -m training supervised` wrote, a file a recipe."""


class Supervised(BaseModel):
    """What a network reaches that learned motion from labels: written by `training/benchmarks/supervised.py`.

    Attributes:
        network: The name of its class.
        parameters: How many it has.
        direction: The share of test clips whose direction it names.
        speed: Likewise.
        steps: Optimization steps.
        seconds: Training time.
        code: Version of the playground.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: str
    data_hash: str
    network: str
    parameters: int
    direction: float
    speed: float
    steps: int
    seconds: float
    command: str
    machine: str
    code: str


def supervised(encoder: ClipEncoder, data: Data) -> Supervised | None:
    """What was measured of a network like this one, of as many parameters, on exactly these data, if anything was."""
    like = (type(encoder).__name__, sum(one.numel() for one in encoder.parameters()), data.hash)
    for path in sorted(REFERENCES.glob("*.json")):
        known = Supervised.model_validate_json(path.read_text(encoding="utf-8"))
        if (known.network, known.parameters, known.data_hash) == like:
            return known
    return None


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
