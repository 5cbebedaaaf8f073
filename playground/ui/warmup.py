"""Computes ahead what the first visitor of each lab will ask for, as long as nobody asks for anything else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from threading import Event, Thread

from playground.errors import PlaygroundError
from playground.labs import views
from playground.runs.summary import summary
from playground.ui.context import Context
from playground.ui.views import Views

QUIET = 3.0
"""Seconds without a question of a visitor after which the next answer is computed ahead."""


def first_questions(answering: Views, lab: str) -> Iterator[Callable[[], bytes]]:
    """What the first visitor of a lab will ask for: every part of its views, and what is drawn through time."""
    for view in views().get(lab, {}).values():
        runs = answering.store.list(lab=lab)
        run = next((run for run in runs if view.fits(run.network_class, run.spec, run.recipe)), None)
        if run is None:
            continue
        for part in view.parts:
            yield partial(answering.answer, view, run, run.nearest(None), {}, part)
        if view.trace:
            yield partial(answering.trace, view, run, {})


def warm_up(context: Context, labs: Iterable[str]) -> Callable[[], None]:
    """Begins to answer the first questions of some labs, in their order, in a thread that steps back for visitors.

    Returns:
        What ends it, and waits for that: a thread that computes while Python ends would abort the process.
    """
    over = Event()

    def answer_all() -> None:
        for run in context.store.list():
            summary(run)
        for question in (one for lab in labs for one in first_questions(context.views, lab)):
            while (left := context.views.asked + QUIET - time.monotonic()) > 0 and not over.wait(left):
                pass
            if over.is_set():
                return
            with suppress(PlaygroundError):  # without the run's data there is nothing to prepare
                question()

    thread = Thread(target=answer_all, name="warm-up", daemon=True)
    thread.start()

    def end() -> None:
        over.set()
        thread.join()

    return end
