"""What the recipes of all image classifiers share."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from pydantic import model_validator
from torch import Tensor

from playground.data import Catalog, Data, ImageSpec
from playground.flops import of_one_image
from playground.labs.vision.attention import attention_rollout
from playground.labs.vision.classify import Classify, Heatmap
from playground.labs.vision.saliency import saliency
from playground.recipe import ImageRecipe, knob
from playground.sampler import Sampler, ShuffledEpochs


class ClassifierRecipe(ImageRecipe):
    """The knobs that all image classifiers share."""

    lab: ClassVar[str] = "vision"
    task: ClassVar[str] = "image-classification"
    columns: ClassVar[tuple[str, ...]] = ("images", "labels")

    learning_rate: float = knob(2e-3, "Peak learning rate.", ge=1e-6, le=1)
    weight_decay: float = knob(0.05, "Weight decay: how strongly weights are pulled towards zero.", ge=0, le=1)
    label_smoothing: float = knob(0.1, "Label smoothing: probability mass spread over the wrong classes.", ge=0, le=0.9)
    flip: bool = knob(True, "Random horizontal flips, so that left and right count the same.")
    shift: bool = knob(False, "Random shifts of the pictures by up to an eighth of their side.")

    portion: float = knob(
        1.0,
        "Training set: the share of its pictures that is learned from, as much of every class.",
        ge=0.001,
        le=1,
        label="Share of the training set",
    )

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """The accuracy on the test set."""
        return ("accuracy", "rises")

    def flops(self, spec: ImageSpec) -> int:
        """From a picture to its logits."""
        return of_one_image(self, spec)

    def sampler(self, data: Data) -> Sampler:
        """Shuffled epochs of the share."""
        train = data.train if self.portion == 1 else data.train.at(share(data.train["labels"], self.portion))
        return ShuffledEpochs(train, batch_size=self.batch_size, seed=self.seed)

    def build(self, data: Data, *args: Any, **networks: Any) -> Classify:
        """Cross entropy on the classes of `data`."""
        return Classify(**self.settings(data))

    def settings(self, data: Data) -> dict[str, Any]:
        """What the objective of any classifier takes."""
        return {
            "network": self.network(data.spec),
            "data": data,
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            "label_smoothing": self.label_smoothing,
            "augment": [way for way in ("flip", "shift") if getattr(self, way)],
            "heatmap": self.heatmap(),
        }

    def heatmap(self) -> Heatmap:
        """What previews show; saliency works for any network."""
        return saliency


class AttentionRecipe(ClassifierRecipe):
    """A classifier whose blocks attend."""

    heads: int = knob(4, "Attention heads of each block.", ge=1, le=12, unit="heads", step=1)
    width: int = knob(64, "Width: size of a token; a multiple of the heads.", ge=8, le=384, unit="features")
    mlp_ratio: float = knob(
        2.0, "Hidden width of the MLPs between two attentions, in widths.", ge=0.5, le=8, label="MLP ratio"
    )

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> AttentionRecipe:
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {self.width}")
        return self

    def heatmap(self) -> Heatmap:
        """Attention rollout through all layers."""
        return attention_rollout


class StagedRecipe(ClassifierRecipe):
    """A classifier of convolutions in stages, each but the first on a grid of half the side."""

    width: int = knob(
        16,
        "Width: channels of the first stage; each further stage has twice as many.",
        ge=4,
        le=128,
        unit="features",
        step=4,
        shown=True,
    )

    def widths(self, stages: int) -> list[int]:
        """The channels of each stage."""
        return [self.width * 2**stage for stage in range(stages)]


class PatchRecipe(ClassifierRecipe):
    """A classifier that cuts its picture into patches."""

    patch_size: Literal[1, 2, 4, 7, 8, 14, 16, 32] = knob(
        4, "Patch size: the side of the squares that a picture is cut into.", unit="pixels", shown=True
    )

    def shaped(self, catalog: Catalog) -> ImageSpec:
        """An `ImageSpec` of the wanted size, or of the largest one within the images' own that patches tile."""
        spec: ImageSpec = super().shaped(catalog)
        tiled = spec.size // self.patch_size * self.patch_size
        return spec if self.image_size or tiled < self.patch_size else spec.sized(tiled)

    def check(self, spec: ImageSpec) -> None:
        """Patches must tile the image."""
        if spec.size % self.patch_size:
            raise ValueError(f"patches of {self.patch_size} pixels do not tile a picture of {spec.size}")


def share(labels: Tensor, portion: float) -> Tensor:
    """The rows, in their order, of the first of each class of labels (N,): a `portion` of them, at least one."""
    counts = torch.bincount(labels)
    kept = (counts * portion).round().clamp(min=1)
    ranks = torch.zeros_like(labels)
    for label in range(len(counts)):
        mine = labels == label
        ranks[mine] = torch.arange(int(counts[label]), device=labels.device)
    return (ranks < kept[labels]).nonzero()[:, 0]
