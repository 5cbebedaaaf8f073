"""What a conditional generator is asked for: an option of every view that draws images."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.labs.gan.conditional import Gan
from playground.view import BadOption, Options, option


class Asked(Options):
    """A class, or a value for each attribute; an unconditional network heeds neither."""

    label: int = option(
        0, "The class to generate; the same seed is then drawn as another class.", label="Class", ge=0, control="class"
    )
    attributes: str = option(
        "",
        "What the pictures are asked to show: one value for each attribute, by their numbers.",
        label="Attributes",
        pattern=r"^([0-9]{1,3}(-[0-9]{1,3})*)?$",
        control="attributes",
    )

    def asked(self, network: Gan) -> Tensor | None:
        """The numbers of the values that the network is asked for, (1, K); None if it is unconditional.

        Raises:
            BadOption: When there is no such class or value.
        """
        choices = network.generator.choices
        if not choices:
            return None
        if len(choices) == 1:
            if self.label >= choices[0]:
                raise BadOption(f"There is no class {self.label}; there are 0 to {choices[0] - 1}.")
            return torch.tensor([[self.label]])
        values = [int(value) for value in self.attributes.split("-")] if self.attributes else [0] * len(choices)
        if len(values) != len(choices) or any(value >= count for value, count in zip(values, choices, strict=True)):
            most = "-".join(str(count - 1) for count in choices)
            raise BadOption(f"The attributes are {len(choices)} numbers, at most {most}, not “{self.attributes[:80]}”.")
        return torch.tensor([values])
