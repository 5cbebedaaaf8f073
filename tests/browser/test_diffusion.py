"""The diffusion tab as a visitor meets it: noise that becomes pictures, step by step."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("diffusion", run="diffusion-fashion")


def move(visit, step):
    """Moves through the sampling."""
    visit.view.locator(".sampling-range").first.fill(str(step))


def sheets(visit):
    """x and x0 of the first setting."""
    return visit.view.locator(".sheet").nth(0), visit.view.locator(".sheet").nth(1)


def test_it_opens_on_a_sampling(here):
    assert "DPM-Solver++(2M), 8 steps, guidance 2, all classes; 16 network evaluations" in here.caption.inner_text()
    assert here.snapshot == here.steps[1]


def test_the_sampling_is_scrubbed_without_asking_the_server(here, shows, watch):
    noisy, guess = sheets(here)
    end = shows(noisy), shows(guess)
    here.page.wait_for_timeout(500)
    requests = len([url for url in watch.requested if "/diffusion/" in url])
    move(here, 0)
    here.until(lambda: "after 0 of 8 steps" in here.caption.inner_text())
    begin = shows(noisy), shows(guess)
    move(here, 4)
    assert shows(noisy) not in (begin[0], end[0]) and shows(guess) not in (begin[1], end[1])
    assert len([url for url in watch.requested if "/diffusion/" in url]) == requests


def test_two_settings_start_from_the_same_noise(here, shows):
    move(here, 0)
    here.view.locator(".sampling-compare").click()
    expect(here.view.locator(".sampling-panel")).to_have_count(2)
    second = here.view.locator(".sampling-way[data-way=B]")
    second.locator("[data-knob=sampler]").select_option("ddpm")
    second.locator("[data-knob=steps]").fill("20")
    captions = here.view.locator(".sampling-panel .caption")
    here.until(lambda: "DDPM, 20 steps" in captions.nth(1).inner_text())
    panels = here.view.locator(".sampling-panel")
    noise = [shows(panels.nth(i).locator(".sheet").first) for i in (0, 1)]
    assert noise[0] == noise[1]
    move(here, 20)
    here.until(lambda: "after 20 of 20" in captions.nth(1).inner_text())
    ends = [shows(panels.nth(i).locator(".sheet").first) for i in (0, 1)]
    assert ends[0] != ends[1]
    here.until(lambda: re.match(r"0,each,100;.*;ddpm,20", here.query("view") or ""))
    here.page.reload()
    here.until(lambda: "DDPM, 20 steps" in captions.nth(1).inner_text())
    here.until(lambda: [shows(panels.nth(i).locator(".sheet").first) for i in (0, 1)] == ends)


def test_a_class_and_other_noise_change_the_pictures(here, shows):
    guess = sheets(here)[1]
    before = shows(guess)
    here.view.locator(".sampling-shared [data-knob=label]").select_option("Bag")
    here.until(lambda: "guidance 2, Bag" in here.caption.inner_text() and shows(guess) != before)
    before = shows(guess)
    here.view.locator(".sampling-other").click()
    here.until(lambda: shows(guess) != before)


def test_a_sample_lies_beside_the_training_pictures(here):
    sheets(here)[1].click(position={"x": 20, "y": 20})
    expect(here.view.locator(".nearest figure")).to_have_count(5)
    assert "nearest of 12,000 training pictures of fashion" in here.view.locator(".sampling-nearest").inner_text()


def test_the_neighbors_of_another_run_are_not_shown(here):
    nearest = here.view.locator(".sampling-nearest")
    sheets(here)[1].click(position={"x": 20, "y": 20})
    expect(nearest.locator("figure")).to_have_count(5)
    other = here.film.locator(".film-run option").evaluate_all(
        "options => options.map((option) => option.value).find((id) => id !== 'diffusion-fashion')"
    )
    here.film.locator(".film-run").select_option(other)
    expect(nearest).to_be_empty()
    expect(here.caption).not_to_contain_text("diffusion-fashion,")


def test_scrubbing_the_training_keeps_the_noise(here, shows):
    move(here, 0)
    here.until(lambda: "after 0 of 8" in here.caption.inner_text())
    noise = shows(sheets(here)[0])
    here.scrub(0)
    here.until(lambda: here.snapshot == 0)
    assert shows(sheets(here)[0]) == noise


@pytest.mark.parametrize("view", ["x,y,z;magic,900,99,none", "0,each,100;dpm,8,2,uniform;;;;", "%F0,77,1e9"])
def test_an_address_that_makes_no_sense_gets_a_sentence_or_a_picture(visit, watch, view):
    here = visit("diffusion", run="diffusion-fashion", view=view, wait=False)
    here.until(lambda: here.problem.count() > 0 or here.caption.count() > 0)
    assert "undefined" not in here.view.inner_text() and "NaN" not in here.view.inner_text()
    watch.forget_refusals()


def test_nothing_sticks_out_on_a_phone(visit):
    here = visit("diffusion", run="diffusion-fashion", options={"viewport": {"width": 390, "height": 844}})
    assert here.page.evaluate("document.documentElement.scrollWidth") == 390
