"""The controls of a GAN in the plane: its training, step by step, and the knobs that can be turned meanwhile."""

from __future__ import annotations

from collections.abc import Iterable

from playground.labs.gan.losses import LOSSES

_RECIPES = {
    "point-gan-gaussians": (
        "balanced",
        "One step each in turn, without momentum; every generated point is compared with a real one, and the penalty "
        "keeps the discriminator flat where both agree. No single place is best for all points, so they spread.",
    ),
    "point-gan-gaussians-collapse": (
        "collapse",
        "The generator makes 20 steps with momentum for each step of the discriminator. All its points gather at the "
        "mode with the highest score, and move on to the next once the discriminator has caught up: "
        "mode collapse.",
    ),
    "point-gan-gaussians-wasserstein": (
        "Wasserstein",
        "The discriminator measures how far the two clouds lie apart, with a slope held near 1, and gets three steps a "
        "turn for it.",
    ),
}
"""The presets' names and explanations."""


def _select(label: str, knob: str, values: Iterable[object], title: str, more: str = "") -> str:
    options = "".join(f"<option>{value}</option>" for value in values)
    field = f'<select data-knob="{knob}"{more}>{options}</select>'
    return f'<div class="control" title="{title}"><label><span>{label}</span>{field}</label></div>'


_PRESETS = "".join(f'<option value="{name}" title="{why}">{label}</option>' for name, (label, why) in _RECIPES.items())
_STEPS = (1, 2, 3, 5, 10, 20)
_RATES = (0.0005, 0.001, 0.002, 0.005, 0.01)
GAME = f"""
  <div class="toy-buttons">
    <button data-only="discriminator" title="The discriminator's steps alone">Step D</button>
    <button data-only="generator" title="The generator's steps alone">Step G</button>
    <button data-only="" title="One step of both in turn">Step both</button>
  </div>
  <div class="inspect-controls">
    <div class="control" title="All knobs at once; begins again"><label><span>Preset</span>
      <select data-recipe>{_PRESETS}</select></label></div>
    <p class="toy-why quiet"></p>
    {_select("Loss", "loss", LOSSES, "Adversarial loss: what the two networks minimize")}
    {_select("Steps of D", "discriminator_steps", _STEPS, "Discriminator steps in its turn")}
    {_select("Steps of G", "generator_steps", _STEPS, "Generator steps in its turn")}
    {_select("R1 and R2", "r1 r2", (0, 0.02, 0.1, 0.5, 2), "Gamma of the penalties on real and on generated points")}
    {_select("WGAN-GP", "gradient_penalty", (0, 1, 10), "Weight of the penalty between real and generated points")}
    {_select("Learning rate", "learning_rate", _RATES, "Learning rate of the generator")}
    {_select("D's rate", "discriminator_rate", (0.1, 0.5, 1, 2, 5), "The discriminator's, times the generator's")}
    {_select("Momentum", "momentum", (0, 0.5, 0.9), "Adam's beta 1 of both")}
    {_select("EMA", "ema", (0, 0.9, 0.98), "EMA decay of the averaged generator, whose points are shown")}
    {_select("Latent", "latent", (1, 2, 8), "Dimensions of the noise; begins again", " data-fresh")}
    <div class="control" title="Begins again, initialized differently"><label><span>Seed</span>
      <input data-knob="seed" data-fresh type="number" min="0" max="9999"></label></div>
  </div>
"""
"""Controls of the view, beside those of its options."""
