"""What generated pictures are measured in: the last hidden layer of a small classifier that ships with the project.

The usual Frechet inception distance takes its features from a network for photographs of 299 x 299 pixels. Ours come
from `cnn-fashion` for grey pictures and from `cnn-emoji` for colour, so a distance carries their name and compares with
no number from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from playground.data import Spec, unit
from playground.data.images import resize
from playground.errors import PlaygroundError

CHUNK = 500
"""How many pictures go through the network at once."""


class NoFeatures(PlaygroundError):
    """Pictures cannot be measured: the network is missing, or they are none."""


class FeatureNetwork(nn.Module):
    """A trained network up to what its classes are read off, for pictures of any size, grey or colour.

    Attributes:
        num_features: The length of a feature vector; torchmetrics looks for this name.
    """

    def __init__(self, *, network: nn.Module, spec: Spec) -> None:
        """Takes a network with `features` and `num_features`, and the shape of the pictures that it was trained on."""
        super().__init__()
        self.network, self.spec = network, spec
        self.num_features = int(network.num_features)  # type: ignore[arg-type]

    def pictures(self, images: Tensor) -> Tensor:
        """uint8 pictures (B, C, H, W), as the network was trained on them: its size, grey or colour."""
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] not in (1, 3):
            raise NoFeatures(
                f"Features are made of uint8 pictures (N, 1 or 3, H, W); these are {images.dtype}, "
                f"{tuple(images.shape)}. Convert them first."
            )
        images = resize(images, self.spec.size)  # (B, C, size, size)
        if images.shape[1] == self.spec.channels:
            return images
        if self.spec.channels == 3:
            return images.expand(-1, 3, -1, -1)  # (B, 3, size, size)
        return grey(images)  # (B, 1, size, size)

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """uint8 pictures (B, C, H, W) to features (B, num_features), float32."""
        return self.network.features(unit(self.pictures(images))).float()  # type: ignore[operator]


@dataclass(frozen=True)
class Features:
    """A feature network under its name.

    Attributes:
        name: The shipped run that it comes from, such as `cnn-fashion`.
        network: In evaluation mode on the CPU, without gradients.
    """

    name: str
    network: FeatureNetwork

    def embed(self, images: Tensor) -> Tensor:
        """Pictures (N, C, H, W), uint8, on any device, to features (N, F), float32, on the CPU.

        Raises:
            NoFeatures: When there is no picture, or they are no uint8 pictures.
        """
        if not len(images):
            raise NoFeatures("There is no picture to measure; give at least one.")
        network = self.network if images.device.type == "cpu" else _on(self.name, str(images.device))
        return torch.cat([network(chunk).cpu() for chunk in images.split(CHUNK)])  # (N, F)

    def logits(self, images: Tensor) -> Tensor:
        """Pictures (N, C, H, W), uint8, to the logits of the classes that the network was trained on, (N, classes)."""
        head: nn.Module = self.network.network.head  # type: ignore[assignment]
        return head(self.embed(images))


def features_name(spec: Spec) -> str:
    """The shipped run in whose features pictures of `spec` are measured; reads nothing."""
    return "cnn-fashion" if spec.channels == 1 else "cnn-emoji"


def features_for(spec: Spec) -> Features:
    """The features for pictures of `spec`, loaded once.

    Raises:
        NoFeatures: When the run is not in `pretrained/`.
    """
    return _loaded(features_name(spec))


@cache
def _loaded(name: str) -> Features:
    return Features(name, _read(name))


@cache
def _on(name: str, device: str) -> FeatureNetwork:
    return _read(name).to(device)


def _read(name: str) -> FeatureNetwork:
    """A shipped run's last snapshot; what stands above is imported here alone and late, see the architecture test."""
    from playground.runs.reader import Run
    from playground.runs.store import PRETRAINED

    run = Run(name, PRETRAINED / name, shipped=True)
    try:
        with torch.random.fork_rng(devices=[]):  # building a network draws weights; nobody's randomness may notice
            network = run.recipe.network(run.info.spec)
        network.load_state_dict(run.weights(run.nearest(None)))
    except PlaygroundError as error:
        raise NoFeatures(f"Pictures are measured in the features of a run that ships, but: {error}") from error
    return FeatureNetwork(network=network, spec=run.info.spec).eval().requires_grad_(False)


def grey(images: Tensor) -> Tensor:
    """Colour pictures (B, 3, H, W), uint8, as grey (B, 1, H, W), by ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B."""
    weights = torch.tensor([0.299, 0.587, 0.114], device=images.device)[:, None, None]
    return (images * weights).sum(dim=1, keepdim=True).round().to(torch.uint8)
