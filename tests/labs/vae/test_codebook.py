"""The codebook as a view: a picture spelled, painted over, and continued; which codes are used, and for what."""

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import packs, unit
from playground.labs.vae.codebook import DRAWN, MARGIN, Painted, book_of, spelled, spelled_view, trace_view
from playground.labs.vae.vqvae import STRIDE, VQVAE
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")

TEST = packs.load("digits").test["images"]


def network():
    """One of 5 codes on 2 x 2 places, whose prior is far from uniform."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = VQVAE(image_size=8, channels=1, codes=5, dimensions=4, width=8, prior_width=16, prior_depth=1).eval()
        for parameter in made.prior.parameters():
            if parameter.ndim > 1:
                parameter.data.normal_(std=0.5)
        return made.requires_grad_(False)


@pytest.fixture
def run(written):
    return written("vqvae-fashion", data="digits", codes=16, width=8, dimensions=4, prior_width=16, prior_depth=1)


def test_painted_codes_stand_in_their_places():
    indices = torch.tensor([[4, 3], [2, 1]])
    assert Painted(edits="1:0;2:4").painted(network(), indices).tolist() == [[4, 0], [4, 1]]
    assert Painted().painted(network(), indices).tolist() == [[4, 3], [2, 1]]
    assert indices.tolist() == [[4, 3], [2, 1]], "the picture's own codes stay"


@pytest.mark.parametrize("edits", ["4:0", "0:5"])
def test_a_place_or_code_that_there_is_not_is_told_in_a_sentence(edits):
    with pytest.raises(BadOption, match="places are 0 to 3, codes 0 to 4"):
        Painted(edits=edits).painted(network(), torch.zeros(2, 2, dtype=torch.long))


def test_a_patch_is_the_mean_of_what_lies_around_the_places_that_choose_its_code():
    net, images = network(), TEST[:20]
    book = book_of(net, images)
    indices = net.encode(unit(images))
    assert torch.equal(book.counts, torch.bincount(indices.flatten(), minlength=5).int()) and book.pictures == 20
    framed = np.pad(images[:, 0].numpy().astype(float), ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)), mode="edge")
    side = STRIDE + 2 * MARGIN
    for code in range(5):
        windows = [
            framed[n, STRIDE * row : STRIDE * row + side, STRIDE * column : STRIDE * column + side]
            for n, row, column in (indices == code).nonzero().tolist()
        ]
        expected = np.mean(windows, axis=0) if windows else np.zeros((side, side))
        assert np.abs(book.patches[code, 0].numpy() - expected).max() <= 0.5 + 1e-3


def test_a_picture_is_spelled_and_each_code_costs_what_the_prior_says(ask, run):
    net, picture = run.network(10), packs.examples("digits")["images"][3]
    words, tensors = ask(run, "spelled", picture="ex-3")
    indices = net.encode(unit(picture[None]))[0]
    assert torch.equal(tensors["indices"].long(), indices)
    assert torch.equal(tensors["picture"], (net.decode(indices[None])[0] * 255).round().to(torch.uint8))
    assert float(tensors["bits"].sum()) == pytest.approx(float(net.prior.nats(indices.view(1, -1))) / math.log(2))
    error = (tensors["picture"].double() - picture.double()).div(255).square().mean()
    assert words == {"step": 10, "error": pytest.approx(float(error)), "most": 4.0, "codes": 16}


def test_a_painted_code_changes_the_picture_and_what_it_costs(ask, run):
    _, before = ask(run, "spelled", picture="ex-3")
    code = (int(before["indices"][1, 1]) + 1) % 16
    _, after = ask(run, "spelled", picture="ex-3", edits=f"3:{code}")
    assert after["indices"].flatten().tolist() == [*before["indices"].flatten().tolist()[:3], code]
    assert not torch.equal(after["picture"], before["picture"])
    assert torch.equal(after["bits"].flatten()[:3], before["bits"].flatten()[:3]), "what comes before costs the same"


def test_the_book_counts_the_codes_of_test_pictures(ask, run):
    words, tensors = ask(run, "book")
    book = book_of(run.network(10), TEST)
    assert torch.equal(tensors["counts"], book.counts) and torch.equal(tensors["patches"], book.patches)
    shares = tensors["counts"][tensors["counts"] > 0] / tensors["counts"].sum()
    assert words["used"] == len(shares) and words["pictures"] == 297 and words["margin"] == MARGIN
    assert words["perplexity"] == pytest.approx(math.exp(-float((shares * shares.log()).sum())), rel=1e-5)


def drawn_by(ask, run, **options):
    """The continuations of a view, (DRAWN, 8, 8), as its JPEG file has them."""
    words, tensors = ask(run, "continued", picture="ex-3", **options)
    image = np.asarray(Image.open(io.BytesIO(bytes(tensors["jpeg"].tolist()))).convert("L")).astype(int)
    return words, image.reshape(8, DRAWN, 8).transpose(1, 0, 2)


def test_the_prior_goes_on_from_the_rows_that_are_kept(ask, run):
    words, pictures = drawn_by(ask, run, rows=16)
    assert words == {"step": 10, "rows": 2, "side": 2, "drawn": DRAWN}
    _, spelled_ = ask(run, "spelled", picture="ex-3")
    assert np.abs(pictures - spelled_["picture"][0].numpy()).max() < 24, "all of it is kept"
    _, others = drawn_by(ask, run, rows=0, temperature=2)
    assert len(np.unique(others, axis=0)) > 1
    assert np.array_equal(others, drawn_by(ask, run, rows=0, temperature=2)[1])
    assert not np.array_equal(others, drawn_by(ask, run, rows=0, temperature=2, seed=1)[1])


def test_the_prior_goes_on_from_painted_rows():
    net = network()
    rng = torch.Generator().manual_seed(0)
    kept = spelled(net, TEST[0], Painted(edits="0:2;1:3"))[:1]
    grids = net.sample(50, rng, given=kept)
    assert (grids[:, 0] == torch.tensor([2, 3])).all() and len(grids[:, 1].unique(dim=0)) > 1


def test_the_trace_is_what_a_code_costs():
    net = network()
    answer = trace_view(net, None, Painted(edits="0:1"), {"picture": TEST[0]})
    bits = spelled_view(net, None, Painted(edits="0:1"), {"picture": TEST[0]}).tensors["bits"]
    assert answer.tensors["values"].tolist() == [pytest.approx(float(bits.mean()))]
    assert answer.words == {"names": ["Bits a code"], "shares": False}
