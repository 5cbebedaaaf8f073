"""A drawing becomes a data set of points in the plane, of whoever drew it."""

from dataclasses import replace

import pytest

from playground.data import UnknownData
from playground.jobs.admission import HOME
from playground.jobs.launch import launch
from playground.labs import recipe


def test_a_drawing_becomes_a_set_of_its_own(browser, context, read_answer):
    ann, bob = browser()[0], browser()[0]
    name = ann.post("data/drawing", json=[[[-1, 0.5], [1, 0.5]], [[0.0, -1.0]]]).json()["data"]
    points = context.store.data.load(name).train["points"]
    assert points.shape == (8192, 2) and len(context.store.data.load(name).test) == 512
    on_line = ((points[:, 1] - 0.5).abs() < 0.12).float().mean()
    assert float(on_line) > 0.95 and float(points[:, 0].abs().max()) < 1.2
    chosen = recipe("point-gan-gaussians").changed(data=name)
    launch(
        context.store,
        context.engine,
        name="point-gan-gaussians",
        recipe=chosen,
        owner=context.store.data.own.facts(name).owner,
    )
    with pytest.raises(UnknownData):
        launch(context.store, context.engine, name="point-gan-gaussians", recipe=chosen, owner="bob")
    assert ann.get("data").json()["sets"][0]["title"] == "a drawing" and bob.get("data").json()["sets"] == []
    words, tensors = read_answer(ann.get("data/points").content)
    assert name not in words["names"] and tensors["points"].shape == (len(words["names"]), 300, 2)


def test_a_new_drawing_takes_the_place_of_the_oldest_where_no_more_may_be(context, browser, pets):
    object.__setattr__(context, "limits", replace(HOME, sets=2))
    context.store.data.own.add(pets, owner="")  # the server's own counts for nobody
    ann, name = browser()
    drawn = [ann.post("data/drawing", json=[[[0, 0], [0.1 * number, 1]]]).json()["data"] for number in range(3)]
    assert set(context.store.data.own.uploaded(name)) == set(drawn[1:])
    full = replace(HOME, sets=0)
    object.__setattr__(context, "limits", full)
    for one in drawn[1:]:
        ann.post(f"data/{one}/delete")
    assert "data sets here" in ann.post("data/drawing", json=[[[0, 0]]]).json()["error"]


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [[]],
        "line",
        ["line"],
        [[1, 2]],
        [[[1]]],
        [[["a", "b"]]],
        [[[0, 1.3]]],
        [[[0, 10**400]]],
        [[[0, 0]]] * 101,
        [[[0, 0]] * 2001],
    ],
)
def test_what_is_no_drawing_is_refused_with_a_sentence(browser, strokes):
    response = browser()[0].post("data/drawing", json=strokes)
    assert response.status_code == 400 and "draw" in response.json()["error"].lower()


def test_deep_json_is_no_drawing(browser):
    response = browser()[0].post("data/drawing", content=b"[" * 100_000)
    assert response.status_code == 400 and "A drawing is some lines of points" in response.json()["error"]
