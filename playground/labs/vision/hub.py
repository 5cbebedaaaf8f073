"""Pretrained Vision Transformers, fetched from the Hub and converted into our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Literal

import torch
from torch import nn

from playground.compat import torchvision_operators
from playground.data import Progress
from playground.download import TIMEOUT, HubUnavailable, downloaded
from playground.errors import PlaygroundError
from playground.labs.vision.convert import NotExpressible, from_timm
from playground.labs.vision.vit import VisionTransformer
from playground.view import Guest

FILE = "model.safetensors"
SIZE = 224

__all__ = [
    "GUESTS",
    "PRETRAINED",
    "BadWeights",
    "HubUnavailable",
    "NotExpressible",
    "Pretrained",
    "UnknownPretrained",
    "fetch",
    "from_timm",
]


class UnknownPretrained(PlaygroundError):
    """No trained network goes by that name."""


class BadWeights(PlaygroundError):
    """The file of weights on this machine cannot be read."""


@dataclass(frozen=True)
class Pretrained:
    """A network on the Hub.

    Attributes:
        title: What a person calls it.
        timm: Its name in timm; the Hub has it as `timm/<name>`.
        license: The terms that its weights stand under.
        mean: What is subtracted from images in [0, 1], for red, green and blue; by default ImageNet's mean.
        std: What they are divided by then.
        classes: Which classes its head names; nothing where it has no head.
        options: Further arguments of `timm.create_model`.
    """

    title: str
    timm: str
    license: str
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    classes: Literal["", "imagenet-1k"] = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def repo(self) -> str:
        """Where the Hub has it."""
        return f"timm/{self.timm}"

    def adapted(self, network: VisionTransformer) -> VisionTransformer:
        """Makes a network take images from -1 to 1, as all networks here do, in place of those it was trained on.

        With pixels p from 0 to 1 it was trained on (p - mean) / std, and it is given u = 2 p - 1: both are linear in
        each channel, so that the patch embedding takes the difference into its weights and biases, exactly.
        """
        patches = network.patches
        assert isinstance(patches, nn.Conv2d) and patches.bias is not None
        mean, std = (patches.weight.new_tensor(values) for values in (self.mean, self.std))
        with torch.no_grad():
            shift = (patches.weight * ((0.5 - mean) / std)[:, None, None]).sum(dim=(1, 2, 3))
            patches.bias = nn.Parameter(patches.bias + shift)
            patches.weight = nn.Parameter(patches.weight * (0.5 / std)[:, None, None])
        return network

    def class_names(self) -> tuple[str, ...]:
        """What the logits stand for, the first synonym of each class; empty without a head."""
        return _names(self.classes) if self.classes else ()


@cache
def _names(classes: str) -> tuple[str, ...]:
    """What timm calls classes."""
    torchvision_operators()
    from timm.data import ImageNetInfo

    return tuple(description.partition(",")[0] for description in ImageNetInfo(classes).label_descriptions())


PRETRAINED: dict[str, Pretrained] = {
    # Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", 2023 (arXiv 2304.07193)
    "dinov2-small": Pretrained(
        title="DINOv2 small",
        timm="vit_small_patch14_dinov2.lvd142m",
        license="Apache-2.0",
        options={"img_size": 224},
    ),
    # Darcet et al., "Vision Transformers Need Registers", 2023 (arXiv 2309.16588)
    "dinov2-registers": Pretrained(
        title="DINOv2 small with registers",
        timm="vit_small_patch14_reg4_dinov2.lvd142m",
        license="Apache-2.0",
        options={"img_size": 224},
    ),
    # Steiner et al., "How to train your ViT?", 2021 (arXiv 2106.10270)
    "vit-imagenet": Pretrained(
        title="ViT tiny on ImageNet",
        timm="vit_tiny_patch16_224.augreg_in21k_ft_in1k",
        license="Apache-2.0",
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        classes="imagenet-1k",
    ),
    # Touvron et al., "Training data-efficient image transformers", 2020 (arXiv 2012.12877)
    "deit-imagenet": Pretrained(
        title="DeiT tiny, distilled, on ImageNet",
        timm="deit_tiny_distilled_patch16_224.fb_in1k",
        license="Apache-2.0",
        classes="imagenet-1k",
    ),
}
"""The networks that the page offers; all take images of `SIZE` x `SIZE` pixels."""


def fetch(name: str, progress: Progress | None = None, *, patience: float = TIMEOUT) -> VisionTransformer:
    """One of `PRETRAINED`, `adapted`, in evaluation mode and frozen, from this machine's cache or else from the Hub.

    `HF_ENDPOINT`, `HF_HOME` and `HF_HUB_OFFLINE` count as everywhere.

    Args:
        name: A key of `PRETRAINED`.
        progress: Called with the part that is done, 0 to 1, and what is being done.
        patience: How many seconds the Hub has to answer at all.

    Raises:
        UnknownPretrained: When there is no such network.
        HubUnavailable: When it is not in the cache and the Hub does not hand it out.
        BadWeights: When the file in the cache is damaged.
    """
    if name not in PRETRAINED:
        raise UnknownPretrained(f"There is no trained network “{name}”; there are {', '.join(PRETRAINED)}.")
    chosen, report = PRETRAINED[name], progress or (lambda part, what: None)

    def report_part(part: float) -> None:
        report(part, f"Fetches {chosen.title}.")

    report_part(0.0)
    path = downloaded(chosen.repo, FILE, title=chosen.title, on_progress=report_part, timeout=patience)
    report(1.0, f"Reads {chosen.title}.")
    torchvision_operators()
    import timm
    from safetensors import SafetensorError

    source = {"file": str(path), "custom_load": False}
    try:
        model: Any = timm.create_model(chosen.timm, pretrained=True, pretrained_cfg_overlay=source, **chosen.options)
    except SafetensorError as error:
        raise BadWeights(f"The file {path} of {chosen.title} is damaged; delete it and try again.") from error
    return chosen.adapted(from_timm(model)).eval().requires_grad_(False)


GUESTS = {
    name: Guest(
        title=f"{chosen.title} (Hub)",
        kind=VisionTransformer,
        size=SIZE,
        channels=3,
        predicts=bool(chosen.classes),
        names=chosen.class_names,
        load=partial(fetch, name),
    )
    for name, chosen in PRETRAINED.items()
}
"""The same as the lab's views know them."""
