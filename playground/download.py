"""Single files from the Hub, with an answer in seconds where it cannot be reached."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any, Literal, TypeVar

from playground.errors import PlaygroundError

MAX_BYTES = 400_000_000
TIMEOUT = 8.0
"""How many seconds the Hub has to answer at all."""
_FALLBACK = "the runs that came with the playground work without it."
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

    Raises:
        HubUnavailable: When the file is unavailable, or larger than `max_bytes`.
    """
    import httpx2
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    if path := cached(repo, file, kind=kind):
        return path
    try:
        url = hf_hub_url(repo, file, repo_type=kind)
        # asked first, because the download itself would try again and again for half a minute
        size = _within(timeout, lambda: get_hf_file_metadata(url, timeout=timeout)).size or 0
        if size > max_bytes:
            raise HubUnavailable(
                f"{file} of {title} has {size / 1e6:,.0f} MB; at most {max_bytes / 1e6:,.0f} MB are fetched."
            )
        return Path(hf_hub_download(repo, file, repo_type=kind, tqdm_class=_bar(on_progress)))
    except HfHubHTTPError as error:
        reason = f"The Hub does not serve {title} now (status {error.response.status_code})"
        raise HubUnavailable(f"{reason}; {_FALLBACK}") from error
    except (OSError, httpx2.HTTPError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise HubUnavailable(f"The disk has no room for {title}; free some space and try again.") from error
        raise HubUnavailable(f"The Hub cannot be reached, so {title} is unavailable offline; {_FALLBACK}") from error


def _within(seconds: float, call: Callable[[], Result]) -> Result:
    """The result of `call`, or a TimeoutError: the look-up of an address knows no other limit."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as error:
            future.set_exception(error)

    Thread(target=run, name="ask the Hub", daemon=True).start()
    return future.result(timeout=seconds)


def _bar(on_progress: Callable[[float], None]) -> type[Any]:
    """A class that the Hub's client takes for a progress bar."""
    from tqdm import tqdm

    class Bar(tqdm):
        """Shows nothing and passes on the fraction that is downloaded."""

        def __init__(self, *args: Any, **options: Any) -> None:
            # a disabled bar would not count
            supported = {name: value for name, value in options.items() if name not in ("name", "disable")}
            super().__init__(*args, **{**supported, "file": io.StringIO()})

        def update(self, n: float | None = 1) -> bool | None:
            """Counts `n` more bytes."""
            displayed = super().update(n)
            if self.total:
                on_progress(min(1.0, self.n / self.total))
            return displayed

    return Bar
