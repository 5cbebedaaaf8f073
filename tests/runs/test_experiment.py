"""An experiment is gathered from the runs of a group, and its arms are laid side by side."""

import json

import pytest

from playground.data import packs
from playground.labs import recipe, recipes
from playground.runs.comparison import GRID, curve, finals, told, varied
from playground.runs.experiment import (
    ENDING,
    Arm,
    Point,
    Trial,
    UnknownExperiment,
    apart,
    gathered,
    read,
    shipped_experiments,
)
from playground.runs.store import PRETRAINED

VIT, CNN = "vit-digits", "cnn-fashion"


@pytest.fixture
def ended(store):
    """Writes a run of a group with evaluations (step, seconds, accuracy), of which the last one is final."""

    def write(name, evaluations, *, group="versus", state="done", device="cpu", threads=1, **knobs):
        chosen = recipe(name).changed(**{"data": "digits", "image_size": 8, **knobs})
        run = store.create(name, chosen, data_hash="", group=group)
        events = [{"event": "started", "step": 0, "parameters": 1234, "device": device, "threads": threads}]
        for i, (step, seconds, accuracy) in enumerate(evaluations):
            events.append({"event": "metrics", "step": step, "seconds": seconds, "values": {"loss": 1.0}})
            values = {"accuracy": accuracy, "loss": 1 - accuracy}
            final = i == len(evaluations) - 1
            events.append(
                {"event": "evaluated", "step": step, "values": values, "n": 300 if final else 100, "final": final}
            )
        (run.path / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
        status = json.loads((run.path / "status.json").read_text())
        (run.path / "status.json").write_text(json.dumps({**status, "state": state}))
        return run

    return write


def line(first, last):
    """Evaluations of which the values lie on a line through steps 10 and 110, and a final one."""
    return [(step, step / 10, first + (last - first) * (step - 10) / 100) for step in (10, 60, 110)] + [
        (110, 11.0, last)
    ]


def test_the_arms_are_what_differs_apart_from_the_seed(ended):
    runs = [ended(VIT, line(0.1, 0.5 + seed / 10), seed=seed, depth=depth) for depth in (1, 2) for seed in (1, 0)]
    experiment = gathered("versus", runs)
    assert [arm.name for arm in experiment.arms] == ["depth 1", "depth 2"]
    assert [[trial.seed for trial in arm.trials] for arm in experiment.arms] == [[0, 1], [0, 1]]
    assert experiment.metrics == ["accuracy", "loss"] and experiment.watched == ("accuracy", "rises")
    assert experiment.labs == ("vision",) and "accuracy" in experiment.shares
    arm = experiment.arms[0]
    assert (arm.parameters, arm.recipe, "seed" in arm.knobs) == (1234, VIT, False)
    assert arm.trials[0].final == {"accuracy": 0.5, "loss": 0.5} and arm.trials[0].n == 300
    assert [point.step for point in arm.trials[0].points] == [10, 60, 110] and arm.trials[0].seconds == 11.0


def test_a_seed_that_was_trained_twice_counts_once(ended):
    """As it was last done: a training that was cancelled takes no other's place."""
    runs = [ended(VIT, line(0.1, last)) for last in (0.5, 0.6)] + [ended(VIT, line(0.1, 0.9), state="cancelled")]
    (arm,) = gathered("versus", runs).arms
    assert [(trial.seed, trial.run, trial.final["accuracy"]) for trial in arm.trials] == [(0, runs[1].id, 0.6)]
    (arm,) = gathered("versus", runs[2:]).arms
    assert [trial.run for trial in arm.trials] == [runs[2].id]


def test_what_an_arm_takes_is_counted_or_estimated_and_else_unknown(ended):
    runs = [ended(VIT, line(0.1, 0.5), threads=2), ended("vae-digits", line(0.1, 0.5), device="cuda")]
    vit, vae = gathered("versus", runs).arms
    # the last of its evaluations was after 11 seconds; two cores of 5 W
    assert vit.trials[0].watt_hours == pytest.approx(11 * 2 * 5 / 3600)
    assert vit.flops == runs[0].recipe.flops(runs[0].spec) > 1000
    assert vae.trials[0].threads is vae.trials[0].watt_hours is vae.flops is None
    one, other = told(gathered("versus", runs), "accuracy")["arms"]
    assert (one["flops"], one["watt_hours"]) == (vit.flops, vit.trials[0].watt_hours)
    assert other["flops"] is other["watt_hours"] is None
    assert "estimated" in told(gathered("versus", runs), "accuracy")["assumed"]
    resumed = [
        {"event": "started", "step": 110, "parameters": 1234, "device": "cpu", "threads": 2},
        {"event": "finished", "step": 200, "seconds": 90.0, "reason": "done"},
    ]
    for threads, known in ((2, pytest.approx(90 * 2 * 5 / 3600)), (8, None)):
        went_on = ended(VIT, line(0.1, 0.5), threads=threads)
        with open(went_on.path / "events.jsonl", "a") as file:
            file.writelines(json.dumps(event) + "\n" for event in resumed)
        assert gathered("versus", [went_on]).arms[0].trials[0].watt_hours == known
    begun = ended(VIT, [])
    (begun.path / "events.jsonl").write_text("")
    assert gathered("versus", [begun]).arms[0].trials[0].threads is None


@pytest.mark.parametrize("name", shipped_experiments(PRETRAINED))
def test_what_ships_says_what_its_recipes_take(name):
    for arm in read(shipped_experiments(PRETRAINED)[name]).arms:
        known = arm.recipe in recipes()
        chosen = recipe(arm.recipe).changed(**arm.knobs) if known else None
        assert arm.flops == (chosen and chosen.flops(chosen.spec(packs)))
        assert all(trial.watt_hours or not trial.seconds for trial in arm.trials), "only what is not trained takes none"


def test_arms_are_named_by_title_and_by_what_differs():
    def named(*arms):
        return apart([(one, {k: v for k, v in one.model_dump().items() if k != "seed"}) for one in arms])

    vit, cnn = recipe(VIT), recipe(CNN)
    assert named(vit, cnn) == [vit.title, cnn.title]
    assert named(vit, vit.changed(depth=3)) == [f"depth {vit.depth}", "depth 3"]
    assert named(vit, vit.changed(depth=3), cnn) == [
        f"{vit.title}, depth {vit.depth}",
        f"{vit.title}, depth 3",
        cnn.title,
    ]
    assert named(vit) == [vit.title]


def test_what_goes_on_has_curves_and_no_result_yet(ended):
    runs = [ended(VIT, line(0.1, 0.5)), ended(VIT, line(0.2, 0.4)[:2], seed=1, state="running")]
    experiment = gathered("versus", runs)
    (arm,) = told(experiment, "accuracy", "images")["arms"]
    assert arm["values"] == [0.5] and arm["final"] == {"mean": 0.5, "low": None, "high": None}
    assert [run["seed"] for run in arm["runs"]] == [0, 1] and arm["n"] == 300


def arm_of(*trials, batch=4):
    return Arm(
        name="one",
        recipe=VIT,
        knobs={},
        parameters=1,
        batch=batch,
        trials=tuple(
            Trial(
                run=f"r{i}",
                seed=i,
                state="done",
                step=points[-1][0],
                seconds=points[-1][1],
                points=tuple(Point(step=step, seconds=seconds, values={"x": value}) for step, seconds, value in points),
                final={"x": points[-1][2]},
                n=5,
            )
            for i, points in enumerate(trials)
        ),
    )


def test_a_curve_is_the_mean_where_all_trials_have_been():
    arm = arm_of([(10, 1.0, 0.0), (100, 10.0, 9.0)], [(20, 4.0, 1.0), (200, 40.0, 19.0)])
    for axis, ends in (("steps", (20, 100)), ("images", (80, 400)), ("seconds", (4, 10))):
        places, interval = curve(arm, "x", axis)
        assert len(places) == GRID and (places[0], places[-1]) == pytest.approx(ends)
    places, interval = curve(arm, "x", "steps")
    # by steps both lie on lines: 0.1 (step - 10), and 1 + 0.1 (step - 20)
    expected = [(0.1 * (step - 10) + 1 + 0.1 * (step - 20)) / 2 for step in places]
    assert interval.mean.tolist() == pytest.approx(expected, abs=1e-9)
    assert (interval.low <= interval.mean).all() and (interval.high >= interval.mean).all()


def test_there_is_no_curve_without_two_evaluations_or_common_ground():
    assert curve(arm_of([(10, 1.0, 0.0)]), "x", "steps") is None
    assert curve(arm_of([(1, 1.0, 0.0), (2, 2.0, 1.0)], [(5, 5.0, 0.0), (6, 6.0, 1.0)]), "x", "steps") is None
    assert curve(arm_of([(1, 1.0, 0.0), (2, 2.0, 1.0)]), "y", "steps") is None
    assert finals(arm_of([(1, 1.0, 0.0), (2, 2.0, 7.0)]), "x") == [7.0]


def test_along_a_knob_there_is_a_line_for_each_recipe(ended):
    runs = [
        ended(name, line(0.1, last + seed / 10), portion=portion, seed=seed)
        for name, portion, last in ((VIT, 0.1, 0.3), (VIT, 1.0, 0.7), (CNN, 0.1, 0.5), (CNN, 1.0, 0.6))
        for seed in (0, 1)
    ]
    experiment = gathered("versus", runs)
    assert varied(experiment.arms) == "portion"
    assert told(experiment, "accuracy")["axis"] == "knob"
    result = told(experiment, "accuracy", "knob")
    assert result["axis"] == "knob" and result["axes"]["knob"] == "Share of the training set"
    assert [arm["line"] for arm in result["arms"]] == [0, 0, 1, 1]
    vit, cnn = result["lines"]
    assert vit["x"] == cnn["x"] == [0.1, 1.0]
    assert vit["mean"] == pytest.approx([0.35, 0.75]) and cnn["mean"] == pytest.approx([0.55, 0.65])
    assert vit["low"][0] == pytest.approx(0.3) and vit["high"][1] == pytest.approx(0.8)


def test_a_recipe_without_the_knob_has_no_line_along_it(ended):
    runs = [ended(VIT, line(0.1, 0.5), heads=heads) for heads in (1, 2)] + [ended(CNN, line(0.1, 0.6))]
    result = told(gathered("versus", runs), "accuracy")
    assert result["axis"] == "knob" and result["lines"][0]["x"] == [1, 2] and result["lines"][1] is None
    assert [arm["line"] for arm in result["arms"]] == [0, 0, 1]


def test_without_one_knob_that_differs_there_is_no_such_axis(ended):
    same = gathered("a", [ended(VIT, line(0.1, 0.5)), ended(CNN, line(0.1, 0.5))])
    assert varied(same.arms) is None and told(same, "", "knob")["axis"] == "images"
    assert told(same, "")["axis"] == "seconds", "all trained as long"
    slow = [(step, 3 * seconds, value) for step, seconds, value in line(0.1, 0.5)]
    unlike = gathered("d", [ended(VIT, line(0.1, 0.5)), ended(CNN, slow)])
    assert told(unlike, "")["axis"] == "images"
    more = gathered("b", [ended(VIT, line(0.1, 0.5)), ended(VIT, line(0.1, 0.5), depth=2, heads=1)])
    assert varied(more.arms) is None
    switch = gathered("c", [ended(VIT, line(0.1, 0.5)), ended(VIT, line(0.1, 0.5), shift=True)])
    assert varied(switch.arms) is None, "it is no number"


def test_what_some_arms_report_stands_last_and_the_others_have_none_of_it(ended):
    runs = [ended(VIT, line(0.1, 0.5)), ended(VIT, line(0.1, 0.5), depth=2)]
    other = runs[1].path / "events.jsonl"
    other.write_text(other.read_text().replace('"accuracy"', '"precision"'))
    experiment = gathered("versus", runs)
    assert experiment.metrics == ["accuracy", "loss", "precision"]
    one, two = told(experiment, "precision", "images")["arms"]
    assert one["final"] is None and two["final"]["mean"] == 0.5
    assert told(experiment, "precision", "images")["lines"][0] is None
    assert told(experiment, "loss", "images")["better"] is None, "which of them is better is known of the watched one"
    with pytest.raises(UnknownExperiment, match="reports no “beauty”; it reports accuracy, loss, precision"):
        told(experiment, "beauty", "images")
    with pytest.raises(UnknownExperiment, match="no experiment “nothing”"):
        gathered("nothing", [])


def test_a_share_is_one_in_whichever_features_it_is_measured():
    known = told(read(shipped_experiments(PRETRAINED)["vae-gan-diffusion"]), "kid_cnn-fashion")
    assert set(known["shares"]) == {"as_asked", "precision_cnn-fashion", "recall_cnn-fashion"}
    assert known["labels"]["kid"] == "Realism (KID)", "which the file is too old to know"


def test_one_that_ships_comes_back_as_it_was(ended, tmp_path):
    experiment = gathered("versus", [ended(VIT, line(0.1, 0.5))], title="Which one?", machine="some processor")
    (tmp_path / f"versus{ENDING}").write_text(experiment.model_dump_json())
    (tmp_path / f"broken{ENDING}").write_text("{}")
    files = shipped_experiments(tmp_path)
    assert list(files) == ["broken", "versus"] and read(files["versus"]) == experiment
    assert json.loads(files["versus"].read_text())["arms"][0]["trials"][0]["watt_hours"] > 0, "whoever reads it has it"
    with pytest.raises(UnknownExperiment, match="cannot be read"):
        read(files["broken"])
