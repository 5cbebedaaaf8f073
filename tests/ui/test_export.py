"""What leaves the page: numbers, folder and code say what the page says."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image

from playground.labs import views
from playground.runs.reader import Run
from playground.runs.store import Store
from playground.ui.context import Context
from playground.ui.export import code, numbers
from playground.view import decode

pytestmark = pytest.mark.usefixtures("one_thread")
ROOT = Path(__file__).parents[2]
PARTS = [
    pytest.param(lab, name, part, marks=pytest.mark.thorough if i or part == "nearest" else [])
    for lab, by_name in views().items()
    for i, (name, view) in enumerate(by_name.items())
    for part in view.parts
]
"""Of the first view of each lab; those of the others, and what compares with all training pictures, are thorough."""


@pytest.fixture
def shipped(tmp_path):
    """A store whose shipped runs are the real ones."""
    return Store(tmp_path / "runs")


@pytest.fixture
def browser(shipped, browser_of):
    return browser_of(Context(shipped, None))


def test_the_numbers_are_those_of_the_events(browser, shipped):
    response = browser.get("runs/vae-fashion/numbers.csv")
    assert 'filename="vae-fashion.csv"' in response.headers["content-disposition"]
    lines = {int(line["step"]): line for line in csv.DictReader(io.StringIO(response.text))}
    events = shipped.get("vae-fashion").read_events().events
    counted = [event for event in events if event["event"] in ("metrics", "evaluated")]
    assert list(lines) == sorted({event["step"] for event in counted})
    for event in counted:
        prefix = "training" if event["event"] == "metrics" else "test"
        for name, value in event["values"].items():
            assert float(lines[event["step"]][f"{prefix} {name}"]) == value


def test_numbers_of_steps_that_were_lost_are_left_out(written):
    run = written()
    lines = [
        {"event": "started", "step": 0},
        {"event": "metrics", "step": 4, "values": {"loss": 1.0}},
        {"event": "metrics", "step": 9, "values": {"loss": 9.0}},
        {"event": "started", "step": 5},
        {"event": "metrics", "step": 8, "values": {"loss": 2.0}},
    ]
    (run.path / "events.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert numbers(run).splitlines() == ["step,seconds,training loss", "4,,1.0", "8,,2.0"]


def test_the_folder_is_a_run_again(browser_of, store, written, tmp_path):
    run = written(owner="somebody", shipped=True)
    (run.path / "log.txt").write_text("private")
    response = browser_of(Context(store, None)).get(f"runs/{run.id}/run.zip")
    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        assert packed.testzip() is None
        assert not any(name.endswith(("log.txt", "state.safetensors")) for name in packed.namelist())
        packed.extractall(tmp_path / "unpacked")
    again = Store(tmp_path / "unpacked", tmp_path / "none").get(run.id)
    assert isinstance(again, Run) and again.snapshots == run.snapshots and again.info.owner == ""
    assert again.info == run.info.model_copy(update={"owner": ""})
    for step in run.snapshots:
        assert all(torch.equal(again.weights(step)[name], value) for name, value in run.weights(step).items())


@pytest.mark.parametrize("file", ["numbers.csv", "run.zip"])
def test_others_get_nothing_of_a_private_run(browser_of, store, written, file):
    context = Context(store, None)
    own = browser_of(context)
    own.get("runs")
    run = written(owner=context.identity.visitor(dict(own.cookies)))
    private = run.info.model_copy(update={"private": ("own-1",)})
    (run.path / "run.json").write_text(private.model_dump_json())
    assert own.get(f"runs/{run.id}/{file}").status_code == 200
    refused = browser_of(context).get(f"runs/{run.id}/{file}")
    assert refused.status_code == 400 and refused.json()["error"].endswith(".")


@pytest.mark.parametrize(("lab", "name", "part"), PARTS)
def test_the_code_computes_what_the_page_shows(browser, shipped, lab, name, part, capsys):
    view = views()[lab][name]
    run = next(run for run in shipped.list(lab=lab) if view.fits(run.network_class, run.spec, run.recipe))
    step = run.snapshots[1]  # what is aligned to earlier ones has only one to compute
    query = {"run": run.id, "step": str(step)}
    text = browser.get(f"code/{lab}/{name}/{part}", params=query).json()["code"]
    namespace: dict[str, object] = {}
    exec(compile(text, "code", "exec"), namespace)
    answer = decode(browser.get(f"views/{lab}/{name}/{part}", params=query).content)
    assert namespace["answer"].words == answer.words and namespace["answer"].tensors.keys() == answer.tensors.keys()
    printed = capsys.readouterr().out
    for key, value in answer.tensors.items():
        assert torch.equal(namespace["answer"].tensors[key], value), key
        assert f"{key} {tuple(value.shape)}" in printed


def test_the_code_runs_as_it_is_copied(shipped, tmp_path):
    view, run = views()["vae"]["plane"], shipped.get("vae-fashion")
    Image.new("L", (28, 28), 200).save(tmp_path / "picture.png")
    text = code(view, "decode", run, 0, {"picture": "up-1", "x": "0.5"})
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "picture (1, 28, 28) torch.uint8" in done.stdout


def test_a_pinned_picture_of_ones_own_is_read_from_its_own_file(shipped):
    view, run = views()["vae"]["walk"], shipped.get("vae-fashion")
    lines = code(view, "walk", run, 0, {"picture": "ex-3", "b": "up-1-inverted", "c": "up-2"}).splitlines()
    assert 'options = {"picture": "ex-3"}' in lines
    assert 'b, _ = inputs.add(Path("b.png").read_bytes())  # your picture, saved' in lines
    assert 'options["b"] = b + "-inverted"' in lines and 'options["c"] = c' in lines


def test_nonsense_gets_a_sentence(browser):
    for path in (
        "runs/none/numbers.csv",
        "code/vae/plane/none?run=vae-fashion",
        "code/vae/plane/decode?run=vae-fashion&x=9",
    ):
        response = browser.get(path)
        assert response.status_code == 400 and response.json()["error"].endswith((".", ").")), path
