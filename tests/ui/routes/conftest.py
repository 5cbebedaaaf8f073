"""Browsers on the plain routes of a server whose engine never gets a worker: what is queued stays queued."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.jobs.local import LocalEngine
from playground.page import routes, visitors
from playground.ui.context import Context
from playground.ui.routes import BASE
from tests.jobs.engines import IDLE


@pytest.fixture
def context(store):
    engine = LocalEngine(store, command=IDLE)
    yield Context(store, engine)
    engine.close()


@pytest.fixture
def browser(context):
    """Opens a browser: one on the server's own machine, or at another address."""

    def opened(host="127.0.0.1", app=None):
        app = app or Starlette(routes=routes(context), middleware=[visitors(context)])
        return TestClient(app, base_url=f"http://localhost{BASE}/", client=(host, 50_000))

    return opened


@pytest.fixture
def client(browser):
    """The browser of the server's owner, who has been here before."""
    client = browser()
    client.get("runs")
    return client
