"""The verbs of the command line that give a run to the Hub and take one from it."""

from __future__ import annotations

import getpass
import sys

from tqdm import tqdm

from playground.errors import PlaygroundError
from playground.runs.hub import push
from playground.runs.pull import pull
from playground.runs.reader import Run
from playground.runs.store import Store


def pushed(run: Run, repo: str, *, public: bool) -> str:
    """Sends a run and returns where it lies; the token is the environment's, or asked for and not shown.

    Raises:
        PlaygroundError: When there is no token, or it cannot be sent.
    """
    from huggingface_hub import get_token

    token = get_token()
    if token is None:
        if not sys.stdin.isatty():
            raise PlaygroundError("To push takes a token with the right to write; set HF_TOKEN to it.")
        token = getpass.getpass("A token of the Hub with the right to write: ")
    with _bar(f"pushes {run.id}") as bar:
        return push(run, repo, token=token, private=not public, on_progress=lambda part: _told(bar, part))


def pulled(repo: str, store: Store) -> Run:
    """Fetches a run; where it is not public, the token is the environment's."""
    with _bar(f"pulls {repo}") as bar:
        return pull(repo, store, on_progress=lambda part: _told(bar, part))


def _bar(what: str) -> tqdm:
    return tqdm(
        total=1.0,
        desc=what,
        disable=not sys.stderr.isatty(),
        bar_format="{desc} {percentage:3.0f}% |{bar}|",
        leave=False,
    )


def _told(bar: tqdm, part: float) -> None:
    bar.n = part
    bar.refresh()
