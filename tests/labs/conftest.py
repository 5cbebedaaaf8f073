"""What the tests of all labs share: their views asked as the page asks them, and their own routes served."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.testclient import TestClient
from torch import Tensor

from playground.labs import views
from playground.runs.reader import Run
from playground.runs.store import Store
from playground.ui.context import Context
from playground.ui.routes import BASE

Words, Tensors = dict[str, Any], dict[str, Tensor]


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], Run]:
    """Gives the shipped run of a name: what lessons state is measured on those that ship."""
    return Store(Path("nowhere")).get


@pytest.fixture(scope="session")
def curve(shipped) -> Callable[..., list[tuple[int, float]]]:
    """Gives the values of a term or metric of a shipped run: "metrics" of training, or "evaluated" on test data."""

    def curve(run: str, kind: str, name: str) -> list[tuple[int, float]]:
        events = shipped(run).read_events().events
        return [(event["step"], event["values"][name]) for event in events if event["event"] == kind]

    return curve


@pytest.fixture
def context(store):
    """What the page stands on, without an engine: nothing here is trained."""
    return Context(store, None)


@pytest.fixture
def ask(context, read_answer) -> Callable[..., tuple[Words, Tensors]]:
    """Asks a part of a view about the snapshot of a run at or before `step`, with options as an address holds them."""

    def ask(run: Run, name: str, step: int | None = None, **options: object) -> tuple[Words, Tensors]:
        view = next(view for view in views()[run.recipe.lab].values() if name in view.parts)
        given = {key: str(value) for key, value in options.items()}
        return read_answer(context.views.answer(view, run, run.nearest(step), given, name))

    return ask


@pytest.fixture
def served():
    """Serves plain routes that begin with a prefix, such as `gan/plane`; gives a client."""
    with ExitStack() as stack:
        yield lambda routes, prefix: stack.enter_context(
            TestClient(Starlette(routes=routes), base_url=f"http://test{BASE}/{prefix}/")
        )


@pytest.fixture
def read(read_answer) -> Callable[[Response], tuple[Words, Tensors]]:
    """Takes apart what a route answered, which must be an `Answer`."""

    def read(answer: Response) -> tuple[Words, Tensors]:
        assert answer.status_code == 200, answer.text
        return read_answer(answer.content)

    return read
