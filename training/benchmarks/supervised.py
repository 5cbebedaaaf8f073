"""What the network of a recipe knows of motion once it is told: `python -m training supervised frames-moving`.

The ceiling of the view "Which way does it move?": the same network, trained on the labels of the very clips that the
probes are fitted to. Nothing was chosen by the accuracy on the test clips.
"""

from __future__ import annotations

import time
from pathlib import Path

import torch
from torch import Generator, nn
from torch.nn import functional as F

from playground import __version__
from playground.data import Catalog, Data, unit
from playground.errors import PlaygroundError
from playground.labs import recipe
from playground.labs.selfsupervised.motion import CLASSES, FACTS, LABELED, REFERENCES, Supervised, embedded
from playground.labs.selfsupervised.pretrain import warmup_and_cosine
from playground.labs.selfsupervised.representation import ClipEncoder
from playground.optim import hidden, muon_and_adamw
from training.benchmarks import machine

STEPS, BATCH = 1800, 32
LEARNING_RATE, WEIGHT_DECAY = 3e-3, 0.01


class NoClips(PlaygroundError):
    """The network of a recipe does not see clips."""


class Told(nn.Module):
    """An encoder, and a linear head for each fact of a clip's motion."""

    def __init__(self, *, encoder: ClipEncoder) -> None:
        """Takes the encoder, untrained."""
        super().__init__()
        self.encoder = encoder
        self.heads = nn.ModuleDict({name: nn.Linear(encoder.num_features, k) for name, k in CLASSES.items()})


def measured(name: str, catalog: Catalog, *, steps: int = STEPS) -> Supervised:
    """Trains the network of the recipe `name` on labels for some steps, and evaluates it on all test clips.

    Raises:
        NoClips: When it does not see clips.
    """
    chosen = recipe(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = chosen.network(chosen.spec(catalog))
        if not isinstance(encoder, ClipEncoder):
            raise NoClips(f"The network of “{name}” does not see clips, so it knows of no motion.")
        told = Told(encoder=encoder)
    data = chosen.load(catalog)
    start = time.perf_counter()
    trained(told, data, steps)
    seconds = time.perf_counter() - start
    accuracy = {}
    for column, fact in FACTS.items():
        with torch.no_grad():
            named = told.heads[fact](embedded(encoder, data.test["clips"])).argmax(dim=1)
        accuracy[fact] = round(float((named == data.test[column]).float().mean()), 4)
    return Supervised(
        recipe=name,
        data_hash=data.hash,
        network=type(encoder).__name__,
        parameters=sum(one.numel() for one in encoder.parameters()),
        steps=steps,
        seconds=round(seconds, 1),
        command=f"python -m training supervised {name}",
        machine=machine(),
        code=__version__,
        **accuracy,
    )


def trained(told: Told, data: Data, steps: int) -> Told:
    """The cross entropy of all facts is minimized over random batches; then it is in evaluation mode."""
    few, rng = data.train.first(LABELED), Generator().manual_seed(0)
    rates = {"lr": LEARNING_RATE, "weight_decay": WEIGHT_DECAY}
    optimizers = muon_and_adamw(told, hidden(told.encoder), **rates)
    usual = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    for step in range(steps):
        for optimizer, rates_of in zip(optimizers, usual, strict=True):
            for group, rate in zip(optimizer.param_groups, rates_of, strict=True):
                group["lr"] = rate * warmup_and_cosine(step / steps)
            optimizer.zero_grad()
        rows = torch.randint(len(few), (BATCH,), generator=rng)
        features = told.encoder.features(unit(few["clips"][rows, : told.encoder.frames]))
        losses = [F.cross_entropy(told.heads[fact](features), few[column][rows]) for column, fact in FACTS.items()]
        torch.stack(losses).sum().backward()
        for optimizer in optimizers:
            optimizer.step()
    return told.eval()


def write(result: Supervised, path: Path | None) -> None:
    """Writes a result to `path`, or to where the view looks for it."""
    path = path or REFERENCES / f"{result.recipe}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
