"""The views of the frontiers lab, in the order of their chips."""

from __future__ import annotations

from playground.labs.frontiers.continual.forgetting import FORGETTING
from playground.labs.frontiers.efficiency.lottery import LOTTERY
from playground.labs.frontiers.efficiency.smaller import COMPRESSION
from playground.labs.frontiers.efficiency.teacher import TEACHER
from playground.labs.frontiers.experts.letters import LETTERS
from playground.labs.frontiers.experts.routed import EXPERTS
from playground.labs.frontiers.federated.apart import CLIENTS
from playground.labs.frontiers.federated.inversion import INVERSION
from playground.labs.frontiers.memory.memory import MEMORY
from playground.labs.frontiers.meta.signs import SIGNS
from playground.labs.frontiers.search.view import SEARCH
from playground.labs.vision.experiment import EXPERIMENT
from playground.labs.vision.views import ATTENTION

VIEWS = (
    EXPERTS,
    LETTERS,
    FORGETTING,
    CLIENTS,
    INVERSION,
    SIGNS,
    MEMORY,
    SEARCH,
    COMPRESSION,
    LOTTERY,
    TEACHER,
    ATTENTION,
    EXPERIMENT,
)
