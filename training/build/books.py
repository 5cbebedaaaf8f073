"""Builds the pack `books` from three texts that compressors are measured on, which Brotli's sources hold.

pip download --no-deps --no-binary :all: brotli==1.2.1
python -m training.build.books brotli-1.2.1.tar.gz
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

from playground.data.cards import PACKS, Card, digest, write_card
from playground.data.sets.books import FILE, SYMBOLS, passages

COMMAND = "python -m training.build.books brotli-1.2.1.tar.gz"


@dataclass(frozen=True)
class Book:
    """A text, and what of it is taken.

    Attributes:
        title: Of the book.
        file: Of the archive's test data.
        begin: What stands before the part that is taken; its first occurrence as a line.
        end: What stands behind it, likewise.
    """

    title: str
    file: str
    begin: str
    end: str


BOOKS = (
    Book("Alice’s Adventures in Wonderland", "alice29.txt", "Down the Rabbit-Hole", "THE END"),
    Book("As You Like It", "asyoulik.txt", "ACT I", "EPILOGUE"),
    Book("Paradise Lost", "plrabn12.txt", "Book I", "Book IV"),
)


def plain(text: str) -> str:
    """A text in `SYMBOLS`: one kind of apostrophe, no indents, no empty lines, one space at a time."""
    text = text.replace("`", "'").replace("\t", " ")
    text = "".join(character for character in text if character in SYMBOLS)
    lines = (re.sub(" +", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def part(text: str, book: Book) -> str:
    """The lines between the two that begin and end what is taken."""
    lines = text.splitlines()
    bare = [line.strip() for line in lines]
    begin = bare.index(book.begin)
    return "\n".join(lines[begin + 1 : bare.index(book.end, begin)])


def build(archive: Path, target: Path) -> Card:
    """Reads the texts in Brotli's source archive, writes the pack and its card to `target`."""
    rows = []
    with tarfile.open(archive) as sources:
        files = {Path(member.name).name: member for member in sources.getmembers() if "/testdata/" in member.name}
        for book in BOOKS:
            content = sources.extractfile(files[book.file])
            assert content is not None, book.file
            text = plain(part(content.read().decode("ascii"), book))
            rows.append({"title": book.title, "text": text})
    packed = gzip.compress(json.dumps(rows, ensure_ascii=False, indent=0).encode(), mtime=0)
    (target / FILE).write_bytes(packed)
    train, test = passages(packed)
    card = Card(
        name="books",
        title="Three books",
        what=f"Passages of 128 characters from “Alice’s Adventures in Wonderland” by Lewis Carroll (1865), “As You "
        f"Like It” by William Shakespeare (1623) and the first three books of “Paradise Lost” by John Milton (1667). "
        f"{len(train)} to learn from, each beginning half a passage after the one before; {len(test)} to test on, from "
        f"the last tenth of each text. Lines end as they do in print; indents, empty lines and digits are left out.",
        source="alice29.txt, asyoulik.txt and plrabn12.txt of the Canterbury and Large Canterbury corpora "
        "(Arnold & Bell, 1997), which stem from Project Gutenberg, in the test data of Brotli 1.2.1 (PyPI)",
        license="The texts are in the public domain",
        attribution="Lewis Carroll, William Shakespeare, John Milton",
        hash=digest([packed]),
        n_train=len(train),
        n_test=len(test),
        built_by=COMMAND,
        files=(FILE,),
    )
    write_card(card, target)
    return card


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=COMMAND)
    parser.add_argument("archive", type=Path, help="Brotli's source archive, in whose test data the texts are")
    print(build(parser.parse_args().archive, PACKS))
