"""What the page stands on while it is served."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.jobs.engine import Engine
from playground.runs.networks import Networks
from playground.runs.store import Store
from playground.ui.inputs import Inputs


@dataclass(frozen=True)
class Context:
    """Handed to every tab and every route.

    Attributes:
        store: Where runs lie.
        engine: Who trains them.
        device: Where they are trained.
        networks: Those that views looked at last.
        inputs: The pictures that visitors brought.
    """

    store: Store
    engine: Engine
    device: str = "cpu"
    networks: Networks = field(default_factory=Networks)
    inputs: Inputs = field(default_factory=Inputs)
