"""What the engine writes into the folder of a run whose worker cannot do it any more."""

from __future__ import annotations

import logging
import signal
from contextlib import suppress

from playground.runs.folder import State_, forget_stop, write_status
from playground.runs.reader import Run

logger = logging.getLogger(__name__)


def end(run: Run, state: State_, message: str) -> None:
    """Writes the last status of a run whose worker cannot do so."""
    if not (run.path / "run.json").exists():
        return
    try:
        changes = {"state": state, "message": message, "left": None, "worker": None}
        write_status(run.path, run.status.model_copy(update=changes))
        forget_stop(run.path)
    except OSError:
        logger.exception("The end of the run %s cannot be written.", run.id)


def exit_message(run: Run, code: int) -> str:
    """The status message for a worker that exited with `code` in the middle of `run`; also written to its log."""
    name = f"signal {-code} ({signal.strsignal(-code)})" if code < 0 else f"exit code {code}"
    with suppress(OSError), open(run.path / "log.txt", "a", encoding="utf-8") as log:
        log.write(f"The training process exited with {name}.\n")
    reason = "was killed, perhaps because the memory ran out" if code == -signal.SIGKILL else "crashed"
    return f"The training process {reason}; {run.recovery}."
