"""Data sets of visitors: private, limited, and deleted once their owner stays away."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load_file, save_file
from torch import Tensor

from playground.data.cards import Card, digest
from playground.data.columns import Data, Split
from playground.data.folder import BadDataSet, Limits, Refused, read_pictures, report
from playground.data.listing import shown
from playground.data.source import Progress, Source
from playground.data.spec import ImageSpec, PointSpec, Spec

PREFIX = "own-"
_ID = re.compile(r"own-[a-z0-9]{16,40}")
SIZE = 64
"""The side, in pixels, that images are kept at; recipes resize them further."""
MIN_TEST = 4
"""How many test images there must be: precision and recall of generated images need so many."""
DAY = 86_400.0
SERVER = ""
"""Owns the sets that were named on the command line; they are everybody's to train on, and stay."""


class SetInfo(BaseModel):
    """`set.json`: the metadata of a set.

    Attributes:
        title: What its owner called the folder or archive.
        owner: Who uploaded it.
        spec: Kind and shape.
        columns: Their names.
        hash: Of all columns and the split.
        n_train: Examples to learn from.
        n_test: Examples to be evaluated on.
        report: What was taken, what was refused, and why, in short.
        refused: How many files were.
    """

    model_config = ConfigDict(frozen=True)
    title: str
    owner: str
    spec: Spec
    columns: tuple[str, ...] = ("images", "labels")
    hash: str
    n_train: int
    n_test: int
    report: str
    refused: int = 0


