"""A teacher and its student as a visitor has them: bars in pairs, and what each class looks like to both."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("frontiers", run="distill-fashion", view="teacher")


def shares(here):
    return [float(text.rstrip("%")) for text in here.view.locator(".bar b").all_inner_texts()]


def test_the_higher_the_temperature_the_more_is_seen_of_other_classes(here):
    expect(here.view.locator(".bar")).to_have_count(12)  # six classes, of the teacher and of the student
    before = shares(here)
    here.control("temperature").fill("12")
    here.control("temperature").press("Enter")
    here.until(lambda: shares(here)[0] < before[0] and shares(here)[10] > before[10])


def test_a_cell_is_read_in_both(here, shows):
    said = here.view.locator(".teacher-said")
    expect(said).to_have_text(re.compile(r"Shirt as Coat: teacher [\d.]+%, student [\d.]+%\."))
    matrix = here.view.locator(".teacher-matrix").first
    plain = shows(matrix)
    matrix.focus()
    here.page.keyboard.press("ArrowLeft")
    expect(said).to_have_text(re.compile(r"Shirt as Dress: teacher"))
    here.until(lambda: shows(matrix) != plain)


def test_the_student_comes_to_agree(here):
    def agreed():
        found = re.search(r"they agree on ([\d.]+)%", here.view.locator(".lane-side .caption").inner_text())
        return float(found[1]) if found else 0

    here.until(lambda: agreed() > 70)
    here.scrub(0)
    here.until(lambda: 0 < agreed() < 40)


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_it_fits_narrow_screens(visit, size):
    viewport = {"width": size[0], "height": size[1]}
    here = visit("frontiers", run="distill-fashion", view="teacher", options={"viewport": viewport})
    expect(here.view.locator(".bar")).to_have_count(12)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
