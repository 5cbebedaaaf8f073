"""What of the page is Gradio's: when it opens, its client looks up each component among the targets of every event."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from playground.page import build, tabs


@pytest.fixture(scope="module")
def config():
    async def built():  # where no event loop runs, Gradio makes one and leaves it open
        return build().config

    with ThreadPoolExecutor(1) as apart:  # the browser's tests may have left their loop running in this thread
        return apart.submit(asyncio.run, built()).result()


def test_gradio_has_a_handful_of_components_a_lab(config):
    assert len(tabs()) < len(config["components"]) <= 10 * len(tabs())


def test_gradio_has_one_event(config):
    (event,) = config["dependencies"]
    assert event["targets"][0][1] == "load" and not event["queue"]
