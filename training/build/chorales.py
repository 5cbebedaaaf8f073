"""Builds the pack `chorales` from the scores that come with music21, in the parts that the literature learns from.

pip download --no-deps music21==10.5.1
python -m training.build.chorales music21-10.5.1-py3-none-any.whl jsb-chorales-16th-separated.json

The second file has pitches alone, so that a repeated note looks like a long one, but it says which chorales are learned
from and which are tested on: three lists of pieces, each a list of steps of four pitches (-1 is silence), of
Boulanger-Lewandowski et al., "Modeling Temporal Dependencies in High-Dimensional Sequences", 2012 (arXiv 1206.6392).
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch
from torch import Tensor

from playground.data.cards import PACKS, Card, digest, write_card
from playground.data.sets.chorales import FILE, PARTS, VOICES, cut, distinct, written
from playground.data.sets.chorales import passages as read
from training.build.musicxml import Score, read_score

COMMAND = "python -m training.build.chorales music21-10.5.1-py3-none-any.whl jsb-chorales-16th-separated.json"
SCORES = re.compile(r"music21/corpus/bach/(bwv.*)\.(?:mxl|xml)")
BAR, FRAMES, SHARED = 16, 8, 0.4
"""Steps of a bar; those of a snippet by which pieces are matched; the part of its snippets that a piece must share."""

Steps = Sequence[tuple[int, ...]]


def scores(wheel: Path) -> Iterator[tuple[str, Score]]:
    """The name, such as "BWV 269", and the score of every piece for four voices in music21's wheel."""
    with ZipFile(wheel) as corpus:
        for file in sorted(corpus.namelist()):
            if (found := SCORES.fullmatch(file)) is None:
                continue
            content = corpus.read(file)
            if file.endswith(".mxl"):
                with ZipFile(io.BytesIO(content)) as packed:
                    (inner,) = (name for name in packed.namelist() if re.fullmatch(r"[^/]+\.(?:music)?xml", name))
                    content = packed.read(inner)
            if (score := read_score(content, VOICES)) is not None:
                yield found[1].replace("bwv", "BWV "), score


def snippets(steps: Steps) -> set[tuple[tuple[int | None, ...], ...]]:
    """What is heard in any 8 steps in a row, in whatever key: intervals to the first pitch, None where it is silent."""
    found = set()
    for start in range(len(steps) - FRAMES + 1):
        window = steps[start : start + FRAMES]
        first = next((pitch for step in window for pitch in step if pitch > 0), 0)
        found.add(tuple(tuple(pitch - first if pitch > 0 else None for pitch in step) for step in window))
    return found


def parts(known: Mapping[str, Steps], split: Mapping[str, list[Steps]]) -> dict[str, str]:
    """The part of the literature's split that each piece is in, for those that are in one.

    Args:
        known: Name -> steps of four pitches, 0 or less where it is silent.
        split: Part -> pieces of such steps. A piece is the one that it shares most snippets with, if these are 40 % of
            its own. A piece that is in several parts is held out of those that come first.
    """
    where = defaultdict(set)
    for name, steps in known.items():
        for snippet in snippets(steps):
            where[snippet].add(name)
    found: dict[str, str] = {}
    for part in PARTS:
        for steps in split[part]:
            own = snippets(steps)
            shared = Counter(name for snippet in own for name in sorted(where.get(snippet, ())))
            for name, count in shared.most_common(1):
                if count >= SHARED * len(own):
                    found[name] = part
    return found


def bars(score: Score) -> list[int]:
    """Where the whole bars of 4/4 begin, in sixteenths; a bar that a double bar line divides is one.

    The upbeat is in none. The last bar counts as whole, since all that it lacks is silence.
    """
    starts: list[int] = []
    length = Fraction(0)
    measures = score.measures
    for i, measure in enumerate(measures):
        length += measure.length
        if measure.whole != BAR or length > BAR or (i == 0 and length < BAR):
            length = Fraction(0)
        elif length == BAR or i == len(measures) - 1:
            starts.append(int(measure.start + measure.length - length))
            length = Fraction(0)
    return starts


