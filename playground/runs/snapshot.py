"""One snapshot as a file: weights in few bytes, and in the header what rebuilds the network that they fit."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

from playground.integers import beside, rows_as_integers

Format = Literal["float16", "int12", "int8", "seed"]
"""How matrices are kept; "seed" keeps no weights at all: they are those that the run's seed builds."""
LARGEST = {"int12": 2**11 - 1, "int8": 2**7 - 1}
"""The largest number that a row of integers can have."""
KINDS = ("safetensors", "safetensors.gz")
"""How the name of a snapshot file ends: as a run in training writes it, and packed, as one ships."""
CHANGE, SCALE, LOW = "|change", "|scale", "|low"
"""End the names of the tensors that hold how a tensor differs from what the snapshot before predicts, the scales of
integers, and low bits: four of int12, eight of a change of float16."""

GZIP = 16 + zlib.MAX_WBITS
"""What zlib calls the format of gzip files."""


class Previous(NamedTuple):
    """The snapshot before: the name of its file, in the same folder, and its weights."""

    file: str
    weights: Mapping[str, Tensor]


@dataclass(frozen=True)
class Frame:
    """What a snapshot file holds.

    Attributes:
        weights: Name -> tensor, floating numbers as float32; empty where the seed builds them.
        shape: The arguments beyond the recipe's knobs that rebuild the network, see `Recipe.network`.
        format: How the file keeps them.
    """

    weights: dict[str, Tensor]
    shape: dict[str, Any]
    format: Format


def encode(
    weights: Mapping[str, Tensor],
    *,
    shape: Mapping[str, Any],
    format: Format = "float16",
    exempt: int = 0,
    largest: int | None = None,
    previous: Previous | None = None,
) -> bytes:
    """The content of a snapshot file.

    Floating tensors of two and more dimensions are kept as float16, or as integers with one float32 scale a row (an
    output channel of a linear or convolutional layer); of at most `exempt` numbers as float16 in any case. One that
    float16 cannot hold, because it overflows or is all but nothing, stays float32, as do vectors: they are few, and
    among them are variances, which must not become zero. As "seed" none are kept.

    A row's largest number becomes `largest`, at most what the integers can hold: the smaller that is, the further
    numbers are rounded, and the fewer bytes they take once the file is packed. Of int12 the upper eight bits and
    the lower four are kept apart, a byte each, since each kind packs well by itself.

    As in a video, a tensor is kept as its change from the `previous` snapshot where that takes fewer bytes; it comes
    back as exact. The file can then be read beside that of `previous` alone.
    """
    stored: dict[str, Tensor] = {}
    before = previous.weights if previous else {}
    for name, value in weights.items() if format != "seed" else ():
        if not value.is_floating_point():
            stored[name] = value.contiguous()
        elif value.ndim < 2:
            stored[name] = value.float().contiguous()
        elif format in LARGEST and value.numel() > exempt and bool(value.isfinite().all()):
            rows, scale = rows_as_integers(value.float(), largest or LARGEST[format])
            stored[name + SCALE], ways = scale, [_planes(name, rows, format)]
            if name in before and before[name].shape == value.shape:
                change = rows - _predicted(before[name], scale, format)
                ways.append(_planes(name + CHANGE, change, format))
            stored |= _smallest(ways)
        else:
            half = value.half()
            fits = bool(
                (half.float() - value).abs().max() <= 2**-10 * value.abs().max()
            )  # false for what is not finite
            ways = [{name: (half if fits else value.float()).contiguous()}]
            if fits and name in before and before[name].shape == value.shape:
                ways.append(_halves_apart(name, half, before[name].half()))
            stored |= _smallest(ways)
    metadata = {"shape": json.dumps(dict(shape)), "format": format}
    if previous and any(name.endswith(CHANGE) for name in stored):
        metadata["previous"] = previous.file
    return save(stored, metadata=metadata)


