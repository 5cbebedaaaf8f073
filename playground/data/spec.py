"""What a network must know of its data, and all that `run.json` keeps of it: one class a kind of data."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor


class _Spec(BaseModel):
    """What all kinds share; each also says in `elements` how many numbers one example is made of.

    Attributes:
        name: The data set's name, such as `fashion`.
        classes: The names that the column `labels` stands for; empty where there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    example: ClassVar[str]
    """What a person calls one example, in the plural: "pictures"."""
    element: ClassVar[str]
    """And the numbers that one is made of: "pixel values"."""
    name: str
    classes: tuple[str, ...] = ()


class Attribute(BaseModel):
    """Something that is known of every example: the column of that name is (N,), int64, numbers of `values`.

    Attributes:
        name: What it is called: "hair".
        values: What its values are called.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    values: tuple[str, ...]


class ImageSpec(_Spec):
    """Square images: the column `images` is (N, channels, size, size), uint8.

    Attributes:
        channels: 1 for gray images, 3 for color.
        size: Height and width in pixels.
        attributes: What else than its class a network can be asked for.
    """

    kind: Literal["images"] = "images"
    example: ClassVar[str] = "pictures"
    element: ClassVar[str] = "pixel values"
    channels: int
    size: int
    attributes: tuple[Attribute, ...] = ()

    @property
    def elements(self) -> int:
        """Pixels in all channels."""
        return self.channels * self.size**2

    def sized(self, size: int) -> Self:
        """The same images at `size` x `size` pixels."""
        return self.model_copy(update={"size": size})


class ClipSpec(_Spec):
    """Short films of square frames: the column `clips` is (N, frames, channels, size, size), uint8.

    The column `images`, (N, channels, size, size), uint8, is what moves in each; a visitor chooses another one.

    Attributes:
        channels: 1 for gray frames, 3 for color.
        size: Height and width in pixels.
        frames: How many frames a clip has.
    """

    kind: Literal["clips"] = "clips"
    example: ClassVar[str] = "clips"
    element: ClassVar[str] = "pixel values"
    channels: int
    size: int
    frames: int

    @property
    def elements(self) -> int:
        """Pixels in all channels of all frames."""
        return self.frames * self.channels * self.size**2


class PointSpec(_Spec):
    """Points of the plane: the column `points` is (N, 2), float32, nearly all of them in [-1, 1] x [-1, 1]."""

    kind: Literal["points"] = "points"
    example: ClassVar[str] = "points"
    element: ClassVar[str] = "coordinates"

    @property
    def elements(self) -> int:
        """Two coordinates."""
        return 2


class RollSpec(_Spec):
    """Music for several voices, a piano roll: the column `rolls` is (N, frames, voices), uint8.

    It says which MIDI pitch is heard, 60 being middle C, and `SILENCE` where none is. The column `onsets`, of the same
    shape and type, is 1 where a note is struck and 0 where one goes on or none is heard: it tells a repeated note from
    a long one. What is heard in the first frame is struck in it, and a pitch changes only where one is struck.

    Attributes:
        voices: Their names, the highest first.
        frames: How many frames an example has.
        beat: How many frames a beat has, a quarter: 4 where a frame is a sixteenth.
        low: The lowest pitch that is heard.
        high: The highest.
    """

    kind: Literal["rolls"] = "rolls"
    example: ClassVar[str] = "phrases"
    element: ClassVar[str] = "pitches"
    voices: tuple[str, ...]
    frames: int
    beat: int
    low: int
    high: int

    @property
    def elements(self) -> int:
        """One pitch for each voice in each frame."""
        return self.frames * len(self.voices)


class SequenceSpec(_Spec):
    """Sequences that are shown to a network step by step, of which it is asked for bits in some of the steps.

    The column `inputs` is (N, T, channels), uint8, 255 being 1; `targets` (N, T, bits), uint8, zeros and ones; `asked`
    (N, T), uint8, is 1 where the targets are asked for; `lengths` (N,), int64. Shorter ones end in empty steps.

    Attributes:
        channels: Numbers that are shown in a step: the bits, and what tells it what to do.
        bits: Numbers that are asked for in a step.
        shortest: The smallest length, in vectors or items.
        longest: The greatest length among the training examples; test examples go further.
        steps: How many steps the longest of these has.
    """

    kind: Literal["sequences"] = "sequences"
    example: ClassVar[str] = "sequences"
    element: ClassVar[str] = "numbers"
    channels: int
    bits: int
    shortest: int
    longest: int
    steps: int

    @property
    def elements(self) -> int:
        """All channels in all steps."""
        return self.steps * self.channels


class TextSpec(_Spec):
    """Texts: the column `characters` is (N, length), uint8, numbers of the `symbols`.

    Attributes:
        symbols: All characters that there are, each once.
        length: How many characters a passage has.
    """

    kind: Literal["texts"] = "texts"
    example: ClassVar[str] = "passages"
    element: ClassVar[str] = "characters"
    symbols: str
    length: int

    @property
    def elements(self) -> int:
        """Its characters."""
        return self.length

    def numbers(self, text: str) -> Tensor:
        """The numbers (T,), uint8, of a text's characters; those that are no symbols are left out."""
        known = {symbol: number for number, symbol in enumerate(self.symbols)}
        return torch.tensor([known[character] for character in text if character in known], dtype=torch.uint8)

    def text(self, numbers: Tensor) -> str:
        """The text that numbers (T,) of symbols stand for."""
        return "".join(self.symbols[number] for number in numbers.tolist())


SILENCE = 0
"""What stands in a roll where no note is heard: no instrument has the pitch of that number, 8 Hz."""
Spec = Annotated[ImageSpec | ClipSpec | PointSpec | RollSpec | SequenceSpec | TextSpec, Field(discriminator="kind")]
"""Any of them; a new kind of data is one more class here."""
PictureSpec = ImageSpec | ClipSpec
"""Those that a visitor's picture can be given to, in their channels and size."""
