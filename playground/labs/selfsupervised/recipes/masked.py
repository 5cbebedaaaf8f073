"""The recipes of what learns by filling in what is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import model_validator

from playground.data import Catalog, Data, ImageSpec
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.mae import MaskedAutoencoder, MaskedPretrain
from playground.labs.selfsupervised.recipes.base import ViewsRecipe
from playground.labs.vision.vit import VisionTransformer
from playground.recipe import ImageRecipe, Recipe, knob

GRID = 32
"""Patches in a row at most."""


class MaeRecipe(ImageRecipe):
    """A masked autoencoder of Vision Transformer blocks."""

    what: ClassVar[str] = "mae"
    title: ClassVar[str] = "Masked autoencoder"
    lab: ClassVar[str] = "selfsupervised"
    task: ClassVar[str] = "image-feature-extraction"
    labels: ClassVar[Mapping[str, str]] = {
        **ViewsRecipe.labels,
        "loss": "Loss (MSE on masked patches)",
        "masked_mse": "Masked MSE",
    }

    batch_size: int = knob(64, "Batch size: pictures that one step looks at.", ge=2, le=1024, unit="pictures")
    mask_ratio: float = knob(
        0.75, "Mask ratio: the part of the patches that is hidden.", ge=0.05, le=0.95, step=0.05, shown=True
    )
    decoder_depth: int = knob(
        1, "Decoder depth: transformer blocks that fill in the pixels.", ge=1, le=8, unit="blocks", step=1, shown=True
    )
    patch_size: int = knob(
        4, "Patch size: the side of the squares that are hidden or seen.", ge=1, le=32, unit="pixels"
    )
    width: int = knob(44, "Width: size of a patch embedding, a multiple of 4 and of the heads.", ge=8, le=384)
    depth: int = knob(3, "Depth: transformer blocks of the encoder.", ge=1, le=12, unit="blocks", step=1)
    decoder_width: int = knob(32, "Decoder width: the same of the decoder.", ge=8, le=384)
    heads: int = knob(4, "Attention heads of each block.", ge=1, le=12, unit="heads", step=1)
    normalized: bool = knob(
        False, "Normalized pixels: each patch is predicted less its own mean, over its standard deviation."
    )
    smallest: float = knob(0.5, "Smallest crop: the part of a picture's area that is learned from.", ge=0.02, le=1)
    flip: bool = knob(True, "Random horizontal flips, so that left and right count the same.")
    learning_rate: float = knob(2e-3, "Peak learning rate.", ge=1e-6, le=1)
    weight_decay: float = knob(0.05, "Weight decay: how strongly weights are pulled towards zero.", ge=0, le=1)

    @model_validator(mode="after")
    def _heads_divide_the_widths(self) -> MaeRecipe:
        for name, width in {"width": self.width, "decoder width": self.decoder_width}.items():
            if width % self.heads or width % 4:
                raise ValueError(f"a {name} of {width} is not a multiple of 4 and of {self.heads} heads")
        return self

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """How well hidden patches are reconstructed."""
        return ("masked_mse", "falls")

    def shaped(self, catalog: Catalog) -> ImageSpec:
        """An `ImageSpec` of the wanted size, or of the largest one within the images' own that patches tile."""
        spec: ImageSpec = super().shaped(catalog)
        tiled = spec.size // self.patch_size * self.patch_size
        return spec if self.image_size or tiled < self.patch_size else spec.sized(tiled)

    def check(self, spec: ImageSpec) -> None:
        """Patches tile the image, and there are neither too few nor too many of them."""
        if spec.size % self.patch_size:
            raise ValueError(f"patches of {self.patch_size} pixels do not tile a picture of {spec.size}")
        grid = spec.size // self.patch_size
        if not 2 <= grid <= GRID:
            raise ValueError(f"a picture has 2 to {GRID} patches in a row here, not {grid}")
        if int(grid**2 * (1 - self.mask_ratio)) < 1:
            raise ValueError(f"with a mask ratio of {self.mask_ratio:g}, none of {grid**2} patches is visible")

    def network(self, spec: ImageSpec) -> MaskedAutoencoder:
        """Encoder and decoder for images of `spec`."""
        encoder = VisionTransformer(
            image_size=spec.size,
            patch_size=self.patch_size,
            channels=spec.channels,
            classes=0,
            width=self.width,
            depth=self.depth,
            heads=self.heads,
            mlp_ratio=2.0,
            class_token=False,
            positions="sin-cos",
        )
        return MaskedAutoencoder(
            encoder=encoder,
            channels=spec.channels,
            width=self.decoder_width,
            depth=self.decoder_depth,
            heads=self.heads,
            normalized=self.normalized,
        )

    def build(self, data: Data) -> MaskedPretrain:
        """The reconstruction of the training images of `data`."""
        return MaskedPretrain(
            network=self.network(data.spec),
            data=data,
            augmentation=Augmentation(
                size=data.spec.size, smallest=self.smallest, largest=1, flip=self.flip, color=0, gray=0
            ),
            mask_ratio=self.mask_ratio,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )


MASKED: dict[str, Recipe] = {
    "mae-fashion": MaeRecipe(),
    "mae-emoji": MaeRecipe(data="emoji", image_size=32, flip=False),
    "mae-faces": MaeRecipe(data="faces", image_size=32),
    "mae-cifar10": MaeRecipe(data="cifar10", width=128, depth=6, decoder_width=64, seconds=900),
}
