"""The heads of a transformer as a visitor meets them: how far they look, and one of them opened, number by number."""

import re

import pytest
import torch
from playwright.sync_api import expect

from playground.data import packs, unit


def said(here):
    """The sentence about a key."""
    return here.view.locator(".cell-said")


def score_and_weight(here):
    match = re.search(r"score (−?[\d.]+) → weight ([\d.]+), uniform 0\.063", said(here).inner_text())
    assert match
    return float(match[1].replace("−", "-")), float(match[2])


@pytest.fixture
def opened(visit):
    """The first head of the last block, where patch 7 of 4 x 4 asks."""
    return visit("vision", view="cell", query=6)


def own(films, step=60):
    """The queries, keys and values of that head, as the network itself computes them in float64: (T, d) each."""
    network, given = films["vision"].network(step).double(), []
    network.blocks[-1].attention.attend.register_forward_hook(
        lambda *all_of_it: given.append((*all_of_it[1], all_of_it[2]))
    )
    with torch.no_grad():
        network(unit(packs.examples("digits")["images"][:1]).double())
    return [each[0, 0] for each in given[0]]


def test_a_key_is_followed_through_the_steps_with_the_networks_own_numbers(opened, films, shows):
    q, k, v, output = own(films)
    scores = k @ q[6] / q.shape[1] ** 0.5
    weights = scores.softmax(dim=0)
    main, largest = opened.main.bounding_box(), int(weights.argmax())
    expect(said(opened)).to_contain_text(f"Patch {largest + 1}:")
    before = shows(opened.view.locator("canvas.of-k"))
    opened.page.mouse.move(main["x"] + 0.125 * main["width"], main["y"] + 0.625 * main["height"])
    expect(said(opened)).to_contain_text("Patch 9:")
    assert score_and_weight(opened) == (
        pytest.approx(float(scores[8]), abs=0.006),
        pytest.approx(float(weights[8]), abs=6e-4),
    )
    assert shows(opened.view.locator("canvas.of-k")) != before, "its row is marked"
    canvas = opened.view.locator("canvas.of-output")
    canvas.focus()
    for _ in range(3):
        opened.page.keyboard.press("ArrowRight")
    expect(said(opened)).to_contain_text(re.compile(r"The output's number \d+ of 16: "))
    number, value = re.search(r"number (\d+) of 16: (−?[\d.]+)", said(opened).inner_text()).groups()
    assert float(value.replace("−", "-")) == pytest.approx(float(output[6, int(number) - 1]), abs=0.006)


def test_without_the_root_of_d_the_weights_are_further_apart(opened, films):
    q, k, *_ = own(films)
    main = opened.main.bounding_box()
    opened.control("scaled").uncheck()
    opened.until(lambda: opened.query("scaled") == "false")
    opened.page.mouse.move(main["x"] + 0.125 * main["width"], main["y"] + 0.625 * main["height"])
    expect(said(opened)).to_contain_text("Patch 9:")
    scores = k @ q[6]
    expected = (pytest.approx(float(scores[8]), abs=0.006), pytest.approx(float(scores.softmax(0)[8]), abs=6e-4))
    assert score_and_weight(opened) == expected
    expect(opened.view.locator(".cell-head.of-scores")).not_to_contain_text("√")


def test_the_query_and_the_head_are_chosen_and_kept_in_the_link(opened, watch):
    main = opened.main.bounding_box()
    opened.settled()
    asked = len([url for url in watch.requested if "/views/vision/cell/cell" in url])
    opened.page.mouse.click(main["x"] + 0.625 * main["width"], main["y"] + 0.125 * main["height"])
    expect(opened.caption).to_contain_text("for patch 3,")
    opened.page.keyboard.press("ArrowDown")
    expect(opened.caption).to_contain_text("for patch 7,")
    opened.until(lambda: opened.query("query") == "6")
    assert len([url for url in watch.requested if "/views/vision/cell/cell" in url]) == asked, "the page has all of it"
    opened.panel.locator("[data-choice=layer]").select_option(label="2")
    opened.panel.locator("[data-choice=head]").select_option(label="3")
    expect(opened.caption).to_contain_text("block 2, head 3")
    opened.until(lambda: (opened.query("layer"), opened.query("head")) == ("1", "2"))


def test_a_dot_or_a_key_chooses_a_head_and_leads_to_its_attention(visit, shows):
    here = visit("vision", view="heads")
    title = here.view.locator(".head-map h4")
    expect(title).to_have_text("Block 4, head 1")
    here.main.focus()
    here.page.keyboard.press("ArrowLeft")
    expect(title).to_have_text("Block 3, head 1")
    before = shows(here.view.locator(".head-map canvas"))
    here.view.get_by_label("Block 2, head 3", exact=True).click()
    expect(title).to_have_text("Block 2, head 3")
    assert shows(here.view.locator(".head-map canvas")) != before
    here.until(lambda: (here.query("layer"), here.query("head")) == ("1", "2"))
    here.view.get_by_role("button", name="Show it on the picture").click()
    expect(here.caption).to_contain_text("in block 2, head 3,")
    here.until(lambda: here.query("view") in (None, "attention"))


def test_heads_are_seen_through_training_and_at_a_snapshot(visit, shows):
    here = visit("vision", view="heads")
    now = shows(here.main)
    here.control("plot").select_option("training")
    here.until(lambda: shows(here.main) != now)
    here.settled()
    trained = shows(here.main), here.view.locator(".head-map dl").inner_text()
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and here.view.locator(".head-map dl").inner_text() != trained[1])
    assert shows(here.main) != trained[0], "the playhead has moved"
    here.control("measure").select_option("entropy")
    expect(here.caption).to_contain_text("from 2.8 in the first to 2.8 nats", timeout=15000)  # log 16, before training


def test_two_runs_have_one_axis(visit):
    here = visit("vision", view="heads", compare="vit-fashion")
    captions = here.view.locator(".caption").filter(has_text="snapshot of step")
    expect(captions).to_have_count(2)
    expect(captions.nth(1)).to_contain_text("64 test pictures of fashion")
    assert here.view.locator(".head-map:visible").count() == 2


def test_the_way_to_the_picture_keeps_the_network_that_is_looked_at(visit):
    here = visit("vision", view="heads")
    own = here.query("run")

    def instead(route):
        """The run answers in place of a network of the Hub."""
        address = re.sub(r"network=[^&]*", "network=", route.request.url)
        route.fulfill(response=route.fetch(url=address, method="GET"))

    here.page.route(re.compile(r"/views/vision/\w+/\w+\?.*network=dinov2-small"), instead)
    here.page.route(re.compile(r"/pictures/.*network=dinov2-small"), instead)
    here.open(wait=False, run=own, view="heads", network="dinov2-small")
    here.until(lambda: here.query("network") == "dinov2-small")
    here.view.get_by_role("button", name="Show it on the picture").click()
    expect(here.view.locator(".question")).to_have_text("What does this patch attend to?")
    here.until(lambda: here.query("network") == "dinov2-small")
