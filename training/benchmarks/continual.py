"""Whether methods against forgetting hold where they are known to hold, and fail where they are known to fail.

Split Fashion-MNIST: five tasks of two classes, in the three scenarios of van de Ven, Tuytelaars & Tolias, "Three types
of incremental learning", 2022, who have MNIST. With the task known, all come near joint training; across domains they
are better than finetuning; among classes only what replays holds. The embedded pictures, the recipes as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from playground.data import Data, packs
from playground.labs import recipe
from training.benchmarks import Row
from training.benchmarks.generation import trained

STEPS = 1000
METHODS = ("finetune", "ewc", "si", "lwf", "replay", "joint")
GOALS = {
    "task": dict.fromkeys(("ewc", "si", "lwf", "replay"), ">= 95"),
    "domain": dict.fromkeys(("ewc", "si", "lwf", "replay"), ">= 80"),
    "class": {**dict.fromkeys(("finetune", "ewc", "si", "lwf"), "<= 30"), "replay": ">= 65"},
}
"""By scenario and method."""


def rows(seeds: int = 3) -> Iterator[Row]:
    """The accuracy over all tasks at the end, on all test pictures, by scenario and method."""
    data = packs.load("fashion")
    for scenario, goals in GOALS.items():
        for method in METHODS:
            found = [reached(method, scenario, seed, data) for seed in range(seeds)]
            lost = ", ".join(f"{values.get('forgetting', 0) * 100:.1f}" for values in found)
            title = f"{recipe(f'{method}-fashion').title}, {scenario}-incremental"
            how = f"seeds 0 to {seeds - 1}, {STEPS} steps; forgetting {lost} %"
            yield Row(title, [100 * values["accuracy"] for values in found], "%", goals.get(method, ""), how)


def reached(method: str, scenario: str, seed: int, data: Data, steps: int = STEPS) -> dict[str, float]:
    """What is evaluated of a method at the end of a training."""
    chosen = recipe(f"{method}-fashion").changed(scenario=scenario, seed=seed, steps=steps, seconds=None)
    objective = trained(chosen, data)
    with torch.no_grad():
        return objective.eval().evaluate(data.test)
