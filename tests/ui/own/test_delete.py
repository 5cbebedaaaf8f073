"""Deleting a data set, or forgetting it, takes with it what was learned from it, and nothing else."""

import os
import shutil
import time

from playground.runs.folder import Status, write_status
from playground.ui import own as module


def test_deleting_a_set_deletes_what_learned_from_it(browser, context, written, trained, pets):
    (ann, name), (bob, _) = browser(), browser()
    own, other = context.store.data.own.add(pets, owner=name), written()
    run = trained(own, name)
    assert "no data set of yours" in bob.post(f"data/{own}/delete").json()["error"]
    assert run.path.exists()
    assert ann.post(f"data/{own}/delete").json() == {"done": "delete"}
    assert not run.path.exists() and other.path.exists() and context.engine.cancelled == [run.id]
    assert ann.get("data").json()["sets"] == []


def test_no_name_deletes_what_lies_outside(browser, context, written, pets):
    (ann, name), run = browser(), written()
    own = context.store.data.own
    set_file = own.folder / own.add(pets, owner=name) / "set.json"
    shutil.copy(set_file, context.store.runs)  # a set of hers, where ".." leads to
    for path in ("%2e%2e", "..%2f..%2fruns"):
        assert ann.post(f"data/{path}/delete").status_code in (400, 404)
    assert run.path.exists() and set_file.exists() and (context.store.runs / "set.json").exists()


def test_a_set_stays_as_long_as_a_run_cannot_be_removed(browser, context, trained, pets, monkeypatch):
    ann, name = browser()
    own = context.store.data.own.add(pets, owner=name)
    run = trained(own, name)
    with monkeypatch.context() as patched:
        patched.setattr(type(context.store), "delete", lambda store, run: (_ for _ in ()).throw(OSError("busy")))
        assert "try again" in ann.post(f"data/{own}/delete").json()["error"]
    assert context.store.data.own.facts(own) and run.path.exists()
    assert ann.post(f"data/{own}/delete").json() == {"done": "delete"} and not run.path.exists()


def test_nothing_of_a_deleted_set_stays_in_memory(browser, context, written, trained, pets):
    ann, name = browser()
    mine = context.store.data.own.add(pets, owner=name)
    run, other = trained(mine, name), written()
    for one in (run, other):
        assert ann.get(f"views/vae/plane/plane?run={one.id}").status_code == 200
    views = context.views
    assert len(views.answers) == len(views.prepared) == len(views.networks) == 2
    ann.post(f"data/{mine}/delete")
    assert len(views.answers) == len(views.prepared) == len(views.networks) == 1


def test_sets_of_visitors_who_are_gone_are_forgotten(context, pets):
    own = context.store.data.own
    stale, current = own.add(pets, owner="ann"), own.add(pets, owner="bob")
    os.utime(own.folder / stale / "set.json", (1, 1))
    module.keep_tidy(context)
    until = time.monotonic() + 5
    while own.facts(stale):
        assert time.monotonic() < until
    assert own.facts(current)


def test_a_set_that_a_run_still_learns_from_is_not_forgotten(context, pets, trained):
    own = context.store.data.own
    mine = own.add(pets, owner="ann")
    run = trained(mine, "ann")
    write_status(run.path, Status(state="queued"))
    os.utime(own.folder / mine / "set.json", (1, 1))
    module.forget_stale(context)
    assert own.facts(mine)
    write_status(run.path, Status(state="done"))
    module.forget_stale(context)
    assert own.facts(mine) is None and not run.path.exists()


def test_a_set_that_cannot_be_forgotten_keeps_no_other_back(context, pets, monkeypatch):
    own, forget = context.store.data.own, module.forget
    names = [own.add(pets, owner=f"visitor {number}") for number in range(3)]
    for name in names:
        os.utime(own.folder / name / "set.json", (1, 1))
    stuck = own.stale()[0]

    def stubborn(context, name):
        if name == stuck:
            raise module.CannotForget("It stays.")
        forget(context, name)

    monkeypatch.setattr(module, "forget", stubborn)
    module.forget_stale(context)
    assert own.stale() == [stuck]
