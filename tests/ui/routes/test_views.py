"""Views and previews of a run over plain routes, and names and steps that are none."""

import shutil

import pytest

from playground.runs.folder import Status, write_status
from tests.ui.routes.answers import sentence


@pytest.mark.parametrize("value", ["abc", "nan", "inf", "1e400", "9" * 400])
def test_a_step_that_is_no_number_is_told(client, written, value):
    assert "step" in sentence(client.get("views/vae/plane/plane", params={"run": written().id, "step": value}))


def test_a_run_names_the_views_that_fit_it(client, written):
    run, other = written(), written("point-gan-gaussians")
    listed = {one["id"]: one["views"] for one in client.get("runs").json()["runs"]}
    of_vae = [
        "plane",
        "dimensions",
        "walk",
        "prior",
        "gradient",
        "experiment",
    ]  # digits have no known factors, and make no sound
    assert listed == {run.id: of_vae, other.id: ["dynamics"]}
    assert client.get(f"runs/{run.id}").json()["views"] == of_vae


def test_each_part_of_a_view_has_an_address(client, written, read_answer):
    run = written().id
    _, tensors = read_answer(client.get("views/vae/plane/encode", params={"run": run, "picture": "ex-1"}).content)
    assert tensors.keys() == {"at", "ellipse", "whole", "projected"}
    for path, query, words in (
        ("vae/plane/points", {}, "has no part “points”; it has plane, decode, encode, dots."),
        ("vae/decode/decode", {}, "There is no view “decode” in a lab “vae”."),
        ("vae/plane/plane", {"x": 1}, "has no option “x”; it has label, across, up."),
        ("vae/plane/plane", {"picture": "ex-1"}, "has no option “picture”; it has label, across, up."),
    ):
        assert words in sentence(client.get(f"views/{path}", params={"run": run, **query}))
    assert client.get("views/vae/plane", params={"run": run}).status_code == 404


def test_a_preview_that_was_thinned_away_is_the_one_before(client, written):
    run = written(steps=(0, 5, 10))
    response = client.get(f"runs/{run.id}/previews/10")
    assert response.headers["content-type"] == "image/webp" and response.content == run.preview(10)[0]
    (run.path / "previews" / "00000005.webp").unlink()
    assert client.get(f"runs/{run.id}/previews/9").content == run.preview(0)[0]
    assert client.get(f"runs/{run.id}/previews/99999").content == run.preview(10)[0]


def test_only_the_previews_of_finished_runs_are_kept_by_the_browser(client, written):
    run = written()
    assert "max-age" in client.get(f"runs/{run.id}/previews/5").headers["cache-control"]
    write_status(run.path, Status(state="paused"))
    assert client.get(f"runs/{run.id}/previews/5").headers["cache-control"] == "no-store"


def test_a_run_without_previews_says_so(client, written):
    run = written()
    for step in (0, 5, 10):
        (run.path / "previews" / f"{step:08d}.webp").unlink()
    assert "no preview" in sentence(client.get(f"runs/{run.id}/previews/5"))


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "..%2f..", "%2fetc", "a%00b", "A", "-", "nobody-here", "x" * 300, "..%2foutside"]
)
def test_no_name_leads_out_of_the_folder(client, store, written, name):
    run = written()
    paths = ("runs/{}", "runs/{}/previews/5", "views/vae/plane/plane?run={}")
    assert [client.get(path.format(run.id)).status_code for path in paths] == [200] * 3
    for there in (store.runs.parent, store.runs.parent / "outside"):  # whole runs, where ".." and "../outside" lead to
        shutil.copytree(run.path, there, dirs_exist_ok=True)
    for path in paths:
        response = client.get(path.format(name))
        assert response.status_code in (400, 404, 405) and "vae-digits" not in response.text, path
    response = client.get("views/vae/plane/plane", params={"run": "../outside"})
    assert "There is no run" in sentence(response)


def test_a_run_without_a_snapshot_yet_is_told(client, written):
    run = written()
    for step in run.snapshots:
        (run.path / "snapshots" / f"{step:08d}.safetensors").unlink()
    assert "no snapshot yet" in sentence(client.get("views/vae/plane/plane", params={"run": run.id}))


def test_a_step_that_is_none_is_told(client, written):
    run = written()
    for step in ("1" * 5000, "x", "-1", "²"):
        sentence(client.get(f"runs/{run.id}/previews/{step}"))


def test_gradios_own_upload_is_closed(browser):
    client = browser()
    assert client.post("http://localhost/gradio_api/upload", content=b"x").status_code == 404
