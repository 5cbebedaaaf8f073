"""The files of a folder from a stranger: which are refused, with what sentence, and where the limits are."""

import os
import socket

import numpy as np
import pytest
from PIL import Image

from playground.data.folder import BadDataSet, Limits, read_pictures
from tests.data.folders import fill, picture, reasons


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
