"""What the folders of a data set of one's own mean: its classes, and its split into training and test."""

import pytest
import torch

from playground.data import intake
from playground.data.folder import read_pictures
from playground.data.layout import natural
from tests.data.folders import fill, reasons, zipped


def by_class(pictures):
    return {
        label: [name for name, index in zip(pictures.names, pictures.labels.tolist(), strict=True) if index == i]
        for i, label in enumerate(pictures.classes)
    }


def test_subfolders_are_classes_in_natural_order(tmp_path):
    fill(tmp_path, "class 10/a.png", "class 2/img10.png", "class 2/img2.png", "class 2/deeper/still/x.png")
    pictures = read_pictures(tmp_path, size=8)
    assert by_class(pictures) == {
        "class 2": ["class 2/deeper/still/x.png", "class 2/img2.png", "class 2/img10.png"],
        "class 10": ["class 10/a.png"],
    }
    assert pictures.images.shape == (4, 3, 8, 8) and pictures.images.dtype == torch.uint8
    assert pictures.labels.dtype == torch.int64 and pictures.test.dtype == torch.bool
    assert pictures.taken == 4 and pictures.refused == ()
    for pixels, name in zip(pictures.images, pictures.names, strict=True):
        assert torch.equal(pixels, intake.read(tmp_path / name, size=8, channels=3))


def test_natural_order():
    names = ["b", "img 10", "IMG 2", "img 2", "img", "10", "9", "٣", "²", ""]
    assert sorted(names, key=natural) == ["", "٣", "9", "10", "b", "img", "IMG 2", "img 2", "img 10", "²"]
    assert len({natural(name) for name in names}) == len(names)


def test_without_subfolders_there_is_one_class(tmp_path):
    folder = fill(tmp_path / "My cats", "a.png", "b.png")
    assert by_class(read_pictures(folder, size=8)) == {"My cats": ["a.png", "b.png"]}
    assert read_pictures(zipped(folder, tmp_path / "pets.of.mine.zip"), size=8).classes == ("pets.of.mine",)


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["set/cat/a.png", "set/dog/b.png"], ("cat", "dog")),
        (["a/b/c/cat/a.png", "a/b/c/dog/b.png"], ("cat", "dog")),
        (["set/cat/a.png", "set/cat/b.png"], ("cat",)),
        (["cat/a.png", "cat/b.png"], ("cat",)),
        (["set/cat/a.png", "set/dog/b.png", "set/cover.png"], ("cat", "dog")),
        (["one/cat/a.png", "two/cat/b.png"], ("one", "two")),
    ],
)
def test_folders_that_wrap_all_others_are_left_out(names, classes, tmp_path):
    assert read_pictures(fill(tmp_path, *names), size=8).classes == classes


def test_pictures_beside_the_classes_are_refused(tmp_path):
    pictures = read_pictures(fill(tmp_path, "cat/a.png", "dog/b.png", "cover.png"), size=8)
    assert pictures.names == ("cat/a.png", "dog/b.png")
    assert reasons(pictures) == {"cover.png": "It lies beside the folders of the classes; put it in one."}


@pytest.mark.parametrize(("train", "test"), [("train", "test"), ("Training", "validation"), ("TRAIN", "val")])
@pytest.mark.parametrize("wrap", ["", "set/"])
def test_a_given_split_is_kept(train, test, wrap, tmp_path):
    names = [f"{wrap}{train}/cat/{i}.png" for i in range(6)] + [f"{wrap}{train}/dog/1.png", f"{wrap}{test}/dog/2.png"]
    pictures = read_pictures(fill(tmp_path, *names, "cover.png" if not wrap else "set/cover.png"), size=8)
    assert pictures.classes == ("cat", "dog") and pictures.given_split
    tested = [name for name, test in zip(pictures.names, pictures.test.tolist(), strict=True) if test]
    assert tested == [f"{wrap}{test}/dog/2.png"]
    assert [one.name for one in pictures.refused] == [f"{wrap}cover.png"]


def test_a_given_split_without_classes(tmp_path):
    pictures = read_pictures(fill(tmp_path / "cats", "train/a.png", "train/b.png", "test/a.png"), size=8)
    assert pictures.classes == ("cats",) and pictures.test.tolist() == [False, False, True]


def test_train_can_be_a_class(tmp_path):
    pictures = read_pictures(fill(tmp_path, "train/a.png", "bus/b.png", "test/c.png"), size=8)
    assert pictures.classes == ("bus", "test", "train") and not pictures.given_split


def test_a_split_of_which_nothing_can_be_read_is_none(tmp_path):
    fill(tmp_path, *(f"train/cat/{i}.png" for i in range(3)))
    (tmp_path / "test" / "cat").mkdir(parents=True)
    (tmp_path / "test" / "cat" / "torn.png").write_bytes(b"\x89PNG")
    pictures = read_pictures(tmp_path, size=8)
    assert not pictures.given_split and pictures.test.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("count", "test"), [(1, []), (2, [1]), (3, [2]), (4, [3]), (5, [4]), (9, [4]), (10, [4, 9]), (12, [4, 9])]
)
def test_every_fifth_picture_of_a_class_is_for_the_test(count, test, tmp_path):
    names = [f"{label}/{i}.png" for label in ("cat", "dog") for i in range(count)]
    mask = read_pictures(fill(tmp_path, *names), size=8).test
    assert torch.where(mask)[0].tolist() == test + [count + i for i in test]


def test_a_class_of_which_nothing_can_be_read_is_none(tmp_path):
    fill(tmp_path, "cat/a.png", "dog/b.png")
    (tmp_path / "bird").mkdir()
    (tmp_path / "bird" / "a.png").write_bytes(b"")
    pictures = read_pictures(tmp_path, size=8)
    assert pictures.classes == ("cat", "dog") and pictures.labels.tolist() == [0, 1]
