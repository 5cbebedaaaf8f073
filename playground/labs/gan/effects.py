"""What a named direction does: to how many other pictures it gives what it is named after, and what else it changes.

Held against the labeler that the direction was found with, as the re-scoring of Shen et al. (2020, table 3) is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.gan.latents import Layered, codes, edited, rendered
from playground.labs.gan.named import Named
from playground.labs.gan.rows import Chosen
from playground.labs.gan.stylegan import StyleGan
from playground.view import Answer

HELD_OUT = 48
"""Pictures that are moved; no line in w was fitted to them."""
SEED = 2
"""Which of all pictures these are."""
MOVE = 3
"""How far each is moved, in standard deviations."""


class Effects(Layered, Chosen):
    """Which directions, and the layers that are moved along them."""


def effects_view(network: StyleGan, spec: ImageSpec, options: Effects, inputs: Mapping[str, Any]) -> Answer:
    """What the R directions that are chosen do to `HELD_OUT` pictures.

    The answer has, int32: `without` (R,), how many pictures have not what the direction is named after, `become` (R,),
    how many of these have it once they are moved by `MOVE` standard deviations, and `changed` (R, attributes), of how
    many of all the labeler's answer is another one; the words name the `attributes`.
    """
    known: Named = inputs["prepared"]
    rows, labeler = options.rows(known), known.labeler
    words = {"pictures": HELD_OUT, "move": MOVE, "attributes": [one.name for one in labeler.attributes]}
    if not rows:
        return Answer(words=words)
    w, group = codes(network, HELD_OUT, seed=SEED), options.group(network)

    def answers(shift: Tensor) -> Tensor:
        """What the labeler says of the pictures, moved by (1, latent), (HELD_OUT, attributes)."""
        return labeler.answers(labeler.scores(rendered(network, edited(network, w, shift, group))))

    before = answers(torch.zeros_like(w[:1]))
    steps = options.steps(known)[rows]
    after = torch.stack([answers(MOVE * step[None]) for step in steps])  # (R, HELD_OUT, attributes)
    owner, value = labeler.owners[rows], torch.tensor([labeler.value(row) for row in rows])
    without = value[:, None] != before[:, owner].T  # (R, HELD_OUT)
    becomes = after.gather(2, owner[:, None, None].expand(-1, HELD_OUT, 1))[:, :, 0] == value[:, None]
    counts = {
        "without": without.sum(dim=1),
        "become": (without & becomes).sum(dim=1),
        "changed": (after != before).sum(dim=1),
    }
    return Answer({name: count.to(torch.int32) for name, count in counts.items()}, words)
