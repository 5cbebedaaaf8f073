"""The walk-throughs of CONTRIBUTING.md, walked: its files are written and its commands run in a copy of the project."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```\w+ ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COPIED = ("app.py", "playground", "training", "tests", "pyproject.toml", "NOTICE", "LICENSE", "README.md")
PATHS = re.compile(r"`((?:playground|training|tests)/[\w/.]+)`")
MADE = {
    "playground/data/packs/stripes.card.json",
    "playground/data/sets/stripes.py",
    "playground/labs/autoencoder/__init__.py",
    "playground/labs/autoencoder/autoencoder.css",
    "playground/labs/autoencoder/autoencoder.py",
    "playground/labs/autoencoder/denoised.js",
    "playground/labs/autoencoder/recipes.py",
    "playground/labs/autoencoder/tab.py",
    "playground/labs/autoencoder/views.py",
    "playground/labs/vision/resmlp.py",
    "playground/labs/vision/occlusion.js",
    "playground/labs/vision/occlusion.py",
    "tests/labs/autoencoder/test_autoencoder.py",
    "tests/labs/vision/test_resmlp.py",
    "tests/labs/vision/test_occlusion.py",
}


def blocks():
    """Each block that is to be applied: the words after its language, and its content."""
    return [
        (dict(word.partition("=")[::2] for word in shlex.split(info)), content) for info, content in BLOCK.findall(TEXT)
    ]


def inserted(text, content, *, below=None, above=None):
    """`text` with `content` put right below, or two lines above, the one line that begins with the given words."""
    lines = text.splitlines(keepends=True)
    (at,) = [i for i, line in enumerate(lines) if line.startswith(below or above)]
    if below:
        return "".join([*lines[: at + 1], content, *lines[at + 1 :]])
    return "".join([*lines[:at], content, "\n\n", *lines[at:]])  # the linter wants two empty lines around a class


@pytest.fixture
def copy(tmp_path):
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path)
    (tmp_path / "pretrained").mkdir()
    for shipped in (ROOT / "pretrained").iterdir():
        (tmp_path / "pretrained" / shipped.name).symlink_to(shipped)
    return tmp_path


def run(command, folder):
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "RUFF_NO_CACHE": "true",
    }
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def test_blocks_are_inserted_where_their_line_is():
    assert inserted("a\nb\nc\n", "x\n", below="b") == "a\nb\nx\nc\n"
    assert inserted("a\nb\nc\n", "x\n", above="b") == "a\nx\n\n\nb\nc\n"
    with pytest.raises(ValueError, match="unpack"):
        inserted("a\nb\nb\n", "x\n", above="b")


def test_files_named_in_the_text_exist():
    named = {path for path in PATHS.findall(TEXT) if "NAME" not in path} - MADE
    assert len(named) > 8
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def evaluated(folder):
    """The last evaluation of a run, on the whole test split."""
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    (last,) = [event for event in events if event["event"] == "evaluated" and event["final"]]
    return last


@pytest.mark.slow
def test_the_walk_throughs_work(copy):
    sections = []
    for info, content in blocks():
        if "run" in info:
            # steps instead of seconds: what is learned shall not depend on the speed of the machine
            sections.append(content.replace("--seconds 5", "--steps 30").splitlines())
            continue
        path = copy / info.pop("file")
        assert path.exists() == bool(info), path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(inserted(path.read_text(), content, **info) if info else content)
    assert {str(path.relative_to(copy)) for path in map(copy.joinpath, MADE) if path.exists()} == MADE
    assert len(sections) == 4

    with ThreadPoolExecutor(2) as pool:  # one after the other inside a section, as a reader would
        walked = pool.map(lambda commands: {command: run(command, copy) for command in commands}, sections)
        outputs = {command: text for part in walked for command, text in part.items()}

    tabs = run(f'{sys.executable} -c "from playground.page import tabs; print(*tabs())"', copy).split()
    assert "autoencoder" in tabs and (copy / "pretrained/autoencoder-digits/card.md").exists()
    assert "resmlp-digits" in outputs["python -m training list"]
    resmlp, stripes = evaluated(copy / "runs/first-resmlp"), evaluated(copy / "runs/first-stripes")
    assert resmlp["n"] == 297 and resmlp["values"]["accuracy"] > 0.6
    assert stripes["n"] == 300 and stripes["values"]["accuracy"] > 0.6
    printed = re.search(r"accuracy ([\d.]+)", outputs["python -m training evaluate runs/first-resmlp"])
    # the command evaluates weights that were rounded for a frame
    assert printed and abs(float(printed[1]) - resmlp["values"]["accuracy"]) < 0.02
