"""Style mixing: each layer takes the code that the options say, and the numbers are what one can see change."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import as_images
from playground.labs.gan.asked import Asked
from playground.labs.gan.samples import difference, seeds
from playground.labs.gan.styles import (
    PAIRS,
    PSIS,
    Mixed,
    Mixture,
    Strips,
    influence_view,
    mixed_view,
    reached,
    strips_view,
    trace_view,
    truncation_view,
)
from playground.view import BadOption
from tests.labs.gan.small import shown

pytestmark = pytest.mark.usefixtures("one_thread")
LAYERS = 6


@pytest.fixture
def network():
    return shown()


def code(network, number, label=None):
    """The code w of a seed."""
    labels = None if label is None else torch.tensor([label])
    return network.generator.mapping(seeds(number, network.generator.latent, n=1), labels)[0]


def expected(network, codes, noise=None):
    """The picture of one code a layer, as bytes."""
    return as_images(network.generator.synthesis(torch.stack(codes)[None], noise))[0]


def strip(answer, size=16):
    """The pictures of a strip (N, C, H, W), as JPEG has them."""
    image = np.asarray(Image.open(io.BytesIO(bytes(answer.tensors["jpeg"].tolist()))))
    return torch.from_numpy(image.copy()).permute(2, 0, 1).unflatten(2, (-1, size)).permute(2, 0, 1, 3).int()


def matches(network, pictures, mixtures):
    """Which of the mixtures, one code a layer each, every picture of a strip is most like."""
    there = torch.stack([expected(network, codes) for codes in mixtures])
    return torch.cdist(pictures.flatten(1).float(), there.flatten(1).float()).argmin(dim=1).tolist()


@pytest.mark.parametrize(
    ("first", "last", "taken"), [(2, 3, "ABBAAA"), (5, 14, "AAAABB"), (1, 0, "AAAAAA"), (4, 4, "AAABAA")]
)
def test_the_layers_of_a_range_take_the_code_of_b(network, first, last, taken):
    of = {"A": code(network, 7), "B": code(network, 9)}
    picture = mixed_view(network, None, Mixed(a=7, b=9, first=first, last=last), {}).tensors["picture"]
    assert torch.equal(picture, expected(network, [of[name] for name in taken]))


def test_truncation_pulls_every_layer_to_the_average(network):
    average, a = network.generator.w_average, code(network, 7)
    for psi in (0, 0.35, 1.2):
        picture = mixed_view(network, None, Mixed(a=7, first=1, last=0, psi=psi), {}).tensors["picture"]
        there = expected(network, LAYERS * [average + psi * (a - average)])
        assert (picture.int() - there.int()).abs().max() <= 1
    pictures = strip(truncation_view(network, None, Mixture(a=7, first=1, last=0), {}))
    assert matches(network, pictures, [LAYERS * [average + psi * (a - average)] for psi in PSIS]) == [0, 1, 2, 3, 4, 5]


def test_noise_is_fixed_fresh_or_off(network):
    synthesis, codes = network.generator.synthesis, LAYERS * [code(network, 0)]
    noises = {
        "fixed": synthesis.fixed_noise(),
        "fresh": synthesis.fresh_noise(1, torch.Generator().manual_seed(5)),
        "off": synthesis.no_noise(),
    }
    pictures = []
    for name, noise in noises.items():
        options = Mixed(a=0, b=1, first=1, last=0, noise=name, grain=5)
        pictures.append(mixed_view(network, None, options, {}).tensors["picture"])
        assert torch.equal(pictures[-1], expected(network, codes, noise))
    assert not torch.equal(pictures[0], pictures[1]) and not torch.equal(pictures[0], pictures[2])
    other = mixed_view(network, None, Mixed(a=0, b=1, first=1, last=0, noise="fresh", grain=6), {}).tensors["picture"]
    assert not torch.equal(other, pictures[1])


def test_the_strips_go_from_a_to_b_and_layer_by_layer(network):
    a, b = code(network, 7), code(network, 9)
    answer = strips_view(network, None, Strips(a=7, b=9), {})
    pictures = strip(answer)
    mixtures = [(LAYERS - n) * [a] + n * [b] for n in range(LAYERS + 1)]
    mixtures += [[b if layer == n else a for layer in range(LAYERS)] for n in range(LAYERS)]
    same = {2 * LAYERS: 1}  # the last layer alone from B is a crossover, too
    assert answer.words["layers"] == LAYERS
    assert matches(network, pictures, mixtures) == [same.get(n, n) for n in range(2 * LAYERS + 1)]


def test_what_a_layer_changes_is_the_mean_over_pairs_of_seeds(network):
    synthesis, z = network.generator.synthesis, seeds(0, network.generator.latent, n=2 * PAIRS)
    a, b = network.generator.broadcast(network.generator.mapping(z)).chunk(2)
    values = influence_view(network, None, Asked(), {}).tensors["values"]
    for layer in range(LAYERS):
        other = a.clone()
        other[:, layer] = b[:, layer]
        change = (synthesis(other).clamp(-1, 1) - synthesis(a).clamp(-1, 1)).abs().mean() / 2
        assert float(values[layer]) == pytest.approx(float(change), rel=1e-4) and change > 0
    network.generator.synthesis.to_rgb[-1].convolution.style.weight.zero_()
    assert float(influence_view(network, None, Asked(), {}).tensors["values"][-1]) < 1e-6, (
        "it does not listen to its code"
    )


def test_the_line_through_time_compares_what_groups_of_layers_change(network):
    answer = trace_view(network, None, Strips(a=7, b=9, psi=0.8), {})
    changed = []
    for first, last in [(1, 0), (1, 1), (2, 3), (4, 6)]:
        options = Mixed(a=7, b=9, psi=0.8, first=first, last=last)
        changed.append(mixed_view(network, None, options, {}).tensors["picture"] / 127.5 - 1)
    sizes = difference(torch.stack(changed[1:]), changed[0])
    torch.testing.assert_close(answer.tensors["values"], sizes / sizes.sum(), atol=0.01, rtol=0)
    assert answer.words == {"names": ["Coarse", "Middle", "Fine"], "shares": True}


def test_a_layer_reaches_the_resolutions_that_use_its_code(network):
    synthesis = network.generator.synthesis
    sides = [layer.noise.shape[-1] for layer in synthesis.convolutions]
    for layer, there in enumerate(reached(synthesis.sides)):
        convolution = {sides[layer]} if layer < len(sides) else set()
        output = {synthesis.sides[layer // 2]} if layer % 2 else set()
        assert there == sorted(convolution | output)


def test_a_class_is_that_of_both_pictures():
    network = shown(choices=(3,))
    picture = mixed_view(network, None, Mixed(a=7, b=9, label=2, first=3, last=6), {}).tensors["picture"]
    a, b = code(network, 7, 2), code(network, 9, 2)
    assert torch.equal(picture, expected(network, 2 * [a] + 4 * [b]))
    views = {
        mixed_view: Mixed,
        strips_view: Strips,
        truncation_view: Mixture,
        influence_view: Asked,
        trace_view: Strips,
    }
    for view, options in views.items():
        with pytest.raises(BadOption, match="There is no class 3; there are 0 to 2"):
            view(network, None, options(label=3), {})


def test_the_page_is_answered_by_the_snapshot(ask, written):
    run = written("stylegan-faces", image_size=16)
    words, tensors = ask(run, "mixed", 6, a=3, b=4, first=2, last=5)
    picture = mixed_view(run.network(5), run.spec, Mixed(a=3, b=4, first=2, last=5), {}).tensors["picture"]
    assert words["step"] == 5 and torch.equal(tensors["picture"], picture)
    with pytest.raises(BadOption, match="“psi”: input should be less than or equal to 1.2"):
        ask(run, "mixed", psi=2)
