"""The class that the views give a conditional network."""

from __future__ import annotations

from torch import Tensor

from playground.labs.vae.latent import LatentModel, class_labels
from playground.view import BadOption, Options, option


class Class(Options):
    """The class that a conditional network is given."""

    label: int = option(
        0,
        "The class that both halves are given; the same code is then drawn as another class.",
        label="Class",
        ge=0,
        control="class",
    )

    def given(self, network: LatentModel) -> Tensor | None:
        """The class as labels (1,), None for a network that takes no class.

        Raises:
            BadOption: When there is no such class.
        """
        if network.classes and self.label >= network.classes:
            raise BadOption(f"There is no class {self.label}; there are 0 to {network.classes - 1}.")
        return class_labels(network, self.label, 1)
