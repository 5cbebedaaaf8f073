"""What is learned in a minute and in five, through the project's own command line."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playground.data import packs
from playground.runs.store import ROOT
from training.benchmarks import Row

FULL = ("--set", "data=fashion-full")


def rows() -> Iterator[Row]:
    """Accuracy of the Vision Transformer and bound of the VAE after fixed times on the CPU."""
    if packs.available("fashion-full"):
        yield _accuracy("ViT, 60 s, all of Fashion-MNIST", ">= 86", 60, range(3), *FULL)
        yield _accuracy("ViT, 300 s, all of Fashion-MNIST", ">= 89", 300, range(1), *FULL, "--set", "flip=true")
    else:
        print("(all of Fashion-MNIST is not here: name its folder in PLAYGROUND_DATA)", file=sys.stderr)
    yield _accuracy("ViT, 60 s, the 12,000 embedded pictures", "", 60, range(3))
    bounds = [_run("vae-fashion", 10, "--set", f"seed={seed}")["loss"] for seed in range(3)]
    yield Row("VAE, 10 s, embedded pictures: negative bound", bounds, "nats", how=_command("vae-fashion", 10))


def _accuracy(what: str, goal: str, seconds: int, seeds: range, *options: str) -> Row:
    accuracies = [100 * _run("vit-fashion", seconds, *options, "--set", f"seed={seed}")["accuracy"] for seed in seeds]
    n = "10,000" if FULL[1] in options else "2,000"
    how = f"{_command('vit-fashion', seconds, *options)}, seeds {seeds.start} to {seeds.stop - 1}, {n} test pictures"
    return Row(what, accuracies, "%", goal, how)


def _command(name: str, seconds: int, *options: str) -> str:
    return f"`{' '.join(['python -m training run', name, f'--seconds {seconds}', *options])}`"


def _run(name: str, seconds: int, *options: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        arguments = [name, "--seconds", str(seconds), "--device", "cpu", "--json", "--out", str(Path(folder) / "run")]
        command = [sys.executable, "-m", "training", "run", *arguments, *options]
        process = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(process.stdout.splitlines()[-1])["metrics"]
