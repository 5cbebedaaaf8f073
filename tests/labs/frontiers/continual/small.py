"""A data set of six classes in three tasks, and a network and objectives for it, small enough for float64."""

import torch

from playground.data import Data, ImageSpec, Split
from playground.labs.frontiers.continual.network import TaskClassifier

SPEC = ImageSpec(name="any", channels=1, size=8, classes=tuple("abcdef"))
TASKS = 3


def split(n, seed):
    rng = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (n, 1, 8, 8), generator=rng, dtype=torch.uint8)
    return Split({"images": images, "labels": torch.arange(n) % 6})


DATA = Data(spec=SPEC, train=split(60, 0), test=split(30, 1), hash="any")


def network(scenario="class", tasks=TASKS, seed=0):
    torch.manual_seed(seed)
    model = TaskClassifier(image_size=8, channels=1, classes=6, tasks=tasks, scenario=scenario, width=4)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.4)
    return model


def batch_of(task, turn=None, n=8):
    """The first training pictures of a task, in its turn or in that of another."""
    rows = (DATA.train["labels"] // 2 == task).nonzero()[:n, 0]
    return {**DATA.train.batch(rows), "turn": torch.full((n,), task if turn is None else turn)}
