"""The plane in the VAE tab: where its point stands, and what it shows."""

import re


def decoded(visit):
    return visit.view.locator(".decoded").first


def place(visit):
    """The point that the view says is decoded; None where it says of none yet."""
    match = re.search(r"at \((\S+), (\S+)\)", visit.view.locator(".lane-side .caption").first.text_content())
    return match and tuple(float(word.replace("−", "-")) for word in match.groups())


def at(visit, x, y):
    """A point of the plane, from -3 to 3 in both directions, on the page."""
    visit.main.scroll_into_view_if_needed()
    box = visit.main.bounding_box()
    return box["x"] + (x + 3) / 6 * box["width"], box["y"] + (3 - y) / 6 * box["height"]


def linked(visit):
    """The point that the address bar holds; None where it says that the point was not moved."""
    if visit.query("moved") != "true":
        return None
    return tuple(float(visit.query(key) or 0) for key in ("x", "y"))


def settled(visit):
    """Waits until the picture stands where the encoder puts it, or the point where the address has it."""
    visit.until(lambda: place(visit) not in (None, (0, 0)) and visit.view.locator(".given").first.is_visible())
    visit.page.wait_for_timeout(200)
    return visit
