"""The training pictures nearest to a generated one, which any view of such pictures can lay beside it."""

from __future__ import annotations

from functools import lru_cache

from starlette.responses import Response
from torch import Tensor

from playground.data import Images, Spec, available, load
from playground.errors import PlaygroundError
from playground.metrics.generated import Gallery
from playground.ui.packet import packet

NEIGHBOURS = 4


class NoTrainingPictures(PlaygroundError):
    """What the run has learnt from is not on this machine."""


@lru_cache(maxsize=4)
def gallery(name: str, size: int) -> tuple[Images, Gallery]:
    """A data set and the features of its training pictures, kept as they take seconds to make.

    Raises:
        NoTrainingPictures: When the data are not here.
    """
    if not available(name):
        raise NoTrainingPictures(f"The pictures of {name} are not on this machine, so none can be compared with.")
    data = load(name, size=size)
    return data, Gallery.of(data.train.images, data.spec)


def nearest_packet(picture: Tensor, spec: Spec) -> Response:
    """The `NEIGHBOURS` training pictures of `spec` that are nearest to picture (1, C, H, W), uint8, nearest first."""
    data, among = gallery(spec.name, spec.size)
    indices, distances = among.nearest(picture, NEIGHBOURS)
    found = data.train.at(indices[0])
    head = {
        "channels": spec.channels,
        "size": spec.size,
        "labels": [spec.classes[label] for label in found.labels.tolist()],
        "distances": [round(distance, 2) for distance in distances[0].tolist()],
        "of": len(data.train),
        "features": among.features.name,
    }
    return packet(head, found.images.contiguous().numpy().tobytes())
