"""Links to runs, steps and labs: what is not there is told, and Back leads to the lab before."""

import re
import shutil
import time

import pytest
from playwright.sync_api import expect

from playground.runs.folder import Status, write_status

LABS = ("vision", "vae")


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


def test_a_problem_goes_with_the_next_choice_that_works(visit, watch):
    here = visit("vision", compare="nobody-here")
    problem = here.film.locator(".film-problem")
    expect(problem).to_contain_text("There is no run")
    here.film.locator(".film-compare").select_option(index=1)
    expect(problem).to_be_hidden()
    watch.forget_refusals()


@pytest.mark.parametrize("lab", LABS)
def test_a_run_that_failed_at_once_promises_nothing(visit, films, server, lab):
    run = server.store.create("failed", films[lab].recipe, data_hash=films[lab].info.data_hash)
    write_status(run.path, Status(state="failed", message="There was no room on the disk."))
    here = visit(lab, run=run.id, wait=False)
    expect(here.film.locator(".film-status")).to_have_text("There was no room on the disk.")
    expect(here.view.get_by_text("This run ended before its first snapshot")).to_be_visible()
    shutil.rmtree(run.path)


@pytest.mark.parametrize(("lab", "other"), [("vision", "vae"), ("vae", "vision")])
def test_a_run_of_another_lab_is_told_and_the_page_works_on(visit, films, watch, lab, other):
    here = visit(lab, run=films[other].id, wait=False)
    problem = here.page.locator(".problem[role=alert]:visible").first
    expect(problem).to_be_visible()
    watch.forget_refusals()
    expect(problem).to_have_text(f"The run “{films[other].id}” belongs to another lab, “{other}”; open it there.")
    here.film.locator(".film-compare").select_option("")
    here.film.locator(".film-run").select_option(films[lab].id)
    here.caption.wait_for()


def test_a_run_of_another_lab_is_not_compared_with(visit, films, watch):
    here = visit("vae", compare=films["vision"].id)
    expect(here.film.locator(".film-problem")).to_have_text(
        f"The run “{films['vision'].id}” belongs to another lab, “vision”; open it there."
    )
    expect(here.film.locator(".film-compare")).to_have_value("")
    expect(here.view.locator(".lane")).to_have_count(1)
    watch.forget_refusals()


@pytest.mark.parametrize("query", ["lab=nope", "lesson=foo.1"])
def test_a_lab_that_is_not_there_is_told_and_the_first_one_shown(visit, films, query):
    here = visit("vision")
    here.page.goto(f"{here.url}?{query}")
    named = re.split("[=.]", query)[1]
    expect(here.film.locator(".film-problem")).to_have_text(
        f"There is no lab “{named}”; this is the first one, “vision”."
    )
    here.caption.wait_for()
    here.until(lambda: here.query("lab") == "vision" and here.query("run") == here.run)


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
    here = visit("vision", picture="ex-4", view="attention", layer=1, head=2, query=9)
    here.page.get_by_role("tab", name="VAE").click()
    there = type(here)(here.page, here.url, "vae")
    there.caption.wait_for()
    here.until(lambda: here.query("lab") == "vae" and here.query("run") == there.run)
    assert here.query("query") is None, "it is the other lab's"
    here.page.reload()
    there.caption.wait_for()
    here.page.get_by_role("tab", name="Vision").click()
    here.caption.wait_for()
    here.until(lambda: here.query("lab") == "vision")
    assert re.search(r"in block [1-4], (head [1-4]|mean of its heads),", here.caption.inner_text())


def test_back_leads_to_the_lab_before_and_forward_to_the_one_after(visit, films):
    here = visit("vision", step=22)
    here.page.get_by_role("tab", name="VAE").click()
    here.until(lambda: here.query("lab") == "vae")
    here.page.go_back()
    here.until(lambda: here.query("lab") == "vision" and here.query("step") == "22")
    expect(here.page.locator("#lab-vision")).to_be_visible()
    here.page.go_forward()
    here.until(lambda: here.query("lab") == "vae")
    expect(here.page.locator("#lab-vae")).to_be_visible()


def test_back_leads_to_the_run_and_step_of_an_earlier_visit(visit, films):
    here = visit("vision", step=22)
    vae, vision = (here.page.get_by_role("tab", name=name) for name in ("VAE", "Vision"))
    vae.click()
    here.until(lambda: here.query("lab") == "vae" and here.query("run") is not None)
    vision.click()
    here.until(lambda: here.query("lab") == "vision" and here.query("step") == "22")
    here.film.locator(".film-run").select_option("vit-fashion")
    here.until(lambda: here.query("run") == "vit-fashion")
    here.page.go_back()
    here.until(lambda: here.query("lab") == "vae")
    here.page.go_back()
    here.until(lambda: here.run == films["vision"].id and here.steps[0] == 22)
    assert here.at_rest(lambda: here.query("run")) == films["vision"].id
    here.page.go_forward()
    here.page.go_forward()
    here.until(lambda: here.query("lab") == "vision" and here.run == "vit-fashion")
