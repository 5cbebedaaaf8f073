"""What the first layer knows: planted codes and filters are found again, principal components are scikit-learn's."""

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from playground.data import ImageSpec, packs
from playground.labs import recipes
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.convolution import MatrixConv2d
from playground.labs.vision.embedding import COMPARED, COMPONENTS, Filters, embedding_view, thin, trace_view
from playground.labs.vision.filters import filters_of, first_convolution, patch_side, principal_components
from playground.labs.vision.positions import learned, neighbors_similarity, position_codes, similarity
from playground.labs.vision.resnet import ResNet
from playground.labs.vision.vit import VisionTransformer
from playground.view import Options

pytestmark = pytest.mark.usefixtures("one_thread", "no_gradients")
SPEC = ImageSpec(name="fashion", channels=3, size=8, classes=tuple("abcde"))


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


def vit(**options):
    shape = {"image_size": 8, "patch_size": 2, "channels": 3, "classes": 5, "width": 16, "depth": 1, "heads": 2}
    return VisionTransformer(**shape | {"class_token": False} | options).eval()


def planted(grid):
    """Codes whose cosine is known: the mean of the cosines of two angles, 30 degrees from row to row and column."""
    rows, columns = torch.meshgrid(torch.arange(grid), torch.arange(grid), indexing="ij")
    angles = torch.stack([rows.flatten(), columns.flatten()], dim=1) * math.pi / 6
    codes = torch.cat([angles.cos(), angles.sin()], dim=1)
    expected = (angles[:, None] - angles[None]).cos().mean(dim=2)
    return codes, expected


@pytest.mark.parametrize("class_token", [False, True])
def test_the_similarity_of_planted_codes_is_known(class_token):
    codes, expected = planted(4)
    network = vit(width=4, heads=2, class_token=class_token)
    network.positions[0, -16:] = 3 * codes  # how long they are does not matter
    answer = embedding_view(network, SPEC, Filters(), {})
    torch.testing.assert_close(answer.tensors["similarity"], expected)
    assert answer.words["grid"] == 4 and answer.words["every"] == 1 and answer.words["learned"]
    trace = trace_view(network, SPEC, Options(), {}).tensors["values"]
    assert trace.tolist() == pytest.approx([(1 + math.cos(math.pi / 6)) / 2], rel=1e-5)


def test_neighbors_of_a_checkerboard_are_opposite():
    codes = torch.tensor([[(-1.0) ** (row + column), 0] for row in range(3) for column in range(3)])
    assert neighbors_similarity(codes) == -1
    assert similarity(codes)[0].tolist() == [1, -1, 1, -1, 1, -1, 1, -1, 1]


def test_a_code_of_zeros_is_like_none():
    assert not similarity(torch.zeros(4, 3)).any()


def test_of_many_codes_every_so_many_th_is_compared():
    codes = torch.arange(40 * 40).view(-1, 1).float()
    thinned, every = thin(codes)
    side = math.isqrt(len(thinned))
    assert every == 3 and side == 14 <= COMPARED
    assert thinned[:3, 0].tolist() == [0, 3, 6] and int(thinned[side]) == 3 * 40
    assert thin(codes[:256])[1] == 1 and thin(codes[:256])[0].equal(codes[:256])


def test_codes_in_a_buffer_are_not_learned_and_none_are_told():
    network = vit()
    codes = network.positions.clone()
    del network.positions
    network.register_buffer("positions", codes)
    answer = embedding_view(network, SPEC, Filters(), {})
    assert answer.tensors["similarity"].shape == (16, 16) and not answer.words["learned"]
    del network.positions
    network.positions = None
    answer = embedding_view(network, SPEC, Filters(), {})
    assert answer.tensors["similarity"].shape == (0, 0) and answer.words["grid"] == 0
    assert answer.words["places"] == "nothing"
    assert answer.tensors["components"].numel() > 0 and trace_view(network, SPEC, Options(), {}).words["names"] == []
    assert position_codes(network) is None and not learned(network)


def test_it_is_told_from_what_a_network_knows_places():
    networks = {"codes": vit(), "rotary": vit(positions="rotary"), "nothing": vit(positions="none")}
    networks["layers"] = ConvolutionalNetwork(channels=SPEC.channels)
    for places, network in networks.items():
        words = embedding_view(network, SPEC, Filters(), {}).words
        assert (words["places"], words["grid"] > 0) == (places, places == "codes")


