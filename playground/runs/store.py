"""Where runs are stored: the shipped ones, read-only, and those of this machine."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from playground import __version__
from playground.cache import ByteCache
from playground.control import capitalized
from playground.data import Catalog
from playground.data.own import OwnSets
from playground.errors import PlaygroundError
from playground.recipe import InvalidRecipe, Recipe
from playground.runs.folder import START, Info, Parent, Status, Use, write_status, write_whole
from playground.runs.reader import BrokenRun, NoSuchStep, Run
from playground.runs.snapshot import digest, encode
from playground.runs.votes import VOTES, Votes
from playground.trained import Trained

ROOT = Path(__file__).resolve().parents[2]
PRETRAINED = ROOT / "pretrained"
OWN = ".data"
NETWORKS = 64_000_000
"""Bytes of networks that other runs use which are cached."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")


class UnknownRun(PlaygroundError):
    """No run goes by that name."""


class DiskProblem(PlaygroundError):
    """The folder of a run cannot be written or removed."""


@dataclass(frozen=True)
class Store:
    """The runs below two folders, and the data that they learn from.

    Attributes:
        runs: Where new runs go; made at the first one.
        shipped: Runs that came with the project.
        data: The data sets that runs can be trained on, those of visitors among them.
        votes: What people chose in blind games.
    """

    runs: Path
    shipped: Path = PRETRAINED
    data: Catalog = field(init=False)
    votes: Votes = field(init=False)
    admitting: Lock = field(init=False, default_factory=Lock, repr=False, compare=False)
    """Held from a look at how many runs a visitor has until there is one more."""

    _networks: ByteCache[str, tuple[Trained, str]] = field(
        init=False, default_factory=lambda: ByteCache(NETWORKS), repr=False, compare=False
    )
    """What other runs use, by the fingerprint of the snapshot: reading a network takes longer than using it once."""

    def __post_init__(self) -> None:
        """Uploaded data sets are stored next to the runs, so that the page and its workers share them."""
        object.__setattr__(self, "data", Catalog(OwnSets(self.runs / OWN)))
        object.__setattr__(self, "votes", Votes(self.runs / VOTES))

    def get(self, id: str) -> Run:
        """The run of that name; anything that is no plain name, such as a path, is unknown."""
        if is_id(id):
            for folder, shipped in ((self.shipped, True), (self.runs, False)):
                with suppress(OSError):
                    return _open_run(folder / id, shipped)
        raise UnknownRun(f"There is no run “{id[:80]}” here. It may have been deleted, or the address is mistyped.")

    def list(self, *, lab: str | None = None) -> list[Run]:
        """All readable runs, or a lab's: the shipped ones in the order of their recipes, then the newest first."""
        from playground.labs import recipes

        order = {name: position for position, name in enumerate(recipes())}
        own = sorted(_runs_in(self.runs, False), key=lambda run: -run.info.created)
        shipped = sorted(_runs_in(self.shipped, True), key=lambda run: (order.get(run.info.name, len(order)), run.id))
        return [run for run in shipped + own if lab is None or run.recipe.lab == lab]

    def create(
        self,
        name: str,
        recipe: Recipe,
        *,
        data_hash: str = "",
        device: str = "cpu",
        parent: Parent | None = None,
        owner: str = "",
        group: str = "",
        path: Path | None = None,
    ) -> Run:
        """Makes the folder of a new run, queued.

        Args:
            name: The recipe's name, such as `vit-fashion`; the run's own name begins with it.
            recipe: The knobs.
            data_hash: What tells the data from any other of the same name.
            device: Where it shall be trained.
            parent: The snapshot that it branches off.
            owner: Whose run it is; empty for the server's owner.
            group: Ties the runs of one experiment.
            path: Where to put it instead of the store's own folder; nothing may be there yet but an empty folder.

        Raises:
            DiskProblem: When its folder cannot be written; nothing is left of it then.
            InvalidRecipe: When the data, or a network that it uses, do not fit the recipe.
            NoSuchStep: When the parent has no snapshot there.
            UnknownRun: When the parent or a run that it uses is missing.
        """
        spec = recipe.spec(self.data)
        start = None if parent is None else self.get(parent.run)
        frame = None if start is None or parent is None else start.frame(parent.step)
        uses = {role: self._use(name) for role, name in recipe.uses(spec).items()}
        origins = [self.get(use.run) for use in uses.values()] + ([start] if start else [])
        private = {*([recipe.data] if self.data.private(recipe.data) else [])}
        private |= {name for origin in origins for name in self.private(origin)}
        id = f"{name}-{time.strftime('%y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        folder = path.absolute() if path else self.runs / id
        info = Info(
            name=name,
            what=recipe.what,
            version=recipe.version,
            knobs=recipe.model_dump(),
            spec=spec,
            data_hash=data_hash,
            device=device,
            code=__version__,
            created=time.time(),
            parent=parent,
            owner=owner,
            uses=uses,
            shape=_shape(recipe, self.networks(uses)),
            group=group,
            data_title=self.data.title(recipe.data),
            private=tuple(sorted(private)),
        )
        unfinished = _hidden(folder)
        try:
            unfinished.mkdir(parents=True)
            if frame is not None:  # a copy of its own: the parent may be deleted before it begins
                write_whole(unfinished / START, encode(frame.weights, shape=frame.shape))
            write_whole(unfinished / "run.json", info.model_dump_json(indent=1).encode())
            write_status(unfinished, Status(state="queued"))
            unfinished.rename(folder)
        except OSError as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise DiskProblem(f"A new run cannot be written: {error.strerror}. Make room on the disk first.") from error
        return Run(folder.name, folder)

    def networks(self, uses: Mapping[str, Use]) -> dict[str, Trained]:
        """The networks that a run needs, by role.

        Raises:
            BrokenRun: When one is no longer what it was when the run was made.
        """
        networks = {}
        for role, use in uses.items():
            run = self.get(use.run)
            networks[role], hash = self._read(run, use.step)
            if hash != use.hash:
                raise BrokenRun(f"The run “{use.run}”, which is needed as {role}, has changed; start a new run.")
        return networks

    def _use(self, name: str) -> Use:
        run, step = self.used(name)
        return Use(run=run.id, step=step, hash=self._read(run, step)[1])

    def _read(self, run: Run, step: int) -> tuple[Trained, str]:
        """The network of a snapshot and the digest of the snapshot's weights."""
        return self._networks.get(
            run.fingerprint(step),
            lambda: (Trained(run.id, run.network(step), run.info.spec), digest(run.weights(step))),
        )

    def used(self, name: str) -> tuple[Run, int]:
        """The run and the step that `Recipe.uses` means by a run's id, or by `id@step`.

        Raises:
            NoSuchStep: When the run has no snapshot there.
            UnknownRun: When there is no such run.
        """
        id, at, step = name.partition("@")
        run = self.get(id)
        if not at:
            return run, run.nearest(None)
        if step not in map(str, run.snapshots):
            steps = ", ".join(map(str, run.snapshots))
            raise NoSuchStep(f"The run “{id}” has no snapshot at step “{step[:20]}”; it has {steps or 'none yet'}.")
        return run, int(step)

    def trained(self, name: str) -> Trained:
        """The network that `used` finds."""
        run, step = self.used(name)
        return self._read(run, step)[0]

    def used_by(self, recipe: Recipe, spec: Any) -> dict[str, Trained]:
        """The networks that runs of a recipe need, by role, as they are now."""
        return {role: self.trained(name) for role, name in recipe.uses(spec).items()}

    def shape(self, recipe: Recipe, spec: Any) -> dict[str, Any]:
        """What the network of a run that begins now would take from those that it uses.

        Raises:
            InvalidRecipe: When one of them does not fit.
        """
        return _shape(recipe, self.used_by(recipe, spec))

    def private(self, run: Run) -> tuple[str, ...]:
        """The data sets of visitors that a run learned from, by itself or before it branched off."""
        own = (run.spec.name,) if self.data.private(run.spec.name) else ()
        return tuple({*run.info.private, *own})

    def learned_from(self, data: str) -> tuple[Run, ...]:
        """The runs that learned from a visitor's data set, or go on from one that did, whatever their recipe."""
        learned = []
        for path in self.runs.glob("*/run.json"):
            run = Run(path.parent.name, path.parent)
            with suppress(BrokenRun):
                if data in (*run.info.private, run.spec.name):
                    learned.append(run)
        return tuple(learned)

    def delete(self, run: Run) -> None:
        """Removes a run that did not come with the project, from the disk and from memory.

        Raises:
            DiskProblem: When its folder cannot be removed.
            UnknownRun: When it came with the project, or is gone already.
        """
        if run.shipped:
            raise UnknownRun(f"The run “{run.id}” came with the playground and stays.")
        trash = _hidden(run.path)
        try:
            run.path.rename(trash)  # at once, whoever still writes to it
            shutil.rmtree(trash)
        except FileNotFoundError:
            raise UnknownRun(f"The run “{run.id}” was deleted already.") from None
        except OSError as error:
            raise DiskProblem(f"The run “{run.id}” cannot be removed: {error.strerror}. Try again.") from error
        finally:
            self._networks.drop(lambda fingerprint: fingerprint.startswith(f"{run.path}:"))
        self.votes.forget(run.id)


def _hidden(folder: Path) -> Path:
    """A folder beside another one that no list shows; nobody else has it."""
    return folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")


def is_id(name: str) -> bool:
    """Whether a run can go by a name: one that is no path."""
    return _ID.fullmatch(name) is not None


def _shape(recipe: Recipe, networks: Mapping[str, Trained]) -> dict[str, Any]:
    try:
        return recipe.shape(**networks)
    except ValueError as error:
        raise InvalidRecipe(f"{capitalized(str(error))}.") from None


def _runs_in(folder: Path, shipped: bool) -> list[Run]:
    runs = []
    for path in folder.glob("*/run.json"):
        if not is_id(path.parent.name):
            continue
        try:
            run = _open_run(path.parent, shipped)
            _ = run.recipe
        except (OSError, PlaygroundError):
            continue
        runs.append(run)
    return runs


def _open_run(path: Path, shipped: bool) -> Run:
    """The run in a folder, the same object as long as its `run.json` is the same; OSError where there is none."""
    stat = (path / "run.json").stat()
    return _run(path, shipped, stat.st_mtime_ns, stat.st_ino)


@lru_cache(maxsize=4096)
def _run(path: Path, shipped: bool, modified: int, inode: int) -> Run:
    return Run(path.name, path, shipped)
