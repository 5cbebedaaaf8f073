"""A run that somebody put on the Hub, fetched; nothing that a repository says or holds is trusted."""

from __future__ import annotations

import gzip
import re
import shutil
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from threading import Lock

import torch

from playground.download import TIMEOUT, HubUnavailable, downloaded, plainly, within
from playground.errors import PlaygroundError
from playground.runs.folder import Status, step_files, write_whole
from playground.runs.hub import FILES, BadRepository, checked
from playground.runs.reader import BrokenRun, Run
from playground.runs.snapshot import is_whole
from playground.runs.store import DiskProblem, Store

MOST_FILES, MOST_BYTES, MOST_UNPACKED = 4_000, 400_000_000, 400_000_000
"""Of a run that is fetched: its files, their bytes, and the bytes of one packed snapshot when it is unpacked."""
FETCHED = ".hub"
"""The folder among runs in which one lies as long as it is not here whole."""
CHUNK = 1 << 20
DAY = 86_400.0
_fetching: dict[str, Lock] = {}


def pull(
    repo: str,
    store: Store,
    *,
    token: str | bool | None = None,
    owner: str = "",
    most: int | None = None,
    admit: Callable[[Run], None] = lambda _: None,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Run:
    """Fetches a run from the Hub; it is in the store once all of it is here and can be read.

    One that was ended goes on with the file that it ended in. A commit that is here already is not fetched again.

    Args:
        repo: The repository, `name/name`.
        store: Where it goes.
        token: Opens a repository that is not public; sent and kept nowhere. None is this machine's own, False is none.
        owner: The visitor whose run it becomes; empty for the server's owner.
        most: Bytes that it may have; `MOST_BYTES` if not given.
        admit: Raises where a run, which is here whole and can be read, must not stay.
        on_progress: Called with the fraction of the bytes that is here, 0 to 1.

    Raises:
        BadRepository: When it holds no run, or one that is too large, was made by another version, or is damaged.
        DiskProblem: When there is no room for it.
        HubUnavailable: When the Hub cannot be reached, does not serve it, or serves more than it said.
    """
    from huggingface_hub import HfApi

    checked(repo)
    title = f"the repository “{repo}”"
    with plainly(title):
        asked = HfApi(token=token)
        found = within(TIMEOUT, lambda: asked.model_info(repo, files_metadata=True, timeout=TIMEOUT))
    sizes = {file.rfilename: file.size or 0 for file in found.siblings or () if FILES.fullmatch(file.rfilename)}
    _check_claims(repo, sizes, MOST_BYTES if most is None else most)
    id = _id(repo, str(found.sha), owner)
    folder = store.runs / FETCHED / id
    _forget_stale(folder.parent)
    with _fetching.setdefault(id, Lock()):
        if (store.runs / id).exists():
            return store.get(id)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free < sum(sizes.values()):
                raise DiskProblem(f"The disk has no room for {title}; free some space and try again.")
            _fetch(repo, str(found.sha), sizes, folder, token, on_progress)
            _check(fetched := Run(id, folder))
            info = fetched.info.model_copy(update={"owner": owner, "private": (), "group": ""})
            write_whole(folder / "run.json", info.model_dump_json(indent=1).encode())
            admit(Run(id, folder))
            shutil.rmtree(folder / ".cache", ignore_errors=True)
            folder.rename(store.runs / id)
        except (HubUnavailable, DiskProblem):
            raise  # what is here already need not be fetched again
        except PlaygroundError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        except OSError as error:
            raise DiskProblem(f"What comes from {title} cannot be written: {error.strerror}.") from error
    return store.get(id)


def _forget_stale(folder: Path) -> None:
    """Removes what nobody has gone on fetching for a day."""
    for path in folder.glob("*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > DAY:
                shutil.rmtree(path, ignore_errors=True)


def _check_claims(repo: str, sizes: dict[str, int], most: int) -> None:
    """What a repository says of itself, before anything of it is fetched."""
    if "run.json" not in sizes or not any(name.startswith("snapshots/") for name in sizes):
        raise BadRepository(f"The repository “{repo}” holds no run of the playground.")
    if len(sizes) > MOST_FILES or sum(sizes.values()) > most:
        raise BadRepository(
            f"The run in “{repo}” has {len(sizes):,} files and {sum(sizes.values()) / 1e6:,.0f} MB; at most "
            f"{MOST_FILES:,} files and {most / 1e6:,.0f} MB are fetched."
        )


def _id(repo: str, commit: str, owner: str) -> str:
    """What the run of a commit is called here; each visitor has a copy of their own."""
    name = re.sub("[^a-z0-9]+", "-", repo.partition("/")[2].lower()).strip("-") or "run"
    told_apart = blake2b(f"{repo}@{commit}@{owner}".encode(), digest_size=4).hexdigest()
    return f"{name[:60]}-hub-{told_apart}"


def _fetch(
    repo: str, commit: str, sizes: dict[str, int], folder: Path, token: str | bool | None, told: Callable[[float], None]
) -> None:
    """Fetches files of a commit, each of the size that was said."""
    total, before = sum(sizes.values()) or 1, 0
    for name, size in sizes.items():

        def counted(part: float, before: int = before, size: int = size) -> None:
            told((before + part * size) / total)

        downloaded(
            repo,
            name,
            title=f"the repository “{repo}”",
            on_progress=counted,
            max_bytes=size,
            revision=commit,
            token=token,
            folder=folder,
        )
        before += size
        told(before / total)


def _check(run: Run) -> None:
    """Reads all that the page would read of a run that somebody else wrote; no weight is drawn for it.

    Raises:
        BadRepository: When something of it cannot be read.
    """
    try:
        Status.model_validate_json((run.path / "status.json").read_bytes())
        run.read_events()
        for _, file in step_files(run.path, "snapshots"):
            _check_whole(file)
        for step in run.snapshots:
            frame = run.frame(step)
            with torch.device("meta"):
                expected = {name: value.shape for name, value in run.untrained(frame.shape).state_dict().items()}
            if expected != {name: value.shape for name, value in frame.weights.items()}:
                raise BrokenRun(f"The snapshot at step {step} does not fit its network.")
        run.nearest(None)
    except (PlaygroundError, ValueError, OSError, EOFError, zlib.error) as error:
        raise BadRepository(f"What the repository holds cannot be read: {error}") from error


def _check_whole(file: Path) -> None:
    """Looks at a snapshot's length; a few packed bytes can be any number of others."""
    if not is_whole(file):
        raise ValueError(f"{file.name} is torn.")
    if file.suffix != ".gz":
        return
    unpacked = 0
    with gzip.open(file) as content:
        while part := content.read(CHUNK):
            unpacked += len(part)
            if unpacked > MOST_UNPACKED:
                raise ValueError(f"{file.name} unpacks to more than {MOST_UNPACKED / 1e6:,.0f} MB.")
