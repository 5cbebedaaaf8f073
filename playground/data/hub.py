"""Fetches data sets from the Hub at first use and reads the images in their parquet files."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor

from playground.data.columns import Split
from playground.data.source import Progress
from playground.download import downloaded
from playground.errors import PlaygroundError


class DataUnavailable(PlaygroundError):
    """A data set that does not ship is neither in the local folder nor within reach on the Hub."""


def read_parquet(path: Path, column: str, channels: int) -> tuple[Tensor, Tensor]:
    """The images and labels of a parquet file as the library `datasets` writes it.

    Args:
        path: The file; its column `column` holds {bytes: encoded image, path}, its column `label` integers.
        column: The name of the column of images.
        channels: 1 for gray, 3 for color.

    Returns:
        (N, channels, H, W), uint8, and (N,), int64.
    """
    from fastparquet import ParquetFile

    # from memory, since ParquetFile leaves files open
    table = ParquetFile(io.BytesIO(path.read_bytes())).to_pandas(columns=[f"{column}.bytes", "label"])
    labels = torch.tensor(table["label"].to_numpy(copy=True), dtype=torch.int64)
    return decode(list(table[f"{column}.bytes"]), channels), labels


def decode(files: Sequence[bytes], channels: int) -> Tensor:
    """Encoded images of one size as (N, channels, H, W), uint8, unpacked on all cores."""
    import numpy as np
    from PIL import Image

    mode = "L" if channels == 1 else "RGB"
    with Image.open(io.BytesIO(files[0])) as first:
        width, height = first.size
    pixels = np.empty((len(files), height, width, channels), np.uint8)

    def unpack(start: int) -> None:
        for i in range(start, min(start + 500, len(files))):
            with Image.open(io.BytesIO(files[i])) as picture:
                pixels[i] = np.asarray(picture.convert(mode)).reshape(height, width, channels)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(unpack, range(0, len(files), 500)))
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()


def splits(repo: str, files: Sequence[str], column: str, channels: int, progress: Progress) -> list[Split]:
    """One split for each of the parquet files of a data set, fetched at first use.

    Raises:
        HubUnavailable: When a file cannot be had.
    """
    loaded = []
    for i, file in enumerate(files):
        start = i / len(files)

        def report(part: float, start: float = start) -> None:
            progress(start + 0.8 * part / len(files), f"fetching {repo}")

        path = downloaded(repo, file, title=repo, on_progress=report, kind="dataset")
        progress(start + 0.8 / len(files), f"unpacking {repo}")
        images, labels = read_parquet(path, column, channels)
        loaded.append(Split({"images": images, "labels": labels}))
    progress(1.0, f"{repo} is here")
    return loaded
