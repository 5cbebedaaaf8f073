"""Experiments as a visitor has them: compared along what one likes, while they go on, and where there is none."""

import re

import pytest
from playwright.sync_api import expect

from playground.labs import recipe
from training.record import record


@pytest.fixture
def versus(server):
    """Two seeds of a small ViT, trained long enough to be evaluated several times, also where that takes no second."""
    card = server.store.data.card("digits")
    for seed in (0, 1):
        chosen = recipe("vit-digits").changed(seconds=None, steps=200, width=16, depth=1, seed=seed)
        run = server.store.create("vit-digits", chosen, data_hash=card.hash, group="versus")
        for _ in record(run, store=server.store):
            pass
    return "versus"


def test_arms_are_compared_along_what_one_likes(visit, versus, shows):
    here = visit("vision", run="vit-fashion", view="experiment", experiment=versus)
    expect(here.view.locator(".experiment-title")).to_have_text("versus")
    row = here.view.locator(".experiment-table tbody tr")
    expect(row).to_have_count(1)
    expect(row.locator("td").nth(0)).to_have_text(re.compile(r"^\d+\.\d%$"))
    expect(row.locator("td").nth(2)).to_have_text("2")
    before = shows(here.main)
    here.control("axis").select_option("steps")
    here.until(lambda: shows(here.main) != before and here.query("axis") == "steps")
    here.panel.get_by_label("Compared by").select_option("loss")
    expect(here.view.locator(".experiment-table thead th").nth(1)).to_have_text("Loss")
    assert here.at_rest(lambda: here.query("metric")) == "loss"


def test_one_that_there_is_not_is_told_and_another_one_can_be_chosen(visit, versus, watch):
    here = visit("vision", run="vit-fashion", view="attention")
    here.open(wait=False, run="vit-fashion", view="experiment", experiment="nothing")
    expect(here.view.locator(".stage-problem")).to_contain_text("There is no experiment “nothing” here.")
    here.panel.locator(".experiment-choosers select").first.select_option(versus)
    expect(here.view.locator(".experiment-title")).to_have_text(versus)
    expect(here.view.locator(".stage-problem")).to_be_hidden()
    watch.forget_refusals()


def test_several_seeds_are_trained_from_the_form_and_stopped_as_one(visit, server):
    here = visit("vision", run="vit-fashion", view="attention")
    here.train("vit-digits", Seconds=120, Seeds=3)
    here.until(lambda: here.run != "vit-fashion")
    expect(here.knob("Seeds")).to_have_value("1")
    group = server.store.get(here.run).info.group
    assert len([run for run in server.store.list() if run.info.group == group]) == 3
    here.view.locator(".stage-views [data-view=experiment]").click()
    here.turn("Inspect")
    here.panel.locator(".experiment-choosers select").first.select_option(group)
    rows = here.view.locator(".experiment-table tbody tr")
    expect(rows.locator("td").nth(2)).to_have_text("0 of 3", timeout=60_000)  # once it was evaluated
    here.panel.get_by_role("button", name="Stop all").click()

    def states():
        return {run.status.state for run in server.store.list() if run.info.group == group}

    here.until(lambda: states() == {"cancelled"})
    expect(here.panel.get_by_role("button", name="Stop all")).to_be_hidden()


def test_one_that_goes_on_outlives_a_request_that_fails(visit, watch):
    here = visit("vision", run="vit-fashion", view="attention")
    asked, title = [], here.view.locator(".experiment-title")

    def under_way(route):
        """One run of it is in training; the second time nobody answers."""
        asked.append(route.request.url)
        if len(asked) == 2:
            return route.abort()
        response = route.fetch()
        told = response.json()
        told["arms"][0]["runs"][0]["state"] = "running"
        return route.fulfill(response=response, json=told | {"title": f"Look {len(asked)}"})

    here.page.route("**/experiments/vision/timeline?*", under_way)
    here.open(wait=False, run="vit-fashion", view="experiment", experiment="timeline")
    expect(title).to_have_text("Look 1")
    here.until(lambda: len(asked) == 2)
    expect(title).to_be_visible()
    expect(title).to_have_text("Look 3", timeout=15_000)
    expect(here.view.locator(".stage-problem")).to_be_hidden()
    here.page.unroute("**/experiments/vision/timeline?*")
    watch.forget()
