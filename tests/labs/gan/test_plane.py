"""The game in the plane: repeatable, honest in what it shows, and it collapses and is cured as the page says."""

import math
from dataclasses import replace
from functools import partial

import pytest
import torch

from playground.data.toy2d import sample
from playground.labs.gan import plane
from playground.labs.gan.losses import LOSSES
from playground.labs.gan.modes import centres, modes_covered
from playground.labs.gan.plane import COLLAPSE, CURE, BadKnob, Duel, Rules

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def duel(rules=None, density="gaussians", **knobs):
    return Duel(rules=rules or Rules(**knobs), draw=partial(sample, density))


def weights(network):
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def test_the_same_seed_plays_the_same_game():
    games = [duel(seed=3), duel(seed=3), duel(seed=4)]
    torch.manual_seed(1)
    for game in games:
        game.step(times=4)
    a, b, c = (weights(game.generator) for game in games)
    assert torch.equal(a, b) and not torch.equal(a, c)
    assert torch.equal(games[0].view().heat, games[1].view().heat)


def test_looking_changes_nothing():
    looked, left = duel(), duel()
    for _ in range(3):
        looked.view()
        looked.step()
        left.step()
    assert torch.equal(weights(looked.discriminator), weights(left.discriminator))


@pytest.mark.parametrize("who", ["generator", "discriminator", "both"])
def test_only_who_plays_learns(who):
    game = duel()
    before = [weights(game.generator), weights(game.discriminator)]
    game.step(who)
    moved = [
        not torch.equal(old, weights(net))
        for old, net in zip(before, [game.generator, game.discriminator], strict=True)
    ]
    assert moved == [who != "discriminator", who != "generator"] and game.steps == 1
    assert math.isnan(game.losses["generator"]) == (who == "discriminator")


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("penalty", plane.PENALTIES)
def test_every_game_can_be_played(loss, penalty):
    game = duel(loss=loss, penalty=penalty, latent=1, steps_d=2)
    game.step(times=3)
    view = game.view()
    assert all(part.isfinite().all() for part in (view.fake, view.manifold, view.arrows, view.heat))
    assert math.isfinite(game.losses["discriminator"]) and math.isfinite(game.losses["generator"])


def test_a_turn_has_the_steps_that_the_rules_say(monkeypatch):
    made = []
    monkeypatch.setattr(Duel, "_apply", lambda self, who, loss, rate: made.append((who[0], rate)))
    game = duel(steps_g=2, steps_d=3, rate_g=0.01, rate_d=0.02)
    game.step()
    assert made == [("d", 0.02)] * 3 + [("g", 0.01)] * 2


def test_the_penalty_is_gamma_halves_of_r1_and_r2(monkeypatch):
    """For a linear discriminator both slopes are known."""
    found = {}
    monkeypatch.setattr(Duel, "_apply", lambda self, who, loss, rate: found.update({who: loss.item()}))
    game = duel(loss="wasserstein", weight=0.3)
    game.discriminator = torch.nn.Linear(2, 1)
    game.step("discriminator")
    slope = float((plane.ZOOM * game.discriminator.weight.detach()).square().sum())
    assert found["discriminator"] - game.losses["discriminator"] == pytest.approx(0.3 / 2 * (slope + slope), rel=1e-4)


def test_knobs_are_turned_while_it_plays():
    game = duel()
    game.turn(loss="hinge", rate_g=0.0)
    before = weights(game.generator)
    game.step()
    assert torch.equal(before, weights(game.generator)) and game.rules.loss == "hinge"
    with pytest.raises(BadKnob, match="needs a new game"):
        game.turn(latent=1)


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"loss": "best"}, "no loss “best”; there are non-saturating"),
        ({"penalty": "r3"}, "no penalty “r3”; there are none"),
        ({"rate_g": 1.0}, "“rate_g” must lie from 0 to 0.1, and it was 1"),
        ({"rate_d": math.nan}, "“rate_d” must lie"),
        ({"steps_g": 21}, "“steps_g” must lie from 1 to 20"),
        ({"latent": 0}, "“latent” must lie"),
    ],
)
def test_knobs_out_of_range_are_refused(knobs, sentence):
    with pytest.raises(BadKnob, match=sentence):
        Rules(**knobs)


