"""Likelihoods p(x|z) of a picture, given what the decoder says of each of its pixel values.

Their nats can be compared only where they are probabilities of the same thing: `Logistic`'s are, of one of 256
brightnesses; `Gaussian`'s are a density of a brightness from 0 to 1, from which log(255) a pixel value has to be taken
to compare; `Bernoulli`'s are a cross entropy that takes a gray for a probability, and compare with nothing else.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.precision import widened


class Likelihood(nn.Module):
    """A distribution of the values of a picture's pixels, which are independent of each other given its code.

    Attributes:
        outputs: How many numbers the decoder gives for each of them.
    """

    outputs: int = 1

    def log_prob(self, outputs: Tensor, images: Tensor) -> Tensor:
        """The log probability in nats, (B,), of images (B, C, H, W), uint8, for a decoder's (B, `outputs` C, H, W)."""
        raise TypeError(f"{type(self).__name__} has no probability")

    def mean(self, outputs: Tensor) -> Tensor:
        """The expected brightness (B, C, H, W), in [0, 1]."""
        return outputs.sigmoid()


class Bernoulli(Likelihood):
    """Each value is the probability of white, whose logit the decoder gives (Kingma & Welling, 2013, appendix C.1)."""

    def log_prob(self, outputs: Tensor, images: Tensor) -> Tensor:
        """The negative cross entropy of brightness, taken as a probability, and the decoder's."""
        outputs = widened(outputs)
        target = images.to(outputs) / 255
        return -F.binary_cross_entropy_with_logits(outputs, target, reduction="none").sum(dim=(1, 2, 3))


class Gaussian(Likelihood):
    """A normal density around the decoded brightness, whose one standard deviation is learned with the weights.

    Rybkin et al., "Simple and Effective VAE Training with Calibrated Decoders", 2021 (arXiv 2006.13202), section 4.1:
    with a fixed deviation of 1 the squared error would weigh next to nothing beside the KL divergence.
    """

    def __init__(self) -> None:
        """The deviation starts near that of pictures."""
        super().__init__()
        self.log_deviation = nn.Parameter(torch.tensor(-1.0))

    def log_prob(self, outputs: Tensor, images: Tensor) -> Tensor:
        """The log density of brightness from 0 to 1."""
        outputs = widened(outputs)
        error = (images.to(outputs) / 255 - outputs.sigmoid()) / self.log_deviation.exp()
        density = -0.5 * error.square() - self.log_deviation - 0.5 * math.log(2 * math.pi)
        return density.sum(dim=(1, 2, 3))


class Logistic(Likelihood):
    """A discretized logistic distribution: what falls on each of 256 brightnesses, the ends taking what is beyond them.

    Kingma et al., "Improving Variational Inference with Inverse Autoregressive Flow", 2016 (arXiv 1606.04934), appendix
    C; Salimans et al., "PixelCNN++", 2017 (arXiv 1701.05517), equation 2. The decoder gives location and log scale.
    """

    outputs = 2
    LEAST = -7.0
    """The smallest log scale, as in PixelCNN++; brightness is scaled to [-1, 1]."""

    def log_prob(self, outputs: Tensor, images: Tensor) -> Tensor:
        """The log probability of brightness in steps of 1/255.

        Notation: a `upper` and b `lower` (edges of the brightness's step, standardized), and sigma(a) - sigma(b) =
        sigma(a) sigma(-b) (1 - exp(b - a)), which loses no digits far from the location.
        """
        location, log_scale = widened(outputs).chunk(2, dim=1)  # each (B, C, H, W)
        scale = log_scale.clamp(min=self.LEAST).exp()
        distance = images.to(location) / 127.5 - 1 - location
        upper, lower = (distance + 1 / 255) / scale, (distance - 1 / 255) / scale
        inner = F.logsigmoid(upper) + F.logsigmoid(-lower) + torch.log(-torch.expm1(-2 / 255 / scale))
        log_prob = torch.where(images == 0, F.logsigmoid(upper), inner)
        log_prob = torch.where(images == 255, F.logsigmoid(-lower), log_prob)
        return log_prob.sum(dim=(1, 2, 3))

    def mean(self, outputs: Tensor) -> Tensor:
        """The location."""
        return ((outputs.chunk(2, dim=1)[0] + 1) / 2).clamp(0, 1)


Name = Literal["bernoulli", "gaussian", "logistic"]
LIKELIHOODS: dict[Name, type[Likelihood]] = {"bernoulli": Bernoulli, "gaussian": Gaussian, "logistic": Logistic}
