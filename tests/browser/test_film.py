"""The run bar and the form as a visitor meets them: time, training, forks, queues, and whatever goes wrong."""

import re
import shutil
import time

import pytest
from playwright.sync_api import expect

LABS = ("vision", "vae")


def points(visit):
    """How many live points the page has been told of."""
    return visit.page.evaluate(f"Playground.film('{visit.lab}').track?.terms.get('loss')?.length ?? 0")


def newest(visit, server):
    """The run that was started last."""
    return max(server.store.list(), key=lambda run: run.info.created)


def trained(visit, name, **knobs):
    """Starts a training and waits for its first live points."""
    before = visit.run
    visit.train(name, **knobs)
    visit.until(lambda: visit.run != before)
    visit.until(lambda: points(visit) >= 2, seconds=30)
    return visit


def refusal(visit):
    """What stands below the Train button."""
    return visit.page.locator(".train .prose.problem:visible")


def forking(visit):
    """What stands above it while a fork is being made."""
    return visit.page.locator(".prose.forking:visible")


def knob(visit, help):
    """The field of a knob, by a piece of the sentence that explains it."""
    return visit.page.locator(".train:visible .block", has_text=help).last.locator("input, textarea").first


def buttons(visit):
    return {button.get_attribute("data-verb") for button in visit.film.locator("[data-verb]").all()}


@pytest.fixture
def quiet(server):
    """No training goes on before or after."""
    yield
    for run in server.store.list():
        if run.status.state in ("running", "queued"):
            (run.path / "stop").write_text("cancelled")
    until = time.monotonic() + 20
    while any(run.status.state in ("running", "queued") for run in server.store.list()):
        assert time.monotonic() < until, "a training does not end"
        time.sleep(0.05)


# Time


@pytest.mark.parametrize("lab", LABS)
def test_the_slider_moves_everything_through_time(visit, films, shows, lab):
    here = visit(lab)
    frames = here.film.locator(".film-range")
    chart = here.film.locator(".film-chart")
    preview = here.film.locator(".film-preview img")
    steps = sorted({*films[lab].snapshots, *films[lab].previews})
    assert frames.get_attribute("max") == str(len(steps) - 1)
    seen = set()
    for frame in (0, len(steps) // 2, len(steps) - 1):
        here.scrub(frame)
        assert here.steps == (steps[frame], 60)
        shown = max(step for step in films[lab].previews if step <= steps[frame])
        assert f"/previews/{shown}.webp" in preview.get_attribute("src")
        here.until(lambda: preview.evaluate("image => image.complete && image.naturalWidth") > 0)
        assert f"step {shown}" in here.film.locator(".film-note").inner_text()
        here.until(lambda step=steps[frame]: here.snapshot == films[lab].nearest(step))
        here.page.wait_for_timeout(300)
        seen.add((shows(here.main), shows(chart)))
    assert len({view for view, _ in seen}) == len({curve for _, curve in seen}) == 3
    assert frames.get_attribute("aria-valuetext") == "step 60"


def test_one_frame_on_and_one_frame_back(visit, films):
    here = visit("vision")
    steps = sorted({*films["vision"].snapshots, *films["vision"].previews})
    here.film.get_by_label("One frame back").click()
    here.film.get_by_label("One frame back").click()
    assert here.steps[0] == steps[-3]
    here.film.get_by_label("One frame on").click()
    assert here.steps[0] == steps[-2]
    here.until(lambda: here.query("step") == str(steps[-2]))
    here.film.locator(".film-range").focus()
    here.page.keyboard.press("Home")
    assert here.steps[0] == 0


def test_the_film_plays_and_pauses(visit):
    here = visit("vision")
    play = here.film.locator(".film-play")
    play.click()
    expect(play).to_have_attribute("aria-label", "Pause the film")
    assert here.steps[0] < 60, "at the end it begins anew"
    here.until(lambda: 5 <= here.steps[0] < 60)
    play.click()
    expect(play).to_have_attribute("aria-label", "Play the film")
    held = here.steps
    here.page.wait_for_timeout(900)
    assert here.steps == held
    play.click()
    here.until(lambda: here.steps[0] == 60)
    expect(play).to_have_attribute("aria-label", "Play the film")


def test_the_chart_can_be_dragged_through(visit):
    here = visit("vae")
    box = here.film.locator(".film-chart").bounding_box()
    here.page.mouse.move(box["x"] + 60, box["y"] + 90)
    here.page.mouse.down()
    assert here.steps[0] < 5
    here.page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 90, steps=4)
    here.page.mouse.up()
    assert here.steps[0] == 60
    before = here.film.locator(".film-terms [aria-pressed=true]").inner_text()
    here.film.get_by_role("button", name="reconstruction").click()
    assert before == "loss" and here.film.locator(".film-terms [aria-pressed=true]").inner_text() == "reconstruction"


