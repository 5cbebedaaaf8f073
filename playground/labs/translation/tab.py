"""The style-transfer lab's tab: a picture there and back, beside the true drawing where there is one."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import Tensor

from playground.data import TwoDomains
from playground.errors import PlaygroundError
from playground.labs.translation.compare import l1, ssim, translated
from playground.labs.translation.cyclegan import CycleGAN
from playground.labs.translation.domains import unpaired_emoji
from playground.labs.translation.trip import MOST, Trip, near, place, there_and_back
from playground.runs.reader import Run
from playground.runs.sheet import encode, grid
from playground.ui.context import Context
from playground.ui.film import film_bar, mounted
from playground.ui.packet import packet
from playground.ui.routes import BadRequest, route, run_and_step
from playground.ui.train import TrainPanel

TITLE = "Style transfer"
POSITION = 5
SCRIPTS = (Path(__file__).with_name("translation.js"),)
LESSON = Path(__file__).with_name("lesson.md")
SHOWN = 10
"""How many held-out pairs the sheet shows."""

_VIEW = """
<section class="translation" data-part="view">
  <h2 class="question">What does it keep, what does it change?</h2>
  <p class="under">A picture is redrawn in the other style, and redrawn back. The network never saw two drawings of one
  emoji; held-out emoji have both, so its answer can be laid beside the true one. Or bring a picture of yours.</p>
  <div class="knobs translation-ways" role="group" aria-label="Direction">
    <button data-way="ab" aria-pressed="true" title="Takes it for a Noto drawing">Noto → Twemoji → Noto</button>
    <button data-way="ba" aria-pressed="false" title="Takes it for a Twemoji drawing">Twemoji → Noto → Twemoji</button>
  </div>
  <p class="translation-problem problem" role="alert" hidden></p>
  <div class="translation-lanes"></div>
  <div class="translation-pictures"></div>
  <h2 class="question">How close does it come to what it never saw?</h2>
  <p class="under">Held-out emoji, three pictures each: given, translated, and the drawing that there truly is.</p>
  <div class="translation-sheets"></div>
</section>
"""


def build(context: Context, page: gr.Blocks) -> None:
    """Puts the tab's parts on the page."""
    film_bar("translation")
    TrainPanel(context, "translation", page)
    mounted("translation-view", _VIEW)
    with gr.Accordion("What to find out here", open=False):
        gr.Markdown(LESSON.read_text(encoding="utf-8"), elem_classes="lesson")


class NoTranslation(PlaygroundError):
    """The network of the run does not translate."""


def network_at(context: Context, run: Run, step: int) -> CycleGAN:
    """The CycleGAN of a run with the weights of a snapshot."""
    network = context.networks.at(run, step)
    if not isinstance(network, CycleGAN):
        raise NoTranslation(f"The run “{run.id}” holds no CycleGAN; choose one that does.")
    return network


@lru_cache(maxsize=4)
def held_out(size: int) -> TwoDomains:
    """The true pairs of the held-out emoji."""
    test = unpaired_emoji(size).test
    assert isinstance(test, TwoDomains)
    return test


def direction_of(request: Request) -> str:
    """The direction that an address asks for, or nothing."""
    direction = request.query_params.get("direction", "")
    if direction not in ("", "ab", "ba"):
        raise BadRequest(f"A direction is “ab” or “ba”, and it was “{direction[:20]}”.")
    return direction


def routes(context: Context) -> list[Route]:
    """Where the view asks for its numbers and pictures."""

    @lru_cache(maxsize=512)
    def travelled(run: Run, step: int, picture: str, direction: str) -> tuple[dict[str, Any], Trip, Tensor | None]:
        """A picture there and back, what is measured of it, and the true drawing where there is one."""
        image = context.inputs.get(picture, run.info.spec)
        domain, truth = known(image, run) if picture.startswith("ex-") else (None, None)
        chosen = direction or (domain or "a") + ("b" if (domain or "a") == "a" else "a")
        trip = there_and_back(network_at(context, run, step), image, chosen)
        told: dict[str, Any] = {"step": step, "direction": chosen, "domain": domain, "most": MOST}
        told["cycle"] = near(trip.back, image)["l1"]
        if truth is not None and domain:
            truth = truth if chosen[0] == domain else image  # what is in the right style already shall stay
            told |= {"translated": near(trip.across, truth), "untouched": near(image, truth)}
        return told, trip, truth

    def show_trip(request: Request) -> Response:
        run, step = run_and_step(context, request)
        name = request.query_params.get("picture", "")
        told, trip, truth = travelled(run, step, name, direction_of(request))
        images = [trip.given, trip.across, trip.back, trip.heat]
        if truth is not None:
            images.append(truth)
        head = {**told, "size": images[0].shape[-1], "pictures": len(images)}
        return packet(head, torch.stack(images).numpy().tobytes())

    @lru_cache(maxsize=64)
    def compared(run: Run, step: int, direction: str) -> tuple[dict[str, Any], bytes]:
        """Some held-out pairs and the means over them."""
        pairs = held_out(run.info.spec.size)
        some = pairs.at(torch.linspace(0, len(pairs) - 1, SHOWN).long())
        given, truth = (some.images, some.others) if direction == "ab" else (some.others, some.images)
        across = translated(network_at(context, run, step).way(direction)[0], given)
        told = {
            "step": step,
            "direction": direction,
            "size": given.shape[-1],
            "names": list(some.names),
            "of": len(pairs),
            "translated": {"l1": float(l1(across, truth).mean()), "ssim": float(ssim(across, truth).mean())},
            "untouched": {"l1": float(l1(given, truth).mean()), "ssim": float(ssim(given, truth).mean())},
        }
        rows = torch.stack([given, across, truth], dim=1).flatten(0, 1)
        return told, encode(grid(rows, 3, gap=0), "jpeg")

    def show_sheet(request: Request) -> Response:
        run, step = run_and_step(context, request)
        return packet(*compared(run, step, direction_of(request) or "ab"))

    return [route("/translation/trip", show_trip), route("/translation/sheet", show_sheet)]


def known(image: Tensor, run: Run) -> tuple[str | None, Tensor | None]:
    """Of a held-out drawing (C, H, W), its domain, "a" or "b", and the true drawing in the other one."""
    pairs = held_out(run.info.spec.size)
    for domain, mine, theirs in (("a", pairs.images, pairs.others), ("b", pairs.others, pairs.images)):
        at = place(image, mine)
        if at is not None:
            return domain, theirs[at]
    return None, None


def warm(context: Context) -> None:
    """Does once what the first visitor would otherwise wait for."""
    run = next((run for run in context.store.list(lab="translation") if run.shipped), None)
    if run is not None:
        step = run.nearest(None)
        there_and_back(network_at(context, run, step), held_out(run.info.spec.size).images[0], "ab")
