"""How much is computed to explain an answer, by the size of the picture: the one place that says so.

A forward pass of a picture of 224 pixels takes a Vision Transformer of timm's as long as hundreds of passes take the
small networks here. Of large pictures there are fewer passes of the same methods: fewer gradients on the way from gray,
fewer and larger squares that cover a picture, and fewer and larger cells that are removed from it. All passes are those
of the whole network on the whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass

from playground.labs.vision.classifier import Classifier
from playground.labs.vision.vit import VisionTransformer

LARGE = 128
"""From this side on a picture is large, in pixels."""
CELLS = 8
"""About how many cells a picture has in a row, where its network does not cut it into patches."""
SLIDES = 32
"""Pictures up to this side are covered by squares that overlap by half; on larger ones the squares tile them."""
SQUARES = 4
"""How many squares a large picture is covered by in a row; each has 5/14 of its side, so that they overlap by 2/5."""
POINTS = {False: 24, True: 7}
"""Steps of a curve at most, besides its beginning, by whether the picture is large."""
GRADIENTS = {False: 32, True: 8}
"""Gradients that integrated gradients average, likewise.

On three networks that ship, with 32 the sum over the pixels misses the score by 0.2 % in the median of 24 pictures, and
with 8 by 5 to 21 %, where the maps correlate with those of 300 by 0.99. The Gauss-Legendre rule is not better.
"""


@dataclass(frozen=True)
class Effort:
    """How much is computed for one picture.

    Attributes:
        gradients: Of integrated gradients, on the way from gray to the picture.
        side: Of the square of occlusion, in pixels.
        stride: By how many pixels it slides.
        grid: Cells in a row that curves remove or insert.
        points: Steps of a curve at most, besides its beginning.
    """

    gradients: int
    side: int
    stride: int
    grid: int
    points: int


def effort(network: Classifier, size: int) -> Effort:
    """What is computed for a picture of `size` pixels."""
    large = size >= LARGE
    side = cell(network, size)
    counts = {"grid": size // side, "gradients": GRADIENTS[large], "points": POINTS[large]}
    if large:
        square = 5 * size // 14
        return Effort(side=square, stride=-(-(size - square) // (SQUARES - 1)), **counts)
    return Effort(side=side, stride=max(1, side // 2) if size <= SLIDES else side, **counts)


def cell(network: Classifier, size: int) -> int:
    """The side of the cells that a picture is cut into: the network's patches, or about an eighth of the picture.

    Args:
        network: The classifier.
        size: The picture's side, in pixels; in a large one a cell is several patches, so that about 8 are in a row.

    Returns:
        A divisor of `size`.
    """
    sides = [side for side in range(1, size + 1) if size % side == 0]
    if not isinstance(network, VisionTransformer):
        return min(sides, key=lambda side: abs(side - size / CELLS))
    patch = network.patch_size
    if size < LARGE:
        return patch
    return min((side for side in sides if side % patch == 0), key=lambda side: abs(size // side - CELLS))
