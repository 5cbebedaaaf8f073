"""The pictures that views look at: what visitors bring is kept for a while, in any shape that is asked for."""

import io

import pytest
import torch
from PIL import Image

from playground.data import packs
from playground.data.intake import BadPicture
from playground.ui import inputs
from playground.ui.inputs import Inputs, UnknownPicture


def file(color, size=(40, 30), kind="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, kind)
    return buffer.getvalue()


DIGITS = packs.spec("digits", 8)
EMOJI = packs.spec("emoji", 32)


def test_an_example_is_the_data_sets_own_picture():
    uploads = Inputs(packs)
    for number in (0, 7, 23):
        assert torch.equal(uploads.get(f"ex-{number}", DIGITS), packs.examples("digits", 8)["images"][number])
    assert torch.equal(uploads.get("ex-7-inverted", DIGITS), 255 - uploads.get("ex-7", DIGITS))
    assert uploads.get("ex-7", EMOJI).shape == (3, 32, 32)


def test_a_grey_example_can_be_asked_for_in_color():
    color = packs.spec("digits", 8).__class__(name="digits", channels=3, size=16, classes=DIGITS.classes)
    picture = Inputs(packs).get("ex-3", color)
    assert picture.shape == (3, 16, 16) and torch.equal(picture[0], picture[2])


@pytest.mark.parametrize("number", ["24", "-1", "", "x", "1.0", "²", "9" * 5000])
def test_an_example_that_is_not_there_is_told_in_a_short_sentence(number):
    with pytest.raises(UnknownPicture, match="there are 0 to 23") as caught:
        Inputs(packs).get(f"ex-{number}", DIGITS)
    assert len(str(caught.value)) < 100


def test_what_was_brought_comes_in_every_shape():
    uploads = Inputs(packs)
    name, bright = uploads.add(file((250, 100, 0)))
    assert not bright
    color, gray = uploads.get(name, EMOJI), uploads.get(name, DIGITS)
    assert color.shape == (3, 32, 32) and color.dtype is torch.uint8
    assert color[:, 0, 0].tolist() == [250, 100, 0]
    # the weights of ITU-R BT.601
    assert gray.shape == (1, 8, 8) and int(gray[0, 0, 0]) == round(0.299 * 250 + 0.587 * 100)
    assert torch.equal(uploads.get(name + "-inverted", DIGITS), 255 - gray)


def test_the_border_tells_whether_a_picture_is_bright():
    page = Image.new("L", (64, 64), "white")
    page.paste(0, (16, 16, 48, 48))
    buffer = io.BytesIO()
    page.save(buffer, "PNG")
    assert Inputs(packs).add(buffer.getvalue())[1] is True
    assert Inputs(packs).add(file("black"))[1] is False


def test_what_is_no_picture_leaves_nothing_behind():
    uploads = Inputs(packs)
    with pytest.raises(BadPicture):
        uploads.add(b"no picture")
    assert not uploads._uploads


def test_names_cannot_be_guessed_and_differ():
    uploads = Inputs(packs)
    names = {uploads.add(file("red"))[0] for _ in range(20)}
    assert len(names) == 20 and all(name.startswith("up-") and len(name) >= 16 for name in names)
    with pytest.raises(UnknownPicture, match="no longer here"):
        Inputs(packs).get(next(iter(names)), DIGITS)


def kept(uploads, names):
    """Of which of the names there is a picture."""
    return [name for name in names if name in uploads._uploads]


def test_of_one_visitor_the_oldest_is_forgotten(monkeypatch):
    monkeypatch.setattr(inputs, "EACH", 3)
    uploads = Inputs(packs)
    other, _ = uploads.add(file("red"), "bob")
    names = [uploads.add(file((value, 0, 0)), "ann")[0] for value in (10, 20, 30, 40)]
    with pytest.raises(UnknownPicture, match="no longer here"):
        uploads.get(names[0], EMOJI)
    assert [int(uploads.get(name, EMOJI)[0, 0, 0]) for name in names[1:]] == [20, 30, 40]
    assert kept(uploads, [other]) == [other]


def test_of_all_visitors_whoever_has_most_loses_first(monkeypatch):
    monkeypatch.setattr(inputs, "MAX_UPLOADS", 5)
    uploads = Inputs(packs)
    ann = [uploads.add(file("red"), "ann")[0] for _ in range(2)]
    bob = [uploads.add(file("red"), "bob")[0] for _ in range(5)]
    assert kept(uploads, ann + bob) == ann + bob[-3:]
    others = [uploads.add(file("red"), f"visitor {number}")[0] for number in range(5)]
    assert kept(uploads, ann + bob + others) == others and len(uploads._names) == 5
