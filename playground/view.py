"""What one view is: declared once; its route, validation, cache, gate and warm-up follow from the declaration."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors.torch import save
from torch import Tensor, nn

from playground.errors import PlaygroundError


class BadOption(PlaygroundError):
    """An option of a view is unknown or out of its range."""


class Options(BaseModel):
    """What a visitor sets in a view; each field has a default, so that a view can be opened without a choice."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class Answer:
    """What a view shows: numbers for its painter, and words.

    Attributes:
        tensors: Name -> tensor, on the CPU.
        words: What JSON can hold.
    """

    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)

    def encode(self) -> bytes:
        """A safetensors file whose header holds the words as JSON."""
        # two names may stand for one tensor, and the format wants each in memory of its own
        tensors = {name: value.clone(memory_format=torch.contiguous_format) for name, value in self.tensors.items()}
        return save(tensors, metadata={"words": json.dumps(dict(self.words), allow_nan=False)})


@dataclass(frozen=True, kw_only=True)
class View:
    """One view of (run, step, input).

    `answer` is called from many threads at once, on networks that all of them share: it must not change one, nor hook
    into it.

    Attributes:
        name: In its address.
        question: What it answers, as a person would ask it.
        needs: The class of networks that can be viewed so.
        answer: (network, spec, options, inputs) to an `Answer`.
        options: The model of what can be set.
        inputs: What `answer` gets besides the network, by name: "picture" (C, H, W), uint8, is the visitor's; "test"
            is a `Split` of test examples, or of the examples where the data are not here; "train" is a `Neighbors` over
            the training images; "data" is all of the `Data`.
        kinds: The kinds of data whose networks can be viewed so.
        prepare: (network, spec, inputs) to what all answers about one snapshot share; it is computed once and given to
            `answer` as the input "prepared".
        heavy: Whether an answer takes long, so that few are computed at once.
    """

    name: str
    question: str
    needs: type[nn.Module]
    answer: Callable[[Any, Any, Any, Mapping[str, Any]], Answer]
    options: type[Options] = Options
    inputs: tuple[str, ...] = ()
    prepare: Callable[[Any, Any, Mapping[str, Any]], Any] | None = None
    kinds: tuple[str, ...] = ("images",)
    heavy: bool = False

    def fits(self, network: type[nn.Module], spec: Any) -> bool:
        """Whether networks of a class, trained on data of `spec`, can be viewed so."""
        return issubclass(network, self.needs) and spec.kind in self.kinds

    def parsed(self, query: Mapping[str, str]) -> Options:
        """The options that an address holds.

        Raises:
            BadOption: In one plain sentence a problem.
        """
        try:
            return self.options.model_validate(dict(query))
        except ValidationError as error:
            raise BadOption(" ".join(self._plain(problem) for problem in error.errors())) from None

    def _plain(self, problem: Any) -> str:
        name, known = str(problem["loc"][0]) if problem["loc"] else "", ", ".join(self.options.model_fields)
        if problem["type"] == "extra_forbidden":
            return f"This view has no option “{name[:40]}”; it has {known or 'none'}."
        reason = problem["msg"].removeprefix("Value error, ")
        return f"“{name}”: {reason[:1].lower() + reason[1:]} (it was “{str(problem['input'])[:40]}”)."
