"""The form that trains: what fills it, and what it refuses in a sentence."""

import re

import pytest
from playwright.sync_api import expect


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


def test_a_run_that_is_chosen_fills_the_form_with_what_trained_it(visit):
    here = visit("vae", run="vae-fashion")
    here.unfold()
    here.film.locator(".film-run").select_option("vae-emoji")
    expect(here.knob("Recipe")).to_have_value("vae-emoji")
    expect(here.knob("Latent")).to_have_value("16")
    expect(here.knob("Steps")).to_have_value("4000")
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
