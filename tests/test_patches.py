"""Masks of patches as a link holds them, and how many patches tile a picture."""

import pytest
import torch

from playground.patches import MOST, bits, checked, laid_over, tiling


def test_a_mask_is_read_row_by_row():
    assert bits("3-0c0").tolist() == [[False, False, False], [False, True, True], [False, False, False]]


@pytest.mark.parametrize("text", ["7", "7-", "2-g", "2-ff", "0-", "-1", "x-1", "7-ff", "٣-0c0", "2-F", " 2-f", "99-f"])
def test_what_is_no_mask_is_refused(text):
    with pytest.raises(ValueError, match="^a mask is written like 2-9: "):
        checked(text)
    assert checked("") == "" and checked("2-9") == "2-9"


def test_a_mask_of_34_patches_in_a_row_fits_into_a_link():
    assert len(f"34-{'f' * 289}") <= MOST < len(f"35-{'f' * 307}")
    assert bits(f"34-{'f' * 289}").all()


def test_a_mask_of_another_grid_is_laid_over_this_one():
    left = bits("2-a")
    assert laid_over(left, 2).equal(left)
    assert laid_over(left, 8).sum(dim=0).tolist() == [8] * 4 + [0] * 4
    assert laid_over(torch.eye(4, dtype=torch.bool), 2).tolist() == [[True, False], [False, True]]


@pytest.mark.parametrize(
    ("size", "most", "grid"), [(28, 8, 7), (32, 8, 8), (28, 4, 4), (30, 4, 3), (29, 8, 1), (8, 32, 8), (1, 8, 1)]
)
def test_patches_tile_the_picture(size, most, grid):
    assert tiling(size, most) == grid
