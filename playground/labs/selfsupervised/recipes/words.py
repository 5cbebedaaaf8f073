"""The recipes of what learns from pictures and words for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from playground.data import Data, ImageSpec
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.clip import CLIP
from playground.labs.selfsupervised.imagetext import ImageText
from playground.labs.selfsupervised.recipes.base import AugmentedRecipe, ViewsRecipe
from playground.labs.selfsupervised.siglip import SigLIP
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.metrics.labels import Share
from playground.recipe import Recipe, knob


class WordsRecipe(AugmentedRecipe):
    """The knobs of both methods: those of the two encoders, and those of the pairs."""

    lab: ClassVar[str] = "selfsupervised"
    task: ClassVar[str] = "zero-shot-image-classification"
    columns: ClassVar[tuple[str, ...]] = ("images", "captions")
    labels: ClassVar[Mapping[str, str]] = {
        **ViewsRecipe.labels,
        "temperature": "Temperature",
        "zero_shot": Share("Zero-shot accuracy, names of the classes"),
        "zero_shot_finer": Share("Zero-shot accuracy, names of finer classes"),
        "zero_shot_ensemble": Share("Class by the mean of its training names"),
        "zero_shot_nearest": Share("Class of the nearest training name"),
        **{f"text_to_image_{k}": Share(f"Name to picture, recall at {k}") for k in (1, 5, 10)},
        **{f"image_to_text_{k}": Share(f"Picture to name, recall at {k}") for k in (1, 5, 10)},
        **{f"keywords_to_image_{k}": Share(f"Keywords to picture, recall at {k}") for k in (1, 5, 10)},
    }

    batch_size: int = knob(
        256,
        "Batch size: pairs of picture and caption that are told apart.",
        ge=2,
        le=2048,
        unit="pairs",
        shown=True,
    )
    names: float = knob(
        0.5, "Names: how often a caption is the name, else it is one to three keywords.", ge=0, le=1, step=0.1
    )
    smallest: float = knob(0.3, "Smallest crop: the part of a picture's area that it shows, at least.", ge=0.02, le=1)
    color: float = knob(0.4, "Color jitter: how much brightness, contrast, saturation and hue vary.", ge=0, le=1)
    width: int = knob(
        24, "Width: channels of the encoder's first stage; the second has twice as many.", ge=4, le=128, unit="features"
    )
    depth: int = knob(1, "Depth: residual blocks in each of the two stages.", ge=1, le=4, unit="blocks", step=1)
    buckets: int = knob(
        2048, "Hash buckets: vectors that all words and n-grams share.", ge=16, le=65_536, unit="vectors"
    )
    text_width: int = knob(32, "Text width: numbers of a vector of the text encoder.", ge=4, le=256, unit="features")
    embedding: int = knob(64, "Embedding: numbers that pictures and words are compared by.", ge=2, le=512)
    temperature: float = knob(
        0.07,
        "Temperature at the start; it is learned; the smaller, the more the most similar count.",
        ge=0.01,
        le=1,
    )
    learning_rate: float = knob(2e-3, "Peak learning rate.", ge=1e-6, le=1)
    weight_decay: float = knob(0.05, "Weight decay: how strongly weights are pulled towards zero.", ge=0, le=1)

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """How often the right picture is among the ten that a name finds first."""
        return ("text_to_image_10", "rises")

    def network(self, spec: ImageSpec) -> ImageText:
        """Both encoders for images of `spec`."""
        encoder = ConvolutionalNetwork(channels=spec.channels, classes=0, width=self.width, depth=self.depth)
        return ImageText(
            encoder=encoder,
            embedding=self.embedding,
            buckets=self.buckets,
            text_width=self.text_width,
            temperature=self.temperature,
            bias=self.first_bias,
        )

    @property
    def first_bias(self) -> float | None:
        """Where the bias of the logits begins; None where the loss has none."""
        return None

    def augmentation(self, spec: ImageSpec) -> Augmentation:
        """As the knobs say; nothing is mirrored, since words say left and right."""
        return Augmentation(size=spec.size, smallest=self.smallest, largest=1, flip=False, color=self.color, gray=0)

    def shared(self, data: Data) -> dict[str, Any]:
        """What every `Pairing` takes."""
        return {
            "network": self.network(data.spec),
            "data": data,
            "augmentation": self.augmentation(data.spec),
            "names": self.names,
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
        }


class ClipRecipe(WordsRecipe):
    """CLIP: an image and a text encoder that find each other's partners in a batch."""

    what: ClassVar[str] = "clip"
    title: ClassVar[str] = "CLIP"
    labels: ClassVar[Mapping[str, str]] = {**WordsRecipe.labels, "loss": "Contrastive loss (nats)"}

    def build(self, data: Data) -> CLIP:
        """Both cross entropies on the training pairs of `data`."""
        return CLIP(**self.shared(data))


class SiglipRecipe(WordsRecipe):
    """SigLIP: the same with a yes or no for every pair."""

    what: ClassVar[str] = "siglip"
    title: ClassVar[str] = "SigLIP"
    labels: ClassVar[Mapping[str, str]] = {**WordsRecipe.labels, "loss": "Sigmoid loss (nats)"}

    temperature: float = knob(
        0.1, "Temperature at the start; it is learned, and the smaller, the surer of a pair.", ge=0.01, le=1
    )
    bias: float = knob(-10.0, "Bias at the start; it is learned, and below 0, since most pairs are none.", ge=-50, le=0)

    @property
    def first_bias(self) -> float:
        """That of the knob."""
        return self.bias

    def build(self, data: Data) -> SigLIP:
        """The sigmoid loss on the training pairs of `data`."""
        return SigLIP(**self.shared(data))


WORDS: dict[str, Recipe] = {
    "clip-emoji": ClipRecipe(data="emoji", image_size=32, seconds=180),
    "siglip-emoji": SiglipRecipe(data="emoji", image_size=32, seconds=180),
}
