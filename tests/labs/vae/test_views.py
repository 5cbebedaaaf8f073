"""The VAE lab's views: points, manifold, codes and ellipses are those of the network at that step."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import packs
from playground.labs.vae.latent import decoded, encoded
from playground.labs.vae.plane import EXTENT, Cloud, NoPlane, ellipse, manifold, plane_through
from playground.labs.vae.views import DOTS, SIDE
from playground.ui.views import CannotView
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(params=[2, 5])
def run(written, request):
    """Two dimensions are shown as they are, of more a plane."""
    return written(latent=request.param)


def plane_of(run, step):
    network = run.network(step)
    return network, plane_through(encoded(network, packs.load("digits").test.first(DOTS)["images"])[0])


def example(number):
    return packs.examples("digits")["images"][number][None]


def test_the_plane_is_that_of_the_snapshot(ask, run):
    words, tensors = ask(run, "plane", 6)
    network, plane = plane_of(run, 5)
    test = packs.load("digits").test
    assert (words["step"], words["extent"], words["side"]) == (5, EXTENT, SIDE)
    assert words["latent"] == run.recipe.latent and words["explained_variance"] == pytest.approx(
        plane.explained_variance, abs=1e-4
    )
    torch.testing.assert_close(tensors["points"], plane.project(encoded(network, test["images"])[0]))
    assert tensors["labels"].tolist() == test["labels"].tolist() and len(test) == 297 < DOTS


def test_the_manifold_is_what_the_decoder_draws(ask, run):
    network, plane = plane_of(run, 10)
    tiles = manifold(network, plane, side=SIDE)
    jpeg = bytes(ask(run, "plane")[1]["jpeg"].tolist())
    sheet = np.asarray(Image.open(io.BytesIO(jpeg)).convert("L")).astype(float)
    assert sheet.shape == (20 * 8, 20 * 8)
    for row, column in ((0, 0), (0, 19), (19, 0), (10, 3)):
        tile = sheet[row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
        assert np.abs(tile - tiles[row * 20 + column, 0].numpy()).max() < 16, "as JPEG has it"


@pytest.mark.parametrize("point", [(0.0, 0.0), (-EXTENT, EXTENT), (1.25, -2.5)])
def test_a_point_of_the_plane_is_decoded_there(ask, run, point):
    network, plane = plane_of(run, 10)
    picture = ask(run, "decode", x=point[0], y=point[1])[1]["picture"]
    expected = decoded(network, plane.lift(torch.tensor([point])))[0]
    assert (picture.int() - expected.int()).abs().max() <= 1


def test_a_picture_decoded_where_it_lies_is_its_reconstruction(ask, run):
    """Also what the plane does not hold of its code counts."""
    x, y = ask(run, "encode", picture="ex-4")[1]["at"].tolist()
    inside = max(-EXTENT, min(x, EXTENT)), max(-EXTENT, min(y, EXTENT))
    assert (x, y) == inside, "a code of this network lies on the part of the plane that is shown"
    picture = ask(run, "decode", x=x, y=y, picture="ex-4", off_plane=True)[1]["picture"]
    network, _ = plane_of(run, 10)
    expected = decoded(network, encoded(network, example(4))[0])[0]
    assert (picture.int() - expected.int()).abs().max() <= 1


def test_the_encoder_says_where_and_how_sure_it_is(ask, run):
    tensors = ask(run, "encode", picture="ex-4")[1]
    network, plane = plane_of(run, 10)
    mean, log_variance = encoded(network, example(4))
    deviation = (0.5 * log_variance).exp()
    torch.testing.assert_close(tensors["at"], plane.project(mean)[0])
    assert tensors["ellipse"].tolist() == pytest.approx(ellipse(plane, deviation[0]), abs=1e-4)


def test_a_plane_along_chosen_directions_is_drawn_decoded_and_encoded_alike(ask, written):
    run = written(latent=5)
    network, _ = plane_of(run, 10)
    codes = encoded(network, packs.load("digits").test["images"]).mean
    plane = Cloud.of(codes).plane("z4", "pc2")
    chosen = {"across": "z4", "up": "pc2"}
    words, tensors = ask(run, "plane", **chosen)
    assert words["directions"] == ["z4", "pc2"] and words["usual"] == ["pc1", "pc2"]
    torch.testing.assert_close(tensors["points"], plane.project(codes))
    mean = encoded(network, example(4)).mean
    torch.testing.assert_close(ask(run, "encode", picture="ex-4", **chosen)[1]["at"], plane.project(mean)[0])
    picture = ask(run, "decode", x=1, y=-2, off_plane=False, **chosen)[1]["picture"]
    expected = decoded(network, plane.lift(torch.tensor([[1.0, -2.0]])))[0]
    assert (picture.int() - expected.int()).abs().max() <= 1
    with pytest.raises(NoPlane, match="no direction “z6”"):
        ask(run, "plane", across="z6")


def test_what_the_plane_leaves_out_of_a_picture(ask, run):
    words, tensors = ask(run, "encode", picture="ex-4")
    network, plane = plane_of(run, 10)
    mean = encoded(network, example(4)).mean
    residual = mean - plane.lift(plane.project(mean))
    share = float(residual.square().sum() / (mean - plane.origin).square().sum())
    assert words["left_out"] == pytest.approx(share, abs=1e-5) and (share > 0.01) == (run.recipe.latent > 2)
    for name, code in (("whole", mean), ("projected", mean - residual)):
        assert (tensors[name].int() - decoded(network, code)[0].int()).abs().max() <= 1


def test_the_pictures_of_the_dots_stand_in_the_order_of_the_dots(ask, run):
    words, tensors = ask(run, "dots")
    sheet = np.asarray(Image.open(io.BytesIO(bytes(tensors["jpeg"].tolist()))).convert("L")).astype(float)
    images = packs.load("digits").test["images"]
    for dot in (0, 21, len(images) - 1):
        row, column = divmod(dot, words["columns"])
        tile = sheet[row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
        assert np.abs(tile - images[dot, 0].numpy()).max() < 16, "as JPEG has it"


def test_of_many_test_pictures_the_first_are_the_dots(ask, written):
    assert len(ask(written("vae-sprites", latent=2), "plane")[1]["points"]) == DOTS


def test_without_the_data_examples_stand_in(ask, written, monkeypatch):
    monkeypatch.setattr("playground.data.catalog.Catalog.available", lambda self, name: False)
    assert len(ask(written(), "plane")[1]["points"]) == 24


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"x": EXTENT + 1}, "“x”: input should be less than or equal to 3 .it was “4.0”"),
        ({"y": "nan"}, "“y”: input should be a finite number"),
        ({"z": 1}, "This part of a view has no option “z”; it has label, across, up, x, y, off_plane."),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(ask, written, options, sentence):
    with pytest.raises(BadOption, match=sentence):
        ask(written(), "decode", **options)


def test_the_views_of_a_lab_are_for_its_networks(context, written):
    from playground.labs import views

    run = written("vit-digits")
    with pytest.raises(CannotView, match="cannot be asked of Vision Transformer; choose another run"):
        context.views.answer(views()["vae"]["plane"], run, 10, {})
