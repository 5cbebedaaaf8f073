"""Class-conditional generator and discriminator, and the pair of them that a run's snapshots hold."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.precision import full_precision


class Gan(nn.Module):
    """A generator and its discriminator.

    The views call the two by these names; the generator of a snapshot is the average of its weights over the last
    steps, as the objective keeps it.
    """

    def __init__(self, *, generator: LatentGenerator, discriminator: ProjectionDiscriminator) -> None:
        """Takes both for images of the same shape and the same classes."""
        super().__init__()
        self.generator, self.discriminator = generator, discriminator

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Noise (B, latent), and labels (B,) if class-conditional, to images (B, C, H, W) in [-1, 1]."""
        return self.generator(z, labels)


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
    """What all generators share: noise and class embedding become one latent code.

    A class is a learned embedding, concatenated to the noise (Mirza & Osindero, "Conditional GANs", 2014, section 3.2).
    Subclasses give `layers`, from codes (B, code) to images (B, C, H, W) in [-1, 1].
    """

    layers: nn.Module

    def __init__(self, *, latent: int, classes: int, embedding_dim: int = 32) -> None:
        """`classes` is 0 for an unconditional generator; else each is embedded in `embedding_dim` numbers."""
        super().__init__()
        self.latent, self.classes = latent, classes
        self.code = latent + (embedding_dim if classes else 0)
        self.class_embedding = nn.Embedding(classes, embedding_dim) if classes else None

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Noise (B, latent) from a standard normal and labels (B,) to images (B, C, H, W) in [-1, 1]."""
        return self.layers(self.embedded(z, labels))

    def embedded(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Noise (B, latent) and labels (B,) to codes (B, code); without classes the noise itself."""
        if self.class_embedding is not None:
            if labels is None:
                raise ValueError("this generator was trained with classes and needs a label for each picture")
            z = torch.cat([z, self.class_embedding(labels)], dim=1)  # (B, code)
        return z


class ProjectionDiscriminator(nn.Module):
    """What all discriminators share: features become one logit an image.

    D(x, y) = psi . phi(x) + v_y . phi(x), where phi are the features, psi the vector `real` and v_y the class embedding
    (Miyato & Koyama, "cGANs with Projection Discriminator", 2018, equation 3). Without classes only the first term is
    there. There is no bias: a relativistic loss would never train it.
    Subclasses give `features`, from images (B, C, H, W) in [-1, 1] to (B, width).
    """

    features: nn.Module

    def __init__(self, *, width: int, classes: int) -> None:
        """`width` is the number of features, `classes` 0 for an unconditional discriminator."""
        super().__init__()
        self.classes = classes
        self.real = nn.Linear(width, 1, bias=False)
        self.class_embedding = nn.Embedding(classes, width) if classes else None
        nn.init.normal_(self.real.weight, std=width**-0.5)
        if self.class_embedding is not None:  # the conditional term weighs as much as the unconditional one
            nn.init.normal_(self.class_embedding.weight, std=width**-0.5)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] and labels (B,) to logits D(x, y) (B,), higher for more real."""
        features = self.features(images)  # (B, width)
        logit = full_precision(self.real)(features).squeeze(1)  # (B,)
        if self.class_embedding is not None:
            if labels is None:
                raise ValueError("this discriminator was trained with classes and needs a label for each picture")
            logit = logit + (self.class_embedding(labels) * features).sum(dim=1)
        return logit
