"""Browsers without a page: what they send and who the server takes them for."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.page import routes, visitors
from playground.ui.routes import BASE


@pytest.fixture
def browser_of():
    """Opens a browser on a context, that of a visitor who has been here before."""

    def opened(context):
        app = Starlette(routes=routes(context), middleware=[visitors(context)])
        client = TestClient(app, base_url=f"http://test{BASE}/", client=("10.0.0.7", 1))
        client.get("runs")
        return client

    return opened
