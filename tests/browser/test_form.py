"""The form that trains: what fills it, and what it refuses in a sentence."""

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.thorough
def test_another_shape_is_refused_for_a_branch(visit, server):
    here = visit("vae")
    count = len(server.store.list())
    here.do("branch")
    here.branching.wait_for()
    button = here.panel.locator(".train-button")
    here.set_knob("Latent", 5)
    expect(here.refusal).to_contain_text("what changes its shape must stay: latent")
    expect(button).to_be_disabled()
    here.set_knob("Latent", 2)
    expect(here.refusal).to_have_count(0)
    expect(button).to_be_enabled()
    here.set_knob("Latent", 5)
    expect(button).to_be_disabled()
    here.page.get_by_role("button", name="From scratch").click()
    expect(here.refusal).to_have_count(0)
    expect(button).to_be_enabled()
    assert len(server.store.list()) == count


def test_a_check_without_an_answer_forbids_no_branch(visit, watch):
    here = visit("vae")
    here.do("branch")
    here.branching.wait_for()
    here.page.route("**/runs/check", lambda route: route.abort())
    here.set_knob("Beta", 3)
    expect(here.refusal).to_contain_text("The server does not answer")
    expect(here.panel.locator(".train-button")).to_be_enabled()
    watch.forget()


def test_a_late_check_does_not_cover_why_nothing_was_begun(visit, watch):
    here = visit("vae")
    here.do("branch")
    here.branching.wait_for()
    late = []
    here.page.route("**/runs/check", lambda route: late.append(route))
    here.set_knob("Beta", 3)
    here.until(lambda: len(late) == 1)
    here.page.route("**/playground/runs", lambda route: route.abort())
    here.panel.locator(".train-button").click()
    expect(here.refusal).to_contain_text("The server does not answer")
    late[0].continue_()
    here.page.wait_for_timeout(500)
    expect(here.refusal).to_contain_text("The server does not answer")
    watch.forget()


@pytest.mark.thorough
@pytest.mark.parametrize("then", ["another run", "another branch"])
def test_what_is_typed_meanwhile_leaves_no_branch_behind_that_is_not_looked_at(visit, then):
    here = visit("vae", run="vae-fashion")
    here.do("branch")
    expect(here.branching).to_contain_text("at step 15,000")
    late = []
    here.page.route("**/playground/recipe?*", lambda route: late.append(route))
    here.page.route("**/playground/branch?*", lambda route: late.append(route))
    if then == "another run":
        here.film.locator(".film-run").select_option("tcvae-faces")
    else:
        here.scrub(0)
        here.do("branch")
    here.until(lambda: len(late) == 1)
    here.set_knob("Beta", 3)
    late[0].continue_()
    if then == "another run":
        expect(here.knob("Recipe")).to_have_value("tcvae-faces")
        expect(here.branching).to_have_count(0)
    else:
        expect(here.branching).to_contain_text("at step 0:")


def test_the_form_comes_once_the_server_is_back(visit, watch):
    here = visit("vae")
    here.page.route("**/forms/*", lambda route: route.abort())
    here.page.reload()
    here.turn("Train")
    expect(here.refusal).to_contain_text("this page continues once it is back")
    here.page.unroute("**/forms/*")
    expect(here.knob("Recipe")).to_have_value("vae-fashion")
    expect(here.refusal).to_have_count(0)
    watch.forget()


def test_a_run_that_is_chosen_fills_the_form_with_what_trained_it(visit):
    here = visit("vae", run="vae-fashion")
    here.unfold()
    here.film.locator(".film-run").select_option("tcvae-faces")
    expect(here.knob("Recipe")).to_have_value("tcvae-faces")
    expect(here.knob("Latent")).to_have_value("16")
    expect(here.knob("Steps")).to_have_value("6000")
    here.film.locator(".film-run").select_option("vae-fashion")
    expect(here.knob("Steps")).to_have_value("15000")
    expect(here.knob("Latent")).to_have_value("2")


def test_looking_at_the_folded_knobs_changes_none(visit):
    here = visit("vision")
    here.unfold()
    expect(here.knob("Batch size")).to_have_value("128")
    expect(here.knob("Steps")).to_have_value("")
    expect(here.knob("Image size")).to_have_value("")
    here.page.wait_for_timeout(300)
    assert here.query("knobs") is None


