"""The page's part of the GAN in the plane: what stands on it, and the routes that play the game."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.labs.gan.losses import LOSSES
from playground.labs.gan.modes import centres, modes_covered
from playground.labs.gan.plane import (
    CELLS,
    COLLAPSE,
    CURE,
    EXTENT,
    GRID,
    BadKnob,
    Duel,
    Player,
    Rules,
)
from playground.ui.context import Context
from playground.ui.density import density, thumbnails, told
from playground.ui.live import Sessions, patiently
from playground.ui.routes import answer_response, number, route
from playground.view import Answer

MOST_TURNS = 50
PRESETS = {
    "cure": CURE,
    "collapse": COLLAPSE,
    "wasserstein": Rules(loss="wasserstein", penalty="gp", weight=1, steps_d=3),
}

_SHOWN = "".join(
    f'<label><input type="checkbox" checked class="ganplane-{name}"> {label}</label>'
    for name, label in (("heat", "discriminator"), ("manifold", "manifold"), ("arrows", "arrows"))
)
_LOSSES = "".join(f"<option>{name}</option>" for name in LOSSES)
_PENALTIES = "".join(
    f'<option value="{name}">{label}</option>'
    for name, label in (("r1r2", "R1 + R2"), ("gp", "slope 1"), ("none", "none"))
)
_RATES = "".join(
    f'<option value="{rate}">{rate}</option>' for rate in (0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.03)
)
_STEPS = "".join(f"<option>{steps}</option>" for steps in (1, 2, 3, 5, 10, 20))

TEMPLATE = f"""
<section class="toy ganplane">
  <h2 class="question">How do two networks drive each other to the data?</h2>
  <p class="under">The generator maps a cloud of noise to points of the plane, the discriminator colors every place by
  how real it looks to it, and the arrows are the gradient that this gives the generated points. Real training, on the
  server, while you watch.</p>
  <div class="toy-chooser"></div>
  <p class="toy-problem problem" role="alert" hidden></p>
  <div class="toy-body">
    <div>
      <canvas class="toy-canvas ganplane-canvas" role="img" aria-label="Real points, generated points, the
        generator's manifold and how real the discriminator finds every place"></canvas>
      <div class="toy-legend"><span class="toy-real">real points</span><span class="toy-made">generated points</span>
        <span class="toy-scale"><b>looks fake</b><i></i><b>looks real</b></span></div>
      <p class="caption toy-caption">The training begins on the server …</p>
    </div>
    <div>
      <div class="toy-buttons">
        <button class="toy-play primary" aria-label="Play">▶ Play</button>
        <button class="toy-discriminator" title="One step of the discriminator alone">Step D</button>
        <button class="toy-generator" title="One step of the generator alone">Step G</button>
        <button class="toy-both" title="One step of both">Step both</button>
        <button class="toy-reset" title="Begins again with the same seed, exactly the same training">Reset</button>
      </div>
      <div class="knobs">
        <label title="How much is trained between two pictures">Speed <select class="toy-speed"><option>slow</option>
          <option selected>normal</option><option>fast</option></select></label>
        <label title="Changes all settings and begins again">Preset <select class="ganplane-preset"></select></label>
        <label title="What the two networks minimize">Loss <select class="ganplane-loss">{_LOSSES}</select></label>
      </div>
      <p class="toy-why quiet"></p>
      <details class="toy-more"><summary>More settings</summary><div class="knobs">
        <label title="What keeps the discriminator from becoming too steep">Penalty
          <select class="ganplane-penalty">{_PENALTIES}</select></label>
        <label title="Learning rate of the generator">Rate of G
          <select class="ganplane-rate_g">{_RATES}</select></label>
        <label title="Learning rate of the discriminator">Rate of D
          <select class="ganplane-rate_d">{_RATES}</select></label>
        <label title="Steps of the generator in one turn">Steps of G
          <select class="ganplane-steps_g">{_STEPS}</select></label>
        <label title="Steps of the discriminator in one turn">Steps of D
          <select class="ganplane-steps_d">{_STEPS}</select></label>
        <label title="Adam's beta1: how much of its last direction each step of either network keeps">Momentum
          <select class="ganplane-beta1"><option>0</option><option>0.5</option><option>0.9</option></select></label>
        <label title="The points come from a moving average of the generator's weights; this much is kept each turn">
          Averaging <select class="ganplane-averaging"><option>0</option><option>0.9</option><option>0.98</option>
          </select></label>
        <label title="Dimensions of the noise; begins again">Noise <select class="ganplane-latent"><option value="1">1-D
          </option><option value="2">2-D</option><option value="8">8-D</option></select></label>
        <label title="Begins again, initialized differently">Seed <input class="ganplane-seed" type="number" min="0"
          max="9999" value="0"></label>
      </div></details>
      <div class="knobs">{_SHOWN}</div>
      <h3 class="beside ganplane-covered-title">How much of the data is covered?</h3>
      <canvas class="toy-chart ganplane-coverage" role="img" aria-label="Coverage over the turns"></canvas>
      <p class="caption ganplane-covered-caption"></p>
      <h3 class="beside">Who is ahead?</h3>
      <canvas class="toy-chart ganplane-losses" role="img" aria-label="Both losses over the turns"></canvas>
      <p class="toy-legend"><span class="toy-real">loss of the discriminator</span>
        <span class="toy-made">loss of the generator</span></p>
    </div>
  </div>
