"""The README against what it tells of: the header of the Space, the options, the data sets, the commands, the rooms."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from playground.data import packs
from playground.labs import recipes
from training import __main__ as training
from training.commands import with_knobs

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
HEADER = dict(line.split(": ", 1) for line in TEXT.split("---\n")[1].splitlines())


def rows(first):
    """The cells of the table whose head begins with `first`, with Markdown's marks for code taken off."""
    table = TEXT[TEXT.index(f"| {first} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in table]


def test_the_header_asks_for_what_is_pinned():
    pinned = dict(line.split("==") for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line)
    assert HEADER["sdk"] == "gradio" and HEADER["sdk_version"] == pinned["gradio"]
    assert (ROOT / HEADER["app_file"]).exists()
    assert len(HEADER["short_description"]) <= 60
    assert HEADER["license"] == "apache-2.0" and HEADER["python_version"] == '"3.12"'


@pytest.mark.slow
def test_the_options_are_those_of_the_app():
    process = subprocess.run([sys.executable, "app.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    options = set(re.findall(r"^  (--[\w-]+)", process.stdout, re.MULTILINE))
    assert {row[0] for row in rows("option of `app.py`")} == options
    assert len(options) > 3


def test_the_data_sets_are_those_there_are():
    by_name = {name: row for row in rows("name") for name in re.findall(r"[\w-]+", row[0])}
    assert set(by_name) == set(packs.names())
    for name, (_, what, license, _) in by_name.items():
        card = packs.card(name)
        if name != "emoji":  # the row counts emoji, the card pictures
            numbers = f"{card.n_train:,} + {card.n_test:,}", f"{card.n_train + card.n_test:,}"
            assert any(number in what for number in numbers), name
        for part in re.findall(r"MIT|Apache-2\.0|CC BY 4\.0", license):
            assert part in card.license, name


def test_the_two_commands_stand_as_they_must():
    assert "\npip install -r requirements.txt && python app.py\n" in TEXT
    assert "\npip install -r requirements-dev.txt && pytest\n" in TEXT


def test_the_commands_of_the_training_are_understood():
    commands = re.findall(r"^python -m training (.*)$", TEXT, re.MULTILINE)
    assert len(commands) > 5
    for command in commands:
        options = training._parser().parse_args(shlex.split(command, comments=True))
        if "name" in options:
            with_knobs(recipes()[options.name], options)


def test_the_rooms_exist():
    rooms = [row[0] for row in rows("where")]
    assert len(rooms) > 8
    assert [room for room in rooms if not (ROOT / room).exists()] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_what_is_linked_exists(document):
    linked = re.findall(r"\]\((?!https?://|#)([^)#]+)", (ROOT / document).read_text(encoding="utf-8"))
    assert linked or document == "CONTRIBUTING.md"
    assert [path for path in linked if not (ROOT / path).exists()] == []
