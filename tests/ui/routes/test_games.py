"""Blind games over plain routes: nothing is given away before a choice, which counts once."""

import pytest

from playground.ui.games import Once
from tests.ui.routes.answers import sentence

GAME = "games/vae/blind"


@pytest.fixture
def run(written):
    return written("musicvae-chorales", width=16, encoder_width=16, latent=16).id


def choose(client, run, choice="first", **query):
    return client.post(GAME, params={"run": run, "choice": choice, **query})


def test_a_choice_is_answered_by_what_is_right(client, run):
    outcomes = [choose(client, run, choice, round=3).json() for choice in ("first", "second")]
    assert sorted(outcome["is_right"] for outcome in outcomes) == [False, True]
    assert outcomes[0]["right"] == outcomes[1]["right"] in ("first", "second")
    assert outcomes[0]["piece"].startswith("BWV") and outcomes[0]["step"] == 10


def test_of_each_visitor_the_first_choice_in_a_round_counts(browser, client, context, run):
    for choice in ("first", "second", "first"):
        choose(client, run, choice, round=3)
    assert [(vote["step"], vote["n"]) for vote in client.get(GAME, params={"run": run}).json()["votes"]] == [(10, 1)]
    choose(client, run, round=4)
    choose(client, run, round=3, step=5)
    other = browser()
    other.get("runs")
    votes = choose(other, run, round=3).json()["votes"]
    assert [(vote["step"], vote["n"]) for vote in votes] == [(5, 1), (10, 3)]
    assert [tally.n for tally in context.store.votes.tallies(run, "blind")] == [1, 3]


def test_the_outcome_is_no_part_that_can_be_asked_for(client, run):
    assert "has no part “game”" in sentence(client.get("views/vae/blind/game", params={"run": run}))


def test_what_cannot_be_chosen_is_told(client, run):
    assert "first or second, not “third”" in sentence(choose(client, run, "third"))
    assert "first or second, not “”" in sentence(choose(client, run, ""))
    assert "no option “tempo”" in sentence(choose(client, run, tempo=80))
    assert "is no game" in sentence(client.post("games/vae/hear", params={"run": run, "choice": "first"}))
    assert "There is no run" in sentence(choose(client, "nobody"))
    assert "There is no run" in sentence(client.get(GAME, params={"run": "nobody"}))
    assert client.get(GAME, params={"run": run}).json() == {"votes": []}


def test_a_key_passes_once_as_long_as_it_is_remembered():
    once = Once(most=2)
    assert [once(key) for key in "aabcab"] == [True, False, True, True, True, True]
