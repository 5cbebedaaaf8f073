"""How well a music VAE reconstructs chorales, and how well what it writes keeps the rules, beside Bach and the chains.

A rate is near Bach's where its distance from what the rule asks, none or all, is at most 1.5 times his. The chains of
voices know nothing of one another, so music that is no better has learned no harmony; the chain over whole frames takes
its chords and steps from Bach, see `markov.py`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Generator, Tensor

from playground.data import packs
from playground.labs.vae.markov import MarkovChain, voices_apart
from playground.labs.vae.music import MusicVAE
from playground.labs.vae.phrases import FUSION, TEMPERATURE, measured
from playground.metrics.music import chorale_report
from playground.runs.reader import Run
from playground.runs.store import PRETRAINED
from training.benchmarks import Row

NAME = "musicvae-chorales"
SAMPLES, BASELINE = 200, 2_000
"""How many phrases of the model are looked at, for each of `SEEDS`, and how many of each chain."""
SEEDS = 10
NEAR = 1.5
"""How many times as far as Bach one may be from what a rule asks."""
IDEALS = {
    "in_range": 1.0,
    "crossings": 0.0,
    "parallel_fifths": 0.0,
    "parallel_octaves": 0.0,
    "consonance": 1.0,
    "repeated_bars": 0.0,
    "silent_bars": 0.0,
}
"""What rules ask for, of what a phrase is reported by; the rest is told without a goal."""
TOLD = ("on_beats", "silence", "notes_per_bar", "pitch_class_entropy")
RECONSTRUCTED = {
    "notes_told": ("notes reconstructed, teacher forcing", ">= 0.95"),
    "notes": ("notes reconstructed, free running", ""),
    "pitches_told": ("pitches right, teacher forcing", ">= 0.95"),
    "pitches": ("pitches right, free running", ""),
    "loss": ("negative ELBO, nats a frame (a sixteenth, four voices)", ""),
    "reconstruction": ("reconstruction, nats a frame", ""),
    "alone": ("without a code, nats a frame", ""),
    "kl": ("KL divergence, nats a phrase (32 frames)", ""),
}
Report = Mapping[str, float]


def rows(run: Path = PRETRAINED / NAME) -> Iterator[Row]:
    """Reconstruction of the test phrases; rules in samples of the prior and in phrases between two of Bach's."""
    if not (run / "run.json").is_file():
        print(f"(there is no run in {run}: name a folder by --run)", file=sys.stderr)
        return
    opened = Run(run.name, run, shipped=run.parent == PRETRAINED)
    network, data = opened.network(opened.nearest(None)), packs.load("chorales")
    assert isinstance(network, MusicVAE)
    rolls, onsets = data.test["rolls"], data.test["onsets"]
    how = f"{len(rolls)} test phrases, posterior mean, greedy"
    values = measured(network, rolls, onsets, Generator().manual_seed(0))
    for name, (what, asked) in RECONSTRUCTED.items():
        yield Row(what, [values[name]], "", asked, how)
    yield Row("one phrase from its code", _milliseconds(network), "ms", "<= 100", f"{torch.get_num_threads()} threads")

    learned = data.train["rolls"][data.train["part"] == 0]
    rng = Generator().manual_seed(0)
    frames = network.frames
    written = torch.cat([data.train["rolls"], rolls])
    bach = chorale_report(written, torch.cat([data.train["onsets"], onsets]))
    chains = {  # which know no repeated notes
        "Bach's pitches alone": chorale_report(written),
        "chain of frames": chorale_report(MarkovChain.fit(learned).sample(BASELINE, frames, rng)),
        "chains of voices": chorale_report(voices_apart(learned, BASELINE, frames, rng)),
    }
    kinds = {"samples": samples, "interpolations": between}
    for kind, write in kinds.items():
        reports = [chorale_report(*write(network, rolls, onsets, seed)) for seed in range(SEEDS)]
        for name in (*IDEALS, *TOLD):
            beside = {"Bach": bach, "Bach's test phrases": chorale_report(rolls, onsets), **chains}
            told = ", ".join(f"{who} {report[name]:.4f}" for who, report in beside.items())
            asked = goal(name, bach[name], chains["chains of voices"][name])
            yield Row(f"{name}, {kind}", [report[name] for report in reports], "", asked, told)


def samples(network: MusicVAE, rolls: Tensor, onsets: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Phrases of codes drawn from the prior."""
    rng = Generator().manual_seed(seed)
    z = torch.randn(SAMPLES, network.latent, generator=rng)
    return network.generate(z, temperature=TEMPERATURE, fusion=FUSION, rng=rng)


def between(network: MusicVAE, rolls: Tensor, onsets: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Phrases of codes halfway between the posterior means of two random phrases."""
    rng = Generator().manual_seed(seed)
    first, second = (torch.randperm(len(rolls), generator=rng)[:SAMPLES] for _ in range(2))
    with torch.no_grad():
        mean = network.encode(rolls, onsets).mean
    return network.generate((mean[first] + mean[second]) / 2, temperature=TEMPERATURE, fusion=FUSION, rng=rng)


def goal(name: str, bach: float, voices: float) -> str:
    """What is asked of a rate: near Bach's, and no worse than that of the chains of voices."""
    if name not in IDEALS:
        return ""
    ideal = IDEALS[name]
    limit = min(NEAR * abs(bach - ideal), abs(voices - ideal))
    return f"<= {limit:.4g}" if ideal == 0 else f">= {1 - limit:.4g}"


def _milliseconds(network: MusicVAE, times: int = 20) -> list[float]:
    taken = []
    rng = Generator().manual_seed(0)
    for _ in range(times):
        z = torch.randn(1, network.latent, generator=rng)
        began = time.perf_counter()
        network.generate(z, temperature=TEMPERATURE, fusion=FUSION, rng=rng)
        taken.append(1000 * (time.perf_counter() - began))
    return taken
