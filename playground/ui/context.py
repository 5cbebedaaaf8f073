"""What all tabs and routes share while the page is served."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from playground.jobs.admission import HOME, Limits
from playground.jobs.engine import Engine, Live
from playground.runs.networks import Networks
from playground.runs.store import Store
from playground.ui.identity import Identity
from playground.ui.inputs import Inputs
from playground.ui.views import Views


@dataclass(frozen=True)
class Context:
    """Handed to every tab and every route.

    Attributes:
        store: Where runs are stored.
        engine: Who trains them.
        device: Where they are trained.
        limits: What a visitor may have.
        identity: Who a visitor is.
        networks: Those that views looked at last.
        live: Who steps those runs that are stepped while somebody looks, where that can be done.
        inputs: The images that visitors uploaded.
        views: Answers requests for the labs' views.
    """

    store: Store
    engine: Engine
    device: str = "cpu"
    limits: Limits = HOME
    identity: Identity = field(default_factory=lambda: Identity(secrets.token_bytes(32)))
    networks: Networks = field(default_factory=Networks)
    live: Live | None = None
    inputs: Inputs = field(init=False)
    views: Views = field(init=False)

    def __post_init__(self) -> None:
        """Creates what depends on the store."""
        object.__setattr__(self, "inputs", Inputs(self.store.data))
        object.__setattr__(self, "views", Views(self.store, self.networks, self.inputs))
