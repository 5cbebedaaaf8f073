"""Signs: those that our code draws, and Omniglot's from a folder as its authors give it out."""

import io
import zipfile

import pytest
import torch
from PIL import Image

from playground.data import DataUnavailable, packs
from playground.data.catalog import Catalog
from playground.data.idx import BadFile
from playground.data.sets import omniglot, signs


def quiet(part, what):
    """Reports progress to nobody."""


def drawing(sign, hand):
    """A black mark on white, 105 x 105 pixels, whose place says which sign it is."""
    image = Image.new("1", (105, 105), 1)
    image.paste(0, (4 * sign, 10, 4 * sign + 20, 60 + hand))
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def write(path, alphabets):
    number = 0
    with zipfile.ZipFile(path, "w") as archive:
        for alphabet, count in alphabets.items():
            for sign in range(1, count + 1):
                number += 1
                for hand in range(1, 4):
                    name = f"{path.stem}/{alphabet}/character{sign:02}/{number:04}_{hand:02}.png"
                    archive.writestr(name, drawing(sign, hand))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    train, test = omniglot.FILES["omniglot-small"]
    write(tmp_path / train, {"Greek": 2, "Korean": 3})
    write(tmp_path / test, {"Greek": 2, "Tagalog": 4})
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    return tmp_path


def test_the_sides_have_no_alphabet_in_common(folder):
    data = omniglot.load(omniglot.SMALL, quiet)
    assert len(data.train) == 15 and len(data.test) == 12
    assert data.train["identities"].tolist() == [i for i in range(5) for _ in range(3)]
    assert data.test["identities"].tolist() == [i for i in range(5, 9) for _ in range(3)]
    assert data.test.names[0] == "Tagalog, sign 01" and {name.split(",")[0] for name in data.test.names} == {"Tagalog"}


def test_strokes_are_white_on_black(folder):
    images = omniglot.load(omniglot.SMALL, quiet).train["images"]
    assert images.shape == (15, 1, 28, 28) and images.dtype == torch.uint8
    assert int(images[0, 0, 5, 2]) == 255 and int(images[0, 0, 25, 25]) == 0


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    catalog = Catalog()
    assert not catalog.available("omniglot") and not catalog.available("omniglot-small")
    with pytest.raises(DataUnavailable, match="images_background.zip and images_evaluation.zip"):
        omniglot.load(omniglot.WHOLE, quiet)
    assert torch.equal(catalog.examples("omniglot")["images"], packs.load("signs").examples["images"])


@pytest.mark.parametrize("content", [b"no archive", None])
def test_a_torn_file_is_named(folder, content):
    path = folder / omniglot.FILES["omniglot-small"][1]
    if content is None:
        zipfile.ZipFile(path, "w").close()
    else:
        path.write_bytes(content)
    with pytest.raises(BadFile, match=path.name):
        omniglot.load(omniglot.SMALL, quiet)


def test_drawings_of_one_made_up_sign_are_alike_and_those_of_two_are_not():
    images = packs.load("signs").train["images"].float().flatten(1) / 255
    small = torch.nn.functional.avg_pool2d(images.view(-1, 1, 28, 28), 4).flatten(1).view(-1, signs.DRAWINGS, 49)
    within = (small[:, :1] - small[:, 1:]).square().sum(dim=2).mean()
    between = (small[1:, 0] - small[:-1, 0]).square().sum(dim=1).mean()
    assert float(within) < 0.5 * float(between)
    assert (images.sum(dim=1) > 10).all()  # something is drawn in each


def test_made_up_signs_of_the_two_sides_are_others():
    data = packs.load("signs")
    assert not set(data.train["identities"].tolist()) & set(data.test["identities"].tolist())
    assert len(data.train) == signs.N_TRAIN * signs.DRAWINGS and len(data.test) == signs.N_TEST * signs.DRAWINGS
