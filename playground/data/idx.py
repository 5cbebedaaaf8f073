"""The idx format of MNIST and its successors: a small header, then bytes."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import torch
from torch import Tensor

from playground.errors import PlaygroundError


class BadFile(PlaygroundError):
    """A file of a data set is torn or is something else."""


def read_idx(path: Path) -> Tensor:
    """A gzipped idx file of unsigned bytes as a uint8 tensor of the shape that its header names.

    The header: two zero bytes, 8 for unsigned bytes, the number of dimensions, then each dimension as a big-endian
    32-bit integer (http://yann.lecun.com/exdb/mnist/).

    Raises:
        BadFile: When the file is not of this format or ends too early.
    """
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise BadFile(f"{path} cannot be unpacked; download it again.") from None
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise BadFile(f"{path} is not an idx file of bytes; give the files of the standard data set.")
    dimensions = content[3]
    start = 4 + 4 * dimensions
    shape = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions)]
    values = torch.frombuffer(bytearray(content), dtype=torch.uint8)[start:]
    if values.numel() != torch.Size(shape).numel():
        raise BadFile(f"{path} holds {values.numel()} bytes where its header names {shape}; download it again.")
    return values.view(shape).clone()
