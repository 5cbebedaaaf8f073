"""The view of a text: each character in the color of its expert, what is expected next, and how the network goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data import TextSpec
from playground.labs.frontiers.experts.asked import Asked, Chosen, Highlighted, load_view
from playground.labs.frontiers.experts.characters import CharacterTransformer, written
from playground.labs.frontiers.experts.network import routed
from playground.labs.frontiers.experts.prediction import AT_ONCE, cross_entropy
from playground.randomness import seeded
from playground.view import Answer, BadOption, Options, Part, View, option

LIKELY, COUNT, TESTS = 5, 120, 150
"""How many next characters are told, how many the network goes on for, and the passages that loads are taken over."""

DRAWN = ("chosen", "gates", "likely", "probabilities", "surprise")
"""Of a continuation all is ambiguous: where the first character falls another way, so do all that follow."""


class Prompt(Options):
    """The text that the network reads."""

    text: str = option(
        "The Queen of Hearts said to the serpent, ",
        "A text that the network reads, and goes on with.",
        label="Text",
        control="text",
        max_length=120,
    )


class Continued(Prompt):
    """How the network goes on."""

    temperature: float = option(
        0.7,
        "What the logits are divided by before the next character is drawn: the lower, the more often the likeliest.",
        label="Temperature",
        ge=0.1,
        le=2,
        step=0.1,
    )
    draw: int = option(
        0, "The number that the continuation is drawn from.", label="Continuation", ge=0, le=999_999, control="seed"
    )


def numbers(spec: TextSpec, text: str) -> Tensor:
    """The numbers (T,) of the text's characters.

    Raises:
        BadOption: When it has none that the network knows.
    """
    found = spec.numbers(text)
    if not len(found):
        raise BadOption("Write a few letters: the network knows those from A to Z, and punctuation.")
    return found


def looked(network: CharacterTransformer, spec: TextSpec, characters: Tensor, told: int) -> Answer:
    """What becomes of the last characters of a text (T,), L of which are `told` of; those before are only read.

    Returns:
        `chosen`, int32, and `gates` (R, L, top); `likely` (L, LIKELY), int32, the numbers of the symbols that are
        likeliest after each, and `probabilities` (L, LIKELY); `surprise` (L,), the nats at which each comes, of the
        very first character NaN; the words say the `text`, the `symbols`, the number of `experts`, and which `blocks`,
        counted from 1, have them.
    """
    logits, routings = routed(network, characters[None])
    found = Asked.of([(1, routings)])
    after = logits[0].softmax(dim=1)  # (T, symbols)
    probabilities, likely = after.topk(LIKELY, dim=1)
    surprise = F.pad(cross_entropy(logits[:, :-1], characters[None, 1:])[0], (1, 0), value=torch.nan)
    last = slice(len(characters) - told, None)
    return Answer(
        {
            "chosen": found.chosen[:, 0, last].int(),
            "gates": found.gates[:, 0, last],
            "likely": likely[last].int(),
            "probabilities": probabilities[last],
            "surprise": surprise[last],
        },
        {
            "text": spec.text(characters[last]),
            "symbols": spec.symbols,
            "experts": found.probabilities.shape[-1],
            "blocks": network.mixed,
        },
    )


def text_view(network: CharacterTransformer, spec: TextSpec, options: Prompt, inputs: Mapping[str, Any]) -> Answer:
    """Where the characters of a text go, see `looked`."""
    characters = numbers(spec, options.text)
    return looked(network, spec, characters, len(characters))


def further_view(
    network: CharacterTransformer, spec: TextSpec, options: Continued, inputs: Mapping[str, Any]
) -> Answer:
    """The characters that the network goes on with, and where they go, see `looked`; `after` is the text before."""
    characters = numbers(spec, options.text)
    rng = seeded(Generator(), options.draw, "continuation")
    text = written(network, characters, COUNT, options.temperature, rng)
    answer = looked(network, spec, text, COUNT)
    return Answer(answer.tensors, {**answer.words, "after": spec.text(characters)})


def prepared(network: CharacterTransformer, spec: TextSpec, inputs: Mapping[str, Any]) -> Asked:
    """Where the characters of test passages go."""
    passages = inputs["test"]["characters"].split(AT_ONCE)
    return Asked.of([(len(some), routed(network, some)[1]) for some in passages])


def symbols_view(network: CharacterTransformer, spec: TextSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """What each expert is asked for, over N test passages.

    Returns:
        `load` (R, experts), shares that sum to 1; `symbols` (R, experts, S), the load by the symbol that it is of, and
        `classes` (R, experts, K), by the book that it comes from.
    """
    test, found = inputs["test"], inputs["prepared"]
    shares = found.shares  # (R, N, T, E)
    of_symbol = F.one_hot(test["characters"].long(), len(spec.symbols)).float()  # (N, T, S)
    symbols = torch.einsum("rnte,nts->res", shares, of_symbol) / test["characters"].numel()
    return Answer(
        {
            "load": shares.mean(dim=(1, 2)),
            "symbols": symbols,
            "classes": found.by_label(test["labels"], len(spec.classes)),
        },
        {"n": len(test), "names": list(spec.classes), "symbols": spec.symbols},
    )


class Letters(Continued, Highlighted):
    """All that can be set."""


LETTERS = View(
    name="letters",
    title="Letters",
    question="Who is asked for which letter?",
    about="A router sends each character to the expert that it finds fittest, whose color it has here. The bold text "
    "is yours; the network goes on with it. Point at a character to see what is expected after it.",
    needs=CharacterTransformer,
    painter="frontiers/experts/letters.js",
    kinds=("texts",),
    options=Letters,
    parts={
        "text": Part(text_view, options=Prompt),
        "further": Part(further_view, options=Continued, heavy=True, ambiguous=DRAWN),
        "symbols": Part(symbols_view, inputs=("test",), tests=TESTS, prepare=prepared),
    },
    trace=Part(load_view, options=Chosen, inputs=("test",), tests=TESTS, prepare=prepared),
)
