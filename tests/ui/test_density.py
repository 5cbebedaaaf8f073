"""What the chooser of densities may send, and what it is answered."""

import pytest
import torch

from playground.data.toy2d import NoStrokes, UnknownDensity, densities, from_strokes, sample
from playground.ui.density import MOST_POINTS, MOST_STROKES, THUMBNAIL, BadDrawing, density, thumbnails, told


def rng():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("name", densities())
def test_a_named_density_is_sampled(name):
    found, draw = density({"density": name})
    assert found == name and torch.equal(draw(50, rng()), sample(name, 50, rng()))


def test_strokes_are_sampled():
    strokes = [[[-1, 0.5], [1, 0.5]], [[0.0, -1.0]]]
    name, draw = density({"strokes": strokes})
    assert name == "drawn" and torch.equal(draw(50, rng()), from_strokes(strokes, 50, rng()))


def test_an_unknown_name_is_refused():
    with pytest.raises(UnknownDensity, match="“stars”; there are rings"):
        density({"density": "stars"})


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [[]],
        "line",
        ["line"],
        [[1, 2]],
        [[[1]]],
        [[["a", "b"]]],
        [[[True, False]]],
        [[[0, 1.3]]],
        [[[0, float("nan")]]],
        [[[0, 10**400]]],
        [[[0, 0]]] * (MOST_STROKES + 1),
        [[[0, 0]] * (MOST_POINTS + 1)],
    ],
)
def test_what_is_no_drawing_is_refused_with_a_sentence(strokes):
    with pytest.raises((BadDrawing, NoStrokes, UnknownDensity), match="draw"):
        density({"strokes": strokes})


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff"])
def test_what_is_no_object_is_refused(body):
    with pytest.raises(BadDrawing, match="reload"):
        told(body)


def test_an_empty_body_says_nothing():
    assert told(b"") == {}


def test_every_thumbnail_shows_its_density(read_answer):
    words, tensors = read_answer(thumbnails().body)
    assert words == {"names": list(densities())} and tensors["points"].shape == (len(densities()), THUMBNAIL, 2)
    for name, shown in zip(densities(), tensors["points"], strict=True):
        reach = torch.cdist(shown, sample(name, 4000, rng())).amin(dim=1)
        assert float(reach.max()) < 0.25 and float(reach.median()) < 0.03, name
