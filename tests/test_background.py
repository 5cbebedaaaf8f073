"""Background tasks run once, one after the other, and report their errors."""

import threading
import time

import pytest

from playground.background import MOST_RESULTS, MOST_WAITING, BackgroundTasks
from playground.errors import Busy, PlaygroundError


def until(tasks, key, work=lambda report: None):
    limit = time.monotonic() + 10
    while (state := tasks.submit(key, work, start=False)).result is None and not state.error:
        assert time.monotonic() < limit, state
        time.sleep(0.005)
    return state


def test_one_task_for_all_who_ask():
    tasks, free, calls = BackgroundTasks(), threading.Event(), []

    def work(report):
        calls.append(1)
        report(0.5, "Half of it.")
        free.wait(10)
        return "done"

    tasks.submit("a", work)
    limit = time.monotonic() + 10
    while tasks.submit("a", work).message != "Half of it." and time.monotonic() < limit:
        time.sleep(0.005)
    state = tasks.submit("a", work)
    assert (state.progress, state.message, state.result) == (0.5, "Half of it.", None)
    free.set()
    assert until(tasks, "a").result == "done" and calls == [1]
    assert tasks.submit("a", work).result == "done" and calls == [1]


def test_one_after_the_other_and_not_too_many():
    tasks, free, order = BackgroundTasks(), threading.Event(), []

    def work(name):
        def run(report):
            free.wait(10)
            order.append(name)
            return name

        return run

    for name in range(MOST_WAITING):
        tasks.submit(name, work(name))
    with pytest.raises(Busy, match="4 tasks of this kind are under way already; try again in a minute"):
        tasks.submit("more", work("more"))
    assert tasks.submit(2, work(2)).message == "Waits for its turn."
    free.set()
    for name in range(MOST_WAITING):
        assert until(tasks, name).result == name
    assert sorted(order) == list(range(MOST_WAITING))
    tasks.submit("more", work("more"))
    assert until(tasks, "more").result == "more"


def test_what_failed_is_reported_and_retried(caplog):
    tasks = BackgroundTasks()

    def refuses(report):
        raise PlaygroundError("It rains.")

    def breaks(report):
        raise RuntimeError("secret")

    tasks.submit("a", refuses)
    assert until(tasks, "a").error == "It rains."
    tasks.submit("a", breaks)
    state = until(tasks, "a")
    assert state.error.startswith("That did not work") and "secret" in caplog.text
    tasks.submit("a", lambda report: 3)
    assert until(tasks, "a").result == 3


def test_only_the_last_results_are_cached():
    tasks = BackgroundTasks()
    for name in range(MOST_RESULTS + 3):
        tasks.submit(name, lambda report, name=name: [name])
        until(tasks, name)
    dropped = tasks.submit(0, lambda report: None, start=False)
    assert dropped.error == "There is no such task; start it again."
    assert until(tasks, MOST_RESULTS + 2).result == [MOST_RESULTS + 2]
