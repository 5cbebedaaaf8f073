"""Splits cut, moved and resized with all their columns, and the examples that a data set chooses to show."""

import pytest
import torch

from playground.data import Data, ImageSpec, PointSpec, Split, as_images, factors, unit
from playground.data.columns import interleaved
from playground.data.images import resize


def pictures(n=6, seed=0):
    return torch.randint(0, 256, (n, 3, 8, 8), generator=torch.Generator().manual_seed(seed)).to(torch.uint8)


@pytest.fixture
def split():
    columns = {"images": pictures(), "others": pictures(seed=1), "labels": torch.arange(6), "x": torch.arange(6) * 10}
    columns["roll"] = torch.zeros(6, 2, 16, 12, dtype=torch.uint8)  # tracks, times and pitches: no picture
    return Split(columns, tuple("abcdef"))


@pytest.mark.parametrize("indices", [torch.tensor([4, 0, 4]), slice(1, None, 2)])
def test_all_that_is_known_goes_along(split, indices):
    chosen = list(range(6))[indices] if isinstance(indices, slice) else indices.tolist()
    cut = split.at(indices)
    assert len(cut) == len(chosen) and set(cut.columns) == set(split.columns)
    for name, values in cut.columns.items():
        assert torch.equal(values, split[name][chosen])
    assert cut.names == tuple("abcdef"[i] for i in chosen)


def test_the_first_pictures_are_no_copies(split):
    first = split.first(2)
    assert first["images"].data_ptr() == split["images"].data_ptr()
    assert torch.equal(first["others"], split["others"][:2]) and first.names == ("a", "b")
    assert len(split.first(100)) == 6


def test_pictures_without_names_stay_so(split):
    plain = Split({"images": split["images"]})
    assert plain.at(torch.tensor([1])).names == () == plain.first(3).names


def test_a_batch_holds_all_columns_at_its_rows(split):
    indices = torch.tensor([5, 2])
    batch = split.batch(indices)
    assert batch.keys() == split.columns.keys()
    for name, values in batch.items():
        assert torch.equal(values, split[name][indices])


def test_all_columns_of_pictures_are_resized_and_every_column_is_moved(split):
    small = split.resized(4)
    for name in ("images", "others"):
        assert torch.equal(small[name], resize(split[name], 4))
    assert all(small[name] is split[name] for name in ("labels", "x", "roll")) and small.names == split.names
    assert {values.device.type for values in split.to("meta").columns.values()} == {"meta"}


@pytest.mark.parametrize(
    ("columns", "names"),
    [({}, ()), ({"a": torch.zeros(3), "b": torch.zeros(4)}, ()), ({"a": torch.zeros(3)}, ("only one",))],
)
def test_columns_of_different_lengths_are_refused(columns, names):
    with pytest.raises(ValueError, match="columns of one length"):
        Split(columns, names)


def test_examples_are_the_first_of_their_classes_in_turn():
    split = Split({"labels": torch.tensor([1, 1, 0, 1, 0, 2]), "at": torch.arange(6)})
    assert interleaved(split, 3, 5)["at"].tolist() == [2, 0, 5, 4, 1]
    assert interleaved(split, 0, 4)["at"].tolist() == interleaved(Split({"at": torch.arange(6)}), 3, 4)["at"].tolist()


def test_data_of_another_size_are_resized_in_all_parts(split):
    data = Data(spec=ImageSpec(name="x", channels=3, size=8, classes=tuple("abcdef")), train=split, test=split, hash="")
    small = data.resized(4)
    assert small.spec.size == 4 and small.spec.classes == data.spec.classes and data.resized(8) is data
    for part in (small.train, small.test, small.examples):
        assert part["images"].shape[-1] == part["others"].shape[-1] == 4
    points = Split({"points": torch.zeros(5, 2)})
    cloud = Data(spec=PointSpec(name="y"), train=points, test=points, hash="")
    assert cloud.resized(4) is cloud and len(cloud.examples) == 5


def test_pixels_become_floats_and_floats_pixels_again():
    every = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(as_images(unit(every)), every) and unit(every)[[0, -1]].tolist() == [-1, 1]
    assert torch.equal(as_images(unit(every).bfloat16()[[0, -1]]), every[[0, -1]])
    assert as_images(torch.tensor([-2.0, 0.0, 3.0])).tolist() == [0, 128, 255]


def test_factors_are_the_columns_of_facts_in_their_order(split):
    table, names = factors(split, {"x": ("a",), "labels": ("b",)})
    assert names == ("x", "labels") and table.dtype == torch.int64
    assert torch.equal(table, torch.tensor([[10 * i, i] for i in range(6)]))
    with pytest.raises(ValueError, match="no columns of facts, only images, others, labels, x, roll"):
        factors(split, {})
