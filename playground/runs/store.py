"""Where runs lie: the shipped ones, read-only, and those of this machine."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from playground import __version__
from playground.data import Spec
from playground.errors import PlaygroundError
from playground.recipe import Recipe
from playground.runs.folder import Info, Parent, Status, write_status, write_whole
from playground.runs.reader import BrokenRun, Run

ROOT = Path(__file__).resolve().parents[2]
PRETRAINED = ROOT / "pretrained"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")


class UnknownRun(PlaygroundError):
    """No run goes by that name."""


@dataclass(frozen=True)
class Store:
    """The runs below two folders.

    Attributes:
        runs: Where new runs go; made at the first one.
        shipped: Runs that came with the project.
    """

    runs: Path
    shipped: Path = PRETRAINED

    def get(self, id: str) -> Run:
        """The run of that name; anything that is no plain name, such as a path, is unknown."""
        if _ID.fullmatch(id):
            for folder, shipped in ((self.shipped, True), (self.runs, False)):
                if (folder / id / "run.json").is_file():
                    return Run(id, folder / id, shipped)
        raise UnknownRun(f"There is no run “{id[:80]}” here. It may have been deleted, or the address is mistyped.")

    def list(self, *, lab: str | None = None, visitor: str | None = None) -> list[Run]:
        """All readable runs: the shipped ones in the order of their recipes, then the newest first.

        Args:
            lab: Only this lab's.
            visitor: Only this visitor's own, those that belong to nobody, and the shipped ones.
        """
        from playground.labs import recipes

        order = list(recipes())
        own = sorted(_below(self.runs, False), key=lambda run: -run.info.created)
        runs = sorted(_below(self.shipped, True), key=lambda run: (order.index(run.info.name), run.id)) + own
        return [
            run
            for run in runs
            if (lab is None or run.recipe.lab == lab)
            and (visitor is None or run.shipped or run.info.visitor in ("", visitor))
        ]

    def create(
        self,
        name: str,
        recipe: Recipe,
        *,
        spec: Spec,
        data_hash: str,
        device: str = "cpu",
        parent: Parent | None = None,
        visitor: str = "",
        path: Path | None = None,
    ) -> Run:
        """Makes the folder of a new run, queued.

        Args:
            name: The recipe's name, such as `vit-fashion`; the run's own name begins with it.
            recipe: The knobs.
            spec: The shape of the data, as the network is built for it.
            data_hash: What tells this data from any other of the same name.
            device: Where it shall be trained.
            parent: The snapshot that it is forked from.
            visitor: Whose run it is; empty for everybody's.
            path: Where to put it instead of the store's own folder.
        """
        id = f"{name}-{time.strftime('%y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        folder = path or self.runs / id
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
            visitor=visitor,
        )
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "run.json", info.model_dump_json(indent=1).encode())
        write_status(folder, Status(state="queued"))
        return Run(folder.name, folder)

    def delete(self, run: Run) -> None:
        """Removes a run that did not come with the project."""
        if run.shipped:
            raise UnknownRun(f"The run “{run.id}” came with the playground and stays.")
        gone = run.path.with_name(f".{run.path.name}")
        run.path.rename(gone)  # at once, whoever still writes to it
        shutil.rmtree(gone)


def _below(folder: Path, shipped: bool) -> list[Run]:
    found = []
    for path in folder.glob("*/run.json"):
        if not _ID.fullmatch(path.parent.name):
            continue
        run = Run(path.parent.name, path.parent, shipped)
        try:
            _ = run.recipe
        except (BrokenRun, PlaygroundError):
            continue
        found.append(run)
    return found
