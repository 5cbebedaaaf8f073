"""`python -m training`: trains, resumes, branches, evaluates and benchmarks from the command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads that spin starve whatever else runs

from playground.data import packs
from playground.device import pick
from playground.errors import PlaygroundError
from playground.jobs.branch import branched, check_branch
from playground.labs import recipe, recipes
from playground.recipe import Recipe
from playground.runs.folder import Parent, forget_stop
from playground.runs.store import PRETRAINED, Store, is_id
from training.commands import create, find, shown, train, with_knobs
from training.record import evaluated


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 for success, 1 for failure, with one sentence on stderr."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _list(options: argparse.Namespace) -> int:
    store = Store(options.runs)
    rows = [
        {
            "name": name,
            "lab": entry.lab,
            "data": entry.data,
            "parameters": _parameters(store, entry),
        }
        for name, entry in sorted(recipes().items())
    ]
    if options.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['name']:<16} {row['lab']:<12} {row['data']:<14} {row['parameters']:>9,} parameters")
    return 0


def _parameters(store: Store, entry: Recipe) -> int:
    spec = entry.spec(packs)
    network = entry.network(spec, **store.shape(entry, spec), **entry.grown(spec))
    return sum(parameter.numel() for parameter in network.parameters())


def _run(options: argparse.Namespace) -> int:
    chosen = with_knobs(recipe(options.name), options)
    if options.data is not None:
        own = Store(options.runs).data.own
        assert own is not None
        chosen = chosen.changed(data=own.add_once(options.data, owner=""))
        print(Store(options.runs).data.card(chosen.data).what, file=sys.stderr)
    return train(create(options.name, chosen, options), options)


def _branch(options: argparse.Namespace) -> int:
    store, parent = Store(options.runs), find(options.run, options)
    if store.get(parent.id).path.resolve() != parent.path.resolve():
        raise PlaygroundError(f"The run in {parent.path} is not one of {store.runs}; give its folder by --runs.")
    step = parent.nearest(options.step)
    start, note = branched(parent, step, store.data)
    if note:
        print(note, file=sys.stderr)
    chosen = with_knobs(start, options)
    spec = chosen.spec(store.data)
    check_branch(parent, step, chosen, spec, store.shape(chosen, spec))
    run = create(parent.info.name, chosen, options, Parent(run=parent.id, step=step))
    return train(run, options)


def _resume(options: argparse.Namespace) -> int:
    run = find(options.run, options)
    if run.status.state == "running":
        raise PlaygroundError(f"The run “{run.id}” is being trained already; stop it first.")
    run.check_resume()
    forget_stop(run.path)
    return train(run, options, resume=True)


def _experiment(options: argparse.Namespace) -> int:
    from training.experiment import experiment

    return experiment(options)


def _ship_experiment(options: argparse.Namespace) -> int:
    from training.experiment import ship_experiment

    return ship_experiment(options)


def _equal(options: argparse.Namespace) -> int:
    from training.benchmarks.equal import equal

    return equal(options)


def _evaluate(options: argparse.Namespace) -> int:
    run = find(options.run, options)
    step = run.nearest(options.step)
    values, n = evaluated(run, step, store=Store(options.runs), device=pick(options.device))
    result = {"run": run.id, "step": step, "data": run.info.spec.name, "split": "test", "n": n, "metrics": values}
    if options.json:
        print(json.dumps(result))
    else:
        print(f"{run.id} at step {step}, {n} test {run.info.spec.example} of {run.info.spec.name}: {shown(values)}")
    return 0


def _ship(options: argparse.Namespace) -> int:
    from training.ship import ship

    run = find(options.run, options)
    name = options.target or run.info.name
    if not is_id(name):
        raise PlaygroundError(f"“{name[:80]}” is no name of a run: small letters, digits and hyphens, 81 at most.")
    target = PRETRAINED / name
    shipped = ship(run, target, store=Store(options.runs), snapshots=options.snapshots)
    print((shipped.path / "card.md").read_text(encoding="utf-8"))
    return 0


def _push(options: argparse.Namespace) -> int:
    from training.hub import pushed

    print(pushed(find(options.run, options), options.repo, public=options.public))
    return 0


def _pull(options: argparse.Namespace) -> int:
    from training.hub import pulled

    print(pulled(options.repo, Store(options.runs)).path)
    return 0


def _benchmark(options: argparse.Namespace) -> int:
    from training.benchmarks import measure

    return measure(options.names, out=options.out, seconds=options.seconds, seeds=options.seeds, run=options.run)


def _scratch(options: argparse.Namespace) -> int:
    from training.benchmarks.scratch import measured, write

    for line, result in measured(options.data, packs, size=options.size):
        if result is None:
            print(line, flush=True)
        else:
            write(result, options.out)
    return 0


def _supervised(options: argparse.Namespace) -> int:
    from training.benchmarks.supervised import measured, write

    write(measured(options.recipe, packs), options.out)
    return 0


def _worker(options: argparse.Namespace) -> int:
    from training.worker import main as work

    return work([f"--{name}={vars(options)[name]}" for name in ("device", "threads", "memory")])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as one JSON value, last")
    common.add_argument("--runs", type=Path, default=Path("runs"), help="the folder of this machine's runs")
    device = argparse.ArgumentParser(add_help=False)
    device.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    knobs = argparse.ArgumentParser(add_help=False)
    knobs.add_argument("--seconds", type=float, help="train this long, at the most")
    knobs.add_argument("--steps", type=int, help="train this many steps, at the most")
    knobs.add_argument("--out", type=Path, help="the folder of the new run; else one below --runs")
    knobs.add_argument("--group", default="", help="groups the runs of one experiment")
    knobs.add_argument("--set", action="append", default=[], metavar="KNOB=VALUE", help="set a knob of the recipe")

    def verb(name: str, command: Any, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        command_parser = verbs.add_parser(name, help=text, description=text, parents=[common, *parents])
        command_parser.set_defaults(command=command)
        return command_parser

    verb("list", _list, "the recipes")
    run = verb("run", _run, "trains a recipe", device, knobs)
    run.add_argument("name", help="a recipe's name")
    run.add_argument("--data", type=Path, help="a folder or zip of pictures, sub-folders are classes, to learn from")
    verb("resume", _resume, "resumes a run that was stopped", device).add_argument("run", help="name or folder")
    branch = verb("branch", _branch, "trains on from a snapshot, with knobs changed", device, knobs)
    branch.add_argument("run", help="name or folder")
    branch.add_argument("--step", type=int, help="the snapshot's step; the newest one if not given")
    experiment = verb("experiment", _experiment, "trains recipes from several seeds, to be compared", device)
    experiment.add_argument("names", nargs="+", help="names of recipes")
    experiment.add_argument("--seeds", type=int, default=3, help="how many seeds, from 0 on; 3 if not given")
    experiment.add_argument("--seconds", type=float, help="train each this long, at the most")
    experiment.add_argument("--steps", type=int, help="train each this many steps, at the most")
    experiment.add_argument("--group", default="", help="the experiment's name; else those of the recipes")
    experiment.add_argument(
        "--set", action="append", default=[], metavar="KNOB=VALUE", help="set a knob of all recipes"
    )
    experiment.add_argument("--vary", action="append", default=[], metavar="KNOB=A,B", help="an arm for each value")
    finished = verb("ship-experiment", _ship_experiment, "writes a finished experiment's numbers to pretrained/")
    finished.add_argument("name", help="the experiment's name")
    finished.add_argument("--title", help="the question that it answers")
    finished.add_argument(
        "--rises", help="the metric that matters most, the higher the better, if not the recipes' own"
    )
    finished.add_argument(
        "--benchmark", type=Path, help="what the benchmark of that name wrote by --out, in place of runs"
    )
    terms = verb("equal", _equal, "trains a VAE, a GAN and a diffusion model on equal terms, and writes their numbers")
    terms.add_argument("--seconds", type=float, default=120, help="of training for each; 120 if not given")
    terms.add_argument("--seeds", type=int, default=3, help="how many seeds, from 0 on; 3 if not given")
    terms.add_argument("--out", type=Path, help="the JSON file to write; else the one that the view reads")
    evaluate = verb("evaluate", _evaluate, "evaluates a run on its whole test split", device)
    evaluate.add_argument("run", help="name or folder")
    evaluate.add_argument("--step", type=int, help="the snapshot's step; the newest one if not given")
    ship = verb("ship", _ship, "copies a finished run to pretrained/, thinned, with a card")
    ship.add_argument("run", help="name or folder")
    ship.add_argument("--as", dest="target", metavar="NAME", help="its name there; the recipe's if not given")
    ship.add_argument("--snapshots", type=int, default=9, help="how many snapshots it keeps")
    push = verb("push", _push, "puts a run on the Hub: its film, its weights and a card")
    push.add_argument("run", help="name or folder")
    push.add_argument("repo", help="the repository, owner/name; made if need be")
    push.add_argument("--public", action="store_true", help="a repository that is made is seen by everybody")
    verb("pull", _pull, "fetches a run from the Hub").add_argument("repo", help="the repository, owner/name")
    benchmark = verb("benchmark", _benchmark, "measures what BENCHMARKS.md states")
    benchmark.add_argument("names", nargs="*", help="which measurements; all if none is named")
    benchmark.add_argument("--out", type=Path, help="also write the results to this JSON file")
    benchmark.add_argument("--seconds", type=float, help="how long the group generation trains; 60 if not given")
    benchmark.add_argument("--seeds", type=int, help="how many trainings the group generation repeats; 1 if not given")
    benchmark.add_argument("--run", type=Path, help="the folder of the run that the group music looks at")
    scratch = verb("scratch", _scratch, "trains from scratch on few labels: what the view of the same compares with")
    scratch.add_argument("data", help="a data set with classes")
    scratch.add_argument("--size", type=int, help="the side that pictures are resized to; their own if not given")
    scratch.add_argument("--out", type=Path, help="the JSON file to write; else the one that the view reads")
    supervised = verb("supervised", _supervised, "trains on labels of motion: what the view of it compares with")
    supervised.add_argument("recipe", help="a recipe whose network sees clips")
    supervised.add_argument("--out", type=Path, help="the JSON file to write; else the one that the view reads")
    worker = verb("worker", _worker, "waits for runs on its standard input; the page starts it", device)
    worker.add_argument("--threads", type=int, default=0, help="CPU threads used; 0 leaves it to torch")
    worker.add_argument("--memory", type=int, default=0, help="bytes that a training may take; 0 sets no limit")
    return parser


if __name__ == "__main__":
    sys.exit(main())
