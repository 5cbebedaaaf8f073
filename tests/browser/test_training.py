"""A training as a visitor meets it: live, paused, branched, queued, and past a server that dies."""

import re
import time

import pytest
from playwright.sync_api import expect


def points(visit):
    """How many live points the page has been told of."""
    return visit.evaluate("film.track?.terms.get('loss')?.length ?? 0")


def newest(visit, server):
    """The run that was started last."""
    return max(server.store.list(), key=lambda run: run.info.created)


def trained(visit, name, **knobs):
    """Starts a training and waits for its first live points."""
    before = visit.run
    visit.train(name, **knobs)
    visit.until(lambda: visit.run != before)
    visit.until(lambda: points(visit) >= 2, seconds=60)
    return visit


def buttons(visit):
    return {button.get_attribute("data-verb") for button in visit.film.locator("[data-verb]").all()}


def test_a_training_is_followed_live_to_its_end(visit, server, shows, quiet):
    here = trained(visit("vision"), "vit-digits", Seconds=10)
    run = newest(here, server)
    assert here.run == run.id and run.recipe.seconds == 10 and run.info.owner
    assert {"pause", "stop", "branch"} <= buttons(here)
    expect(here.film.locator(".film-status")).to_contain_text("pictures/s")
    here.page.set_viewport_size({"width": 390, "height": 844})
    expect(here.film.locator(".film-status")).to_be_visible()
    here.page.set_viewport_size({"width": 1280, "height": 800})
    chart, first, count = shows(here.film.locator(".film-chart")), here.steps[1], points(here)
    here.until(lambda: points(here) > count + 2 and here.steps[1] > first)
    assert shows(here.film.locator(".film-chart")) != chart
    here.until(lambda: here.snapshot > 0)
    here.until(lambda: here.film.locator(".film-status").get_attribute("data-state") == "done", seconds=40)
    assert re.match(r"Accuracy \d+\.\d% \(higher is better\) on 297 test pictures of digits", here.status)
    assert run.status.state == "done" and here.steps == (run.status.step, run.status.step)
    here.until(lambda: here.snapshot == run.status.step)
    assert buttons(here) == {"delete", "branch"}
    chosen = here.film.locator(".film-run option:checked").inner_text()
    assert "Accuracy" in chosen


def test_pause_resume_and_stop(visit, server, watch, quiet):
    here = trained(visit("vae"), "vae-digits", Seconds=60)
    run = newest(here, server)
    here.do("pause")
    here.until(lambda: here.status.startswith("Paused at step"))
    assert run.status.state == "paused" and buttons(here) == {"resume", "delete", "branch"}
    paused, known = run.status.step, points(here)
    here.page.wait_for_timeout(300)
    assert run.status.step == paused
    here.do("resume")
    here.until(lambda: run.status.step > paused and points(here) > known)
    assert {"pause", "stop"} <= buttons(here)
    start = time.monotonic()
    here.do("stop")
    here.until(lambda: run.status.state == "cancelled")
    assert time.monotonic() - start < 1.2
    here.until(lambda: here.status.startswith("Cancelled at step"), seconds=2)
    steps = [event["step"] for event in run.read_events().events if event["event"] == "metrics"]
    assert steps == sorted(steps)
    shown = here.evaluate("film.track.terms.get('loss').map((point) => point[0])")
    assert shown == sorted(set(shown)), "no point is told twice"
    here.do("delete")
    here.until(lambda: not run.path.exists() and here.run != run.id)
    assert run.id not in here.film.locator(".film-run").inner_html()
    here.page.wait_for_timeout(300)
    watch.forget_refusals()  # what was asked of the run when it went away


@pytest.mark.thorough
def test_where_stop_was_no_click_deletes(visit, server, quiet):
    here = trained(visit("vae"), "vae-digits", Seconds=60)
    bob = visit("vae")
    bob.train("vae-digits", Seconds=60)  # waits, so it has no frame, and Stop is its only button
    expect(bob.film.locator("[data-verb]")).to_have_count(1)
    for visitor in (bob, here):
        run = visitor.run
        stop = visitor.film.locator("[data-verb=stop]").bounding_box()
        visitor.do("stop")
        delete = visitor.film.locator("[data-verb=delete]")
        delete.wait_for()
        box = delete.bounding_box()
        assert box["x"] + box["width"] <= stop["x"] or stop["x"] + stop["width"] <= box["x"]
        visitor.page.mouse.click(stop["x"] + stop["width"] / 2, stop["y"] + stop["height"] / 2)
        visitor.page.wait_for_timeout(500)  # it may resume the run, which loses nothing
        assert any(each.id == run for each in server.store.list())


