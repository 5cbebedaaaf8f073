"""An encoder, and the projector that a self-supervised loss sees through.

What is learned is the encoder's: its features are what is used afterwards. The loss is taken a small network further,
the projector, since it asks to forget what augmentations change, such as color, and features should not (Chen et al.,
SimCLR, 2020, arXiv 2002.05709, section 4.2).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from playground.average import follow
from playground.data import unit
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.vit import VisionTransformer

BATCH = 100
"""Images at once: so few that what a layer makes of them stays in a processor's cache."""
Encoder = ConvolutionalNetwork | VisionTransformer
"""What gives `num_features` features for an image, and has its hidden layers in `blocks`."""


class Encodes(nn.Module):
    """What has an encoder that outlives its training; methods add what else they need.

    Attributes:
        encoder: Images to features; its matrices in `blocks` are Muon's.
    """

    def __init__(self, *, encoder: Encoder) -> None:
        """Takes the encoder, untrained."""
        super().__init__()
        self.encoder = encoder

    def features(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to what is used afterwards, (B, num_features)."""
        return self.encoder.features(images)


class ClipEncoder(nn.Module):
    """What sees the beginning of a clip, and has features for it.

    Attributes:
        frames: T, how many frames it sees.
        num_features: How many numbers `features` gives for a clip.
    """

    frames: int
    num_features: int

    def features(self, clips: Tensor) -> Tensor:
        """T frames (B, T, C, H, W) in [-1, 1] to what is used afterwards, (B, num_features)."""
        raise TypeError(f"{type(self).__name__} has no features")


class Representation(Encodes):
    """An encoder and a projector.

    Attributes:
        projector: Features to embeddings.
    """

    projector: nn.Module

    def __init__(
        self, *, encoder: Encoder, embedding: int = 128, hidden: int = 256, projector: nn.Module | None = None
    ) -> None:
        """Takes an encoder and, where the usual projector does not do, another one.

        Args:
            encoder: What is trained.
            embedding: The length of an embedding.
            hidden: The width of the usual projector's only hidden layer.
            projector: Features to embeddings; both lengths are then its own.
        """
        super().__init__(encoder=encoder)
        self.projector = projector or nn.Sequential(
            nn.Linear(encoder.num_features, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, embedding),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to what the loss sees, (B, embedding)."""
        return self.projector(self.features(images))

    def free(self, embeddings: Tensor) -> Tensor:
        """Embeddings (B, D) in as many numbers as they can differ in, all their distances and angles as they were."""
        return embeddings


class Taught(Representation):
    """A representation that learns from a teacher, a moving average of itself which gets no gradient.

    He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", 2019 (arXiv 1911.05722), equation 2.

    Attributes:
        teacher: A second encoder and projector, alike at first.
    """

    def __init__(self, **shape: Any) -> None:
        """Takes what `Representation` takes."""
        super().__init__(**shape)
        copies = {"encoder": deepcopy(self.encoder), "projector": deepcopy(self.projector)}
        self.teacher = nn.ModuleDict(copies).requires_grad_(False)

    @torch.no_grad()
    def target(self, images: Tensor) -> Tensor:
        """What the teacher makes of images (B, C, H, W) in [-1, 1], (B, embedding)."""
        encoder, projector = self.teacher["encoder"], self.teacher["projector"]
        assert isinstance(encoder, Encoder)
        return projector(encoder.features(images))

    def teach(self, *, decay: float) -> None:
        """Moves the teacher towards the student once; `decay` in [0, 1] of it stays."""
        for name, module in self.teacher.items():
            follow(module, self.get_submodule(name), decay=decay)


@torch.no_grad()
def embedded(network: Encodes, images: Tensor) -> Tensor:
    """The features (N, F), float32, of images (N, C, H, W), uint8, of a network in evaluation mode."""
    return torch.cat([network.features(unit(part)).float() for part in images.split(BATCH)])