@dataclass(frozen=True)
class OwnSets:
    """The sets that lie in one folder, which the page and its workers share.

    A set's name cannot be guessed; whoever knows it may read it, so it is shown to its owner alone.
    """

    folder: Path

    def add(
        self,
        source: Path,
        *,
        owner: str,
        title: str = "",
        limits: Limits | None = None,
        progress: Progress | None = None,
    ) -> str:
        """Takes in a folder or an archive of images; the new set's name.

        Raises:
            BadDataSet: When it cannot become one.
        """
        title = shown(title)
        pictures = read_pictures(source, size=SIZE, title=title, limits=limits or Limits(), progress=progress)
        n_test = int(pictures.test.sum())
        if n_test < MIN_TEST or n_test == pictures.taken:
            raise BadDataSet(
                f"Of {pictures.taken} pictures {n_test} would be kept for the test; {MIN_TEST} are needed, and some "
                f"to learn from. Give at least {5 * MIN_TEST} pictures, and some of each class."
            )
        name = PREFIX + secrets.token_hex(12)
        facts = SetInfo(
            title=(title or source.name)[:80],
            owner=owner,
            spec=ImageSpec(name=name, channels=pictures.images.shape[1], size=SIZE, classes=pictures.classes),
            hash=pictures.hash,
            n_train=pictures.taken - n_test,
            n_test=n_test,
            report=report(pictures),
            refused=len(pictures.refused),
        )
        tensors = {"images": pictures.images, "labels": pictures.labels, "test": pictures.test}
        self._write(name, facts, tensors, pictures.names, pictures.refused)
        return name

    def add_points(self, points: Tensor, *, n_test: int, owner: str, title: str) -> str:
        """Keeps points (N, 2) of the plane, float32, the last `n_test` for the test; the new set's name."""
        name = PREFIX + secrets.token_hex(12)
        test = torch.arange(len(points)) >= len(points) - n_test
        facts = SetInfo(
            title=shown(title),
            owner=owner,
            spec=PointSpec(name=name),
            columns=("points",),
            hash=digest([points.numpy().tobytes(), test.numpy().tobytes()]),
            n_train=len(points) - n_test,
            n_test=n_test,
            report=f"{len(points):,} points of the plane along what was drawn.",
        )
        self._write(name, facts, {"points": points, "test": test}, ())
        return name

    def add_once(self, source: Path, *, owner: str) -> str:
        """A folder or archive of the command line: the set that was made of it before, or a new one."""
        fingerprint = hashlib.sha256(f"{source.resolve()} {_newest(source)}".encode()).hexdigest()
        record = self.folder / f".{fingerprint[:32]}"
        if record.exists() and self.facts(name := record.read_text()) is not None:
            return name
        name = self.add(source, owner=owner, title=source.resolve().name)
        record.write_text(name)
        return name

    def _write(
        self,
        name: str,
        facts: SetInfo,
        tensors: dict[str, Tensor],
        names: Sequence[str],
        refused: Sequence[Refused] = (),
    ) -> None:
        """Puts a set in its place all at once."""
        temporary = self.folder / f".{name}"
        temporary.mkdir(parents=True, mode=0o700)
        save_file(tensors, temporary / "columns.safetensors")
        (temporary / "names.json").write_text(json.dumps(names), encoding="utf-8")
        lines = "".join(f"{file.name}: {file.reason}\n" for file in refused)
        (temporary / "refused.txt").write_text(lines, encoding="utf-8", errors="replace")
        (temporary / "set.json").write_text(facts.model_dump_json(indent=1), encoding="utf-8")
        temporary.rename(self.folder / name)

    def refused(self, name: str) -> str:
        """The files that were refused, each with its reason, a line a file."""
        try:
            return (self.folder / name / "refused.txt").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def facts(self, name: str) -> SetInfo | None:
        """What is known of a set, nothing where there is none of that name."""
        if not _ID.fullmatch(name):
            return None
        try:
            return SetInfo.model_validate_json((self.folder / name / "set.json").read_bytes())
        except (OSError, ValueError):
            return None

    def note(self, owner: str) -> None:
        """Notes that a visitor is here."""
        for path, facts in self._all():
            if facts.owner == owner:
                with suppress(OSError):  # deleted meanwhile, and not to be made again
                    os.utime(path / "set.json")

    def new_title(self, title: str, owner: str) -> str:
        """A title that none of a visitor's sets has: a number is added where one has."""
        known = {facts.title for name in self.of(owner) if (facts := self.facts(name)) is not None}
        title = shown(title, 70)
        return next(name for number in itertools.count(1) if (name := _numbered(title, number)) not in known)

    def of(self, owner: str) -> list[str]:
        """The names of the sets that a visitor may train on, the newest first."""
        sets = [(path, facts) for path, facts in self._all() if facts.owner in (owner, SERVER)]
        return [path.name for path, _ in sorted(sets, key=lambda pair: _changed(pair[0]), reverse=True)]

    def uploaded(self, owner: str) -> list[str]:
        """The names of a visitor's own sets, the newest first."""
        return [name for name in self.of(owner) if (facts := self.facts(name)) and facts.owner == owner]

    def source(self, name: str) -> Source | None:
        """Where a set is read from."""
        facts = self.facts(name)
        if facts is None:
            return None
        return Source(spec=facts.spec, columns=facts.columns, load=self._loader(name, facts))

    def card(self, name: str) -> Card | None:
        """Its card."""
        facts = self.facts(name)
        if facts is None:
            return None
        return Card(
            name=name,
            title=facts.title,
            what=facts.report,
            source="a visitor of this playground",
            license="private; for its owner alone",
            attribution="",
            hash=facts.hash,
            n_train=facts.n_train,
            n_test=facts.n_test,
            built_by="dropped or drawn on the page, or named by --data",
        )

    def delete(self, name: str) -> None:
        """Removes a set."""
        if _ID.fullmatch(name):
            gone = self.folder / f".gone-{name}"
            with suppress(OSError):
                (self.folder / name).rename(gone)  # at once, whoever still reads it
            shutil.rmtree(gone, ignore_errors=True)

    def stale(self, seconds: float = DAY) -> list[str]:
        """The sets whose owner was not here for that long; those of the server never are."""
        limit = time.time() - seconds
        return [path.name for path, facts in self._all() if facts.owner and (path / "set.json").stat().st_mtime < limit]

    def _all(self) -> Iterator[tuple[Path, SetInfo]]:
        for path in self.folder.glob(f"{PREFIX}*"):
            if (facts := self.facts(path.name)) is not None:
                yield path, facts

    def _loader(self, name: str, facts: SetInfo) -> Callable[[Progress], Data]:
        def load(progress: Progress) -> Data:
            try:
                columns = load_file(self.folder / name / "columns.safetensors")
                names = tuple(json.loads((self.folder / name / "names.json").read_text(encoding="utf-8")))
            except (OSError, ValueError) as error:
                raise BadDataSet(f"The data set “{facts.title}” was deleted; upload it again.") from error
            test = columns.pop("test")
            # they lie class by class, and whoever looks at the first ones shall see all classes
            order = torch.randperm(len(test), generator=torch.Generator().manual_seed(0))
            train, held_out = order[~test[order]], order[test[order]]
            whole = Split(columns, names)
            return Data(spec=facts.spec, train=whole.at(train), test=whole.at(held_out), hash=facts.hash)

        return load


def _numbered(title: str, number: int) -> str:
    return title if number == 1 else f"{title} ({number})"


def _changed(path: Path) -> float:
    """When a set was last changed, in seconds since 1970; 0 where it is gone."""
    try:
        return path.stat().st_ctime
    except OSError:
        return 0.0


def _newest(source: Path) -> int:
    """When anything in a folder, or the file itself, was last changed, in nanoseconds; 0 where there is nothing."""
    paths = [source, *(source.rglob("*") if source.is_dir() else ())]
    return max((path.lstat().st_mtime_ns for path in paths if path.exists()), default=0)
