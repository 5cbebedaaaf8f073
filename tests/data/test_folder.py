"""A data set of one's own: what its pictures become, that a zip of a folder becomes the same, and what is reported."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import intake
from playground.data.folder import BadDataSet, Refused, read_pictures, report
from tests.data.folders import fill, picture, zipped


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
