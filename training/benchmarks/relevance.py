"""Which maps of a classifier's answer may be believed: deletion and insertion of test pictures, beside random orders.

The curves are those of the page, see `playground.labs.vision.faithfulness`; every method explains the predicted class.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from playground.data import ImageSpec, packs, unit
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.effort import effort
from playground.labs.vision.faithfulness import area, curves, random_rankings, ranking, shares
from playground.labs.vision.methods import fitting
from playground.metrics.intervals import bootstrap
from playground.runs.store import Store
from training.benchmarks import Row

RUNS = {"vit-fashion": "fashion", "cnn-fashion": "fashion", "vit-cifar10": "cifar10"}
"""Which pictures are shown to which network; those of `fashion` are test pictures of all of Fashion-MNIST, too."""
PICTURES, ORDERS, CHUNK = 200, 10, 20
"""Test pictures, the first ones, random orders of each, and pictures whose maps are computed at once."""


def rows() -> Iterator[Row]:
    """The area under the curves of each method and of random orders, and by how much each method is better."""
    store = Store(Path("none"))
    for insert in (False, True):
        for name, data in RUNS.items():
            run = store.get(name)
            if not packs.available(data):
                print(f"({data} is not here: name its folder in PLAYGROUND_DATA)", file=sys.stderr)
                continue
            network = run.network(run.snapshots[-1])
            assert isinstance(network, Classifier)
            images = unit(packs.load(data).test["images"][:PICTURES])
            yield from _of(name, areas(network, run.spec, images, insert=insert), insert)


def _of(name: str, by_method: Mapping[str, Tensor], insert: bool) -> Iterator[Row]:
    """What the areas of one run say."""
    what, random = "insertion" if insert else "deletion", by_method["random"]
    for title, values in by_method.items():
        how = f"mean {_interval(values)}"
        if title == "random":
            yield Row(f"{what} AUC, {name}, {title}", values.tolist(), "", "", f"{how}, of {ORDERS} orders a picture")
            continue
        gain = values - random if insert else random - values
        _, low, high = bootstrap(gain)
        verdict = "better than" if low > 0 else "worse than" if high < 0 else "no better than"
        how = f"{how}; {verdict} random, by {_interval(gain)}"
        yield Row(f"{what} AUC, {name}, {title}", values.tolist(), "", "", how)


def areas(network: Classifier, spec: ImageSpec, images: Tensor, *, insert: bool = False) -> dict[str, Tensor]:
    """Areas under the curves of the predicted class.

    Args:
        network: In evaluation mode.
        spec: Of the images.
        images: (N, C, H, W), normalized as in training.
        insert: Whether parts are inserted, instead of being removed.

    Returns:
        By title of the method, and for "random" the mean of `ORDERS` orders: (N,), float64, each from 0 to 1.
    """
    planned = effort(network, spec.size)
    grid = planned.grid
    at, methods = shares(grid**2, planned.points), fitting(network)
    found: list[Tensor] = []
    for some in images.split(CHUNK):
        with torch.no_grad():
            labels = network(some).argmax(dim=1)
        rankings = torch.stack([ranking(one.map(network, some, labels), grid) for one in methods], dim=1)
        for image, label, own in zip(some, labels, rankings, strict=True):
            orders = torch.cat([own, random_rankings(ORDERS, grid, seed=len(found))])
            found.append(area(curves(network, image, int(label), orders, at, insert=insert), at))
        print(f"({len(found)} of {len(images)} pictures)", file=sys.stderr, flush=True)
    table = torch.stack(found)  # (N, methods + ORDERS)
    by_method = {one.title: table[:, i] for i, one in enumerate(methods)}
    return {**by_method, "random": table[:, len(methods) :].mean(dim=1)}


def _interval(values: Tensor) -> str:
    """The mean over pictures, and its bootstrap interval."""
    mean, low, high = (float(value) for value in bootstrap(values))
    return f"{mean:.3f} (95 % interval {low:.3f} to {high:.3f})"
