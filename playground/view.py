"""What one view is: declared once; its route, validation, cache, gate, warm-up, controls and link follow from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from pydantic import ValidationError, create_model
from safetensors.torch import load, save
from torch import Tensor, nn

from playground.control import Settings, sentences, setting
from playground.data.source import Progress
from playground.errors import PlaygroundError
from playground.json_text import json_text
from playground.recipe import Recipe
from playground.stepping import Stepping

TESTS = 1000
"""How many test examples a part is given, where it does not say."""
CHOSEN = ("picture",)
"""The inputs that a visitor chooses; each is a key of the address, and the page has a chooser for it."""
NETWORK = "network"
"""How addresses call the guest that a view is asked of."""
WITHOUT_RUN = {"picture", "pictures", "images", "answer"}
"""The inputs that do not ask for what only a run knows, such as the classes of its test examples."""


class BadOption(PlaygroundError):
    """An option of a view is unknown or out of its range."""


option = setting
"""Declares one option of a view: a control on the page, a key of the link."""


class Options(Settings):
    """What a visitor sets in a view; each field has a default, so that a view can be opened without a choice."""

    @classmethod
    def declared(cls) -> list[dict[str, Any]]:
        """The options as the page builds controls of them and reads them from a link: see `Option` in `types.d.ts`."""
        return [control.declared() for control in cls.controls().values()]

    @classmethod
    def pictures(cls) -> list[str]:
        """The options that name pictures."""
        return [name for name, control in cls.controls().items() if control.kind == "picture"]

    @classmethod
    def runs(cls) -> list[str]:
        """The options that name runs."""
        return [name for name, control in cls.controls().items() if control.kind == "run"]


@dataclass(frozen=True)
class Answer:
    """What a view shows: numbers for its painter, and words.

    Attributes:
        tensors: Name -> tensor, on the CPU.
        words: What JSON can hold; a number that is infinite or none arrives as null.
        state: Name -> tensor, of what stays on the server: only parts that go on from this answer are given it.
    """

    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Tensor] = field(default_factory=dict)

    def encode(self) -> bytes:
        """A safetensors file whose header holds the words as JSON; the `state` is not in it."""
        # two names may stand for one tensor, and the format wants each in memory of its own
        tensors = {name: value.clone(memory_format=torch.contiguous_format) for name, value in self.tensors.items()}
        return save(tensors, metadata={"words": json_text(dict(self.words))})


def decode(content: bytes, state: Mapping[str, Tensor] | None = None) -> Answer:
    """The answer that `Answer.encode` made of another, and the `state` that it left out."""
    length = int.from_bytes(content[:8], "little")
    words = json.loads(content[8 : 8 + length])["__metadata__"]["words"]
    return Answer(load(content), json.loads(words), state or {})


@dataclass(frozen=True)
class Part:
    """One answer that a view asks for: a pure function of a snapshot, options and inputs.

    `answer` is called from many threads at once, on networks that all of them share: it must not change one, nor hook
    into it.

    Attributes:
        answer: (network, spec, options, inputs) to an `Answer`.
        options: The model of those of the view's options that it depends on.
        inputs: What `answer` gets besides the network, by name. Those in `CHOSEN` are the visitor's: "picture" (C, H,
            W), uint8. "pictures" are those that options of the kind "picture" name, likewise, by option, none for an
            empty one; "runs" are the `Snapshot`s that options of the kind "run" name, None where one is empty.
            "test" is a `Split` of the first `tests` test examples, or of the examples where the data
            are not here, and "images" are its images alone, (N, C, H, W), uint8, as the network takes them;
            "recipe" is the run's `Recipe`; "data" is all of the `Data`; "neighbors" is a `Neighbors` over the training
            images; "features" is the `Features` of a classifier; "uses" are the `Trained` networks that the run uses,
            by role; "last" is the `Snapshot` of the run's newest step; "drawn" gives an untrained network of the shape
            of this one, by a seed; "before" is what `prepare` gave for the snapshot before, None for the first one;
            "answer" is the `Answer` of the part that it goes `on` from, for the same options and inputs, or that of the
            same part `earlier`, None where there is none.
        tests: How many test examples it is given, at most.
        prepare: (network, spec, inputs) to what all answers about one snapshot share; it is computed once and given to
            `answer` as the input "prepared".
        heavy: Whether an answer takes long, so that few are computed at once.
        on: Another part that it goes on from, whose options and inputs are among its own.
        earlier: Of a part whose answer comes step by step, the options whose answer this one goes on from, given its
            own; None for the first.
        ambiguous: The tensors that the weights do not determine, such as directions along which variance is equal: how
            a rounded snapshot differs from the exact one cannot be read off them.
    """

    answer: Callable[[Any, Any, Any, Mapping[str, Any]], Answer]
    options: type[Options] = Options
    inputs: tuple[str, ...] = ()
    tests: int = TESTS
    prepare: Callable[[Any, Any, Mapping[str, Any]], Any] | None = None
    heavy: bool = False
    on: Part | None = None
    earlier: Callable[[Any], Any] | None = None
    ambiguous: tuple[str, ...] = ()

    def parsed(self, query: Mapping[str, str]) -> Options:
        """The options that an address holds.

        Raises:
            BadOption: In one plain sentence a problem.
        """
        try:
            return self.options.model_validate(dict(query))
        except ValidationError as error:
            called = {name: f"“{name}”" for name in self.options.model_fields}
            raise BadOption(sentences(error, owner="This part of a view", noun="option", called=called)) from None

    def declared(self) -> dict[str, Any]:
        """What a request for it says besides run and step."""
        return {"options": list(self.options.model_fields), "chosen": self.chosen}

    @property
    def chosen(self) -> list[str]:
        """Those of its inputs that the visitor chooses."""
        return [name for name in self.inputs if name in CHOSEN]


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A network that no run has trained, such as one from the Hub: a view may be asked of it in place of a snapshot.

    Attributes:
        title: What people call it.
        kind: The class of the network.
        size: The side of the images that it takes, in pixels.
        channels: Of the images.
        predicts: Whether its output is the logits of classes.
        names: Gives what these are called.
        load: Gives the network in evaluation mode; it takes images as the runs' networks do, from -1 to 1. It is handed
            what hears of the progress.
    """

    title: str
    kind: type[nn.Module]
    size: int
    channels: int
    predicts: bool
    names: Callable[[], tuple[str, ...]]
    load: Callable[[Progress], nn.Module]

    def spec(self, data: Any) -> Any:
        """The `Spec` of what it takes, where the examples are those of `data`."""
        return data.model_copy(update={"size": self.size, "channels": self.channels, "classes": self.names()})


