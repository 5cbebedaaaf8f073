"""Whoever's work is shipped or read is named in NOTICE, as the cards of the data sets name them."""

import re
from pathlib import Path

import pytest

from playground.data import packs
from playground.data.cards import PACKS, read_card

ROOT = Path(__file__).resolve().parents[1]
CARDS = sorted(path.name.removesuffix(".card.json") for path in PACKS.glob("*.card.json"))
LICENSES = ("MIT", "Apache-2.0", "CC BY 4.0", "public domain", "no license is named")
AS_NOTICE_SAYS = {"Apache-2.0": "Apache License, Version 2.0"}


def plain(text):
    """One line, one kind of quotation marks."""
    return re.sub(r"\s+", " ", text.translate(str.maketrans("“”", '""')))


@pytest.fixture(scope="module")
def notice():
    return plain((ROOT / "NOTICE").read_text(encoding="utf-8"))


def test_there_are_cards_to_compare_with():
    assert set(CARDS) == {name for name in packs.names() if packs.source(name).card is None}


@pytest.mark.parametrize("name", CARDS)
def test_all_that_a_card_attributes_stands_in_the_notice(name, notice):
    for clause in plain(read_card(name).attribution).split(";"):
        assert clause.strip() in notice
    assert f'"{name}"' in notice


@pytest.mark.parametrize("name", CARDS)
def test_addresses_and_versions_of_the_source_stand_in_the_notice(name, notice):
    source = plain(read_card(name).source)
    exact = re.findall(r"https://[^\s,;]+|[\w@/-]+ \d+\.\d+\.\d+", source)
    assert exact or "drawn by this project" in source
    for part in exact:
        assert part in notice


@pytest.mark.parametrize("name", CARDS)
def test_the_licenses_of_a_card_stand_in_the_notice(name, notice):
    named = [license for license in LICENSES if license in plain(read_card(name).license)]
    assert named
    for license in named:
        assert AS_NOTICE_SAYS.get(license, license) in notice


def test_every_shipped_file_is_accounted_for(notice):
    shipped = [path.name for path in PACKS.iterdir() if not path.name.endswith(".card.json")]
    assert shipped
    for file in shipped:
        assert re.search(rf"\b{re.escape(file)}\b", notice), file


def test_the_license_is_the_whole_apache_license():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text and "Version 2.0, January 2004" in text
    assert "9. Accepting Warranty or Additional Liability." in text and "END OF TERMS AND CONDITIONS" in text
