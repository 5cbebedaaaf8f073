"""What the first layer knows, as a visitor sees it: the map under the pointer, the filters, and their training."""

from playwright.sync_api import expect

VIEW = {"view": "embedding", "run": "vit-emoji"}


def place(canvas, column, row, grid=8):
    """The middle of a place of a canvas, in pixels of the page."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / grid, box["y"] + (row + 0.5) * box["height"] / grid


def test_the_map_is_that_of_the_code_under_the_pointer(visit, shows):
    here = visit("vision", **VIEW)
    told, asked = here.view.locator("figcaption").first, []
    expect(told).to_have_text("Row 5, column 5: its code with all others")
    middle = here.at_rest(lambda: shows(here.main))
    here.page.on("request", lambda request: asked.append(request.url) if "/views/" in request.url else None)
    here.page.mouse.move(*place(here.main, 1, 2))
    expect(told).to_have_text("Row 3, column 2: its code with all others")
    assert shows(here.main) != middle
    here.page.mouse.move(*place(here.view.locator(".similarities"), 7, 0))
    expect(told).to_have_text("Row 1, column 8: its code with all others")
    here.page.mouse.move(5, 5)
    expect(told).to_have_text("Row 5, column 5: its code with all others")
    here.until(lambda: shows(here.main) == middle)
    assert asked == [], "to hover costs the server nothing"


def test_a_place_is_held_by_a_press_or_the_keys_and_comes_back_with_the_link(visit):
    here = visit("vision", **VIEW)
    told = here.view.locator("figcaption").first
    here.page.mouse.click(*place(here.main, 0, 0))
    here.until(lambda: here.query("place") == "0")
    here.page.mouse.move(5, 5)
    expect(told).to_have_text("Row 1, column 1: its code with all others")
    for key in ("ArrowUp", "ArrowRight", "ArrowDown"):  # the edge holds
        here.main.press(key)
    here.until(lambda: here.query("place") == "9")
    here.page.reload()
    expect(told).to_have_text("Row 2, column 2: its code with all others")


def test_at_first_codes_are_noise_and_then_neighbors_are_alike(visit, shows):
    here = visit("vision", **VIEW)
    expect(here.film).to_contain_text("Cosine of neighbors' position codes 0.71")
    trained = [shows(canvas) for canvas in here.view.locator(".embedding canvas").all()]
    here.scrub(0)
    here.until(lambda: here.snapshot == 0)
    here.until(
        lambda: all(
            shows(canvas) != before
            for canvas, before in zip(here.view.locator(".embedding canvas").all(), trained, strict=True)
        )
    )
    expect(here.film).not_to_contain_text("Cosine of neighbors' position codes 0.71")


def test_filters_are_shown_by_their_components_or_one_by_one(visit, shows):
    here = visit("vision", **VIEW)
    filters, caption = here.view.locator(".filters"), here.view.locator("figure:has(.filters) figcaption")
    expect(caption).to_contain_text("The first 28 principal components of the 64 filters")
    components = shows(filters)
    here.control("raw").check()
    expect(caption).to_contain_text("The 64 filters of the patch embedding, 4 × 4 pixels each")
    here.until(lambda: shows(filters) != components)
    here.until(lambda: here.query("raw") == "true")


def test_a_network_without_codes_has_a_sentence_in_their_place(visit):
    here = visit("vision", view="embedding", run="cnn-emoji")
    expect(here.view.locator(".embedding-none")).to_contain_text("No position codes")
    expect(here.view.locator(".similarities")).to_be_hidden()
    expect(here.view.locator("figure:has(.filters) figcaption")).to_contain_text("filters of the first convolution")
    expect(here.panel.locator("[data-option=raw]")).to_be_hidden()
    assert here.main.get_attribute("class") == "filters"


def test_two_lanes_point_at_one_place_and_a_phone_has_all_of_it(visit):
    options = {"viewport": {"width": 390, "height": 844}}
    here = visit("vision", **VIEW, compare="vit-fashion", options=options)
    told = here.view.locator("figcaption[aria-live]")
    expect(told).to_have_text(
        ["Row 5, column 5: its code with all others", "Row 4, column 4: its code with all others"]
    )
    here.page.mouse.move(*place(here.main, 2, 0))
    expect(told).to_have_text(["Row 1, column 3: its code with all others"] * 2)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 390
