"""The page's modules: each on its own, and alive however often Gradio takes their elements away."""

import re

import pytest
from playwright.sync_api import expect

from .tiers import first_for_all

BROKEN = {
    "a syntax error": "class {",
    "an error as it is loaded": 'throw new Error("this lab is broken");',
    "an import that is not there": 'import { nothing } from "../../ui/static/dom.js";',
    "an error as it is shown": 'export default class { constructor() { throw new Error("this view is broken"); } }',
}


@pytest.mark.parametrize("kind", first_for_all(zip(BROKEN)))
def test_the_error_of_one_lab_leaves_the_others_alive(visit, watch, kind):
    here = visit("vision", wait=False)
    here.page.route(
        "**/labs/vae/plane.js", lambda route: route.fulfill(body=BROKEN[kind], content_type="text/javascript")
    )
    here.open(run=here.run)
    here.page.get_by_role("tab", name="VAE").click()
    broken = type(here)(here.page, here.url, "vae")
    broken.until(lambda: broken.run != "" and broken.steps[1] > 0)  # the transport is nobody's but its own
    expect(broken.main).to_have_count(0)
    expect(broken.problem).to_contain_text("This view cannot be drawn")
    here.page.get_by_role("tab", name="GAN").click()
    there = type(here)(here.page, here.url, "gan")
    there.caption.wait_for()
    assert watch.errors, "the error is not swallowed"
    watch.forget()


def test_modules_and_styles_are_kept_for_ever_and_nothing_else_is_served(visit, watch):
    here = visit("vision")
    own = [url for url in watch.requested if "/playground/static/" in url]
    assert len(own) == len(set(own)) > 20, "each file once"
    assert len({re.search(r"/static/(\w+)/", url)[1] for url in own}) == 1, "one hash for all"
    answer = here.page.request.get(own[0])
    assert answer.status == 200 and "immutable" in answer.headers["cache-control"]
    for path in ("page.py", "labs/vae/tab.py", "../app.py", ""):
        assert here.page.request.get(re.sub(r"(/static/\w+/).*", rf"\1{path}", own[0])).status in (404, 405)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("lab", "tag"),
    [("vision", "film-transport"), ("vision", "lab-stage"), ("vision", "lab-panel"), ("vae", "lab-stage")],
)
def test_an_element_that_is_put_back_works_on(visit, shows, lab, tag):
    here = visit(lab)
    element = here.page.locator(f"#lab-{lab} {tag}")
    element.evaluate("""element => {
        const { parentElement } = element;
        element.remove();
        parentElement.append(element);
    }""")
    here.caption.wait_for()
    expect(here.view.locator(".lane")).to_have_count(1)
    here.scrub(0)
    here.until(lambda: here.snapshot == 0)
    first = shows(here.main)
    here.scrub(here.film.locator(".film-range").evaluate("range => range.max"))
    here.until(lambda: here.snapshot == 60 and shows(here.main) != first)


def test_what_has_left_the_page_listens_to_nothing(visit):
    """Listeners on what outlives an element are taken away with it."""
    here = visit("vae", wait=False)
    here.page.add_init_script(COUNTING)
    here.open(run=here.run)
    before = here.page.evaluate("window.listening()")
    assert before > 10
    for tag in ("film-transport", "lab-stage", "lab-panel"):
        move = "element => { const { parentElement } = element; element.remove(); parentElement.append(element); }"
        for _ in range(3):
            here.page.locator(f"#lab-vae {tag}").evaluate(move)
    here.caption.wait_for()
    here.page.wait_for_timeout(500)
    assert here.page.evaluate("window.listening()") == before


COUNTING = """
const own = /playground\\/static/;
const held = new Set();
const add = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (kind, listener, options) {
  const outlive = [document, window].includes(this) || ["MediaQueryList", "Film"].includes(this.constructor.name);
  if (outlive && own.test(new Error().stack) && !options?.once) {
    const entry = { kind };
    held.add(entry);
    options?.signal?.addEventListener("abort", () => held.delete(entry));
  }
  return add.call(this, kind, listener, options);
};
window.listening = () => held.size;
"""
