"""One visitor in one lab: what they see on the page and what they can take hold of."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page

T = TypeVar("T")
PATIENCE = 15
"""Seconds that something on the page may take; on two busy cores little is quick."""


class Visit:
    """One visitor in one lab: what they see and what they can take hold of.

    Attributes:
        page: The browser's page.
        film: The transport.
        view: The stage, with the view on it.
        panel: The side panel.
        main: The view's large canvas, the first one where two runs lie side by side.
        caption: What stands below it.
        problem: What the lab cannot do, in a sentence.
        refusal: What stands below the button Train.
        branching: What stands above the form while a branch is being made.
    """

    def __init__(self, page: Page, url: str, lab: str) -> None:
        self.page, self.url, self.lab = page, url, lab
        self.film = page.locator(f"film-transport[lab={lab}]")
        self.view = page.locator(f"lab-stage[lab={lab}]")
        self.panel = page.locator(f"#lab-{lab} .area-panel")
        self.main = self.view.locator("[data-part=main]").first
        self.caption = self.view.locator(".caption").filter(has_text="snapshot of step").first
        self.problem = page.locator(f"#lab-{lab} .problem[role=alert]:visible")
        self.refusal = page.locator(".train > .problem:visible")
        self.branching = page.locator(".branching:visible")

    def evaluate(self, expression: str) -> object:
        """What a JavaScript expression says of `film`, the lab's film."""
        return self.film.evaluate(f"bar => {{ const {{ film }} = bar.view; return {expression}; }}")

    def open(self, *, wait: bool = True, **query: object) -> Visit:
        """Opens the lab as a link with `query` does, and waits until something is drawn."""
        pairs = "".join(f"&{key}={value}" for key, value in query.items())
        self.page.goto(f"{self.url}?lab={self.lab}{pairs}")
        if wait:
            self.caption.wait_for()
            self.settled()
            self.until(lambda: colors(self.main) > 4)
        return self

    def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> float:
        """Waits for `condition`; how many seconds that took."""
        start = time.monotonic()
        while not condition():
            assert time.monotonic() - start < seconds, f"waited in vain; {self.status!r}; {self.page.url}"
            # who looks all the time is in the way
            self.page.wait_for_timeout(min(100, 20 + 100 * (time.monotonic() - start)))
        return time.monotonic() - start

    def at_rest(self, read: Callable[[], T], seconds: float = 1) -> T:
        """What `read` gives once it has not changed for some `seconds`: on busy cores answers may come late."""
        value, since = read(), time.monotonic()

        def rests() -> bool:
            nonlocal value, since
            now = read()
            if now != value:
                value, since = now, time.monotonic()
            return time.monotonic() - since > seconds

        self.until(rests)
        return value

    def settled(self) -> None:
        """Waits until the stage shows all that it has asked for."""
        self.view.evaluate("stage => stage.view.painter?.settled()")

    @property
    def status(self) -> str:
        """The line that says how the run is."""
        return self.film.locator(".film-status").inner_text()

    @property
    def steps(self) -> tuple[int, int]:
        """The step that is shown, and the newest one."""
        here, newest = self.film.locator(".film-typed").input_value(), self.film.locator(".film-step").inner_text()
        return int(here.replace(",", "") or 0), int(re.sub(r"\D", "", newest) or 0)

    @property
    def snapshot(self) -> int:
        """The step of the snapshot that the view says it shows."""
        match = re.search(r"snapshot of step ([\d,]+)", self.caption.inner_text())
        assert match
        return int(match[1].replace(",", ""))

    @property
    def run(self) -> str:
        """The name of the run that is shown."""
        return self.film.locator(".film-run").input_value()

    def query(self, key: str) -> str | None:
        """What the address bar says for `key`."""
        return dict(parse_qsl(urlsplit(self.page.url).query)).get(key)

    def do(self, verb: str) -> None:
        """Presses one of the run's buttons, and says yes where it asks."""
        for _ in range(2 if verb == "delete" else 1):
            self.film.locator(f"[data-verb={verb}]").click()

    def scrub(self, frame: int) -> None:
        """Moves the slider to a frame."""
        self.film.locator(".film-range").fill(str(frame))

    def turn(self, section: str) -> Locator:
        """Turns the side panel to a section; gives the panel."""
        self.panel.get_by_role("tab", name=section, exact=True).click()
        return self.panel

    def control(self, name: str) -> Locator:
        """The field of one of the view's options, by its name."""
        return self.panel.locator(f"[data-option={name}]").locator("input, select")

    def pad(self) -> Locator:
        """The pad to draw on, opened."""
        self.turn("Inspect").get_by_role("button", name="Draw", exact=True).click()
        return self.panel.locator(".inspect-pictures .pad")

    def knob(self, label: str) -> Locator:
        """The field of a knob, by the beginning of its label; the recipe has one, too."""
        title = self.page.locator("label > span", has_text=re.compile(rf"^\s*{label}\b"))
        return self.panel.locator(".train .control", has=title).locator("select, input")

    def set_knob(self, label: str, value: object) -> None:
        """Types a value into the field of a knob, or chooses it."""
        field = self.knob(label)
        if field.evaluate("({ tagName }) => tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill(str(value))
            field.blur()

    def unfold(self) -> None:
        """Opens the folded knobs of the form."""
        self.turn("Train").get_by_text("Advanced").click()

    def train(self, name: str | None = None, **knobs: object) -> None:
        """Fills the form and presses its button; knobs by the beginnings of their labels."""
        panel = self.turn("Train").locator(".train")
        if name:
            self.set_knob("Recipe", name)
        for label, value in knobs.items():
            self.set_knob(label, value)
        panel.locator(".train-button").click()


def colors(canvas: Locator) -> int:
    """How many different colors a canvas shows; none where it is not there or has no size."""
    script = """all => {
      const canvas = all[0];
      if (!canvas?.width || !canvas?.height) return 0;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    }"""
    return int(canvas.evaluate_all(script))
