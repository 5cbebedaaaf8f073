"""The one route behind all views: a request is validated, computed at most once, and cached."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from playground.background import BackgroundTasks
from playground.cache import ByteCache
from playground.data import Catalog, Data, Split
from playground.jobs.engine import Turn
from playground.labs import views
from playground.metrics.features import Features, features_name
from playground.metrics.generated import Neighbors
from playground.runs.networks import Networks
from playground.runs.reader import Run
from playground.runs.store import Store
from playground.trained import Snapshot
from playground.ui.gate import WAITING, Gate
from playground.ui.inputs import Inputs
from playground.ui.routes import BadRequest, route, run_and_step, safetensors_response, visible_run
from playground.ui.view_request import Answered, CannotView, ViewRequest, checked, part_of
from playground.view import Answer, View

if TYPE_CHECKING:
    from playground.ui.context import Context

ANSWERS, PREPARED, GALLERIES = 128_000_000, 64_000_000, 64_000_000
"""Bytes of answers, of what answers share, and of features of training examples that are cached."""
TRACE = "trace"
"""How addresses call a view's trace."""
_TESTED = {"test", "images"}
"""Inputs that are test examples, or those that ship where the data do not."""
THREADS = 2 * WAITING
"""More than both gates let in, so that who is one too many is told so at once."""


