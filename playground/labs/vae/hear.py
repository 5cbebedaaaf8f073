"""The view that plays: phrases of a music VAE between four others, along a path, varied, continued, edited by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Generator, Tensor

from playground.data import RollSpec, Split
from playground.labs.sphere import between
from playground.labs.vae.music import MusicVAE
from playground.labs.vae.notation import CELLS, PATTERN, Phrase, parsed
from playground.view import Answer, BadOption, Options, Part, View, option

STOPS = 16
"""How many places a path has at most."""
CORNER = rf"^(\d{{1,4}}|{PATTERN})?$"
"""A corner is that of the seed, a held-out phrase by its number, or a phrase of one's own."""


def corner(where: str) -> Any:
    """Declares the option for one of the four corners."""
    help = f"The phrase at the {where}: the number of a held-out one, or notes of one's own; else the seed's."
    return option("", help, pattern=CORNER, max_length=CELLS)


class Corners(Options):
    """The four phrases that are blended."""

    phrases: int = option(
        0, "The number that four held-out phrases are drawn from.", label="Phrases", ge=0, le=999_999, control="seed"
    )
    nw: str = corner("upper left")
    ne: str = corner("upper right")
    sw: str = corner("lower left")
    se: str = corner("lower right")


class Decoding(Options):
    """How codes become notes."""

    temperature: float = option(
        0.0,
        "Temperature of the decoder: at 0 each note is the most likely one, at 1 it is drawn from its distribution.",
        label="Temperature",
        ge=0,
        le=1.5,
        step=0.05,
    )
    fusion: float = option(
        1.0,
        "Shallow fusion: how much it counts that a note is likely without any code; at 0 the code decides alone.",
        label="Fusion",
        ge=0,
        le=3,
        step=0.25,
    )
    seed: int = option(
        0, "The number that all that is random is drawn from.", label="Draw", ge=0, le=999_999, control="seed"
    )


class Blended(Decoding, Corners):
    """Which codes are decoded."""

    x: float = option(0.5, "How far the point is from the left side of the square.", ge=0, le=1)
    y: float = option(0.5, "How far it is from the upper side.", ge=0, le=1)
    path: str = option(
        "",
        "The places of a path, heard one after another: two digits for x and two for y, of which 99 is the end.",
        pattern=rf"^(\d{{4}}){{0,{STOPS}}}$",
    )


class Encoded(Decoding):
    """The phrase that is encoded, and what is done with its code."""

    notes: str = option(
        "", "A phrase of one's own, in place of the point's.", pattern=f"^({PATTERN})?$", max_length=CELLS
    )
    beside: Literal["reconstruction", "variation", "continuation"] = option(
        "reconstruction",
        "What the phrase's code decodes to: from the mean of its posterior, from a sample of it, or as the next bars.",
        label="Beside it",
        names={
            "reconstruction": "reconstruction",
            "variation": "variation (a sample of the posterior)",
            "continuation": "continuation (the next two bars)",
        },
    )


class Hearing(Encoded, Blended):
    """All that can be set while one listens."""

    tempo: int = option(80, "Tempo: quarter notes a minute.", label="Tempo", ge=40, le=160, step=1, unit="beats")
    loop: bool = option(True, "Whether it begins again at its end.", label="Loop")


def blend_view(network: MusicVAE, spec: RollSpec, options: Blended, inputs: Mapping[str, Any]) -> Answer:
    """The phrases at the point, or along the path: `rolls` and `onsets` (K, frames, voices), uint8."""
    return shown(*generated(network, codes_at(network, options, inputs["test"]), options))


def second_view(network: MusicVAE, spec: RollSpec, options: Encoded, inputs: Mapping[str, Any]) -> Answer:
    """What the code of a phrase decodes to: `rolls` and `onsets` (1, frames, voices), uint8.

    The phrase is that of `notes`, or silence.
    """
    phrase = Phrase(*(values[None] for values in parsed(options.notes)))  # (1, frames, voices)
    posterior = network.encode(*phrase)
    rng = Generator().manual_seed(options.seed)
    if options.beside == "variation":
        return shown(*generated(network, posterior.sample(rng), options))
    if options.beside == "continuation":
        # like the phrase and yet another one: half of the code's variance is its own, half the prior's
        noise = torch.randn(posterior.mean.shape, generator=rng)
        return shown(*generated(network, (posterior.mean + noise) / 2**0.5, options, start=phrase))
    return shown(*generated(network, posterior.mean, options))


