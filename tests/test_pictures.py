"""Sheets of pictures: every tile in its place, every pixel as it was."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from playground.pictures import encode, grid, sheet


def pictures(n, channels=1, height=3, width=4):
    return torch.randint(0, 256, (n, channels, height, width), generator=torch.Generator().manual_seed(0)).to(
        torch.uint8
    )


def decoded(content):
    picture = Image.open(io.BytesIO(content))
    array = np.asarray(picture)
    return picture.format, torch.from_numpy(array.copy()).reshape(*array.shape[:2], -1).permute(2, 0, 1)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("gap", [0, 1, 5])
@pytest.mark.parametrize(("n", "columns"), [(6, 3), (5, 3), (1, 1), (2, 7)])
def test_every_tile_is_in_its_place(channels, gap, n, columns):
    images = pictures(n, channels)
    board = grid(images, columns, gap=gap)
    rows = -(-n // columns)
    assert board.shape == (3, rows * (3 + gap) - gap, columns * (4 + gap) - gap) and board.dtype is torch.uint8
    covered = torch.zeros(board.shape[1:], dtype=torch.bool)
    for i in range(n):
        top, left = (i // columns) * (3 + gap), (i % columns) * (4 + gap)
        here = (slice(top, top + 3), slice(left, left + 4))
        assert torch.equal(board[:, *here], images[i].expand(3, -1, -1))
        covered[here] = True
    assert (board[:, ~covered] == 255).all(), "what lies between is white"


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_is_exact(channels):
    image = pictures(1, channels, 20, 30)[0]
    format, back = decoded(encode(image, "png"))
    assert format == "PNG" and torch.equal(back, image)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_other_files_are_close(kind, channels):
    ramp = torch.linspace(0, 255, 128).round().to(torch.uint8).expand(64, 128)
    image = torch.stack([ramp, ramp.flip(1), ramp.roll(5, 0)])[:channels].contiguous()
    format, back = decoded(encode(image, kind))
    assert format == kind.upper() and back.shape[1:] == image.shape[1:]
    assert float((back.float() - image.float()).abs().mean()) < 3


def test_a_sheet_is_a_grid_as_a_file():
    images = pictures(8)
    format, back = decoded(sheet(images, 4))
    assert format == "WEBP" and torch.equal(back, decoded(encode(grid(images, 4), "webp"))[1])
