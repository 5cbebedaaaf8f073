"""The routes behind the view of what lies between seeds: sheets, single pictures, verdicts and nearest neighbours."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import Tensor

from playground.data import Split, available, examples, load
from playground.errors import PlaygroundError
from playground.labs.gan.conditional import Gan
from playground.labs.gan.samples import between, draw, rank, seeds, sheet, told, verdicts
from playground.runs.reader import Run
from playground.runs.sheet import encode, grid
from playground.ui.context import Context
from playground.ui.nearest import nearest_packet
from playground.ui.packet import packet
from playground.ui.routes import BadRequest, image_response, number, route, run_and_step

SIDE = 8
"""How many pictures stand in a row and in a column of the sheet."""
JUDGED = 200
"""With how many real pictures, at the most, a verdict is compared."""
MOST_SEEDS = 2**31 - 1


class NoGan(PlaygroundError):
    """The network of the run is no GAN."""


class Place(NamedTuple):
    """What an address asks for: a run at a step, four seeds, and a class or none."""

    run: Run
    step: int
    network: Gan
    corners: Tensor
    label: int | None

    def picture(self, request: Request) -> Tensor:
        """The picture (1, C, H, W), uint8, at the point that the address names."""
        x, y = (number(request, name) for name in "xy")
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise BadRequest(f"The point must lie between 0 and 1 in both directions, and it was ({x:g}, {y:g}).")
        return draw(self.network, between(self.corners, torch.tensor([[x, y]])), told(self.label, 1))


def seed_routes(context: Context) -> list[Route]:
    """Where the view asks for its numbers and pictures."""

    @lru_cache(maxsize=256)
    def on_real(run: Run, step: int, label: int | None) -> Tensor:
        """The verdicts on real pictures that were not trained on, of one class if classes are told."""
        real = real_pictures(run, label)
        return verdicts(network_at(context, run, step), real, told(label, len(real)))

    def show_square(request: Request) -> Response:
        place = asked(context, request)
        tiles = sheet(place.network, place.corners, side=SIDE, label=place.label)
        return image_response(encode(grid(tiles, SIDE, gap=0), "jpeg"), "jpeg", keep=False)

    def show_made(request: Request) -> Response:
        place = asked(context, request)
        picture = place.picture(request)
        verdict = float(verdicts(place.network, picture, told(place.label, 1)))
        others = on_real(place.run, place.step, place.label)
        head = {
            "channels": picture.shape[1],
            "size": picture.shape[-1],
            "verdict": round(verdict, 3),
            "rank": round(rank(verdict, others), 4),
            "of": len(others),
        }
        return packet(head, picture.numpy().tobytes())

    def show_nearest(request: Request) -> Response:
        place = asked(context, request)
        return nearest_packet(place.picture(request), place.run.info.spec)

    return [
        route("/gan/square.jpg", show_square),
        route("/gan/made", show_made),
        route("/gan/nearest", show_nearest),
    ]


def asked(context: Context, request: Request) -> Place:
    """What an address asks for, checked."""
    run, step = run_and_step(context, request)
    network = network_at(context, run, step)
    seed = number(request, "seeds", 0, least=0)
    if seed != int(seed) or seed > MOST_SEEDS:
        raise BadRequest(f"“seeds” must be a whole number from 0 to {MOST_SEEDS}, and it was {seed:g}.")
    return Place(run, step, network, seeds(int(seed), network.generator.latent), label_of(request, network, run))


def label_of(request: Request, network: Gan, run: Run) -> int | None:
    """The class that an address asks for, the first if it names none; None for a GAN that knows no classes."""
    count = network.generator.classes
    if not count:
        return None
    wanted = request.query_params.get("class", "0")
    if not (wanted.isdecimal() and len(wanted) < 6 and int(wanted) < count):
        known = ", ".join(run.info.spec.classes)
        raise BadRequest(f"There is no class “{wanted[:20]}”; there are 0 to {count - 1} ({known}).")
    return int(wanted)


def network_at(context: Context, run: Run, step: int) -> Gan:
    """The GAN of a run with the weights of a snapshot."""
    network = context.networks.at(run, step)
    if not isinstance(network, Gan):
        raise NoGan(f"The run “{run.id}” holds no GAN for pictures; choose one that does.")
    return network


def real_pictures(run: Run, label: int | None) -> Tensor:
    """Test pictures (N, C, H, W) to compare with, `JUDGED` at most, or examples where the data are not here."""
    spec = run.info.spec
    split: Split = load(spec.name, size=spec.size).test if available(spec.name) else examples(spec.name, spec.size)
    if label is None:
        return split.images[:JUDGED]
    return split.images[split.labels == label][:JUDGED]