@pytest.mark.parametrize("lab", LABS)
def test_two_runs_lie_side_by_side(visit, films, lab):
    twin = films[lab].path.with_name(films[lab].id + "-twin")
    shutil.copytree(films[lab].path, twin)
    here = visit(lab)
    here.film.locator(".film-beside").select_option(twin.name)
    expect(here.view.locator(".lane")).to_have_count(2)
    expect(here.film.locator(".film-preview img")).to_have_count(2)
    here.until(lambda: here.query("beside") == twin.name)
    here.page.reload()
    expect(here.view.locator(".lane .caption").filter(has_text="snapshot of step 60")).to_have_count(2)
    here.film.locator(".film-beside").select_option("")
    expect(here.view.locator(".lane")).to_have_count(1)
    here.until(lambda: here.query("beside") is None)
    shutil.rmtree(twin)


# Addresses


@pytest.mark.parametrize("name", ["nobody-here", "../..", "%2e%2e"])
def test_a_run_that_is_not_there_is_told_and_the_page_works_on(visit, watch, name):
    here = visit("vision", run=name)
    watch.forget_refusals()
    problem = here.film.locator(".film-problem")
    expect(problem).to_contain_text("There is no run")
    assert problem.inner_text().endswith(".") and "\n" not in problem.inner_text()
    assert here.run and here.run != name
    here.film.get_by_label("One frame back").click()
    here.until(lambda: here.query("run") == here.run)


@pytest.mark.parametrize(("lab", "other"), [("vision", "vae"), ("vae", "vision")])
def test_a_run_of_another_lab_is_told_and_the_page_works_on(visit, films, watch, lab, other):
    here = visit(lab, run=films[other].id, wait=False)
    problem = here.page.locator(".problem[role=alert]:visible").first
    expect(problem).to_be_visible()
    watch.forget_refusals()
    assert "went wrong" not in problem.inner_text() and problem.inner_text().endswith(".")
    here.film.locator(".film-run").select_option(films[lab].id)
    here.caption.wait_for()


@pytest.mark.parametrize("step", ["7", "-5", "999999"])
def test_a_step_in_the_address_is_shown_as_near_as_there_is_one(visit, films, step):
    here = visit("vae", step=step)
    expected = {"7": 5, "-5": 0, "999999": 60}[step]
    here.until(lambda: here.snapshot == expected)
    assert here.steps[0] == expected


def test_a_link_to_the_second_lab_holds_on_a_slow_connection(visit, films):
    here = visit("vae", step=22)
    here.page.route("**/gradio_api/**", lambda route: (time.sleep(0.7), route.continue_()))
    here.page.goto(f"{here.url}?lab=vae&run={films['vae'].id}&step=22")
    here.caption.wait_for()
    here.page.wait_for_timeout(500)
    assert (here.run, here.snapshot) == (films["vae"].id, 22)
    assert (here.query("lab"), here.query("run"), here.query("step")) == ("vae", films["vae"].id, "22")


def test_each_lab_keeps_its_own_view_in_the_address(visit, films):
    here = visit("vision", picture="ex-4", view="1,2,9")
    here.page.get_by_role("tab", name="VAE").click()
    there = type(here)(here.page, here.url, "vae")
    there.caption.wait_for()
    here.until(lambda: here.query("lab") == "vae" and here.query("run") == there.run)
    assert here.query("view") != "1,2,9", "it is the other lab's"
    here.page.reload()
    there.caption.wait_for()
    here.page.get_by_role("tab", name="Vision").click()
    here.caption.wait_for()
    here.until(lambda: here.query("lab") == "vision")
    assert re.search(r"in block [1-4], (head [1-4]|mean of its heads)\.", here.caption.inner_text())


