"""The routes behind the view that plays: a visitor's MIDI file to phrases, and phrases to a MIDI file."""

from __future__ import annotations

import re
from typing import Any

import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.data.midi import read_midi, write_midi
from playground.data.sets.chorales import SPEC
from playground.labs.vae.hear import STOPS
from playground.labs.vae.notation import CELLS, PATTERN, Phrase, as_text, parsed
from playground.ui.context import Context
from playground.ui.routes import BadRequest, media_response, number, route

PHRASES = re.compile(f"({PATTERN}){{1,{STOPS}}}")
SLOWEST, FASTEST = 20.0, 300.0
"""Beats a minute of a file."""


def routes(context: Context) -> list[Route]:
    """`POST /vae/midi` takes a file, `GET /vae/phrases.mid?notes=...&tempo=...` gives one."""

    def bring(request: Request) -> dict[str, Any]:
        tune = read_midi(request.state.body, SPEC)
        phrases = []
        for start in range(0, len(tune.rolls), SPEC.frames):
            rolls, onsets = torch.zeros(2, SPEC.frames, len(SPEC.voices), dtype=torch.uint8)
            part = slice(start, start + SPEC.frames)
            rolls[: len(tune.rolls[part])], onsets[: len(tune.rolls[part])] = tune.rolls[part], tune.onsets[part]
            phrases.append(as_text(Phrase(rolls, onsets)))
        return {"phrases": phrases, "tempo": round(tune.tempo)}

    def take(request: Request) -> Response:
        notes, tempo = request.query_params.get("notes", ""), number(request, "tempo", 80, minimum=SLOWEST)
        if not PHRASES.fullmatch(notes) or tempo > FASTEST:
            raise BadRequest(
                f"A MIDI file has 1 to {STOPS} phrases of {CELLS} characters, and {SLOWEST:g} to {FASTEST:g} beats a "
                "minute; save it from the page again."
            )
        phrases = [parsed(notes[i : i + CELLS]) for i in range(0, len(notes), CELLS)]
        rolls, onsets = (torch.cat(values) for values in zip(*phrases, strict=True))
        return media_response(write_midi(rolls, onsets, SPEC, tempo), "audio/midi", keep=False)

    return [route("/vae/midi", bring, "POST"), route("/vae/phrases.mid", take)]
