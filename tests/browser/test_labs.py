"""What every lab owes its visitors: a training that can be followed to its end, and one that can be stopped at once."""

import pytest

from playground.page import tabs

from .tiers import standing_for_all

TRAINED = {"gan": "cgan-digits", "diffusion": "diffusion-digits"}
STOPPED = {**TRAINED, "translation": "cyclegan-emoji"}
SHIPPED = {"gan": "stylegan-faces", "diffusion": "diffusion-fashion", "translation": "cyclegan-emoji"}


@pytest.mark.parametrize("lab", tabs())
def test_train_works_as_the_page_opens(visit, lab):
    """Nothing is chosen or typed before."""
    here = visit(lab, run="", wait=False)
    here.until(lambda: here.run != "")
    here.page.wait_for_timeout(1500)  # what the page offers may still come in
    before = here.run
    here.train()
    here.until(lambda: here.run != before)
    started = here.run
    assert here.page.locator(".train:visible .problem:visible").count() == 0
    here.do("stop")
    here.until(lambda: "ancelled" in here.status or "stopped" in here.status or "Removed" in here.status)
    here.page.wait_for_timeout(1000)
    here.settled()  # what is still asked of a run that goes is an error in the browser's eyes
    here.do("delete")
    here.until(lambda: here.run != started)


@pytest.mark.parametrize("lab", standing_for_all(TRAINED, "gan"))
def test_a_training_becomes_a_film(visit, shows, lab):
    here = visit(lab, run=SHIPPED[lab])
    here.train(TRAINED[lab], Seconds=3)
    here.until(lambda: here.run.startswith(TRAINED[lab]))
    here.until(lambda: "on 297 test pictures of digits" in here.status, seconds=60)
    here.until(lambda: here.snapshot == here.steps[1] > 0)
    last = shows(here.main)
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and shows(here.main) != last)
    assert here.query("run") == here.run


@pytest.mark.parametrize("lab", standing_for_all(STOPPED, "gan"))
def test_a_training_stops_within_seconds(visit, lab):
    here = visit(lab, run=SHIPPED[lab])
    here.train(STOPPED[lab], Seconds=60)
    here.until(lambda: here.run.startswith(STOPPED[lab]) and here.run != STOPPED[lab])
    here.until(lambda: here.steps[1] > 0, seconds=40)
    here.do("stop")
    # a second for the run to end, and what two busy cores take to say so
    assert here.until(lambda: "ancelled" in here.status) < 5
    here.page.wait_for_timeout(1000)  # until nobody asks for its news any more
    here.do("delete")
    here.until(lambda: here.run == SHIPPED[lab])
