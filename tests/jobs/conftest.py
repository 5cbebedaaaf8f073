"""One engine for several tests, its worker ready."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from playground.jobs.local import LocalEngine
from playground.runs.store import Store
from tests.jobs.engines import engine_on, ready


@pytest.fixture(scope="module")
def warm_engine(tmp_path_factory) -> Iterator[tuple[Store, LocalEngine]]:
    """One engine for several tests, as every new worker costs seconds."""
    folder = tmp_path_factory.mktemp("warm")
    store = Store(folder / "runs", folder / "shipped")
    with engine_on(store) as engine:
        yield store, engine


@pytest.fixture
def warm(warm_engine) -> tuple[Store, LocalEngine]:
    """The shared engine, its worker ready."""
    ready(warm_engine[1])
    return warm_engine
