"""Whether a map ranks the parts of an image as a network needs them: deletion and insertion curves.

Petsiuk, Das & Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", 2018 (arXiv 1806.07421),
section 4.1: the parts of the image are removed, or added, in the order of the map, and the probability of the class is
followed. Here parts are the cells of a square grid, the same for all maps, and what is removed is gray, 0 once images
are normalized. A map without knowledge is a random order of the cells.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from playground.labs.vision.attribution import PIXELS
from playground.labs.vision.effort import POINTS


def ranking(maps: Tensor, grid: int) -> Tensor:
    """The cells in the order of a map, the largest mean first; of equal cells the upper left one comes first.

    Args:
        maps: (N, rows, columns), each a multiple of `grid`, or `grid` a multiple of them.
        grid: Cells in a row.

    Returns:
        (N, grid * grid), numbers of cells, row by row from 0.
    """
    cells = F.interpolate(maps[:, None], size=(grid, grid), mode="area").flatten(1)  # (N, cells)
    return cells.argsort(dim=1, descending=True, stable=True)


def random_rankings(count: int, grid: int, *, seed: int = 0) -> Tensor:
    """Orders of the cells drawn at random, (count, grid * grid); the first ones do not depend on `count`."""
    rng = Generator().manual_seed(seed)
    return torch.stack([torch.randperm(grid**2, generator=rng) for _ in range(count)])


def shares(cells: int, points: int = POINTS[False]) -> Tensor:
    """The shares of the cells that have changed at each point of a curve, (S,), from 0 to 1; at most `points` steps."""
    steps = min(cells, points)
    return (torch.linspace(0, 1, steps + 1, dtype=torch.double) * cells).round() / cells


def changed(image: Tensor, rankings: Tensor, at: Tensor, *, insert: bool = False) -> Tensor:
    """The images at all points of the curves.

    Args:
        image: (C, H, W), normalized as in training, its side a multiple of the grid's.
        rankings: (N, grid * grid), orders of the cells.
        at: (S,), the shares of the cells that have changed.
        insert: Whether cells are put on gray, instead of being replaced by it.

    Returns:
        (N, S, C, H, W).
    """
    n, cells = rankings.shape
    grid = round(cells**0.5)
    ranks = torch.empty_like(rankings).scatter_(1, rankings, torch.arange(cells).expand(n, -1))  # cell -> its rank
    taken = ranks[:, None, :] < (at * cells).round()[None, :, None]  # (N, S, cells)
    kept = (taken if insert else ~taken).unflatten(2, (grid, grid)).to(image)
    times = image.shape[-1] // grid
    kept = kept.repeat_interleave(times, dim=-2).repeat_interleave(times, dim=-1)  # (N, S, H, W)
    return kept[:, :, None] * image


@torch.no_grad()
def curves(
    network: nn.Module, image: Tensor, label: int, rankings: Tensor, at: Tensor, *, insert: bool = False
) -> Tensor:
    """The probability of a class while the cells are removed, or inserted, in each of several orders.

    Args:
        network: Images to logits (B, classes), in evaluation mode.
        image: (C, H, W), normalized as in training, its side a multiple of the grid's.
        label: The class.
        rankings: (N, grid * grid), orders of the cells.
        at: (S,), the shares of the cells that have changed.
        insert: Whether cells are put on gray, instead of being replaced by it.

    Returns:
        (N, S), from 0 to 1.
    """
    inner = (at > 0) & (at < 1)
    batch = max(1, PIXELS // (len(at) * image.shape[-1] ** 2))
    probabilities = []
    for some in rankings.split(batch):
        images = changed(image, some, at[inner], insert=insert).flatten(0, 1)  # (some * inner, C, H, W)
        probabilities.append(network(images).softmax(dim=1)[:, label].view(len(some), -1))
    ends = changed(image, rankings[:1], at[~inner], insert=insert)[0]  # (ends, C, H, W), the same in every order
    found = torch.empty(len(rankings), len(at), dtype=probabilities[0].dtype, device=image.device)
    found[:, inner], found[:, ~inner] = torch.cat(probabilities), network(ends).softmax(dim=1)[:, label]
    return found


def area(probabilities: Tensor, at: Tensor) -> Tensor:
    """The area under curves (..., S) over the shares `at` (S,), by the trapezoidal rule: (...), from 0 to 1."""
    return torch.trapezoid(probabilities.double(), at.to(probabilities.device), dim=-1)
