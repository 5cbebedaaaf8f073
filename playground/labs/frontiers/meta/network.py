"""The network of few-shot learning: four convolutions, and what is said of new classes by the codes that they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.layout import channels_last
from playground.shadow import replaced

BLOCKS = 4
Weights = Mapping[str, Tensor]
"""All parameters of a network by name."""
Recognizer = Callable[[Tensor], Tensor]
"""Images (B, C, H, W) in [-1, 1] to logits (B, ways) of the classes that were learned."""


class FewShot(nn.Module):
    """Four blocks of convolution, norm, ReLU and max pooling, which halves the side (Vinyals et al., 2016).

    Subclasses say how new classes are learned from a few examples of each.
    """

    def __init__(self, *, image_size: int, channels: int, width: int, norm: Literal["batch", "group"]) -> None:
        """`width` features in each block; with the norm "batch" a picture is seen by the statistics of all training.

        With "group" a picture is normed by itself (Wu & He, 2018), eight groups of features: what others are asked
        about in the same episode says nothing of it, so no evaluation is transductive.
        """
        super().__init__()
        widths = [channels, *[width] * BLOCKS]
        self.body = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(before, after, kernel_size=3, padding=1, bias=False),
                    nn.BatchNorm2d(after) if norm == "batch" else nn.GroupNorm(8, after),
                    nn.ReLU(),
                    nn.MaxPool2d(2),
                )
                for before, after in zip(widths, widths[1:], strict=False)
            ),
            nn.Flatten(),
        )
        self.features = width * (image_size // 2**BLOCKS) ** 2
        channels_last(self)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to their codes (B, features)."""
        return self.body(images)

    def learned(self, support: Tensor) -> list[Recognizer]:
        """What recognizes new classes, by step of the learning; the last one is what counts.

        Args:
            support: (ways, shots, C, H, W) in [-1, 1], the examples of each class that are learned from.
        """
        raise TypeError(f"{type(self).__name__} learns no classes")


class Prototypes(FewShot):
    """A class is the mean of the codes of its examples, and an example is of the class whose mean is nearest.

    Snell, Swersky & Zemel, "Prototypical Networks for Few-shot Learning", 2017 (arXiv 1703.05175).
    """

    def __init__(self, *, image_size: int, channels: int, width: int) -> None:
        """With norms over a batch; evaluated, it uses the running statistics of training, one picture at a time."""
        super().__init__(image_size=image_size, channels=channels, width=width, norm="batch")

    def learned(self, support: Tensor) -> list[Recognizer]:
        """In one step, by `nearness`."""
        codes = self(support.flatten(0, 1)).unflatten(0, support.shape[:2])  # (ways, shots, features)
        return [lambda images: nearness(codes, self(images))]


def nearness(support: Tensor, queries: Tensor) -> Tensor:
    """Logits (Q, ways): minus the squared Euclidean distance of each code from each class's prototype.

    Args:
        support: (ways, shots, D), codes of examples; their mean is the class's prototype c_k (equation 1).
        queries: (Q, D), codes to recognize; the softmax of the logits is equation 2.
    """
    prototypes = support.mean(dim=1)  # (ways, D)
    return -(queries[:, None] - prototypes).square().sum(dim=2)


class Learner(FewShot):
    """A classifier of `ways` classes, whose weights are a good place to begin gradient descent at (MAML, Reptile).

    Its classes are none in particular: an episode says what they stand for.
    """

    def __init__(
        self, *, image_size: int, channels: int, width: int, ways: int, inner_rate: float, inner_steps: int
    ) -> None:
        """`inner_steps` of gradient descent with the learning rate `inner_rate` are what it takes to learn new ones."""
        super().__init__(image_size=image_size, channels=channels, width=width, norm="group")
        self.ways, self.inner_rate, self.inner_steps = ways, inner_rate, inner_steps
        self.head = nn.Linear(self.features, ways)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to logits (B, ways)."""
        return self.head(super().forward(images))

    def learned(self, support: Tensor) -> list[Recognizer]:
        """From before the first step of gradient descent on to after the last, inner_steps + 1 of them.

        Of fewer classes than it has outputs, those that are left over are in no question.
        """
        start = {name: value.detach().requires_grad_() for name, value in self.named_parameters()}
        with torch.enable_grad():
            places = list(self.descent(start, support, second_order=False))
        return [
            partial(self._said, {name: value.detach() for name, value in at.items()}, len(support)) for at in places
        ]

    def _said(self, weights: Weights, ways: int, images: Tensor) -> Tensor:
        return self.at(weights, images)[:, :ways]

    def descent(self, weights: Weights, support: Tensor, *, second_order: bool) -> Iterator[Weights]:
        """The weights at each step of gradient descent on a support set (ways, shots, C, H, W), `weights` the first.

        Finn, Abbeel & Levine, 2017, equation 1. With `second_order` each is a function of `weights` that can be
        differentiated; without, the gradients are taken for constants.
        """
        images, labels = support.flatten(0, 1), classes(support)
        yield weights
        for _ in range(self.inner_steps):
            loss = F.cross_entropy(self.at(weights, images)[:, : len(support)], labels)
            gradients = torch.autograd.grad(loss, list(weights.values()), create_graph=second_order)
            weights = {
                name: value - self.inner_rate * gradient
                for (name, value), gradient in zip(weights.items(), gradients, strict=True)
            }
            yield weights

    def at(self, weights: Weights, images: Tensor) -> Tensor:
        """The logits (B, ways) that it would give with other weights; it keeps its own."""
        return replaced(self, weights)(images)


def classes(examples: Tensor) -> Tensor:
    """The class (ways * n,), int64, of each of `examples` (ways, n, ...), one class after the other."""
    return torch.arange(len(examples), device=examples.device).repeat_interleave(examples.shape[1])
