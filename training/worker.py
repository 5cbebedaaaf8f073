"""The process that trains: it stays warm and trains one run after another.

It reads one order a line from standard input and answers on standard output:

    ready                                                   once everything is imported
    {"run": "<path>", "resume": false, "shipped": "<path>"}    <- an order
    {"done": "<path>", "state": "done", "message": "..."}      -> the answer

At the end of the input it finishes its run and exits; so a run outlives the web server that ordered it. Where its
memory is bound it also exits after a run that left it little, and its exit is the answer.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from torch import nn

from playground import labs
from playground.data import packs
from playground.device import pick
from playground.metrics.generated import torchmetrics
from playground.runs.reader import Run
from playground.runs.store import Store
from training.memory import bound, taken
from training.record import record


def main(argv: Sequence[str] | None = None) -> int:
    """Works until standard input ends; `argv` has the options `--device`, `--threads` and `--memory`."""
    parser = argparse.ArgumentParser(prog="python -m training worker", description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads used; 0 leaves it to torch")
    parser.add_argument("--memory", type=int, default=0, help="bytes that a training may take; 0 sets no limit")
    options = parser.parse_args(argv)
    device = pick(options.device)
    if options.threads > 0:
        torch.set_num_threads(options.threads)
    faulthandler.enable(file=2)
    warm_up(device)
    before = taken()
    if options.memory:
        bound(options.memory)
    answers = os.dup(1)
    _say(answers, "ready")
    for line in sys.stdin:
        if line.strip():
            answer = train(json.loads(line), device, options.memory)
            if options.memory and taken() - before > options.memory / 2:
                return 0  # what it keeps, in pieces, the next run would lack; a fresh process has all
            _say(answers, json.dumps(answer))
    return 0


def warm_up(device: str) -> None:
    """Does what the first run would otherwise wait for.

    Torch imports half of itself only when an optimizer first steps, scikit-learn takes a second for its digits, and
    torchmetrics, which evaluates generated images, three.
    """
    labs.recipes()
    layer = nn.Linear(2, 2).to(device)
    optimizer = torch.optim.AdamW(layer.parameters())
    layer(torch.zeros(1, 2, device=device)).sum().backward()
    optimizer.step()
    for name in ("digits", "fashion"):
        packs.load(name)
    torchmetrics()


def train(order: dict[str, object], device: str, memory: int) -> dict[str, str]:
    """Trains the run that `order` names, in so many bytes, and says how it ended."""
    path, shipped = Path(str(order["run"])), Path(str(order["shipped"]))
    run, store = Run(path.name, path), Store(path.parent, shipped)
    with logged(path / "log.txt"):
        for _ in record(run, store=store, resume=bool(order["resume"]), device=device, memory=memory):
            pass
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    status = run.status
    return {"done": str(path), "state": status.state, "message": status.message}


@contextmanager
def logged(log: Path) -> Iterator[None]:
    """Sends all that this process prints, compiled libraries included, to the end of `log`."""
    originals = os.dup(1), os.dup(2)
    try:
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError:
        file = os.open(os.devnull, os.O_WRONLY)
    try:
        _point_outputs_to(file, file)
        yield
    finally:
        _point_outputs_to(*originals)
        for number in (file, *originals):
            os.close(number)


def _point_outputs_to(out: int, err: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os.dup2(out, 1)
    os.dup2(err, 2)


def _say(answers: int, line: str) -> None:
    """Writes one line to the engine, which may be gone."""
    with suppress(BrokenPipeError):
        os.write(answers, line.encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