@dataclass(frozen=True, kw_only=True)
class View:
    """One question about (run, step, input), and all that it takes to show its answer on the page.

    Attributes:
        name: In its address.
        title: What the page's list of views calls it, in a word or two.
        question: What it answers, as a person would ask it.
        about: A sentence or two on what is seen and what can be done.
        needs: The class of networks that can be viewed so.
        excludes: The classes among these that cannot.
        painter: The module that draws the answers, below `playground/labs/`; a lab may offer another one's views.
        parts: The answers that it asks for, by name; the first one is its main one.
        trace: What is drawn under the time axis of what is on the stage: its answer says of one snapshot `values` (K,),
            and the words `names` of each and whether they are `shares` of one whole, or between which `ends` they lie;
            it is asked of all snapshots.
        options: All that can be set in it: those of its parts, and those of the painter alone.
        kinds: The kinds of data whose networks can be viewed so.
        data: The names of the data sets, where it takes more than the kind; none are all.
        stepping: How its runs are trained while one looks, if they can be.
        takes_class: Whether it is about networks that are given a class, to generate an example of it.
        predicts: Whether it is about the predicted class, so that the network must know classes.
        guests: By name, networks that it may be asked of in place of a run's; those that it fits are offered.
        game: Of a blind game, what is told to whoever has chosen: its answer says in the words `right` which choice
            was right, and what else there is to tell. It is no part, so nobody can ask for it before.
    """

    name: str
    title: str
    question: str
    about: str
    needs: type[nn.Module]
    painter: str
    parts: Mapping[str, Part] = field(default_factory=dict)
    trace: Part | None = None
    options: type[Options] = Options
    excludes: tuple[type[nn.Module], ...] = ()
    kinds: tuple[str, ...] = ("images",)
    data: tuple[str, ...] = ()
    stepping: Stepping | None = None
    takes_class: bool = False
    predicts: bool = False
    guests: Mapping[str, Guest] = field(default_factory=dict)
    game: Part | None = None

    def fits(self, network: type[nn.Module], spec: Any, recipe: Recipe) -> bool:
        """Whether networks of a class, trained on data of `spec` by a recipe, can be viewed so."""
        fitting = spec.kind in self.kinds and (not self.data or spec.name in self.data)
        able = issubclass(network, self.needs) and not issubclass(network, self.excludes)
        return fitting and able and (recipe.takes_class or not self.takes_class)

    @property
    def hosted(self) -> dict[str, Guest]:
        """Those of the guests of which it can be asked, by name."""
        if any(set(part.inputs) - WITHOUT_RUN for part in self.parts.values()):
            return {}
        able = {name: guest for name, guest in self.guests.items() if guest.predicts or not self.predicts}
        return {name: guest for name, guest in able.items() if issubclass(guest.kind, self.needs)}

    def _network(self) -> type[Options]:
        """The option that chooses a guest."""
        names = {"": "this run"} | {name: guest.title for name, guest in self.hosted.items()}
        chosen = option("", "This run, or a network from elsewhere.", label="Network", names=names, control="name")
        return create_model("Host", __base__=Options, **{NETWORK: (str, chosen)})  # type: ignore[call-overload]

    def declared(self) -> dict[str, Any]:
        """What the page knows of it: see `View` in `types.d.ts`."""
        parts = {name: part.declared() for name, part in self.parts.items()}
        options = self.options.declared()
        if self.hosted:
            options = [*self._network().declared(), *options]
            parts = {name: {**part, "options": [NETWORK, *part["options"]]} for name, part in parts.items()}
        return {
            "name": self.name,
            "title": self.title,
            "question": self.question,
            "about": self.about,
            "painter": self.painter,
            "options": options,
            "parts": parts,
            "trace": self.trace and self.trace.declared(),
            "game": self.game and self.game.declared(),
            "stepping": self.stepping and self.stepping.declared(),
        }
