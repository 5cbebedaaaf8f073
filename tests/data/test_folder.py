"""A data set of one's own: what a folder becomes, what of it is refused, and that a zip of it becomes the same."""

import os
import socket
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import intake
from playground.data.folder import BadDataSet, Limits, Refused, read_pictures, report
from playground.data.layout import natural


def picture(path, color=(200, 40, 40), side=12, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side, side), color).save(path, **options)
    return path


def fill(root, *names):
    """A picture of another color at each of `names`."""
    for i, name in enumerate(names):
        picture(root / name, (7 * i % 256, 40 * i % 256, 200))
    return root


def zipped(folder, path, prefix=""):
    """The files of `folder` in an archive, last name first."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*"), reverse=True):
            archive.write(file, prefix + file.relative_to(folder).as_posix())
    return path


def by_class(pictures):
    return {
        label: [name for name, index in zip(pictures.names, pictures.labels.tolist(), strict=True) if index == i]
        for i, label in enumerate(pictures.classes)
    }


def reasons(pictures):
    return {one.name: one.reason for one in pictures.refused}


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


def test_gray_pictures_have_one_channel(tmp_path):
    (tmp_path / "a").mkdir()
    deep = Image.fromarray(np.linspace(0, 65535, 400).astype(np.uint16).reshape(20, 20))
    deep.save(tmp_path / "a" / "1 deep.png")
    ramp = Image.linear_gradient("L")
    ramp.save(tmp_path / "a" / "2 gray.jpg")
    ramp.convert("RGB").save(tmp_path / "a" / "3 gray as color.png")
    gray = read_pictures(tmp_path, size=9)
    assert gray.images.shape == (3, 1, 9, 9)
    for pixels, name in zip(gray.images, gray.names, strict=True):
        assert torch.equal(pixels, intake.read(tmp_path / name, size=9, channels=1))
    assert gray.images[0].float().mean() == pytest.approx(127, abs=2)
    picture(tmp_path / "a" / "4 color.png")
    color = read_pictures(tmp_path, size=9)
    assert color.images.shape == (4, 3, 9, 9)
    assert torch.equal(color.images[:3], gray.images.expand(-1, 3, -1, -1))


def test_all_forms_of_pictures_are_read_as_a_single_one_is(tmp_path):
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "lime")]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "print.JPEG")
    rotated = Image.new("RGB", (40, 40), "white")
    rotated.paste("black", (0, 0, 40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    rotated.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(tmp_path / "no ending", format="PNG")
    pictures = read_pictures(tmp_path, size=8)
    assert pictures.names == ("film.gif", "no ending", "print.JPEG", "turned.jpg")
    for pixels, name in zip(pictures.images, pictures.names, strict=True):
        assert torch.equal(pixels, intake.read(tmp_path / name, size=8, channels=3))
    assert pictures.images.float().mean(dim=(2, 3)).round()[:2].tolist() == [[255, 0, 0], [255, 255, 255]]
    assert int(pictures.images[3, :, :, 5:].max()) < 20 and int(pictures.images[3, :, :, :3].min()) > 235


def test_a_zip_and_its_folder_are_the_same_data(tmp_path):
    folder = fill(tmp_path / "set", *(f"{label}/{i}.png" for label in ("Kätzchen", "犬", "🐈‍⬛") for i in range(12)))
    plain = read_pictures(folder, size=8)
    wrapped = read_pictures(zipped(folder, tmp_path / "other name.bin", prefix="some/set/"), size=8)
    assert plain.hash == wrapped.hash and plain.classes == wrapped.classes and len(plain.classes) == 3
    assert torch.equal(plain.images, wrapped.images) and torch.equal(plain.test, wrapped.test)
    assert len(plain.hash) == 64 and plain.hash != read_pictures(folder, size=9).hash


def test_the_order_of_a_directory_does_not_matter(tmp_path, monkeypatch):
    twice = ["K\u00e4tzchen/a.png", "Ka\u0308tzchen/a.png", "0/\u00e4.png", "0/a\u0308.png"]
    first = read_pictures(fill(tmp_path, *(f"{i % 3}/{i}.png" for i in range(20)), *twice), size=8)
    assert len(first.refused) == 2
    scandir = os.scandir

    class Reversed:
        def __init__(self, path):
            with scandir(path) as scan:
                self.items = sorted(scan, key=lambda item: item.name, reverse=True)

        def __enter__(self):
            return iter(self.items)

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(os, "scandir", Reversed)
    assert read_pictures(tmp_path, size=8).hash == first.hash
    assert read_pictures(tmp_path, size=8).names == first.names


def test_the_hash_follows_pixels_and_labels_and_split(tmp_path):
    hashes = {read_pictures(fill(tmp_path, "cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"), size=8).hash}
    (tmp_path / "cat" / "2.png").rename(tmp_path / "cat" / "renamed.png")
    assert read_pictures(tmp_path, size=8).hash in hashes
    (tmp_path / "cat" / "renamed.png").rename(tmp_path / "dog" / "0.png")
    hashes.add(read_pictures(tmp_path, size=8).hash)
    picture(tmp_path / "dog" / "1.png", (1, 2, 3))
    hashes.add(read_pictures(tmp_path, size=8).hash)
    assert len(hashes) == 3


def test_the_hash_follows_a_given_split(tmp_path):
    names = ["train/cat/1.png", "train/cat/2.png", "test/cat/3.png", "test/cat/4.png"]
    before = read_pictures(fill(tmp_path, *names), size=8)
    (tmp_path / "test" / "cat" / "3.png").rename(tmp_path / "train" / "cat" / "3.png")
    after = read_pictures(tmp_path, size=8)
    assert torch.equal(before.images, after.images) and torch.equal(before.labels, after.labels)
    assert before.hash != after.hash


def test_names_are_normalized(tmp_path):
    """One program writes "ä" as one character, another as two; both are one class."""
    pictures = read_pictures(
        fill(tmp_path, "K\u00e4tzchen/a.png", "Ka\u0308tzchen/b.png", "Ka\u0308tzchen/a.png"), size=8
    )
    assert pictures.classes == ("K\u00e4tzchen",) and pictures.taken == 2
    assert list(reasons(pictures).values()) == ["Another file has the same name; rename one of them."]


def test_links_are_not_followed(tmp_path):
    outside = fill(tmp_path / "outside", "secret.png")
    folder = fill(tmp_path / "set", "cat/a.png")
    (folder / "cat" / "out.png").symlink_to(outside / "secret.png")
    (folder / "cat" / "in.png").symlink_to(folder / "cat" / "a.png")
    (folder / "cat" / "nowhere.png").symlink_to(folder / "none.png")
    (folder / "dog").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    pictures = read_pictures(folder, size=8)
    assert pictures.names == ("cat/a.png",)
    assert set(reasons(pictures)) == {"cat/in.png", "cat/nowhere.png", "cat/out.png", "dog", "loop"}
    assert set(reasons(pictures).values()) == {
        "This is a link, and links are not followed; put the file itself in its place."
    }


def test_a_file_that_becomes_a_link_meanwhile_is_refused(tmp_path):
    outside = fill(tmp_path / "outside", "secret.png")
    folder = fill(tmp_path / "set", "a.png", "b.png")

    def swap(done, what):
        (folder / "b.png").unlink(missing_ok=True)
        (folder / "b.png").symlink_to(outside / "secret.png")

    pictures = read_pictures(folder, size=8, progress=swap)
    assert pictures.names == ("a.png",) and "damaged or cannot be read" in reasons(pictures)["b.png"]


def test_pipes_and_sockets_are_never_opened(tmp_path, monkeypatch):
    fill(tmp_path, "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.png")
        pictures = read_pictures(tmp_path, size=8)
    assert pictures.names == ("a.png",)
    assert reasons(pictures) == dict.fromkeys(
        ["pipe.png", "socket.png"], "This is a device, a pipe or a socket, not a file."
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".DS_Store", "hidden file"),
        ("cat/.secret.png", "hidden file"),
        ("cat/Thumbs.db", "hidden file"),
        ("cat/notes.txt", "of this type"),
        ("cat/more.zip", "archive inside"),
        ("cat/more.tar.gz", "archive inside"),
        ("cat/back\\slash.png", "backslash"),
        ("C:cat.png", "drive letter"),
        ("cat/bell\a.png", "cannot be shown"),
        ("cat/right\u202eto left.png", "cannot be shown"),
        ("cat/empty.png", "not a picture"),
    ],
)
def test_files_that_are_refused_without_being_opened(name, reason, tmp_path):
    fill(tmp_path, "cat/a.png")
    (tmp_path / name).write_bytes(b"")
    pictures = read_pictures(tmp_path, size=8)
    assert pictures.names == ("cat/a.png",)
    ((shown, why),) = reasons(pictures).items()
    assert reason in why and why.endswith(".") and shown == name.replace("\a", "?").replace("\u202e", "?")


def test_hidden_folders_are_not_entered(tmp_path):
    pictures = read_pictures(fill(tmp_path, "cat/a.png", ".git/1.png", ".git/2.png", "__MACOSX/cat/._a.png"), size=8)
    assert pictures.names == ("cat/a.png",) and set(reasons(pictures)) == {".git/", "__MACOSX/"}


def test_names_that_are_no_unicode_are_refused(tmp_path):
    fill(tmp_path, "a.png")
    with open(os.fsencode(tmp_path) + b"/caf\xe9.png", "wb"):
        pass
    pictures = read_pictures(tmp_path, size=8)
    assert pictures.names == ("a.png",) and reasons(pictures).keys() == {"caf?.png"}


def test_long_names(tmp_path):
    names = ["x" * 200 + ".png", "y" * 251 + ".png"]
    fill(tmp_path, *names)
    assert read_pictures(tmp_path, size=8).names == tuple(names)
    pictures = read_pictures(tmp_path, size=8, limits=Limits(name_length=204))
    assert pictures.names == (names[0],)
    ((shown, why),) = reasons(pictures).items()
    assert len(shown) == 80 and "…" in shown and "at most 204 characters" in why


def test_broken_and_small_and_large_pictures_are_refused(tmp_path):
    fill(tmp_path, "a.png")
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "torn.jpg")
    os.truncate(tmp_path / "torn.jpg", 3000)
    (tmp_path / "text.png").write_text("hello")
    picture(tmp_path / "dot.png", side=1)
    picture(tmp_path / "large.png", side=101)
    pictures = read_pictures(tmp_path, size=8, limits=Limits(pixels=10_000))
    assert pictures.names == ("a.png",)
    assert reasons(pictures) == {
        "dot.png": "This picture is less than 2 pixels wide or high; give a larger one.",
        "large.png": "This picture has more than 0.01 million pixels; shrink it.",
        "text.png": "This file is not a picture that can be read; give a PNG, JPEG, WebP or GIF.",
        "torn.jpg": "This picture is torn or has a form that cannot be read; save it again as PNG.",
    }


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(pictures=5), "holds 6 pictures; at most 5 are allowed"),
        (Limits(classes=2), "holds 3 classes; at most 2 are allowed"),
        (Limits(bytes=400), "at most 0.0 MB are allowed"),
        (Limits(files=8), "holds more than 8 files"),
        (Limits(total_pixels=5 * 144), "more than 0.00072 million pixels together"),
        (Limits(memory=6 * 3 * 64 - 1), "6 pictures of 8 x 8 pixels need 0.0 MB of memory"),
    ],
)
def test_more_than_the_limits(limits, message, tmp_path):
    fill(tmp_path / "set", *(f"{i % 3}/{i}.png" for i in range(6)))
    with pytest.raises(BadDataSet, match=message):
        read_pictures(tmp_path / "set", size=8, limits=limits)
    size = sum(file.stat().st_size for file in tmp_path.rglob("*.png"))
    exact = Limits(bytes=size, files=9, pictures=6, total_pixels=6 * 144, memory=6 * 3 * 64, classes=3)
    assert read_pictures(tmp_path / "set", size=8, limits=exact).taken == 6


def test_a_file_that_grows_while_it_is_read_meets_the_limit(tmp_path):
    fill(tmp_path, "a.png")

    def grow(done, what):
        with (tmp_path / "a.png").open("ab") as file:
            file.truncate(3_000_000)

    with pytest.raises(BadDataSet, match="unpack to more than 1.0 MB"):
        read_pictures(tmp_path, size=8, limits=Limits(bytes=1_000_000), progress=grow)


@pytest.mark.parametrize("name", ["none", "none.zip", "x" * 5000, "nul\0"])
def test_a_source_that_is_not_there(name, tmp_path):
    with pytest.raises(BadDataSet, match="There is no folder or file"):
        read_pictures(tmp_path / name, size=8)


def test_a_source_with_nothing_in_it(tmp_path):
    with pytest.raises(BadDataSet, match="holds no files; give a folder"):
        read_pictures(tmp_path, size=8)
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "a.txt").write_text("a cat")
    (tmp_path / "cat" / "b.txt").write_text("a cat")
    (tmp_path / "cat" / "c.png").write_text("a cat")
    with pytest.raises(BadDataSet, match="None of the 3 files .* For 2 of them: Files of this type"):
        read_pictures(tmp_path, size=8)


def test_a_pipe_is_no_source(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadDataSet, match="There is no folder or file"):
        read_pictures(tmp_path / "pipe", size=8)


def test_progress_and_cancelling(tmp_path):
    fill(tmp_path, "1.png", "2.png", "3.png", "4.png")
    steps = []
    read_pictures(tmp_path, size=8, progress=lambda done, what: steps.append((done, what)))
    assert steps == [(i / 4, f"reading picture {i + 1} of 4") for i in range(4)]

    def cancel(done, what):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_pictures(tmp_path, size=8, progress=cancel)


def test_the_report(tmp_path):
    fill(tmp_path, *(f"{label}/{i}.png" for label in ("cat", "dog") for i in range(5)), "1.png")
    for i in range(5):
        (tmp_path / "cat" / f"{i}.txt").write_text("")
    assert report(read_pictures(tmp_path, size=8)).splitlines() == [
        "10 pictures were taken, 8 x 8 pixels, color: 8 to train on and 2 for the test "
        "(every fifth picture of a class).",
        "Classes: 2",
        "  cat: 5",
        "  dog: 5",
        "Files refused: 6",
        "  Files of this type are not read; give PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF. "
        "(cat/0.txt, cat/1.txt, cat/2.txt and 2 more)",
        "  It lies beside the folders of the classes; put it in one. (1.png)",
    ]


def test_the_report_of_much_is_short(tmp_path):
    pictures = read_pictures(fill(tmp_path, *(f"{i}/a.png" for i in range(60))), size=8)
    refused = tuple(Refused(f"{i}.png", f"Reason {i}.") for i in range(60))
    lines = report(replace(pictures, refused=refused)).splitlines()
    assert len(lines) == 50
    assert "  and 36 more classes" in lines and "  and 39 more reasons" in lines
