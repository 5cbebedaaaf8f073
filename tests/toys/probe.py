"""A linear probe: a network as wide as the codes of a frozen encoder, which is another run's."""

from __future__ import annotations

from typing import ClassVar

from torch import nn
from torch.nn import functional as F
from torch.optim import Adam

from playground.data import unit
from playground.labs.vae.vae import VAE
from playground.media import Sheet
from playground.objective import Objective, Phase
from playground.recipe import ImageRecipe, knob


class Probe(nn.Module):
    """Logits of classes, from codes (B, width)."""

    def __init__(self, *, width, classes):
        super().__init__()
        self.head = nn.Linear(width, classes)

    def forward(self, codes):
        return self.head(codes)


class LinearProbe(Objective):
    """Cross entropy on the codes that the encoder gives."""

    def __init__(self, *, network, encoder, data):
        super().__init__()
        self.shown, self.fixed = network, data.examples["images"][:16]
        self.encode = lambda images: encoder.encode(unit(images))[0]  # no part of what is trained and saved

    def phases(self):
        return [Phase("probe", [Adam(self.shown.parameters(), lr=0.03)])]

    def loss(self, phase, batch, moment):
        return {"loss": F.cross_entropy(self.shown(self.encode(batch["images"])), batch["labels"])}

    def preview(self, rng):
        """Fixed images, in the order of their classes."""
        return Sheet(self.fixed[self.shown(self.encode(self.fixed)).argmax(dim=1).argsort(stable=True)], columns=4)

    def evaluate(self, split):
        logits = self.shown(self.encode(split["images"]))
        right = logits.argmax(dim=1) == split["labels"]
        return {"accuracy": float(right.float().mean()), "loss": float(F.cross_entropy(logits, split["labels"]))}


class ProbeRecipe(ImageRecipe):
    """The encoder of a VAE, probed."""

    what: ClassVar[str] = "probe"
    lab: ClassVar[str] = "toys"
    title: ClassVar[str] = "Linear probe"
    columns: ClassVar[tuple[str, ...]] = ("images", "labels")

    encoder: str = knob("vae-fashion", "Encoder: the run whose codes are probed, and a step of it.", max_length=100)

    def uses(self, spec):
        return {"encoder": self.encoder}

    def shape(self, encoder):
        if not isinstance(encoder.network, VAE):
            raise ValueError(f"“{encoder.name}” has no codes to probe; choose a variational autoencoder")
        return {"width": encoder.network.latent}

    def network(self, spec, width):
        return Probe(width=width, classes=len(spec.classes))

    def build(self, data, encoder):
        network = self.network(data.spec, **self.shape(encoder))
        return LinearProbe(network=network, encoder=encoder.network, data=data)
