"""How well words find held-out emoji and the other way round, beside chance and beside words alone.

The words alone: TF-IDF of an emoji's keywords, in the place of its picture, against all names (scikit-learn's, each
word a term); what it finds, it finds by words that both have.

Emoji are held out by their drawing: of a woman who swims the training may have seen the man. So all is measured again
without those of which it saw another person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from playground.data import packs
from playground.labs.selfsupervised.pairing import AMONG
from playground.metrics.retrieval import recall
from playground.runs.store import Store
from training.benchmarks import Row

RUN = "clip-emoji"
GOAL = "zero_shot_finer"
"""The best way to name a group that is told no picture's."""
PERSON = re.compile(r"\b(wo)?m[ae]n\b|\b(person|people|boy|girl|prince|princess|mr|mrs|mx)\b", re.IGNORECASE)
"""What names of drawings of one thing differ in, where another person does it."""


def rows() -> Iterator[Row]:
    """Recall and zero-shot accuracy of the run that ships on all test pictures, and on the strange ones; seed 0."""
    run = Store(Path("none")).get(RUN)
    data = run.recipe.load(packs)
    objective = run.recipe.build(data)
    objective.restore(run.network(run.snapshots[-1]).state_dict())
    alone = data.test.at(torch.tensor(strange(data.train.names, data.test.names)))
    for kind, split in {"": data.test, ", no other person seen": alone}.items():
        with torch.no_grad():
            values = objective.eval().evaluate(split)
        names = list(dict.fromkeys(split.names))
        how = f"{RUN}, step {run.snapshots[-1]:,}; {len(split):,} test pictures of {len(names)} names"
        for name, value in values.items():
            if "_to_" in name or name.startswith("zero_shot"):
                goal = ">= 60" if name == GOAL else ""
                yield Row(run.recipe.labels[name] + kind, [100 * value], "%", goal, how)
    names, how = list(dict.fromkeys(data.test.names)), f"{RUN}, all {len(data.test):,} test pictures"
    found = found_by_words(data.test["captions"], list(data.test.names))
    for k in AMONG:
        yield Row(f"Keywords to name, TF-IDF, recall at {k}", [100 * recall(*found, k)], "%", "", how)
        yield Row(f"Chance, recall at {k}", [100 * k / len(names)], "%", "", f"one right of {len(names)}")
    largest = float(data.test["labels"].bincount().max() / len(data.test))
    yield Row("Always the largest group", [100 * largest], "%", "", how)


def strange(known: Sequence[str], names: Sequence[str]) -> list[int]:
    """The numbers of those `names` that do not become a `known` one where another person stands in it."""
    seen = {PERSON.sub("person", name) for name in known}
    return [i for i, name in enumerate(names) if PERSON.sub("person", name) not in seen]


def found_by_words(captions: Tensor, names: list[str]) -> tuple[Tensor, Tensor]:
    """The similarity of the keywords of Q different emoji to their names, (Q, Q), and which are right, (Q, Q), bool.

    Args:
        captions: (N, K, L), uint8; the first one is the name, the others are keywords.
        names: N of them; drawings of one emoji have one.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    first: dict[str, int] = {}
    for i, name in enumerate(names):
        first.setdefault(name, i)
    texts = [[bytes(each.tolist()).rstrip(b"\0").decode() for each in captions[i]] for i in first.values()]
    vectors = TfidfVectorizer(token_pattern=r"[^\s]+").fit([" ".join(each) for each in texts])
    keywords, titles = vectors.transform([" ".join(each[1:]) for each in texts]), vectors.transform(list(first))
    return torch.from_numpy((keywords @ titles.T).toarray()), torch.eye(len(first), dtype=torch.bool)
