"""Long work is done once, one after the other, and what went wrong is said."""

import threading
import time

import pytest

from playground.errors import PlaygroundError
from playground.labs.diffusion.errands import MOST_KEPT, MOST_WAITING, Errands, TooBusy


def until(errands, key, work=lambda tell: None):
    limit = time.monotonic() + 10
    while (state := errands.ask(key, work, begin=False)).result is None and not state.error:
        assert time.monotonic() < limit, state
        time.sleep(0.005)
    return state


def test_one_errand_for_all_who_ask():
    errands, free, calls = Errands(), threading.Event(), []

    def work(tell):
        calls.append(1)
        tell(0.5, "Half of it.")
        free.wait(10)
        return "done"

    errands.ask("a", work)
    limit = time.monotonic() + 10
    while errands.ask("a", work).message != "Half of it." and time.monotonic() < limit:
        time.sleep(0.005)
    state = errands.ask("a", work)
    assert (state.progress, state.message, state.result) == (0.5, "Half of it.", None)
    free.set()
    assert until(errands, "a").result == "done" and calls == [1]
    assert errands.ask("a", work).result == "done" and calls == [1]


def test_one_after_the_other_and_not_too_many():
    errands, free, order = Errands(), threading.Event(), []

    def work(name):
        def run(tell):
            free.wait(10)
            order.append(name)
            return name

        return run

    for name in range(MOST_WAITING):
        errands.ask(name, work(name))
    with pytest.raises(TooBusy, match="4 samplings are under way already; try again in a minute"):
        errands.ask("more", work("more"))
    assert errands.ask(2, work(2)).message == "Waits for its turn."
    free.set()
    for name in range(MOST_WAITING):
        assert until(errands, name).result == name
    assert sorted(order) == list(range(MOST_WAITING))
    errands.ask("more", work("more"))
    assert until(errands, "more").result == "more"


def test_what_failed_is_said_and_tried_anew(caplog):
    errands = Errands()

    def refuses(tell):
        raise PlaygroundError("It rains.")

    def breaks(tell):
        raise RuntimeError("secret")

    errands.ask("a", refuses)
    assert until(errands, "a").error == "It rains."
    errands.ask("a", breaks)
    state = until(errands, "a")
    assert state.error.startswith("That did not work") and "secret" in caplog.text
    errands.ask("a", lambda tell: 3)
    assert until(errands, "a").result == 3


def test_only_the_last_results_are_kept():
    errands = Errands()
    for name in range(MOST_KEPT + 3):
        errands.ask(name, lambda tell, name=name: [name])
        until(errands, name)
    gone = errands.ask(0, lambda tell: None, begin=False)
    assert gone.error == "Nobody has asked for that; start it anew."
    assert until(errands, MOST_KEPT + 2).result == [MOST_KEPT + 2]