def pack(content: bytes) -> bytes:
    """The content of a snapshot file in about a tenth fewer bytes, for a file whose name ends in ".gz".

    Weights hardly repeat, so that codes for single bytes gain more than what looks for repetitions.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, GZIP, 9, zlib.Z_FILTERED)
    return packer.compress(content) + packer.flush()


def decode(path: Path) -> Frame:
    """Reads a snapshot file, packed or not, by its name.

    Raises:
        OSError: When it is missing.
        SafetensorError: When it is torn.
        ValueError: When its header makes no sense, or it is packed and torn.
    """
    content = path.read_bytes()
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path.name} is torn") from error
    tensors = load(content)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")]).get("__metadata__", {})
    shape, kept = json.loads(header.get("shape", "{}")), header.get("format", "float16")
    if not isinstance(shape, dict):
        raise ValueError(f"the shape in the header of {path.name} is no object")
    if kept not in get_args(Format):
        raise ValueError(f"{path.name} is kept in a way that is not known here")
    before = _before(path, header["previous"]).weights if "previous" in header else {}
    weights = {}
    for name, value in tensors.items():
        if name.endswith(SCALE):
            name = name.removesuffix(SCALE)
            rows = _rows(name, tensors, before, kept)
            weights[name] = rows * beside(rows, value)
        elif name.endswith(CHANGE):
            if (whole := name.removesuffix(CHANGE)) + SCALE not in tensors:
                weights[whole] = _halves(whole, tensors, before).float()
        elif not name.endswith(LOW) and name + SCALE not in tensors:
            weights[name] = value.float() if value.is_floating_point() else value
    return Frame(weights, shape, kept)


def _before(path: Path, name: str) -> Frame:
    """The snapshot that the one at `path` differs from: an earlier one, so that there is an end to it."""
    if Path(name).name != name or not name < path.name:
        raise ValueError(f"{path.name} is said to differ from {name}, which is no earlier snapshot")
    return decode(path.with_name(name))


def is_whole(path: Path) -> bool:
    """Whether a snapshot file is as long as its header promises; reads a few hundred bytes.

    One that is packed was written long after its run had ended, and at once.
    """
    if path.suffix == ".gz":
        return True
    try:
        with safe_open(path, framework="pt"):
            return True
    except (OSError, SafetensorError):
        return False


def digest(weights: Mapping[str, Tensor]) -> str:
    """A hash in hex of names, shapes and values, whatever file they were read from."""
    total = blake2b(digest_size=16)
    for name, value in sorted(weights.items()):
        total.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        total.update(value.numpy().tobytes())
    return total.hexdigest()


def _predicted(before: Tensor, scale: Tensor, format: Format) -> Tensor:
    """The whole numbers that rows (N, ...) of these scales (N,) would have, were the weights those `before`."""
    rows = (before.float() / beside(before, scale)).nan_to_num()
    return rows.clamp(-LARGEST[format], LARGEST[format]).round().to(torch.int32)


def _planes(name: str, rows: Tensor, format: Format) -> dict[str, Tensor]:
    """Whole numbers as the tensors that hold them; those beyond the range, as changes can be, come round again."""
    if format == "int8":
        return {name: _wrapped(rows, 8).to(torch.int8)}
    rows = _wrapped(rows, 12)
    return {name: (rows // 16).to(torch.int8), name.removesuffix(CHANGE) + LOW: (rows % 16).to(torch.uint8)}


def _rows(name: str, tensors: Mapping[str, Tensor], before: Mapping[str, Tensor], format: Format) -> Tensor:
    """The other way round: the whole numbers of a tensor, as float32."""
    change = name not in tensors
    rows = tensors[name + CHANGE if change else name].to(torch.int32)
    if name + LOW in tensors:
        rows = 16 * rows + tensors[name + LOW].to(torch.int32)
    if change:
        rows = _wrapped(rows + _predicted(before[name], tensors[name + SCALE], format), 12 if format == "int12" else 8)
    return rows.float()


def _halves_apart(name: str, now: Tensor, before: Tensor) -> dict[str, Tensor]:
    """How float16 numbers differ from others, counted in float16 numbers, as the tensors that hold it."""
    apart = _wrapped(_places(now) - _places(before), 16)
    return {name + CHANGE: (apart // 256).to(torch.int8), name + LOW: (apart % 256).to(torch.uint8)}


def _halves(name: str, tensors: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> Tensor:
    """The other way round, float16."""
    apart = 256 * tensors[name + CHANGE].to(torch.int32) + tensors[name + LOW].to(torch.int32)
    places = _wrapped(apart + _places(before[name].half()), 16)
    return torch.where(places < 0, places ^ 0x7FFF, places).to(torch.int16).view(torch.float16)


def _places(half: Tensor) -> Tensor:
    """The place of each float16 number among all of them, int32; 0 is at 0, and minus 0 at -1."""
    bits = half.contiguous().view(torch.int16).to(torch.int32)
    return torch.where(bits < 0, bits ^ 0x7FFF, bits)


def _wrapped(rows: Tensor, bits: int) -> Tensor:
    """Whole numbers as so many bits with a sign hold them."""
    half = 2 ** (bits - 1)
    return (rows + half) % (2 * half) - half


def _smallest(ways: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The one that takes the fewest bytes once it is packed; where there is but one, nothing is packed."""
    if len(ways) == 1:
        return ways[0]
    return min(ways, key=lambda planes: sum(len(pack(plane.numpy().tobytes())) for plane in planes.values()))