# Training


def test_a_training_is_followed_live_to_its_end(visit, server, shows, quiet):
    here = trained(visit("vision"), "vit-digits", Seconds=10)
    run = newest(here, server)
    assert here.run == run.id and run.recipe.seconds == 10 and run.info.visitor
    assert {"pause", "stop", "fork"} <= buttons(here)
    expect(here.film.locator(".film-status")).to_contain_text("pictures/s")
    chart, first, count = shows(here.film.locator(".film-chart")), here.steps[1], points(here)
    here.until(lambda: points(here) > count + 2 and here.steps[1] > first)
    assert shows(here.film.locator(".film-chart")) != chart
    here.until(lambda: here.snapshot > 0)
    here.until(lambda: here.film.locator(".film-status").get_attribute("data-state") == "done", seconds=40)
    assert re.match(r"accuracy \d+\.\d%, .* on 297 test pictures of digits", here.status)
    assert run.status.state == "done" and here.steps == (run.status.step, run.status.step)
    here.until(lambda: here.snapshot == run.status.step)
    assert buttons(here) == {"delete", "fork"}
    chosen = here.film.locator(".film-run option:checked").inner_text()
    assert "accuracy" in chosen


def test_pause_resume_and_stop(visit, server, quiet):
    here = trained(visit("vae"), "vae-digits", Seconds=60)
    run = newest(here, server)
    here.do("pause")
    here.until(lambda: here.status.startswith("Paused at step"))
    assert run.status.state == "paused" and buttons(here) == {"resume", "delete", "fork"}
    paused, known = run.status.step, points(here)
    here.page.wait_for_timeout(300)
    assert run.status.step == paused
    here.do("resume")
    here.until(lambda: run.status.step > paused and points(here) > known)
    assert {"pause", "stop"} <= buttons(here)
    began = time.monotonic()
    here.do("stop")
    here.until(lambda: run.status.state == "cancelled")
    assert time.monotonic() - began < 1.2
    here.until(lambda: here.status.startswith("Cancelled at step"), seconds=2)
    steps = [event["step"] for event in run.news().events if event["event"] == "metrics"]
    assert steps == sorted(steps)
    shown = here.page.evaluate("Playground.film('vae').track.terms.get('loss').map((point) => point[0])")
    assert shown == sorted(set(shown)), "no point is told twice"
    here.do("delete")
    here.until(lambda: not run.path.exists() and here.run != run.id)
    assert run.id not in here.film.locator(".film-run").inner_html()


def test_a_fork_begins_where_its_parent_was(visit, server, films, quiet):
    parent = films["vae"]
    here = visit("vae", step=22)
    here.until(lambda: here.snapshot == 22)
    here.do("fork")
    told = forking(here)
    expect(told).to_contain_text(parent.id)
    expect(told).to_contain_text("step 22")
    panel = here.page.locator(".train:visible")
    expect(panel.get_by_label("Recipe")).to_have_value("vae-digits")
    panel.get_by_text("Advanced").click()
    expect(knob(here, "How many steps it trains")).to_have_value("60")
    trained(here, None, Beta=4, Seconds=30)
    run = newest(here, server)
    assert run.info.parent.model_dump() == {"run": parent.id, "step": 22}
    assert run.recipe.beta == 4 and run.recipe.steps == 60 and run.recipe.width == parent.recipe.width
    assert run.news().events[0]["step"] == 22 and run.snapshots[0] == 22
    assert f"forked from {parent.id} at step 22" in here.status
    here.scrub(0)
    assert here.steps[0] == 22
    here.until(lambda: run.status.state == "done")
    assert run.status.step == 82, "the budget counts from the fork on"


def test_a_fork_can_be_called_off(visit, server, quiet):
    here = visit("vae")
    here.do("fork")
    told = forking(here)
    told.wait_for()
    here.page.get_by_role("button", name="Start anew instead").click()
    expect(told).to_have_count(0)
    trained(here, "vae-digits", Seconds=10)
    run = newest(here, server)
    assert run.info.parent is None
    here.do("stop")


