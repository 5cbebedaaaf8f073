"""How a view trains its runs step by step on the stage, and what they can begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.recipe import Recipe


@dataclass(frozen=True)
class Preset:
    """A recipe that a training on the stage can begin with.

    Attributes:
        label: What it is called.
        about: What it shows.
        cure: Where it shows a failure, the one knob that ends it, and its value then.
    """

    label: str
    about: str
    cure: tuple[str, float | str] | None = None

    def declared(self) -> dict[str, Any]:
        """As the page has it: see `Preset` in `types.d.ts`."""
        cure = self.cure and {"knob": self.cure[0], "value": self.cure[1]}
        return {"label": self.label, "about": self.about, "cure": cure}


@dataclass(frozen=True, kw_only=True)
class Stepping:
    """How the runs of a view are trained step by step on the stage.

    Attributes:
        recipe: The class of their recipes; the knobs that its `live` names stand beside the stage.
        phases: What the buttons that make one step say, by the phase that steps alone; "" is all in turn.
        fresh: Further knobs that stand there; when one is turned, a run begins again.
        presets: Recipes to begin with, by name.
    """

    recipe: type[Recipe]
    phases: Mapping[str, str]
    fresh: tuple[str, ...]
    presets: Mapping[str, Preset] = field(default_factory=dict)

    def declared(self) -> dict[str, Any]:
        """What the page builds buttons and controls from: see `Stepping` in `types.d.ts`."""
        knobs = self.recipe.controls()
        return {
            "phases": dict(self.phases),
            "knobs": [knobs[name].declared() for name in (*self.recipe.live, *self.fresh)],
            "fresh": list(self.fresh),
            "presets": {name: preset.declared() for name, preset in self.presets.items()},
        }