class Views:
    """Answers requests for all views of all labs.

    Attributes:
        asked: When a visitor asked for something last, as `time.monotonic` counts.
    """

    asked: float = -math.inf

    def __init__(self, store: Store, networks: Networks, inputs: Inputs) -> None:
        """Caches answers for as long as the server lives."""
        self.store, self.networks, self.inputs = store, networks, inputs
        cores = os.cpu_count() or 1
        self.gates = {False: Gate(cores), True: Gate(max(1, cores // 2), waiting=24)}
        self.tracing = Gate(1, waiting=24)  # all snapshots of a run, while somebody looks at one of them
        self.answers: ByteCache[tuple[Any, ...], Answered] = ByteCache(ANSWERS)
        self.prepared: ByteCache[tuple[Any, ...], Any] = ByteCache(PREPARED)
        self.galleries: ByteCache[tuple[Any, ...], Neighbors] = ByteCache(GALLERIES)
        self.guests: BackgroundTasks[nn.Module] = BackgroundTasks()
        self.resolvers: dict[str, Callable[[ViewRequest], Any]] = {
            "picture": lambda request: self.inputs.get(request.chosen["picture"], request.spec),
            "pictures": self._pictures,
            "runs": self._runs,
            "images": self._images,
            "answer": self._earlier,
            "test": lambda request: test_examples(self.store.data, request.run.spec, request.part.tests),
            "recipe": lambda request: request.run.recipe,
            "data": self._data,
            "neighbors": self._neighbors,
            "before": self._before,
            "last": lambda request: self._snapshot_at(request.run, request.run.nearest(None)),
            "drawn": lambda request: partial(request.run.drawn, request.run.frame(request.step).shape),
            "uses": lambda request: self.store.networks(request.run.info.uses),
            "features": lambda request: Features.of(self.store.trained(features_name(request.run.spec))),
        }

    def answer(
        self, view: View, run: Run, step: int, query: Mapping[str, str], part: str = "", *, start: bool = False
    ) -> bytes:
        """An encoded `Answer` about the snapshot of `run` at exactly `step`, or what is `waiting` for a guest.

        Args:
            view: Which view.
            run: Which run.
            step: Which snapshot.
            query: Options by name, and what the visitor chose of the part's inputs.
            part: Which part of the view, by default its main one.
            start: Whether a guest that is not here yet is loaded.
        """
        request = checked(view, part_of(view, part), run, step, query)
        if request.guest is not None:
            state = self.guests.submit(request.guest.title, request.guest.load, start=start)
            if state.error:
                raise CannotView(state.error)
            if state.result is None:
                return Answer(words={"waiting": state.message, "progress": state.progress}).encode()
        return self._answer(request).content

    def trace(self, view: View, run: Run, query: Mapping[str, str]) -> bytes:
        """An encoded `Answer` about all snapshots: their `steps` (N,), and the `values` (N, K) of the view's trace.

        Of a network that has grown, what it did not say yet is not a number; the words are those of the last snapshot.

        Raises:
            CannotView: When the view has none.
        """
        if view.trace is None:
            raise CannotView(f"“{view.question}” has no answer through time.")
        part, steps = view.trace, run.snapshots
        if not steps:
            raise CannotView(f"{run.id} has no snapshot yet.")
        answers = [self._answer(checked(view, part, run, step, query), gate=self.tracing).decoded() for step in steps]
        words = {name: value for name, value in answers[-1].words.items() if name != "step"}
        values = pad_sequence(
            [answer.tensors["values"] for answer in answers], batch_first=True, padding_value=math.nan
        )
        return Answer({"steps": torch.tensor(steps, dtype=torch.int32), "values": values}, words).encode()

    def outcome(self, view: View, run: Run, step: int, query: Mapping[str, str]) -> Answer:
        """What is told to whoever has chosen in a blind game.

        Raises:
            CannotView: When the view is none.
        """
        if view.game is None:
            raise CannotView(f"“{view.question}” is no game.")
        return self._answer(checked(view, view.game, run, step, query)).decoded()

    def _answer(self, request: ViewRequest, *, gate: Gate | None = None) -> Answered:
        others = [self.store.used(name) for name in request.runs.values() if name]
        if "last" in request.part.inputs:
            others.append((request.run, request.run.nearest(None)))
        source = (request.mark, self._whole(request), *(run.fingerprint(step) for run, step in others))
        key = (request.part, request.run.recipe.lab, *source, request.options, *request.chosen.values())
        return self.answers.get(key, lambda: self._computed(request, gate or self.gates[request.part.heavy]))

    def check(self, view: View, run: Run, query: Mapping[str, str], part: str = "") -> None:
        """Raises what `answer` would: when the view does not fit, or an option makes no sense."""
        checked(view, part_of(view, part), run, 0, query)

    def live(self, view: View, run: Run, turn: Turn, query: Mapping[str, str]) -> bytes:
        """The same about a network that is being trained, and the knobs that it is trained with; nothing is cached."""
        request = checked(view, part_of(view), run, turn.step, query)
        network, part = turn.network, request.part
        inputs = {name: self.resolvers[name](request) for name in part.inputs}
        with self.gates[part.heavy].turn(), torch.no_grad():
            if part.prepare is not None:
                inputs["prepared"] = part.prepare(network, run.spec, inputs)
            answer = part.answer(network, run.spec, request.options, inputs)
        return Answer(answer.tensors, {**answer.words, "step": turn.step, "knobs": turn.knobs}).encode()

    def _computed(self, request: ViewRequest, gate: Gate) -> Answered:
        part = request.part
        inputs = {name: self.resolvers[name](request) for name in part.inputs}  # may load data, outside of any gate
        with gate.turn(), torch.no_grad():
            network = self._network(request)
            if part.prepare is not None:
                inputs["prepared"] = self._prepared(request, inputs)
            answer = part.answer(network, request.spec, request.options, inputs)
            when: dict[str, Any] = {} if request.guest else {"step": request.step}
            if _TESTED & {*part.inputs} and not self._whole(request):
                when["stand_ins"] = True
            return Answered.of(replace(answer, words={**answer.words, **when}))

    def _network(self, request: ViewRequest) -> nn.Module:
        """The network of the snapshot, or the guest's."""
        if request.guest is None:
            return self.networks.at(request.run, request.step)
        network = self.guests.submit(request.guest.title, request.guest.load, start=False).result
        if network is None:
            raise CannotView(f"{request.guest.title} is no longer here; choose it again.")
        return network

    def _prepared(self, request: ViewRequest, inputs: Mapping[str, Any]) -> Any:
        """What all answers about one snapshot share."""
        prepare = request.part.prepare
        assert prepare is not None
        key = (prepare, request.mark, self._whole(request), request.part.tests)
        return self.prepared.get(key, lambda: prepare(self._network(request), request.spec, inputs))

    def _earlier(self, request: ViewRequest) -> Answer | None:
        """The answer that a part goes on from: another part's, or its own for earlier options."""
        part = request.part
        if part.on is not None:
            return self._answer(request.on(part.on)).decoded()
        assert part.earlier is not None
        options = part.earlier(request.options)
        return None if options is None else self._answer(replace(request, options=options)).decoded()

    def _before(self, request: ViewRequest) -> Any:
        """What was prepared of the snapshot before; None for the first one."""
        earlier = [step for step in request.run.snapshots if step < request.step]
        if not earlier:
            return None
        previous = replace(request, step=earlier[-1])
        inputs = {name: self.resolvers[name](previous) for name in request.part.inputs}  # that before it among them
        with self.gates[request.part.heavy].turn(), torch.no_grad():
            return self._prepared(previous, inputs)

    def forget(self, data: str, runs: Sequence[Run]) -> None:
        """Drops what is kept of a data set, and of runs that learned from it."""
        prefixes = tuple(f"{run.path}:" for run in runs)  # as the fingerprints of their snapshots begin
        self.galleries.drop(lambda key: key[0] == data)
        self.answers.drop(lambda key: any(isinstance(word, str) and word.startswith(prefixes) for word in key))
        self.prepared.drop(lambda key: key[1].startswith(prefixes))
        self.networks.forget(prefixes)

    def _whole(self, request: ViewRequest) -> bool:
        """Whether the test examples that a part is given are those of the whole data set, which may arrive any time."""
        return bool(_TESTED & {*request.part.inputs}) and self.store.data.available(request.run.spec.name)

    def _pictures(self, request: ViewRequest) -> dict[str, Tensor]:
        names = {option: getattr(request.options, option) for option in request.part.options.pictures()}
        return {option: self.inputs.get(name, request.spec) for option, name in names.items() if name}

    def _runs(self, request: ViewRequest) -> dict[str, Snapshot | None]:
        return {option: self._snapshot(name) if name else None for option, name in request.runs.items()}

    def _snapshot(self, name: str) -> Snapshot:
        return self._snapshot_at(*self.store.used(name))

    def _snapshot_at(self, run: Run, step: int) -> Snapshot:
        return Snapshot(run.id, self.networks.at(run, step), run.spec, step, run.recipe)

    def _images(self, request: ViewRequest) -> Tensor:
        images = test_examples(self.store.data, request.spec, request.part.tests)["images"]
        return images.expand(-1, request.spec.channels, -1, -1)  # gray ones may be asked for in color

    def _data(self, request: ViewRequest) -> Data:
        self.store.data.must_be_here(request.run.spec.name)
        return request.run.recipe.load(self.store.data)

    def _neighbors(self, request: ViewRequest) -> Neighbors:
        spec = request.run.spec

        def computed() -> Neighbors:
            with self.gates[True].turn():
                return neighbors(self.store, spec)

        return self.galleries.get((spec.name, spec.size), computed)


def test_examples(catalog: Catalog, spec: Any, n: int) -> Split:
    """The first `n` test examples, or the examples that are always here where the data are not."""
    size = getattr(spec, "size", None)
    if not catalog.available(spec.name):
        return catalog.examples(spec.name, size)
    return catalog.first_test(spec.name, n, size)


def neighbors(store: Store, spec: Any) -> Neighbors:
    """The training images of `spec` with their features.

    Raises:
        DataUnavailable: When the data are not here.
    """
    store.data.must_be_here(spec.name)
    data = store.data.load(spec.name, spec.size)
    return Neighbors.of(data.train, store.trained(features_name(spec)))


def view_of(lab: str, name: str) -> View:
    """The view of that name; BadRequest where there is none."""
    try:
        return views()[lab][name]
    except KeyError:
        raise BadRequest(f"There is no view “{name[:40]}” in a lab “{lab[:40]}”.") from None


def routes(context: Context) -> list[Route]:
    """`/views/LAB/VIEW/PART?run=...&step=...` and the part's own options; the part "trace" takes no step."""

    def answer(request: Request) -> Response:
        context.views.asked = time.monotonic()
        lab, name, part = (request.path_params[key] for key in ("lab", "view", "part"))
        view = view_of(lab, name)
        run, step = run_and_step(context, request)
        query = {key: value for key, value in request.query_params.items() if key not in ("run", "step")}
        for other in filter(None, (query.get(option) for option in view.options.runs())):
            visible_run(context, request, other.partition("@")[0])
        if part == TRACE:
            return safetensors_response(context.views.trace(view, run, query))
        # to begin a download is an act, which no other site's page may do in a visitor's name
        start = request.method == "POST"
        return safetensors_response(context.views.answer(view, run, step, query, part, start=start))

    # threads of their own: however many wait at the gates, all other routes go on
    waiting = ThreadPoolExecutor(THREADS, thread_name_prefix="views")
    return [route("/views/{lab}/{view}/{part}", answer, "GET", "POST", executor=waiting)]
