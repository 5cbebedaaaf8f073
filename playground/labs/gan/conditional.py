"""Generator and discriminator that may be asked for something, and the pair of them that a run's snapshots hold."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.precision import full_precision

EMBEDDING = 32
"""The length of the vector that tells a generator what is asked for."""


class Gan(nn.Module):
    """A generator and its discriminator.

    The views call the two by these names; the generator of a snapshot is the average of its weights over the last
    steps, as the objective keeps it.
    """

    def __init__(self, *, generator: LatentGenerator, discriminator: ProjectionDiscriminator) -> None:
        """Takes both for images of the same shape and with the same conditions."""
        super().__init__()
        self.generator, self.discriminator = generator, discriminator

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Noise (B, latent), and labels (B, K) if conditional, to images (B, C, H, W) in [-1, 1]."""
        return self.generator(z, labels)


class ConditionEmbedding(nn.Embedding):
    """What an image is asked to have as one vector: the sum of the embeddings of all its K conditions.

    A class is one condition; the attributes of a face, hair and mouth and clothes, are several. The sum is what a
    linear layer makes of their one-hot vectors, put one after another.
    """

    offsets: Tensor

    def __init__(self, choices: Sequence[int], width: int) -> None:
        """`choices`: how many values each condition has; `width` is the length of the vector."""
        super().__init__(sum(choices), width)
        starts = [sum(choices[:number]) for number in range(len(choices))]
        self.register_buffer("offsets", torch.tensor(starts), persistent=False)

    def forward(self, labels: Tensor) -> Tensor:
        """Labels (B, K), one value for each condition, or (B,) where there is one, to (B, width)."""
        return super().forward(labels.reshape(len(labels), -1) + self.offsets).sum(dim=1)


def initialized(layers: nn.Module) -> nn.Module:
    """Draws weights such that signals keep their size through rectifiers of slope 0.2; biases start at 0.

    He et al., "Delving Deep into Rectifiers", 2015, equation 14. The usual initialization lets the logits of a fresh
    discriminator all but vanish, and with them the generator's gradient. A transposed convolution starts as a random
    mix of channels with bilinear upsampling (Long et al., "Fully Convolutional Networks for Semantic Segmentation",
    2015, section 3.3), so that no checkerboard pattern has to be unlearned first.
    """
    smooth = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
    for layer in layers.modules():
        if isinstance(layer, nn.ConvTranspose2d):  # of size 4 and stride 2
            mix = torch.randn(*layer.weight.shape[:2], 1, 1) * (2 / (1.04 * layer.in_channels)) ** 0.5
            with torch.no_grad():
                layer.weight.copy_(mix * smooth[:, None] * smooth)  # (in, out, 4, 4)
        elif isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=0.2)
        else:
            continue
        bias: Tensor | None = layer.bias
        if bias is not None:
            nn.init.zeros_(bias)
    return layers


class LatentGenerator(nn.Module):
    """What all generators share: noise and what is asked for become one latent code.

    What is asked for is a learned embedding, concatenated to the noise (Mirza & Osindero, "Conditional Generative
    Adversarial Nets", 2014 (arXiv 1411.1784), section 3.2).
    Subclasses give `layers`, from codes (B, code) to images (B, C, H, W) in [-1, 1].
    """

    layers: nn.Module

    def __init__(self, *, latent: int, choices: Sequence[int], embedding_dim: int = EMBEDDING) -> None:
        """`choices`: how many values each condition has, none for an unconditional generator."""
        super().__init__()
        self.latent, self.choices = latent, tuple(choices)
        self.code = latent + (embedding_dim if choices else 0)
        self.embedding = ConditionEmbedding(choices, embedding_dim) if choices else None

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Noise (B, latent) from a standard normal and labels (B, K) to images (B, C, H, W) in [-1, 1]."""
        return self.layers(self.embedded(z, labels))

    def embedded(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Noise (B, latent) and labels (B, K) to codes (B, code); without conditions the noise itself."""
        if self.embedding is not None:
            if labels is None:
                raise ValueError("this generator is conditional and must be told what each picture shall show")
            z = torch.cat([z, self.embedding(labels)], dim=1)  # (B, code)
        return z


class ProjectionDiscriminator(nn.Module):
    """What all discriminators share: features become one logit an image.

    D(x, y) = psi . phi(x) + v_y . phi(x), where phi are the features, psi the vector `real` and v_y the embedding of
    what is asked for (Miyato & Koyama, "cGANs with Projection Discriminator", 2018, equation 3). Without conditions
    only the first term is there. There is no bias: a relativistic loss would never train it.
    An auxiliary classifier, where it has one, reads what was asked for off the same features.
    Subclasses give `features`, from images (B, C, H, W) in [-1, 1] to (B, width).
    """

    features: nn.Module

    def __init__(self, *, width: int, choices: Sequence[int], classifies: bool = False) -> None:
        """`width` is the number of features; `choices` as the generator has them; `classifies`: see `errors`."""
        super().__init__()
        self.choices = tuple(choices)
        self.classifier = nn.Linear(width, sum(choices)) if classifies else None
        self.real = nn.Linear(width, 1, bias=False)
        self.embedding = ConditionEmbedding(choices, width) if choices else None
        nn.init.normal_(self.real.weight, std=width**-0.5)
        if self.embedding is not None:  # the conditional term weighs as much as the unconditional one
            nn.init.normal_(self.embedding.weight, std=(len(choices) * width) ** -0.5)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] and labels (B, K) to logits D(x, y) (B,), higher for more real."""
        return self.logits(self.embed(images), labels)

    def embed(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to features (B, width)."""
        return self.features(images)

    def logits(self, features: Tensor, labels: Tensor | None = None) -> Tensor:
        """Features (B, width) and labels (B, K) to logits (B,)."""
        logit = full_precision(self.real)(features).squeeze(1)  # (B,)
        if self.embedding is not None:
            if labels is None:
                raise ValueError("this discriminator is conditional and must be told what each picture shall show")
            logit = logit + (self.embedding(labels) * features).sum(dim=1)
        return logit

    def errors(self, features: Tensor, labels: Tensor) -> Tensor:
        """How wrong the auxiliary classifier is: the cross-entropies in nats (B, K) of features (B, width).

        Odena, Olah & Shlens, "Conditional Image Synthesis With Auxiliary Classifier GANs", 2016 (arXiv 1610.09585),
        section 3, with one softmax for each of the K conditions in labels (B, K).
        """
        assert self.classifier is not None
        parts = full_precision(self.classifier)(features).split(self.choices, dim=1)  # K of (B, values)
        losses = [F.cross_entropy(part, labels[:, k], reduction="none") for k, part in enumerate(parts)]
        return torch.stack(losses, dim=1)
