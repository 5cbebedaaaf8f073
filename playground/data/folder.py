"""A data set of one's own: a folder or zip archive of pictures, whose sub-folders are the classes (see `layout`)."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from playground.data.archive import members
from playground.data.intake import BadPicture, opened, read
from playground.data.layout import Placed, arranged, every_fifth, natural
from playground.data.listing import BadDataSet, Entry, Limits, Listing, Refused, shown, walk

__all__ = ["BadDataSet", "Limits", "Pictures", "Refused", "read_pictures", "report"]

LIMITS = Limits()
CHUNK = 1 << 16


@dataclass(frozen=True, eq=False)
class Pictures:
    """What was read.

    Attributes:
        images: (N, C, size, size), uint8; C is 1 if every picture is gray, else 3. Sorted by class and name.
        labels: (N,), int64, indices into `classes`.
        classes: The names of the classes in natural order ("2" before "10"), each with one picture or more.
        names: (N,) the file of each picture, with its folders.
        test: (N,), bool, true where a picture is for the test.
        given_split: Whether the folders said which are for the test.
        hash: SHA-256 in hex of shape, pixels, labels and split.
        refused: The files that were not taken.
    """

    images: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    names: tuple[str, ...]
    test: Tensor
    given_split: bool
    hash: str
    refused: tuple[Refused, ...]

    @property
    def taken(self) -> int:
        """How many pictures there are."""
        return len(self.names)


def read_pictures(
    source: Path,
    *,
    size: int,
    title: str = "",
    limits: Limits = LIMITS,
    progress: Callable[[float, str], None] | None = None,
) -> Pictures:
    """Reads all pictures of a folder or a zip archive into memory.

    Pictures are turned, cropped and resized as in `intake.read`. The result depends on names and contents alone, not on
    the order of files or on whether they came in a folder or an archive.

    Args:
        source: A folder, or a file that is a zip archive by its content.
        size: Height and width of the result in pixels.
        title: What people call it; the source's name if not given.
        limits: What it may cost.
        progress: Told the part that is done, 0 to 1, and what goes on, before each picture.

    Raises:
        BadDataSet: When the source is neither, is damaged, exceeds the limits, or no picture could be taken.
    """
    name = shown(title or source.name or source.resolve().name)
    with _listed(source, limits) as listing:
        placed, strays = arranged(listing.entries, shown(title or source.stem) if source.is_file() else name)
        _check(name, placed, listing, size, limits)
        refused = listing.refused + strays
        images = torch.empty(len(placed), 3, size, size, dtype=torch.uint8)
        taken: list[Placed] = []
        color, reader = False, _Reader(name, limits)
        for i, file in enumerate(placed):
            if progress:
                progress(i / len(placed), f"reading picture {i + 1:,} of {len(placed):,}")
            try:
                images[len(taken)] = pixels = reader.picture(file.entry, size)
            except BadPicture as error:
                refused.append(Refused(shown("/".join(file.entry.path)), str(error)))
                continue
            color = color or not bool((pixels == pixels[:1]).all())
            taken.append(file)
    if not taken:
        raise BadDataSet(_nothing(name, refused))
    images = images[: len(taken)] if color else images[: len(taken), :1].clone()
    classes = tuple(dict.fromkeys(file.label for file in taken))
    index = {label: i for i, label in enumerate(classes)}
    labels = torch.tensor([index[file.label] for file in taken])
    given = {file.test for file in taken} == {True, False}
    test = torch.tensor([bool(file.test) for file in taken]) if given else every_fifth(labels)
    return Pictures(
        images=images,
        labels=labels,
        classes=classes,
        names=tuple("/".join(file.entry.path) for file in taken),
        test=test,
        given_split=given,
        hash=_hash(images, labels, test),
        refused=tuple(sorted(refused, key=lambda one: natural(one.name))),
    )


def report(pictures: Pictures) -> str:
    """What was taken and what was refused, in at most 50 lines of plain text."""
    size, channels = pictures.images.shape[-1], pictures.images.shape[1]
    tested = int(pictures.test.sum())
    how = "as the folders say" if pictures.given_split else "every fifth picture of a class"
    lines = [
        f"{pictures.taken:,} pictures were taken, {size} x {size} pixels, {'gray' if channels == 1 else 'color'}: "
        f"{pictures.taken - tested:,} to train on and {tested:,} for the test ({how}).",
        f"Classes: {len(pictures.classes):,}",
    ]
    counts = torch.bincount(pictures.labels, minlength=len(pictures.classes)).tolist()
    classes = [f"  {shown(name)}: {count:,}" for name, count in zip(pictures.classes, counts, strict=True)]
    lines += _shortened(classes, 25, "classes")
    reasons: dict[str, list[str]] = defaultdict(list)
    for one in pictures.refused:
        reasons[one.reason].append(one.name)
    lines.append(f"Files refused: {len(pictures.refused):,}")
    grouped = []
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
        grouped.append(f"  {reason} ({', '.join(names[:3])}{more})")
    return "\n".join(lines + _shortened(grouped, 22, "reasons"))


def _shortened(lines: list[str], most: int, what: str) -> list[str]:
    """The first lines, and one that says how many more there are, `most` in all."""
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"  and {len(lines) - most + 1:,} more {what}"]


@contextmanager
def _listed(source: Path, limits: Limits) -> Iterator[Listing]:
    try:
        is_folder, is_file = source.is_dir(), source.is_file()
    except OSError:  # such as a name that is too long for the file system
        is_folder = is_file = False
    if is_folder:
        yield walk(source, limits)
    elif is_file:
        with members(source, limits) as listing:
            yield listing
    else:
        raise BadDataSet(
            f"There is no folder or file “{shown(str(source))}”; give a folder of pictures, or a zip of one."
        )


def _check(name: str, placed: Sequence[Placed], listing: Listing, size: int, limits: Limits) -> None:
    """Compares what can be counted before anything is opened with the limits."""
    count, classes = len(listing.entries), len({file.label for file in placed})
    total, memory = sum(file.entry.size for file in placed), len(placed) * 3 * size * size
    for given, allowed, over in (
        (f"{count:,} pictures", f"{limits.pictures:,}", count > limits.pictures),
        (f"{classes:,} classes", f"{limits.classes:,}", classes > limits.classes),
        (f"{total / 1e6:,.1f} MB of pictures", f"{limits.bytes / 1e6:,.1f} MB", total > limits.bytes),
    ):
        if over:
            raise BadDataSet(f"“{name}” holds {given}; at most {allowed} are allowed: leave some out.")
    if memory > limits.memory:
        raise BadDataSet(
            f"{len(placed):,} pictures of {size} x {size} pixels need {memory / 1e6:,.1f} MB of memory; "
            f"{limits.memory / 1e6:,.1f} MB are allowed: choose a smaller size, or give fewer pictures."
        )


class _Reader:
    """Reads files as long as the limits of bytes and pixels last that all files share."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.bytes = limits.bytes
        self.pixels = limits.total_pixels

    def picture(self, entry: Entry, size: int) -> Tensor:
        """The picture in `entry`, (3, size, size), uint8.

        Raises:
            BadPicture: When this file cannot be taken.
            BadDataSet: When all files together are too large.
        """
        with opened(self._content(entry)) as picture:
            width, height = picture.size
            if width * height > self.limits.pixels:
                raise BadPicture(f"This picture has more than {self.limits.pixels / 1e6:,g} million pixels; shrink it.")
            if min(width, height) < 2:
                raise BadPicture("This picture is less than 2 pixels wide or high; give a larger one.")
            self.pixels -= width * height
            if self.pixels < 0:
                raise BadDataSet(
                    f"The pictures in “{self.name}” have more than {self.limits.total_pixels / 1e6:,g} million pixels "
                    "together, which is the most that is read; shrink them, or leave some out."
                )
            return read(picture, size=size, channels=3)

    def _content(self, entry: Entry) -> bytes:
        """The bytes of the file, counted while they come."""
        parts, left = [], entry.bound
        try:
            with entry.open() as file:
                while part := file.read(CHUNK):
                    parts.append(part)
                    left -= len(part)
                    self.bytes -= len(part)
                    if left < 0 or self.bytes < 0:
                        break
        # a stranger's archive can make its reader fail in any way; none of them may reach the page
        except Exception:
            raise BadPicture("This file is damaged or cannot be read; copy it anew.") from None
        if self.bytes < 0:
            raise BadDataSet(
                f"The files in “{self.name}” unpack to more than {self.limits.bytes / 1e6:,.1f} MB, which is the most "
                "that is read; leave pictures out, or make them smaller."
            )
        if left < 0:
            raise BadPicture(
                f"This file unpacks to more than {self.limits.ratio:,} times its size, as in a zip bomb; "
                "save the picture as PNG."
            )
        return b"".join(parts)


def _hash(images: Tensor, labels: Tensor, test: Tensor) -> str:
    total = hashlib.sha256(str(tuple(images.shape)).encode())
    for part in (images, labels, test):
        total.update(part.numpy().data)
    return total.hexdigest()


def _nothing(name: str, refused: Sequence[Refused]) -> str:
    if not refused:
        return f"“{name}” holds no files; give a folder of PNG, JPEG, WebP or GIF pictures, or a zip of one."
    reason, count = Counter(one.reason for one in refused).most_common(1)[0]
    return f"None of the {len(refused):,} files in “{name}” could be taken. For {count:,} of them: {reason}"
