"""An experiment on the command line: planned seed by seed, begun, gone on with, and shipped as numbers."""

import json

import pytest

from playground.labs import recipe
from playground.recipe import InvalidRecipe
from playground.runs.experiment import ENDING, read
from playground.runs.store import Store
from training import experiment as module
from training.__main__ import main
from training.experiment import BadExperiment, planned, trainings

pytestmark = pytest.mark.usefixtures("one_thread")
TINY = ["--set", "data=digits", "--set", "width=16", "--set", "depth=1", "--steps", "4"]


@pytest.fixture
def begin(tmp_path, capsys):
    """Runs a command and gives what it printed, or what it said was wrong."""

    def begin(*words):
        code = main([*words, "--runs", str(tmp_path / "runs")])
        out, err = capsys.readouterr()
        return out if code == 0 else err

    return begin


def test_a_plan_goes_from_seed_to_seed():
    plan = planned(["vit-digits", "vit-fashion"], {"depth": ["1", "2"], "width": ["32"]}, 2, {"steps": 5})
    told = [(name, chosen.seed, chosen.depth, chosen.width, chosen.steps) for name, chosen in plan]
    arms = [("vit-digits", 1), ("vit-digits", 2), ("vit-fashion", 1), ("vit-fashion", 2)]
    assert told == [(name, seed, depth, 32, 5) for seed in (0, 1) for name, depth in arms]


def test_what_is_no_experiment_is_told():
    with pytest.raises(BadExperiment, match="one seed or more"):
        planned(["vit-digits"], {}, 0, {})
    with pytest.raises(BadExperiment, match=r"several labs \(vae, vision\)"):
        planned(["vit-digits", "vae-digits"], {}, 1, {})
    with pytest.raises(InvalidRecipe, match="Depth"):
        planned(["vit-digits"], {"depth": ["0"]}, 1, {})
    for names, vary in (
        (["vit-digits"] * 2, {}),
        (["vit-digits"], {"learning_rate": ["1e-3", "0.001"]}),
        (["vit-digits"], {"seed": ["0", "1"]}),
    ):
        with pytest.raises(BadExperiment, match="“vit-digits” are the same"):
            planned(names, vary, 2, {})


def test_an_experiment_is_trained_gone_on_with_and_shipped(begin, tmp_path, monkeypatch):
    out = begin("experiment", "vit-digits", "--vary", "patch_size=2,4", "--seeds", "2", "--group", "patches", *TINY)
    assert out.count("done at step 4") == 4
    store = Store(tmp_path / "runs")
    runs = [run for run in store.list() if not run.shipped]
    assert {run.info.group for run in runs} == {"patches"} and {run.recipe.seed for run in runs} == {0, 1}

    (tmp_path / "runs" / runs[0].id / "run.json").unlink()  # as if it had never been
    again = ["experiment", "vit-digits", "--vary", "patch_size=2,4", "--seeds", "2", "--group", "patches", *TINY]
    assert begin(*again).count("done at step 4") == 1 and begin(*again) == ""
    assert begin(*again[:5], "3", *again[6:]).count("done at step 4") == 2, "a third seed for both"

    monkeypatch.setattr(module, "PRETRAINED", tmp_path)
    printed = begin("ship-experiment", "patches", "--title", "How large a patch?")
    shipped = read(tmp_path / f"patches{ENDING}")
    assert "6 runs" in printed and "Energy is estimated" in printed
    assert all(f"{arm.flops:,}" in printed for arm in shipped.arms)
    assert shipped.title == "How large a patch?" and [arm.name for arm in shipped.arms] == [
        "patch size 2",
        "patch size 4",
    ]
    assert [len(arm.trials) for arm in shipped.arms] == [3, 3] and shipped.machine
    assert shipped.watched == ("accuracy", "rises")
    begin("ship-experiment", "patches", "--rises", "confidence_of_right")
    assert read(tmp_path / f"patches{ENDING}").watched == ("accuracy", "rises"), "of which no run knows anything"
    begin("ship-experiment", "patches", "--rises", "loss")
    assert read(tmp_path / f"patches{ENDING}").watched == ("loss", "rises")


def test_what_was_begun_goes_on_and_what_others_train_is_left_alone(store):
    plan = planned(["vit-digits"], {}, 2, {"steps": 4})
    runs = [store.create(name, chosen, data_hash="", group="mine") for name, chosen in plan]

    def never(name, chosen):
        raise AssertionError("both are there")

    assert list(trainings(plan, "mine", store, never)) == [(run, False) for run in runs], "nothing was saved yet"
    status = runs[1].path / "status.json"
    beat = runs[1].path / "heartbeat"
    beat.touch()
    status.write_text(json.dumps({**json.loads(status.read_text()), "state": "running"}))
    left = trainings(plan, "mine", store, never)
    assert next(left) == (runs[0], False)
    with pytest.raises(BadExperiment, match="in training already"):
        next(left)
    made = []
    list(trainings(plan, "others", store, lambda name, chosen: made.append(chosen) or runs[0]))
    assert made == [chosen for _, chosen in plan], "another group begins anew"
    assert recipe("vit-digits").seed == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["experiment", "nothing-here"], "There is no recipe “nothing-here”"),
        (["experiment", "vit-digits", "--vary", "depth"], "“depth” is no setting"),
        (["experiment", "vit-digits", "--group", "No Name!"], "“No Name!” is no name"),
        (["ship-experiment", "nothing"], "There is no experiment “nothing” here."),
    ],
)
def test_what_is_off_is_told_in_a_sentence(begin, words, sentence):
    assert sentence in begin(*words)
