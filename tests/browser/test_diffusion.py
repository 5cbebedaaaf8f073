"""The diffusion tab as a visitor meets it: noise that becomes pictures, step by step."""

import pytest
from playwright.sync_api import expect

from .tiers import first_for_all


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
    panels = here.view.locator(".sampling-panel:visible")
    here.control("second").check()
    expect(panels).to_have_count(2)
    here.control("sampler_b").select_option("ddpm")
    here.control("steps_b").fill("20")
    captions = here.view.locator(".lane-side > .caption")
    here.until(lambda: "DDPM, 20 steps" in captions.nth(1).inner_text())
    noise = [shows(panels.nth(i).locator(".sheet").first) for i in (0, 1)]
    assert noise[0] == noise[1]
    move(here, 20)
    here.until(lambda: "after 20 of 20" in captions.nth(1).inner_text())
    ends = [shows(panels.nth(i).locator(".sheet").first) for i in (0, 1)]
    assert ends[0] != ends[1]
    settings = {"second": "true", "sampler_b": "ddpm", "steps_b": "20", "at": None}
    here.until(lambda: {key: here.query(key) for key in settings} == settings)
    here.page.reload()
    here.until(lambda: "DDPM, 20 steps" in captions.nth(1).inner_text())
    here.until(lambda: [shows(panels.nth(i).locator(".sheet").first) for i in (0, 1)] == ends)
    here.control("second").uncheck()
    expect(panels).to_have_count(1)
    expect(here.panel.locator("[data-option=steps_b]")).to_be_hidden()


def test_a_class_and_other_noise_change_the_pictures(here, shows):
    guess = sheets(here)[1]
    before = shows(guess)
    here.control("label").select_option("Bag")
    here.until(lambda: "guidance 2, Bag" in here.caption.inner_text() and shows(guess) != before)
    before = shows(guess)
    here.panel.get_by_role("button", name="Another number for Noise").click()
    here.until(lambda: shows(guess) != before)
    here.control("label").select_option("none")
    here.until(lambda: "no class" in here.caption.inner_text())
    expect(here.control("guidance")).to_be_disabled()


def test_diffusers_samples_this_run(visit, shows):
    here = visit("diffusion", run="diffusion-fashion", view="diffusers", steps=4, wait=False)
    sheet = here.view.locator(".sheet").first
    here.panel.get_by_role("button", name="Sample", exact=True).click()
    expect(here.view.locator(".caption")).to_contain_text(
        "DDIMScheduler of diffusers, 4 network evaluations", timeout=60000
    )
    end = shows(sheet)
    move(here, 0)
    here.until(lambda: "after 0 of 4" in here.view.locator(".caption").inner_text() and shows(sheet) != end)


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


@pytest.mark.parametrize(
    ("query", "sentence"),
    first_for_all(
        [
            ({"view": "x,y,z;magic,900"}, "There is no view “x,y,z;magic,900”"),
            ({"sampler": "magic", "steps": 900}, "“sampler” must be one of"),
            ({"label": "77"}, ""),
            ({"label": "each,none", "at": "2"}, "“label” must be the number of a class"),
            ({"seed": "1e400"}, "“seed” must be a whole number"),
        ]
    ),
)
def test_a_link_that_makes_no_sense_is_told_and_still_draws(visit, watch, query, sentence):
    here = visit("diffusion", run="diffusion-fashion", **query)
    expect(here.problem).to_have_count(1 if sentence else 0)
    if sentence:
        expect(here.problem).to_contain_text(sentence)
    assert "undefined" not in here.view.inner_text() and "NaN" not in here.view.inner_text()
    watch.forget_refusals()


def test_nothing_sticks_out_on_a_phone(visit):
    here = visit("diffusion", run="diffusion-fashion", options={"viewport": {"width": 390, "height": 844}})
    assert here.page.evaluate("document.documentElement.scrollWidth") == 390
