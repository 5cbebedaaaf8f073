"""What the list of runs says of one run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from playground.metrics.labels import LABELS, Share, of_attributes
from playground.runs.folder import Status
from playground.runs.reader import Run


def summary(run: Run) -> dict[str, Any]:
    """The run in the numbers and words that `Summary` of `types.d.ts` names.

    Of a run that does not train it is cached until its status changes.

    Raises:
        BrokenRun: When the run cannot be read.
    """
    try:
        stat = (run.path / "status.json").stat()
    except OSError:
        return _summary(run, run.status)
    return dict(_settled(run, stat.st_mtime_ns, stat.st_ino) or _summary(run, run.status))


@lru_cache(maxsize=4096)
def _settled(run: Run, modified: int, inode: int) -> dict[str, Any] | None:
    """Nothing of a run that trains: it may die without a change to its status."""
    status = run.status
    return None if status.state == "running" else _summary(run, status)


def _summary(run: Run, status: Status) -> dict[str, Any]:
    info, recipe = run.info, run.recipe
    final = run.final() if status.state == "done" else None
    labels = {**LABELS, **of_attributes(info.spec), **recipe.labels}
    return {
        "id": run.id,
        "name": info.name,
        "title": recipe.title,
        "lab": recipe.lab,
        **info.spec.model_dump(mode="json", exclude={"name"}),
        "example": info.spec.example,
        "conditional": recipe.takes_class and bool(info.spec.classes),
        "takes_attributes": recipe.takes_attributes,
        "generates": recipe.generates,
        "playable": bool(recipe.live),
        "data": info.spec.name,
        "data_title": info.data_title or info.spec.name,
        "shipped": run.shipped,
        "created": info.created,
        "group": info.group,
        "parent": info.parent.model_dump() if info.parent else None,
        "resumable": run.resumable,
        "status": status.model_dump(exclude={"worker"}),
        "final": {"values": final[0], "n": final[1]} if final else None,
        "watched": recipe.watched(info.spec),
        "labels": labels,
        "shares": [name for name, label in labels.items() if isinstance(label, Share)],
    }
