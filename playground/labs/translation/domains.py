"""The two domains of a translation: true pairs, or two classes whose images nobody has paired."""

from __future__ import annotations

from torch import Tensor

from playground.data import Split
from playground.objective import Batch, Moment
from playground.randomness import mixed
from playground.sampler import ShuffledEpochs


def paired(split: Split) -> bool:
    """Whether the n-th image of one domain is a drawing of the same thing as the n-th of the other."""
    return "others" in split.columns


def domains(split: Split) -> tuple[Tensor, Tensor]:
    """The images (N, C, H, W), uint8, of domain A and (M, C, H, W) of domain B; N = M where they are `paired`."""
    if paired(split):
        return split["images"], split["others"]
    images, labels = split["images"], split["labels"]
    return images[labels == 0], images[labels == 1]


class UnpairedDomains:
    """Walks through both classes of a split at once, each in a random order of its own."""

    def __init__(self, split: Split, *, batch_size: int, seed: int) -> None:
        """No more images of each class than the smaller one has make a batch."""
        a, b = (Split({"images": images}) for images in domains(split))
        size = min(batch_size, len(a), len(b))
        self.a = ShuffledEpochs(a, batch_size=size, seed=seed)
        self.b = ShuffledEpochs(b, batch_size=size, seed=mixed(seed, "others") % 2**31)

    def __call__(self, moment: Moment) -> Batch:
        """As many `images` of domain A as `others` of domain B."""
        return {"images": self.a(moment)["images"], "others": self.b(moment)["images"]}
