"""A run that ships: frames that the page can show, small, and a card that says what they are worth."""

import pytest
import torch

from playground.runs.folder import Status, write_status
from training import ship as module
from training.ship import NotFinished, ship, spread

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def large(monkeypatch):
    """Counts every network as one whose frames are rounded."""
    monkeypatch.setattr("training.ship.SMALL", 0)


def test_every_frame_has_weights_and_a_preview_and_the_last_is_exact(large, store, written, tmp_path):
    run = written(steps=range(0, 40, 2), name="vae-digits")
    (run.path / "previews" / "00000020.webp").unlink()
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=5)
    assert len(shipped.snapshots) == 5 and shipped.snapshots == shipped.previews
    assert shipped.snapshots[0] == 0 and shipped.snapshots[-1] == 38 and 20 not in shipped.snapshots
    formats = [shipped.frame(step).format for step in shipped.snapshots]
    assert formats == ["int8"] * 4 + ["float16"]
    last = run.weights(38)
    assert all(torch.equal(value, last[name]) for name, value in shipped.weights(38).items())
    steps = {event["step"] for event in shipped.read_events().events if event["event"] in ("snapshot", "preview")}
    assert steps == set(shipped.snapshots)


def test_the_card_says_what_rounding_changes(large, store, written, tmp_path):
    run = written(steps=range(0, 10))
    ship(run, tmp_path / "vae-digits", store=store, snapshots=3)
    card = (tmp_path / "vae-digits" / "card.md").read_text()
    assert "- **Frames:** 3, all but the last rounded to int8, which changes what views show by at most: plane " in card
    assert "decode " in card and "License of the weights" in card


def test_the_frames_of_a_small_network_are_not_rounded_to_int8(store, written, tmp_path):
    run = written(steps=range(0, 10))
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=3)
    assert {shipped.frame(step).format for step in shipped.snapshots} == {"float16"}
    assert "- **Frames:** 3, rounded to float16, which changes what views show by at most: " in shipped.card


def test_only_a_run_that_is_done_ships(store, written, tmp_path):
    run = written()
    write_status(run.path, Status(state="paused"))
    with pytest.raises(NotFinished, match="is paused"):
        ship(run, tmp_path / "target", store=store)
    assert not (tmp_path / "target").exists()


def test_frames_are_spread_by_their_order():
    assert spread([0, 5, 10], 5) == [0, 5, 10]
    assert spread(range(100), 3) == [0, 50, 99] and module.SNAPSHOTS >= 9
