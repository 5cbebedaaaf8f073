"""What a data set of pictures is: uint8 tensors in memory, handed out in batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Spec:
    """What a network must know of its data, and all that `run.json` keeps of it.

    Attributes:
        name: The data set's name, such as `fashion`.
        channels: 1 for grey pictures, 3 for colour.
        size: Height and width in pixels.
        classes: The names that labels stand for.
    """

    name: str
    channels: int
    size: int
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """Pictures with what is known of each.

    Attributes:
        images: (N, C, H, W), uint8.
        labels: (N,), int64, indices into `Spec.classes`.
        attributes: Further facts, each (N,), int64; what the values mean stands in `Images.attributes`.
        names: One name a picture, or none at all.
    """

    images: Tensor
    labels: Tensor
    attributes: Mapping[str, Tensor] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self.images)

    def __getitem__(self, indices: Tensor) -> dict[str, Tensor]:
        """The batch of the pictures at `indices`, an int64 tensor on the split's device."""
        return {"images": self.images[indices], "labels": self.labels[indices]}

    def to(self, device: torch.device | str) -> Self:
        """The same pictures in the memory of `device`."""
        moved = {name: values.to(device) for name, values in self.attributes.items()}
        return replace(self, images=self.images.to(device), labels=self.labels.to(device), attributes=moved)

    def at(self, indices: Tensor | slice) -> Self:
        """The pictures at `indices`, int64 or a slice, with all that is known of them."""
        taken = {name: values[indices] for name, values in self.attributes.items()}
        if isinstance(indices, slice):
            names = self.names[indices]
        else:
            names = tuple(self.names[i] for i in indices.tolist()) if self.names else ()
        return replace(self, images=self.images[indices], labels=self.labels[indices], attributes=taken, names=names)

    def first(self, n: int) -> Self:
        """The first `n` pictures."""
        return self.at(slice(n))

    def resized(self, size: int) -> Self:
        """The same pictures at `size` x `size` pixels, averaged over the area when they shrink."""
        if self.images.shape[-1] == size:
            return self
        return replace(self, images=resize(self.images, size))


@dataclass(frozen=True, kw_only=True)
class TwoDomains(Split):
    """Pictures of one domain, A, and as many of another, B.

    What the splits to learn from hold at one index has nothing to do with each other; what those to be judged on hold
    there is a true pair, the same thing drawn twice. Labels, attributes and names are those of A.

    Attributes:
        others: (N, C, H, W), uint8, the pictures of B.
    """

    others: Tensor

    def __getitem__(self, indices: Tensor) -> dict[str, Tensor]:
        """The batch at `indices`, with the pictures of B as `"others"`."""
        return {**super().__getitem__(indices), "others": self.others[indices]}

    def to(self, device: torch.device | str) -> Self:
        """The same pictures in the memory of `device`."""
        return replace(super().to(device), others=self.others.to(device))

    def at(self, indices: Tensor | slice) -> Self:
        """The pictures of both domains at `indices`."""
        return replace(super().at(indices), others=self.others[indices])

    def resized(self, size: int) -> Self:
        """The pictures of both domains at `size` x `size` pixels."""
        return replace(super().resized(size), others=resize(self.others, size))


@dataclass(frozen=True)
class Images:
    """A data set of pictures, as objectives and views use it.

    Attributes:
        spec: Shape and classes.
        train: What networks learn from.
        test: What they are judged on; shares no picture with `train`.
        hash: SHA-256 in hex of the files that it was read from; of the pixels and labels where the same data come in
            several forms, of the definition where they are drawn by our code.
        attributes: For each attribute of the splits, the names that its values stand for.
    """

    spec: Spec
    train: Split
    test: Split
    hash: str
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def resized(self, size: int) -> Images:
        """The same data at `size` x `size` pixels."""
        spec = replace(self.spec, size=size)
        return replace(self, spec=spec, train=self.train.resized(size), test=self.test.resized(size))

    def to(self, device: torch.device | str) -> Images:
        """The same data in the memory of `device`."""
        return replace(self, train=self.train.to(device), test=self.test.to(device))


def resize(images: Tensor, size: int) -> Tensor:
    """Pictures (N, C, H, W), uint8, at `size` x `size`: area averages downwards, bilinear upwards."""
    if images.shape[-2:] == (size, size):
        return images
    parts = []
    for chunk in images.split(512):
        if size < min(images.shape[-2:]):
            small = F.interpolate(chunk.float(), size=(size, size), mode="area")
        else:
            small = F.interpolate(chunk.float(), size=(size, size), mode="bilinear", align_corners=False)
        parts.append(small.round().clamp(0, 255).to(torch.uint8))
    return torch.cat(parts)


def unit(images: Tensor) -> Tensor:
    """uint8 pictures as floats in [-1, 1]."""
    return images.float() / 127.5 - 1