def test_a_bad_knob_is_told_and_makes_no_run(visit, server, watch):
    here = visit("vision")
    count, shown = len(server.store.list()), here.run
    here.unfold()
    for label, value in (("Learning rate", "7"), ("Batch size", ""), ("Width", "63"), ("Seed", "-1")):
        field = here.knob(label)
        before = field.input_value()
        field.fill(value)
        field.blur()
        expect(field).to_have_value(value)
        here.train()
        expect(here.refusal).to_contain_text(re.compile(label, re.IGNORECASE))
        assert here.refusal.inner_text().strip().endswith(".")
        field.fill(before)
        field.blur()
    assert len(server.store.list()) == count and here.run == shown
    watch.forget_refusals()


def test_what_is_no_number_is_not_taken_for_nothing(visit, server, watch):
    here = visit("vae")
    count = len(server.store.list())
    here.unfold()
    here.knob("Steps").press_sequentially("1e")
    here.train()
    expect(here.refusal).to_contain_text("Steps: ")
    assert len(server.store.list()) == count
    watch.forget_refusals()


def test_a_slider_and_its_number_say_the_same_and_a_bad_one_is_told(visit, server, watch):
    here = visit("vae")
    count = len(server.store.list())
    here.train("vae-digits", Latent=2.5)
    expect(here.refusal).to_contain_text("Latent: ")
    beta, slider = here.knob("Beta"), here.panel.get_by_role("slider", name="Beta")
    here.set_knob("Beta", 1000)
    expect(beta).to_have_attribute("aria-invalid", "true")
    expect(slider).to_have_value("20")
    slider.fill("3")
    expect(beta).to_have_value("3")
    expect(beta).to_have_attribute("aria-invalid", "false")
    here.set_knob("Beta", 5)
    expect(slider).to_have_value("5")
    assert len(server.store.list()) == count
    watch.forget_refusals()


def test_the_form_stays_as_it_is_while_one_looks_at_another_lab(visit):
    here = visit("vae")
    here.turn("Train")
    here.set_knob("Beta", 7)
    here.page.get_by_role("tab", name="GAN").click()
    here.page.locator("#lab-gan lab-stage").wait_for()
    here.page.get_by_role("tab", name="VAE").click()
    here.turn("Train")
    expect(here.knob("Beta")).to_have_value("7")
    here.until(lambda: here.query("knobs") == "beta:7")  # as before


def test_a_link_fills_the_form(visit, server):
    here = visit("vae", recipe="vae-digits", knobs="beta:4.0;latent:3")
    expect(here.knob("Beta")).to_have_value("4")
    expect(here.knob("Latent")).to_have_value("3")
    expect(here.knob("Recipe")).to_have_value("vae-digits")
    beta = here.knob("Beta")
    beta.fill("2")
    beta.blur()
    here.until(lambda: "beta:2" in (here.query("knobs") or ""))
    here.page.reload()
    expect(beta).to_have_value("2")


def test_the_address_keeps_what_a_link_says_while_data_are_deleted(visit):
    here = visit("vae", recipe="vae-digits", knobs="beta:4")
    late = []
    here.page.route("**/forms/vae", lambda route: late.append(route))
    here.page.reload()
    here.until(lambda: len(late) == 1)
    here.page.evaluate("document.dispatchEvent(new CustomEvent('own-data', { detail: {} }))")
    here.page.wait_for_timeout(300)
    while late:
        late.pop().continue_()
        here.page.wait_for_timeout(300)
    expect(here.knob("Beta")).to_have_value("4")
    assert (here.query("recipe"), here.query("knobs")) == ("vae-digits", "beta:4")


def test_a_link_with_a_recipe_that_is_not_there_is_told(visit):
    here = visit("vae", recipe="nope")
    expect(here.refusal).to_contain_text("There is no recipe “nope” in this lab; it has vae-fashion, ")
    expect(here.knob("Recipe")).to_have_value("vae-fashion")


def test_a_link_with_bad_knobs_and_no_recipe_is_told(visit):
    here = visit("vae", knobs="nonsense")
    expect(here.refusal).to_contain_text("no knob “nonsense”")
    expect(here.knob("Recipe")).to_have_value("vae-fashion")


@pytest.mark.parametrize("knobs", ["beta:NaN", "nonsense:1"])
def test_a_link_with_a_bad_knob_is_told_and_the_others_stand(visit, knobs):
    here = visit("vae", recipe="vae-digits", knobs=f"latent:3;{knobs}")
    expect(here.refusal).to_contain_text(knobs.partition(":")[0])
    expect(here.knob("Recipe")).to_have_value("vae-digits")
    expect(here.knob("Latent")).to_have_value("3")
    expect(here.knob("Beta")).to_have_value("1")