def passages(name: str, part: str, score: Score) -> list[dict[str, Any]]:
    """Rows of the pack: the runs of bars that follow one another, each voice as `written` writes it."""
    starts, (rolls, onsets) = bars(score), map(torch.tensor, score.steps())
    runs: list[list[int]] = []
    for number, start in enumerate(starts):
        if number and start == starts[number - 1] + BAR:
            runs[-1].append(start)
        else:
            runs.append([start])
    rows, bar = [], 1
    for run in runs:
        length = BAR * len(run)
        heard, struck = (_padded(values[run[0] : run[0] + length], length) for values in (rolls, onsets))
        voices = [written(*voice) for voice in zip(heard.T, struck.T, strict=True)]
        rows.append({"piece": name, "part": part, "bar": bar, "voices": voices})
        bar += len(run)
    return rows


def _padded(values: Tensor, length: int) -> Tensor:
    return torch.nn.functional.pad(values, (0, 0, 0, length - len(values)))


def build(wheel: Path, split: Path, target: Path) -> Card:
    """Reads the scores in music21's wheel and the literature's split, writes the pack and its card to `target`."""
    found = dict(scores(wheel))
    literature = json.loads(split.read_text(encoding="utf-8"))
    part_of = parts({name: [tuple(step) for step in score.steps()[0]] for name, score in found.items()}, literature)
    order = sorted(part_of, key=lambda name: [text.zfill(4) for text in re.split(r"(\d+)", name)])
    rows = [row for name in order for row in passages(name, part_of[name], found[name])]
    text = "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n"
    content = gzip.compress(text.encode(), mtime=0)
    (target / FILE).write_bytes(content)
    phrases = distinct([phrase for passage in read(content) for phrase in cut(passage)])
    counts = Counter(phrase.part for phrase in phrases)
    pieces = Counter(part for _, part in {(phrase.piece, phrase.part) for phrase in phrases})
    card = Card(
        name="chorales",
        title="Bach's chorales",
        what=f"Phrases of two bars from Bach's chorales for four voices, a frame a sixteenth: which pitch each voice "
        f"sings, and where it is struck. {counts['train'] + counts['valid']} from {pieces['train']} training and "
        f"{pieces['valid']} validation pieces to learn from, {counts['test']} from {pieces['test']} pieces to test on, "
        f"in the split of the literature, of whose {', '.join(str(len(literature[part])) for part in PARTS)} pieces "
        f"those are here that music21 has as scores for four voices and that have two bars of 4/4: pieces in 3/4 are "
        f"left out. A phrase begins with each bar; upbeats are in none, what a last bar lacks is silence, and a bar in "
        f"which a voice is silent is left out. No phrase comes twice, in whatever key; one that is tested on is not "
        f"learned from.",
        source="PyPI package music21 10.5.1, its corpus of MusicXML files; the split of "
        "Boulanger-Lewandowski et al., 2012, https://arxiv.org/abs/1206.6392",
        license="The music is in the public domain. Only pitches and the times of notes are taken from the scores, "
        "which music21 gives out by permission of who encoded them: no license is named for them, and its corpus says "
        "that some may not be used commercially",
        attribution="Johann Sebastian Bach, scores encoded by Margaret Greentree (jsbchorales.net); "
        "music21: Michael Scott Asato Cuthbert",
        hash=digest([content]),
        n_train=counts["train"] + counts["valid"],
        n_test=counts["test"],
        built_by=COMMAND,
        files=(FILE,),
    )
    write_card(card, target)
    return card


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=COMMAND)
    parser.add_argument("wheel", type=Path, help="music21's wheel, in which the scores are")
    parser.add_argument("split", type=Path, help="the literature's pieces, in their parts")
    options = parser.parse_args()
    print(build(options.wheel, options.split, PACKS))