</section>
"""


@dataclass
class Game:
    """One visitor's duel and the density it is about."""

    density: str
    duel: Duel


def plane_routes(context: Context) -> list[Route]:
    """Where the view starts games and plays them."""
    games: Sessions[Game] = Sessions()

    def start(request: Request) -> Response:
        given = told(request.state.body)
        name, draw = density(given)
        rules = Rules(**checked(given.get("rules")))

        def make() -> Response:
            with games.work():
                game = Game(name, Duel(rules=rules, draw=draw))
            session = games.add(game, instead=str(given.get("instead", "")))
            return look(game, session=session, new=True)

        return patiently(make)

    def play(request: Request) -> Response:
        given = told(request.state.body)
        who, times = request.query_params.get("who", "both"), int(number(request, "times", 1, least=0))
        if who not in get_args(Player):
            raise BadKnob(f"There is no player “{who[:20]}”; there are {', '.join(get_args(Player))}.")

        def go_on() -> Response:
            with games.turn(request.query_params.get("session", "")) as turn:
                duel = turn.thing.duel
                duel.turn(**checked(given.get("rules")))
                turn.repeat(lambda: duel.step(who), min(times, MOST_TURNS))  # type: ignore[arg-type]
                return look(turn.thing)

        return patiently(go_on)

    return [
        route("/gan/plane/densities", lambda request: thumbnails()),
        route("/gan/plane/presets", lambda request: {name: vars(rules) for name, rules in PRESETS.items()}),
        route("/gan/plane/new", start, "POST"),
        route("/gan/plane/step", play, "POST"),
    ]


def warm_plane() -> None:
    """Does once what the first visitor would otherwise wait for; torch loads much with the first optimiser."""
    name, draw = density({})
    game = Game(name, Duel(rules=CURE, draw=draw))
    game.duel.step()
    look(game)


def look(game: Game, **more: Any) -> Response:
    """A view of the game: points `fake`, `manifold`, `arrows`, and of a new game `real` ones too, (n, 2) each.

    `heat` (CELLS, CELLS), uint8, is how real the discriminator finds each place.
    """
    duel, view = game.duel, game.duel.view()
    modes = centres(game.density)
    tensors = {"fake": view.fake, "manifold": view.manifold, "arrows": view.arrows}
    if "new" in more:
        tensors["real"] = duel.real
    tensors["heat"] = (view.heat * 255).round().byte()
    words = {
        "step": duel.steps,
        "density": game.density,
        "extent": EXTENT,
        "grid": GRID,
        "cells": CELLS,
        "latent": duel.rules.latent,
        "losses": {who: value for who, value in duel.losses.items() if math.isfinite(value)},
        "finite": bool(view.fake.isfinite().all()),
        "covered": view.covered,
        "modes": modes_covered(view.fake, *modes) if modes else None,
        "of": len(modes[0]) if modes else None,
        **more,
    }
    return answer_response(Answer(tensors, words))


def checked(given: object) -> dict[str, Any]:
    """The knobs that a request brings, with numbers where `Rules` has numbers.

    Raises:
        BadKnob: When there is no such knob, or its value is of another kind.
    """
    if not isinstance(given or {}, dict):
        raise BadKnob("The knobs of a game are names with values; reload the page.")
    kinds = {one.name: str(one.type) for one in fields(Rules)}
    found: dict[str, Any] = {}
    for name, value in dict(given or {}).items():  # type: ignore[call-overload]
        kind = kinds.get(name)
        numeric = type(value) in (int, float) and abs(value) < 1e9
        fits = {"str": isinstance(value, str), "float": numeric, "int": numeric and value == int(value)}
        if kind is None or not fits[kind]:
            raise BadKnob(f"A game has no knob “{str(name)[:20]}” with the value “{str(value)[:20]}”.")
        found[name] = int(value) if kind == "int" else value
    return found
