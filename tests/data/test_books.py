"""Three books as passages, and the builder of their pack."""

import io
import tarfile

import pytest
import torch

from playground.data import TextSpec, packs
from playground.data.sets.books import FILE, SPEC, SYMBOLS, TITLES, passages
from training.build import books


def test_a_text_is_numbers_and_comes_back():
    spec = TextSpec(name="any", symbols="\n abc", length=4)
    numbers = spec.numbers("cab\nb!a")  # an exclamation mark is none of its symbols
    assert numbers.tolist() == [4, 2, 3, 0, 3, 2] and numbers.dtype == torch.uint8
    assert spec.text(numbers) == "cab\nba" and spec.elements == 4
    assert spec.numbers("!?").shape == (0,)


def test_passages_are_the_books_of_their_labels():
    data = packs.load("books")
    assert data.spec == packs.spec("books") == SPEC and SPEC.classes == TITLES
    assert len(set(SYMBOLS)) == len(SYMBOLS)
    for split in (data.train, data.test):
        assert split["characters"].shape == (len(split), 128) and split["characters"].dtype == torch.uint8
        assert int(split["characters"].max()) < len(SYMBOLS)
        assert set(split["labels"].tolist()) == {0, 1, 2}
    text = ["".join(SPEC.text(row) for row in data.train["characters"][data.train["labels"] == i]) for i in range(3)]
    named = [{name for name in ("Alice", "ROSALIND", "Satan") if name in book} for book in text]
    assert named == [{"Alice"}, {"ROSALIND"}, {"Satan"}]


def test_nothing_that_is_tested_on_is_learned_from():
    data = packs.load("books")
    learned = {
        label: "".join(SPEC.text(row)[:64] for row in data.train["characters"][data.train["labels"] == label])
        for label in range(3)
    }
    for passage, label in zip(data.test["characters"], data.test["labels"].tolist(), strict=True):
        assert SPEC.text(passage) not in learned[label]


def test_passages_to_learn_from_begin_half_a_passage_after_one_another():
    data = packs.load("books")
    first, second = data.train["characters"][:2]
    assert torch.equal(first[64:], second[:64])
    assert [SPEC.classes[label] for label in data.test["labels"][:3]] == list(TITLES)  # in turn
    assert SPEC.text(first).startswith("Alice was beginning to get very tired of sitting by her sister\non the bank")


@pytest.fixture
def archive(tmp_path):
    """The sources of a compressor, three of whose test files begin and end as the books do."""
    prose = "".join(f"  line {number} `of a text,'\r\n\tand  then\r\n\r\n" for number in range(400))
    files = {
        "alice29.txt": f"header\r\n  Down the Rabbit-Hole\r\n{prose}\r\n   THE END\r\n\x1a",
        "asyoulik.txt": f"DRAMATIS PERSONAE\nACT I\n{prose}\nEPILOGUE\nbehind",
        "plrabn12.txt": f"Book II of others\nBook I \n{prose}\nBook IV     \nbehind",
    }
    path = tmp_path / "brotli.tar.gz"
    with tarfile.open(path, "w:gz") as sources:
        for name, text in files.items():
            member = tarfile.TarInfo(f"brotli-1/tests/testdata/{name}")
            content = text.encode()
            member.size = len(content)
            sources.addfile(member, io.BytesIO(content))
    return path


def test_the_builder_takes_the_part_between_two_lines(archive, tmp_path):
    card = books.build(archive, tmp_path)
    train, test = passages((tmp_path / FILE).read_bytes())
    assert (card.n_train, card.n_test) == (len(train), len(test)) and len(test) > 0
    text = "".join(SPEC.text(row)[:64] for row in train["characters"])
    assert text.startswith("line 'of a text,'\nand then\nline 'of a text,'")
    assert not any(word in text for word in ("header", "behind", "others"))