def test_another_shape_is_refused_for_a_fork(visit, server):
    here = visit("vae")
    count = len(server.store.list())
    here.do("fork")
    forking(here).wait_for()
    here.train(None, Latent=5)
    expect(refusal(here)).to_contain_text("knobs that change its shape must stay")
    assert len(server.store.list()) == count


def test_looking_at_the_folded_knobs_changes_none(visit):
    here = visit("vision")
    panel = here.page.locator(".train:visible")
    panel.get_by_text("Advanced").click()
    expect(knob(here, "How many pictures one step looks at")).to_have_value("128")
    expect(knob(here, "How many steps it trains")).to_have_value("")
    expect(knob(here, "The side of the pictures")).to_have_value("")
    here.page.wait_for_timeout(300)
    assert here.query("knobs") is None


def test_a_bad_knob_is_told_and_makes_no_run(visit, server):
    here = visit("vision")
    count, shown = len(server.store.list()), here.run
    panel = here.page.locator(".train:visible")
    panel.get_by_text("Advanced").click()
    for label, value in (("Learning rate", "7"), ("Batch size", ""), ("Width", "64"), ("Seed", "-1")):
        field = panel.get_by_label(re.compile(f"^{label}"))
        before = field.input_value()
        field.fill(value)
        field.blur()
        here.train()
        expect(refusal(here)).to_contain_text(re.compile(label, re.IGNORECASE))
        assert refusal(here).inner_text().strip().endswith(".")
        field.fill(before)
        field.blur()
    assert len(server.store.list()) == count and here.run == shown
    expect(here.page.locator(".toast-body.error")).to_have_count(0)


def test_a_bad_slider_is_told_or_set_right(visit, server, quiet):
    here = visit("vae")
    count = len(server.store.list())
    here.train("vae-digits", Latent=2.5)
    expect(refusal(here)).to_contain_text("Latent: ")
    assert len(server.store.list()) == count
    beta = here.page.locator(".train:visible").get_by_label("number input for Beta")
    beta.fill("1000")
    beta.blur()
    expect(beta).to_have_value("10")


def test_a_link_fills_the_form(visit, server):
    here = visit("vae", recipe="vae-digits", knobs="beta:4.0;latent:3")
    panel = here.page.locator(".train:visible")
    expect(panel.get_by_label("number input for Beta")).to_have_value("4")
    expect(panel.get_by_label("number input for Latent")).to_have_value("3")
    expect(panel.get_by_label("Recipe")).to_have_value("vae-digits")
    beta = panel.get_by_label("number input for Beta")
    beta.fill("2")
    beta.blur()
    here.until(lambda: "beta:2" in (here.query("knobs") or ""))
    here.page.reload()
    expect(beta).to_have_value("2")


@pytest.mark.parametrize("knobs", ["beta:NaN", "nonsense:1"])
def test_a_link_with_a_bad_knob_is_told(visit, server, knobs):
    count = len(server.store.list())
    here = visit("vae", recipe="vae-digits", knobs=knobs)
    expect(refusal(here)).to_contain_text(knobs.partition(":")[0], ignore_case=True)
    assert len(server.store.list()) == count


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


# Whatever the screen


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lab", LABS)
def test_nothing_overflows_on_a_phone(visit, lab, scheme):
    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme, "has_touch": True}
    here = visit(lab, options=phone)
    here.page.wait_for_timeout(300)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert here.page.evaluate("document.body.scrollWidth") <= 390
    here.page.locator(".train:visible").get_by_text("Advanced").click()
    here.page.wait_for_timeout(300)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 390
    dark = here.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 60")
    assert dark == (scheme == "dark")
    lane = here.view.locator(".lane").first.bounding_box()
    assert lane["x"] >= 0 and lane["x"] + lane["width"] <= 390


# The server dies


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
    began = time.monotonic()
    here.do("stop")
    here.until(lambda: run.status.state == "cancelled")
    assert time.monotonic() - began < 1.5
    here.until(lambda: "resume" in buttons(here))
    here.do("resume")
    here.until(lambda: run.status.state == "running", seconds=40)
    here.until(lambda: points(here) > count + 2)
    here.do("stop")
    here.until(lambda: here.status.startswith("Cancelled"))
    watch.forget()
