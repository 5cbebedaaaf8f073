"""Live sessions: kept while they are used, one request at a time, and never for longer than their share."""

import threading
import time

import pytest

from playground.ui.live import Busy, Gone, Sessions, Turn, patiently


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def kept(sessions, *names):
    found = []
    for name in names:
        try:
            with sessions.turn(name) as turn:
                found.append(turn.thing)
        except Gone:
            found.append(None)
    return found


def test_names_cannot_be_guessed_and_lead_to_the_object():
    sessions = Sessions()
    names = [sessions.add(number) for number in range(3)]
    assert len(set(names)) == 3 and min(map(len, names)) >= 16
    assert kept(sessions, *reversed(names)) == [2, 1, 0]


def test_the_least_recently_used_makes_room():
    sessions = Sessions(most=2)
    a, b = sessions.add("a"), sessions.add("b")
    assert kept(sessions, a) == ["a"]
    c = sessions.add("c")
    assert kept(sessions, a, b, c) == ["a", None, "c"] and len(sessions) == 2


def test_the_idle_are_forgotten():
    clock = Clock()
    sessions = Sessions(idle=60, clock=clock)
    a, b = sessions.add("a"), sessions.add("b")
    clock.now = 50
    assert kept(sessions, a) == ["a"]
    clock.now = 61
    assert kept(sessions, a, b) == ["a", None]
    clock.now = 200
    with pytest.raises(Gone, match="begins anew"), sessions.turn(a):
        pass
    assert len(sessions) == 0


def test_a_new_object_may_take_the_place_of_an_old_one():
    sessions = Sessions()
    a = sessions.add("a")
    b = sessions.add("b", instead=a)
    assert kept(sessions, a, b) == [None, "b"]


def test_requests_of_one_session_never_run_at_once():
    sessions = Sessions(at_once=8)
    name, inside, most = sessions.add([]), [0], [0]

    def visit():
        with sessions.turn(name):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.01)
            inside[0] -= 1

    threads = [threading.Thread(target=visit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1


def test_turns_get_shorter_the_more_wait_and_too_many_are_sent_away():
    sessions = Sessions(at_once=1, waiting=2, seconds=0.04)
    names = [sessions.add(number) for number in range(4)]
    given, started = {}, threading.Event()
    release = threading.Event()

    def visit(number):
        with sessions.turn(names[number]) as turn:
            given[number] = turn.seconds
            started.set()
            release.wait(5)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(3)]
    threads[0].start()
    assert started.wait(5)
    for thread in threads[1:]:
        thread.start()
    until = time.monotonic() + 5
    while sessions._here < 3 and time.monotonic() < until:
        time.sleep(0.001)
    with pytest.raises(Busy, match="Many visitors"), sessions.turn(names[3]):
        pass
    release.set()
    for thread in threads:
        thread.join()
    assert given[0] == 0.04 and sorted(given.values())[0] <= 0.02
    assert kept(sessions, names[3]) == [3], "later there is room again"


def test_an_error_gives_the_place_back():
    sessions = Sessions(waiting=0)
    name = sessions.add("a")
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), sessions.turn(name):
            _ = 1 / 0
    assert kept(sessions, name) == ["a"]


def test_a_turn_does_what_was_asked_or_what_fits():
    done = []
    assert Turn(None, 10.0).repeat(lambda: done.append(1), 5) == 5 == len(done)
    assert Turn(None, 0.0).repeat(lambda: done.append(1), 5) == 1
    assert Turn(None, 10.0).repeat(lambda: done.append(1), 0) == 0 and len(done) == 6
    assert 1 < Turn(None, 0.03).repeat(lambda: time.sleep(0.005), 1000) < 10


@pytest.mark.parametrize(("error", "key"), [(Gone("It is gone."), "gone"), (Busy("It is full."), "busy")])
def test_the_script_is_told_in_words_what_it_can_mend(error, key, read_answer):
    def work():
        raise error

    words, tensors = read_answer(patiently(work).body)
    assert words[key] == str(error) and (words.get("again", 0) > 0) == (key == "busy") and not tensors