def corners_view(network: MusicVAE, spec: RollSpec, options: Corners, inputs: Mapping[str, Any]) -> Answer:
    """The phrases at the corners as they were given, from the upper left: `rolls` and `onsets` (4, frames, voices)."""
    test = inputs["test"]
    numbers = chosen(options, test)
    names = ["your notes" if number is None else test.names[number] for number in numbers]
    return shown(*given(options, test), names=names, held_out=len(test))


def trace_view(network: MusicVAE, spec: RollSpec, options: Corners, inputs: Mapping[str, Any]) -> Answer:
    """How much of the four corners comes back from their codes: `values` (1,), a share of all voices in all frames."""
    phrase = given(options, inputs["test"])
    rng = Generator().manual_seed(0)
    rolls, _ = network.generate(network.encode(*phrase).mean, temperature=0.0, rng=rng)
    same = (rolls == phrase.rolls).float().mean()
    return Answer({"values": same[None]}, {"names": ["Pitches reconstructed"], "shares": False})


def chosen(options: Corners, test: Split) -> list[int | None]:
    """The numbers of the held-out phrases at the four corners; None for notes of one's own.

    Raises:
        BadOption: When there is no phrase of that number.
    """
    drawn = drawn_from(options.phrases, test)
    texts = (options.nw, options.ne, options.sw, options.se)
    numbers = [None if len(text) == CELLS else int(text or drawn[i]) for i, text in enumerate(texts)]
    for number in numbers:
        if number is not None and number >= len(test):
            raise BadOption(f"There is no held-out phrase {number}; there are 0 to {len(test) - 1}.")
    return numbers


def drawn_from(seed: int, test: Split) -> list[int]:
    """Four phrases of different pieces, where there are as many."""
    order = torch.randperm(len(test), generator=Generator().manual_seed(seed)).tolist()
    pieces = test["piece"].tolist()
    firsts = {pieces[i]: i for i in reversed(order)}  # of each piece the one that comes first
    return sorted(firsts.values(), key=order.index)[:4]


def given(options: Corners, test: Split) -> Phrase:
    """The four phrases (4, frames, voices), from the upper left, row by row."""
    texts = (options.nw, options.ne, options.sw, options.se)
    phrases = [
        parsed(text) if number is None else Phrase(test["rolls"][number], test["onsets"][number])
        for number, text in zip(chosen(options, test), texts, strict=True)
    ]
    return Phrase(*(torch.stack(values) for values in zip(*phrases, strict=True)))


def codes_at(network: MusicVAE, options: Blended, test: Split) -> Tensor:
    """The codes (K, latent) at the places of the path, or at the point: blends of the corners' posterior means."""
    places = [(int(options.path[i : i + 2]), int(options.path[i + 2 : i + 4])) for i in range(0, len(options.path), 4)]
    points = torch.tensor(places) / 99 if places else torch.tensor([[options.x, options.y]])  # (K, 2)
    return between(network.encode(*given(options, test)).mean, points)


def generated(
    network: MusicVAE, codes: Tensor, options: Decoding, start: Phrase | None = None
) -> tuple[Tensor, Tensor]:
    """Phrases (K, frames, voices) of codes, drawn from the seed."""
    rng = Generator().manual_seed(options.seed)
    return network.generate(codes, temperature=options.temperature, fusion=options.fusion, rng=rng, start=start)


def shown(rolls: Tensor, onsets: Tensor, **words: Any) -> Answer:
    """Phrases as the painter takes them."""
    return Answer({"rolls": rolls.to(torch.uint8), "onsets": onsets.to(torch.uint8)}, words)


HEAR = View(
    name="hear",
    title="Hear it",
    question="What does a latent space sound like?",
    about="The corners are four phrases of Bach that were held out; each place between them is a blend of their codes, "
    "decoded. Drag the point, or draw a path, and listen. Edit the notes, and see what their code gives back.",
    needs=MusicVAE,
    painter="vae/hear.js",
    kinds=("rolls",),
    options=Hearing,
    parts={
        "blend": Part(blend_view, options=Blended, inputs=("test",)),
        "second": Part(second_view, options=Encoded),
        "corners": Part(corners_view, options=Corners, inputs=("test",)),
    },
    trace=Part(trace_view, options=Corners, inputs=("test",)),
)