def test_the_heat_map_lies_where_the_view_does():
    game = duel(loss="non-saturating")
    game.judge = lambda points: 4 * points[:, :1] + points[:, 1:]
    heat = game.view().heat
    x, y = plane.lattice(plane.CELLS)[5 * plane.CELLS + 30].tolist()
    step = 2 * plane.EXTENT / plane.CELLS
    assert (x, y) == pytest.approx((-plane.EXTENT + 30.5 * step, -plane.EXTENT + 5.5 * step))
    assert float(heat[5, 30]) == pytest.approx(1 / (1 + math.exp(-4 * x - y)), rel=1e-4)


@pytest.mark.parametrize("loss", ["relativistic", "wasserstein"])
def test_games_of_differences_are_shown_about_their_middle(loss):
    shown = []
    for shift in (0.0, 100.0):
        game = duel(loss=loss)
        game.judge = lambda points, shift=shift: points[:, :1] + shift
        shown.append(game.view().heat)
    torch.testing.assert_close(shown[0], shown[1], atol=1e-4, rtol=0)


@pytest.mark.parametrize("loss", LOSSES)
def test_arrows_are_minus_the_slope_of_the_generators_loss(loss):
    game = duel(loss=loss)
    game.discriminator.double()
    source = rng()
    fake, real = (torch.rand(4, 2, generator=source, dtype=torch.double) for _ in range(2))
    on_real = game.judge(real).detach()[:, 0]

    def total(points):
        """Each point against every real one, as pairs."""
        return sum(
            LOSSES[loss].generator(game.judge(point[None])[0], verdict) for point in points for verdict in on_real
        )

    by, slopes = 1e-5, torch.zeros(4, 2, dtype=torch.double)
    for i in range(4):
        for j in range(2):
            step = torch.zeros_like(fake)
            step[i, j] = by
            slopes[i, j] = (total(fake + step) - total(fake - step)).item() / (2 * by) / len(on_real)
    torch.testing.assert_close(game.pull(fake, on_real), -slopes, rtol=1e-5, atol=1e-7)


def test_the_net_holds_equal_masses():
    net = plane.latent_grid(2).view(plane.GRID, plane.GRID, 2)
    line = net[:, 0, 0]
    mass = torch.distributions.Normal(0, 1).cdf(line).diff()
    torch.testing.assert_close(mass, torch.full_like(mass, 0.96 / (plane.GRID - 1)), rtol=1e-4, atol=1e-6)
    assert torch.equal(net[3, :, 1], line) and plane.latent_grid(5)[:, 2:].abs().max() == 0
    curve = plane.latent_grid(1)
    assert curve.shape == (plane.GRID**2, 1) and (curve.diff(dim=0) > 0).all()


def test_the_shown_generator_is_a_moving_average():
    game = duel(averaging=0.75)
    average = weights(game.generator)
    for _ in range(3):
        game.step()
        average = 0.75 * average + 0.25 * weights(game.generator)
    torch.testing.assert_close(weights(game.shown), average)
    assert torch.equal(game.view().fake, game.shown(game.noise))
    game.turn(averaging=0)
    game.step()
    assert torch.equal(weights(game.shown), weights(game.generator))


def test_momentum_is_beta1_of_both():
    game = duel(beta1=0.9)
    game.step()
    betas = {optimizer.param_groups[0]["betas"] for optimizer in game._adam.values()}
    assert betas == {(0.9, plane.BETA2)}


def modes_seen(game, turns, start=0):
    """How many modes are covered at every 50th turn from the `start`-th of `turns` more on."""
    seen = []
    for turn in range(50, turns + 1, 50):
        game.step(times=50)
        fake = game.view().fake
        assert fake.isfinite().all()
        seen += [modes_covered(fake, *centres("gaussians"))] * (turn >= start)
    return seen


def test_a_few_turns_collapse():
    """Already at the 50th turn; the cure needs longer (it is tested below)."""
    game = duel(COLLAPSE)
    game.step(times=50)
    fake = game.view().fake
    assert modes_covered(fake, *centres("gaussians")) <= 2
    assert fake.std(dim=0).norm() < 0.5 * game.real.std(dim=0).norm()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_collapse_stays_and_is_cured(seed):
    """2,000 turns, then the knobs of the cure."""
    game = duel(replace(COLLAPSE, seed=seed))
    collapsed = modes_seen(game, 2000, start=300)
    assert max(collapsed) <= 2, collapsed
    game.turn(**{knob: value for knob, value in vars(CURE).items() if knob not in ("seed", "latent")})
    cured = modes_seen(game, 1500)
    assert cured[-1] == 8, cured


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_cure_covers_all_modes_and_holds_them(seed):
    covered = modes_seen(duel(replace(CURE, seed=seed)), 3000, start=1500)
    assert min(covered) == 8, covered
