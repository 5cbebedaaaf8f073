"""Every card of every lesson: it can be shown as it says, and a test measures what it states."""

import ast
import re
from pathlib import Path

import pytest

from playground.labs import lessons, views
from playground.lesson import Code
from playground.page import tabs
from playground.runs.store import Store

CARDS = [
    pytest.param(lab, card, id=f"{lab}.{i}") for lab, cards in lessons().items() for i, card in enumerate(cards, 1)
]
OF_THE_PAGE = {"run", "step", "view", "compare", "align", "curve", "picture"}
MOST = 14
"""Of a lab with many topics; a lesson on one has seven at most."""


def test_a_lesson_is_short():
    assert lessons().keys() <= tabs().keys()
    assert all(1 <= len(cards) <= MOST for cards in lessons().values())


@pytest.mark.parametrize(("lab", "card"), CARDS)
def test_a_card_is_whole(lab, card):
    assert card.question.endswith("?")
    if card.region:
        left, top, right, bottom = card.region
        assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1 and card.ask and not card.answers
    else:
        assert 2 <= len(card.answers) <= 3 and len(set(card.answers)) == len(card.answers) and not card.ask
        assert 0 <= card.right < len(card.answers)
    assert len(re.findall(r"[.?!](?= |$)", card.happened)) <= 4
    declared = card.declared()
    assert declared["formula"].startswith("<math") and declared["paper"]["url"].startswith("https://")
    assert card.code.line in declared["code"]["line"]


@pytest.mark.parametrize(("lab", "card"), CARDS)
def test_what_a_card_shows_ships(lab, card):
    store = Store(Path("nowhere"))
    for place in filter(None, (card.ask, card.show)):
        run = store.get(place["run"])
        assert run.recipe.lab == lab
        view = views()[lab][place["view"]]
        assert view.fits(run.network_class, run.spec, run.recipe)
        assert int(place.get("step", 0)) in run.snapshots
        if "compare" in place:
            other = store.get(place["compare"])
            assert view.fits(other.network_class, other.spec, other.recipe)
        if "curve" in place:
            assert any(place["curve"] in event.get("values", {}) for event in run.read_events().events)
        view.options.model_validate({key: value for key, value in place.items() if key not in OF_THE_PAGE})


@pytest.mark.parametrize("lab", lessons())
def test_what_a_card_states_is_measured(lab):
    source = Path(__file__).parent / "labs" / lab / "test_lesson.py"
    tests = [node.name for node in ast.parse(source.read_text()).body if isinstance(node, ast.FunctionDef)]
    names = [card.name for card in lessons()[lab]]
    assert [name.removeprefix("test_") for name in tests if name.startswith("test_")] == names


def test_a_line_that_is_gone_or_not_alone_is_refused():
    with pytest.raises(ValueError, match="0 lines of lesson.py"):
        Code("lesson.py", "no line " + "says this").declared()
    with pytest.raises(ValueError, match="lines of lesson.py hold"):
        Code("lesson.py", "def ").declared()