@pytest.mark.parametrize("shape", [(64, 3, 4, 4), (64, 1, 2, 2), (5, 3, 7, 7)])
def test_the_principal_components_are_those_of_scikit_learn(shape):
    filters = torch.randn(shape, generator=torch.Generator().manual_seed(0)) * torch.linspace(0.1, 2, shape[-1])
    components, shares = principal_components(filters, 4)
    reference = PCA(n_components=4, svd_solver="full").fit(filters.flatten(1).double().numpy())
    flips = np.sign((components.flatten(1).numpy() * reference.components_).sum(axis=1))
    np.testing.assert_allclose(components.flatten(1).numpy() * flips[:, None], reference.components_, atol=1e-5)
    np.testing.assert_allclose(shares.numpy(), reference.explained_variance_ratio_, rtol=1e-5)


def test_a_planted_direction_is_the_first_component():
    edge = torch.tensor([[0.7, -0.5], [0.1, -0.5]])  # its largest weight, which says the sign, is positive
    filters = torch.linspace(-3, 3, 9).view(9, 1, 1, 1) * edge + 5
    components, shares = principal_components(filters, 3)
    torch.testing.assert_close(components[0, 0], edge, rtol=0, atol=1e-6)
    torch.testing.assert_close(shares, torch.tensor([1.0, 0, 0]), rtol=0, atol=1e-6)


def test_filters_that_are_all_one_do_not_vary():
    _, shares = principal_components(torch.ones(4, 1, 2, 2), 3)
    assert shares.tolist() == [0, 0, 0]


def test_a_patch_embedding_is_shown_by_its_components_or_as_it_is():
    network = vit(width=32)
    answer = embedding_view(network, SPEC, Filters(), {})
    assert answer.tensors["components"].shape == (12, 3, 2, 2) and answer.tensors["explained"].shape == (12,)
    assert not len(answer.tensors["filters"])
    assert float(answer.tensors["explained"].sum()) == pytest.approx(1, abs=1e-5)
    assert answer.words["patch"] == 2 and answer.words["count"] == 32
    raw = embedding_view(network, SPEC, Filters(raw=True), {})
    assert raw.tensors["filters"].equal(network.patches.weight) and not len(raw.tensors["components"])
    assert len(embedding_view(vit(patch_size=4), SPEC, Filters(), {}).tensors["components"]) == 16 < COMPONENTS


def test_planted_filters_of_a_convolution_are_shown_as_they_are():
    network = ConvolutionalNetwork(channels=3, classes=5, width=8).eval()
    filters = torch.arange(8 * 3 * 16).view(8, 3, 4, 4).float()
    network.stem[0].weight.copy_(filters)
    answer = embedding_view(network, SPEC, Filters(), {})
    assert answer.tensors["filters"].equal(filters) and not len(answer.tensors["explained"])
    assert answer.words["patch"] is None and answer.words["count"] == 8
    wide = embedding_view(ResNet(channels=3, widths=(128, 8), depths=(1, 1)), SPEC, Filters(), {})
    assert len(wide.tensors["filters"]) == 64 and wide.words["count"] == 128


def test_kernels_in_a_matrix_are_read_as_the_convolution_uses_them():
    convolution = MatrixConv2d(inputs=3, outputs=2)
    picture = torch.zeros(1, 3, 3, 3)
    picture[0, 1, 0, 2] = 1
    assert convolution(picture)[0, :, 1, 1].equal(filters_of(convolution)[:, 1, 0, 2])
    assert first_convolution(nn.Sequential(convolution), 3) is convolution and patch_side(convolution) is None
    assert first_convolution(nn.Sequential(nn.Linear(3, 3)), 3) is None


@pytest.mark.parametrize("name", [name for name, recipe in recipes().items() if recipe.lab == "vision"])
def test_the_first_convolution_reads_the_pixels_themselves(name):
    spec = recipes()[name].spec(packs)
    network, seen = recipes()[name].network(spec).eval(), []
    convolution = first_convolution(network, spec.channels)
    convolution.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    pixels = torch.randn(1, spec.channels, spec.size, spec.size)
    network(pixels)
    assert seen[0].equal(pixels)


def test_training_makes_neighbors_codes_alike(shipped):
    run = shipped("vit-emoji")
    first, last = (
        trace_view(run.network(step), run.spec, Options(), {}).tensors["values"].item()
        for step in (run.snapshots[0], run.snapshots[-1])
    )
    assert abs(first) < 0.1 and last > 0.6