def test_a_branch_begins_where_its_parent_was(visit, server, films, quiet):
    parent = films["vae"]
    here = visit("vae", step=22)
    here.until(lambda: here.snapshot == 22)
    here.do("branch")
    note = here.branching
    expect(note).to_contain_text(parent.id)
    expect(note).to_contain_text("step 22")
    here.unfold()
    expect(here.knob("Recipe")).to_have_value("vae-digits")
    expect(here.knob("Seconds")).to_have_value("30")
    expect(here.knob("Steps")).to_have_value("")
    trained(here, None, Beta=4, Steps=60)
    run = newest(here, server)
    assert run.info.parent.model_dump() == {"run": parent.id, "step": 22}
    assert run.recipe.beta == 4 and run.recipe.steps == 60 and run.recipe.width == parent.recipe.width
    assert run.read_events().events[0]["step"] == 22 and run.snapshots[0] == 22
    assert f"branched from {parent.id} at step 22 with beta 4" in here.status
    here.scrub(0)
    assert here.steps[0] == 22
    here.until(lambda: run.status.state == "done", seconds=60)
    assert run.status.step == 82, "the budget counts from the branch on"


def test_a_branch_can_be_called_off(visit, server, quiet):
    here = visit("vae")
    note, button = here.branching, here.panel.locator(".train-button")
    for _ in range(2):
        here.do("branch")
        note.wait_for()
        expect(button).to_have_text("Branch from here")
        here.page.get_by_role("button", name="From scratch").click()
        expect(note).to_have_count(0)
        expect(button).to_have_text("Train")
    trained(here, "vae-digits", Seconds=10)
    run = newest(here, server)
    assert run.info.parent is None
    here.do("stop")


def test_a_double_click_is_one_wish(visit, server, quiet):
    here = visit("vision")
    before = {run.id for run in server.store.list()}
    here.turn("Train").locator(".train-button").dblclick()
    here.until(lambda: {run.id for run in server.store.list()} != before)
    here.page.wait_for_timeout(500)
    (run,) = {run.id for run in server.store.list()} - before
    here.until(lambda: here.run == run)
    here.do("stop")


def test_train_begins_one_run_however_often_it_is_pressed_until_its_answer_is_here(visit, server, quiet):
    here = visit("vision")
    before = {run.id for run in server.store.list()}
    train = here.turn("Train").locator(".train-button")
    pressed = """button => {
      for (let time = 0; time < 3; time++) button.click(); // as the key Enter does: no double click
      return button.getAttribute("aria-disabled");
    }"""
    assert train.evaluate(pressed) == "true"
    here.until(lambda: {run.id for run in server.store.list()} != before)
    expect(train).to_be_enabled()
    here.page.wait_for_timeout(500)
    assert len({run.id for run in server.store.list()} - before) == 1
    here.until(lambda: here.run not in before)
    here.do("stop")


def test_the_second_of_two_visitors_sees_their_place_in_the_queue(visit, server, quiet):
    ann = trained(visit("vae"), "vae-digits", Seconds=60)
    bob = visit("vae")
    before = bob.run
    bob.train("vae-digits", Seconds=60)
    bob.until(lambda: bob.run != before)
    expect(bob.film.locator(".film-status")).to_contain_text(re.compile(r"1st in the queue, about \d+ s"))
    assert buttons(bob) == {"stop"}
    expect(bob.view.locator("p", has_text="with the first snapshot")).to_be_visible()
    assert bob.run not in ann.film.locator(".film-run").inner_html(), "runs are private to their visitor"
    ann.do("stop")
    bob.until(lambda: points(bob) >= 2)
    bob.until(lambda: bob.view.locator(".lane").count() == 1)
    bob.do("stop")


# The server dies


def test_a_list_of_runs_that_failed_to_come_is_asked_for_again(visit, watch, quiet):
    here = trained(visit("vae"), "vae-digits", Seconds=120)
    listed = "**/playground/runs?lab=vae"
    problem = here.film.locator(".film-problem")
    here.page.route(listed, lambda route: route.abort())
    here.do("stop")  # a change of state has the list asked for
    expect(problem).to_contain_text("The server does not answer.")
    assert here.film.locator(".film-run option").count() > 1, "the runs known before stay in sight"
    here.page.unroute(listed)
    expect(problem).to_be_hidden()
    watch.forget()  # what failed meanwhile


def test_a_killed_server_comes_back_and_the_page_goes_on(visit, server, watch, quiet):
    here = trained(visit("vae"), "vae-digits", Seconds=120)
    run = newest(here, server)
    server.kill()
    problem = here.film.locator(".film-problem")
    expect(problem).to_contain_text("The server does not answer.")
    step = run.status.step
    server.start()
    here.until(lambda: here.steps[1] > step, seconds=30)
    expect(problem).to_be_hidden()
    assert here.run == run.id and run.status.state == "running", "its worker went on without a server"
    count = points(here)
    here.until(lambda: points(here) > count)
    start = time.monotonic()
    here.do("stop")
    here.until(lambda: run.status.state == "cancelled")
    assert time.monotonic() - start < 1.5
    here.until(lambda: "resume" in buttons(here))
    here.do("resume")
    here.until(lambda: run.status.state == "running", seconds=40)
    here.until(lambda: points(here) > count + 2)
    here.do("stop")
    here.until(lambda: here.status.startswith("Cancelled"))
    watch.forget()
