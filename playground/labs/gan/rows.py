"""Which of the named directions are shown."""

from __future__ import annotations

from torch import Tensor

from playground.labs.gan.named import Named
from playground.view import BadOption, Options, option

ROWS = 9
"""How many are shown at most."""


class Chosen(Options):
    """Which directions, and whether each is to leave other attributes alone."""

    attribute: str = option(
        "",
        "The attribute, by its number, whose values have a direction each; or the best-predicted value of each.",
        label="Attribute",
        names={"": "the best of each"},
        pattern=r"^([1-9][0-9]?)?$",
        control="name",
    )
    keep: bool = option(
        False,
        "Conditional manipulation: the directions of all other attributes are projected out; these then change less.",
        label="Keep other attributes",
    )

    def rows(self, known: Named) -> list[int]:
        """Which of the K values have a row, the one that a line in w predicts best first.

        Raises:
            BadOption: When the labeler tells no such attribute.
        """
        order = known.explained.argsort(descending=True, stable=True).tolist()
        owners = known.labeler.owners.tolist()
        if self.attribute:
            wanted, count = int(self.attribute), len(known.labeler.attributes)
            if wanted > count:
                raise BadOption(f"There is no attribute {wanted}; there are 1 to {count}.")
            return [row for row in order if owners[row] == wanted - 1][:ROWS]
        best = {owners[row]: row for row in reversed(order)}
        return [row for row in order if best[owners[row]] == row][:ROWS]

    def steps(self, known: Named) -> Tensor:
        """Along each of the K directions, (K, latent)."""
        return known.conditional if self.keep else known.steps
