"""What visitors will ask for first is computed ahead, and only while nobody asks for anything."""

import threading
import time

import pytest

from playground.labs import views
from playground.ui import warmup
from playground.ui.context import Context
from playground.ui.warmup import first_questions, warm_up


@pytest.fixture
def context(store):
    return Context(store, None)


def test_the_first_visitor_finds_all_computed(context, written, monkeypatch):
    assert list(first_questions(context.views, "gan")) == []  # without a run there is nothing to ask
    small = {"image_size": 16, "latent": 12}
    runs = [written("stylegan-faces", shipped=True, **small), written("point-gan-gaussians", shipped=True)]
    for question in first_questions(context.views, "gan"):
        question()
    monkeypatch.setattr(context.views, "_computed", lambda request: pytest.fail("computed again"))
    for view in views()["gan"].values():
        for run in (one for one in runs if view.fits(one.network_class, one.spec, one.recipe)):
            assert all(context.views.answer(view, run, 10, {}, part) for part in view.parts)
            assert view.trace is None or context.views.trace(view, run, {})


def test_it_steps_back_while_somebody_asks_and_ends_when_it_is_told(context, monkeypatch):
    asked = []
    monkeypatch.setattr(warmup, "QUIET", 0.3)
    monkeypatch.setattr(warmup, "first_questions", lambda views, lab: iter([lambda: asked.append(lab)] * 2))
    context.views.asked = time.monotonic()
    end = warm_up(context, ["one", "other"])
    for _ in range(8):
        time.sleep(0.05)
        context.views.asked = time.monotonic()
        assert asked == []
    until = time.monotonic() + 10
    while len(asked) < 4 and time.monotonic() < until:
        time.sleep(0.02)
    assert asked == ["one", "one", "other", "other"]
    end()

    context.views.asked = time.monotonic() + 60
    end = warm_up(context, ["one"])
    end()
    assert len(asked) == 4 and "warm-up" not in [thread.name for thread in threading.enumerate()]


def test_a_question_of_a_visitor_is_noticed(context, written, browser_of):
    written("vae-digits")
    before = time.monotonic()
    assert context.views.asked < before
    browser_of(context).get("views/vae/plane/plane?run=none&step=0")
    assert context.views.asked >= before
