"""Folders of pictures that stand for a data set of one's own, zips of them, and what reading them refused."""

import zipfile

from PIL import Image


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


def reasons(pictures):
    return {one.name: one.reason for one in pictures.refused}
