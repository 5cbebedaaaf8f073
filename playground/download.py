"""Single files from the Hub, with an answer in seconds where it cannot be reached."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Literal, TypeVar

from playground.errors import PlaygroundError

MAX_BYTES = 400_000_000
TIMEOUT = 8.0
"""How many seconds the Hub has to answer at all."""
_FALLBACK = "the runs that came with the playground work without it."
FORBIDDEN = (401, 403)
"""What the Hub answers to whoever may not: also where there is no such thing, so that nobody learns what is private."""
Kind = Literal["model", "dataset"]
Result = TypeVar("Result")


class HubUnavailable(PlaygroundError):
    """The Hub cannot be reached, or it does not serve the file."""


def cached(repo: str, file: str, *, kind: Kind = "model") -> Path | None:
    """Where `file` of the repository `repo` lies, if it was fetched before; asks no network."""
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(repo, file, repo_type=kind)
    return Path(path) if isinstance(path, str) else None


def downloaded(
    repo: str,
    file: str,
    *,
    title: str,
    on_progress: Callable[[float], None],
    max_bytes: int = MAX_BYTES,
    kind: Kind = "model",
    timeout: float = TIMEOUT,
    revision: str | None = None,
    token: str | bool | None = None,
    folder: Path | None = None,
) -> Path:
    """The local copy of `file` of the repository `repo`, fetched if need be.

    `HF_ENDPOINT`, `HF_HOME` and `HF_HUB_OFFLINE` count as everywhere.

    Args:
        repo: The repository on the Hub, such as `timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k`.
        file: The file in it.
        title: What a person calls it; errors speak of it by this name.
        on_progress: Called with the fraction that is downloaded, 0 to 1.
        max_bytes: The largest file that is fetched; the Hub says the size before anything is.
        kind: Which of the Hub's kinds of repository it is.
        timeout: How many seconds the Hub has to answer at all, the look-up of its address included.
        revision: The commit that it is of; the newest if none is given.
        token: Opens what is not public; sent and kept nowhere. None is this machine's own, False is none.
        folder: Where to put it instead of the Hub's cache.

    Raises:
        HubUnavailable: When the file is unavailable, or larger than `max_bytes`, whatever the Hub says of it.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    if folder is None and (path := cached(repo, file, kind=kind)):
        return path
    with plainly(title):
        url = hf_hub_url(repo, file, repo_type=kind, revision=revision)
        # asked first, because the download itself would try again and again for half a minute
        size = within(timeout, lambda: get_hf_file_metadata(url, timeout=timeout, token=token)).size or 0
        if size > max_bytes:
            raise _too_large(file, title, size, max_bytes)

        def counted(part: float, bytes: int) -> None:
            if bytes > max_bytes:
                raise _too_large(file, title, bytes, max_bytes)
            on_progress(part)

        return Path(
            hf_hub_download(
                repo,
                file,
                repo_type=kind,
                revision=revision,
                token=token,
                local_dir=folder,
                tqdm_class=_bar(counted),
            )
        )


def _too_large(file: str, title: str, size: int, most: int) -> HubUnavailable:
    return HubUnavailable(f"{file} of {title} has {_amount(size)}; at most {_amount(most)} are fetched.")


def _amount(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1_000_000 else f"{size:,} bytes"


@contextmanager
def plainly(title: str, otherwise: str = _FALLBACK) -> Iterator[None]:
    """Says in a sentence what goes wrong with the Hub, as `HubUnavailable`.

    `title` is what is asked of it, and `otherwise` ends the sentence: what can be done without it.
    """
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code
        reason = f"The Hub does not serve {title} now (status {status})"
        if status in FORBIDDEN:
            reason += ", for a token is missing or has no right to it"
        raise HubUnavailable(f"{reason}; {otherwise}") from error
    except (OSError, httpx2.HTTPError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise HubUnavailable(f"The disk has no room for {title}; free some space and try again.") from error
        raise HubUnavailable(f"The Hub cannot be reached, so {title} is unavailable offline; {otherwise}") from error


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """The result of `call`, or a TimeoutError: the look-up of an address knows no other limit."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as error:
            future.set_exception(error)

    Thread(target=run, name="ask the Hub", daemon=True).start()
    return future.result(timeout=seconds)


def _bar(counted: Callable[[float, int], None]) -> type[Any]:
    """A class that the Hub's client takes for a progress bar; `counted` gets the part that is here, and its bytes."""
    from tqdm import tqdm

    class Bar(tqdm):
        """Shows nothing and passes on what is downloaded."""

        def __init__(self, *args: Any, **options: Any) -> None:
            # a disabled bar would not count
            supported = {name: value for name, value in options.items() if name not in ("name", "disable")}
            super().__init__(*args, **{**supported, "file": io.StringIO()})

        def update(self, n: float | None = 1) -> bool | None:
            """Counts `n` more bytes."""
            displayed = super().update(n)
            counted(min(1.0, self.n / self.total) if self.total else 0.0, int(self.n))
            return displayed

    return Bar
