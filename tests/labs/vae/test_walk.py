"""Walks between two pictures: even ones are even, circles stay round, an analogy arrives, and pictures are pinned."""

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import packs
from playground.labs.vae.conditioning import Class
from playground.labs.vae.latent import decoded, encoded
from playground.labs.vae.vae import VAE
from playground.labs.vae.walk import FRAMES, arc, evenness, line, steps, walks
from playground.ui.inputs import UnknownPicture
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")
SHARES = torch.linspace(0, 1, FRAMES, dtype=torch.float64)[:, None]
ROWS = 4


def example(number):
    return packs.examples("digits")["images"][number]


def test_on_a_great_circle_every_step_turns_by_the_same_angle():
    start, end = torch.tensor([3.0, 0.0, 0.0]).double(), torch.tensor([0.0, 3.0, 0.0]).double()
    turned = arc(start, end, SHARES)
    angles = SHARES[:, 0] * math.pi / 2
    expected = 3 * torch.stack([angles.cos(), angles.sin(), 0 * angles], dim=1)
    torch.testing.assert_close(turned, expected, rtol=0, atol=1e-12)


def test_between_codes_of_different_lengths_the_length_changes_as_a_line():
    rng = torch.Generator().manual_seed(0)
    start, end = torch.randn(2, 16, generator=rng, dtype=torch.float64) * torch.tensor([[1.0], [4.0]])
    for goal in (end, 0.01 * end - 4 * start):  # nearly opposite, where Shoemake's formula gives far longer ones
        walked = arc(start, goal, SHARES)
        torch.testing.assert_close(walked[[0, -1]], torch.stack([start, goal]))
        torch.testing.assert_close(walked.norm(dim=1), line(start.norm(), goal.norm(), SHARES[:, 0]), rtol=1e-3, atol=0)


def test_a_fade_is_even_and_a_jump_is_not():
    black, white = torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)
    fade = line(black[0], white[0], torch.linspace(0, 1, 5)[:, None, None, None])
    assert steps(fade).tolist() == pytest.approx([0.25] * 4)
    jump = torch.cat([black, black, white, white, white])
    assert steps(jump).tolist() == [0, 1, 0, 0]
    distances = steps(torch.stack([fade, jump, jump[:1].expand(5, -1, -1, -1)]))
    assert evenness(distances).tolist() == pytest.approx([1, 4, 1])


def test_every_walk_goes_where_it_says(ask, shipped):
    run = shipped("vae-fashion")
    network, examples = run.network(run.snapshots[-1]), packs.examples("fashion")["images"]
    words, tensors = ask(run, "walk", picture="ex-3", b="ex-4", c="ex-5-inverted")
    sheet = np.asarray(Image.open(io.BytesIO(bytes(tensors["jpeg"].tolist()))).convert("L")).astype(float)
    rows = sheet.reshape(ROWS, 28, FRAMES, 28).swapaxes(1, 2)  # (ROWS, FRAMES, 28, 28)
    a, b, c = encoded(network, torch.stack([examples[3], examples[4], 255 - examples[5]])).mean
    start, end, middle, analogy = decoded(network, torch.stack([a, b, (a + b) / 2, a - b + c]))[:, 0].double().numpy()

    def apart(one, other):
        return np.abs(one - other).mean()

    assert min(apart(start, end), apart(end, analogy), apart(middle, (start + end) / 2)) > 10
    assert max(apart(row[0], start) for row in rows) < 4, "as JPEG has it"
    assert max(apart(row[-1], end) for row in rows[:3]) < 4 and apart(rows[3, -1], analogy) < 4
    assert apart(rows[0, 5], middle) < 4 and apart(rows[2, 5], (start + end) / 2) < 4
    distances = torch.tensor(words["steps"])
    assert distances.shape == (ROWS, FRAMES - 1)
    assert distances[2].tolist() == pytest.approx([float(distances[2].mean())] * 10, rel=1e-4)
    assert words["evenness"] == pytest.approx(evenness(distances).tolist(), rel=1e-5)


def test_a_picture_that_is_no_longer_there_is_told(ask, written):
    run = written()
    with pytest.raises(UnknownPicture, match="That picture is no longer here. Choose or upload another."):
        ask(run, "walk", b="up-gone")
    with pytest.raises(UnknownPicture, match="There is no example 99; there are 0 to 23."):
        ask(run, "walk", b="ex-99")
    with pytest.raises(BadOption, match="“c”: string should match pattern .* .it was “../x”"):
        ask(run, "walk", c="../x")


def test_both_halves_of_a_conditional_network_are_given_the_class():
    network = VAE(image_size=8, latent=3, width=16, classes=10).eval()
    pictures = [example(number) for number in range(3)]
    frames = walks(network, *pictures, Class(label=7))
    seven = torch.tensor([7])
    expected = network.decode(encoded(network, pictures[0][None], seven).mean, seven)
    torch.testing.assert_close(frames[0, 0], expected[0])
    with pytest.raises(BadOption, match="There is no class 10; there are 0 to 9."):
        walks(network, *pictures, Class(label=10))
