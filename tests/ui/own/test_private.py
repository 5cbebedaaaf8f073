"""Nobody but its owner sees a data set, or what was learned from it."""

import pytest

from playground.data import UnknownData
from playground.jobs.launch import launch
from playground.labs import recipe
from playground.runs.folder import Parent
from playground.runs.store import UnknownRun


def test_a_set_and_what_learned_from_it_are_their_owners(browser, context, trained, pets):
    (ann, name), (bob, _) = browser(), browser()
    own = context.store.data.own.add(pets, owner=name)
    run = trained(own, name)
    assert [(one["name"], one["mine"]) for one in ann.get("data").json()["sets"]] == [(own, True)]
    assert "20" in ann.get("data").json()["sets"][0]["report"] and bob.get("data").json()["sets"] == []
    for path in (
        f"runs/{run.id}",
        f"runs/{run.id}/previews/5",
        f"views/vae/plane/plane?run={run.id}",
        f"examples?run={run.id}",
        f"examples?data={own}&size=8",
        f"examples.png?data={own}&size=8",
        f"pictures/ex-0.png?data={own}&size=8",
    ):
        assert ann.get(path).status_code == 200, path
        response = bob.get(path)
        assert response.status_code == 400 and "There is no" in response.json()["error"], path
    assert run.id not in bob.get("runs").text


def test_nobody_trains_on_or_branches_what_is_anothers(context, trained, pets):
    own = context.store.data.own.add(pets, owner="ann")
    chosen = recipe("vae-digits").changed(data=own, image_size=8, width=16)
    options = {"name": "vae-digits", "recipe": chosen}
    with pytest.raises(UnknownData, match="that you may use"):
        launch(context.store, context.engine, owner="bob", **options)
    assert launch(context.store, context.engine, owner="ann", **options).info.spec.name == own
    run = trained(own, "ann")
    with pytest.raises(UnknownRun):
        launch(
            context.store,
            context.engine,
            owner="bob",
            name="vae-digits",
            recipe=recipe("vae-digits").changed(width=16),
            parent=Parent(run=run.id, step=5),
        )


def test_what_goes_on_from_private_pictures_is_as_private(browser, context, trained, pets):
    (ann, name), (bob, _) = browser(), browser()
    mine = context.store.data.own.add(pets, owner=name)
    run = trained(mine, name)
    public = {"name": "vae-digits", "recipe": recipe("vae-digits").changed(width=16)}
    branch = launch(context.store, context.engine, owner=name, parent=Parent(run=run.id, step=5), **public)
    (branch.path / "snapshots").mkdir()
    (branch.path / "snapshots" / "00000005.safetensors").write_bytes((branch.path / "start.safetensors").read_bytes())
    again = launch(context.store, context.engine, owner=name, parent=Parent(run=branch.id, step=5), **public)
    for one in (branch, again):
        assert one.spec.name == "digits" and one.info.private == (mine,)
        assert ann.get(f"runs/{one.id}").status_code == 200
        assert bob.get(f"runs/{one.id}").status_code == 400
        assert bob.get(f"views/vae/plane/plane?run={one.id}").status_code == 400
    ann.post(f"data/{mine}/delete")
    assert not any(one.path.exists() for one in (run, branch, again))


def test_a_run_from_before_says_itself_that_it_is_private(browser, context, trained, pets):
    (ann, name), (bob, _) = browser(), browser()
    own = context.store.data.own.add(pets, owner=name)
    run = trained(own, name)
    text = (run.path / "run.json").read_text()
    (run.path / "run.json").write_text(text.replace(f'"private": ["{own}"]', '"private": []'))
    assert ann.get(f"runs/{run.id}").status_code == 200 and bob.get(f"runs/{run.id}").status_code == 400
    ann.post(f"data/{own}/delete")
    assert not run.path.exists()


def test_the_servers_sets_are_everybodys_and_stay(browser, context, pets):
    (ann, _) = browser()
    shared = context.store.data.own.add(pets, owner="")
    assert [(one["name"], one["mine"]) for one in ann.get("data").json()["sets"]] == [(shared, False)]
    assert ann.get(f"examples?data={shared}&size=8").status_code == 200
    assert ann.post(f"data/{shared}/delete").status_code == 400
