"""How far heads look, against closed forms and a loop over all pairs of patches."""

import math

import pytest
import torch

from playground.data import packs, unit
from playground.labs import views
from playground.labs.vision import heads
from playground.labs.vision.attention import attention
from playground.labs.vision.heads import by_offset, distances, measured, measures, offsets
from playground.labs.vision.vit import VisionTransformer

pytestmark = pytest.mark.usefixtures("one_thread")


def network(**options):
    torch.manual_seed(0)
    shape = {"image_size": 8, "patch_size": 2, "channels": 1, "width": 16, "depth": 3, "heads": 2}
    model = VisionTransformer(**shape | options).eval().double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.5)
    return model


def batch(n=3):
    return torch.randn(n, 1, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.double)


def shifted(grid, down, right):
    """Attention of each query to the patch at an offset from it, on a torus."""
    maps = torch.zeros(grid, grid, grid, grid, dtype=torch.double)
    for row in range(grid):
        for column in range(grid):
            maps[row, column, (row + down) % grid, (column + right) % grid] = 1
    return maps.flatten(0, 1).flatten(1)[None, None]  # (1, 1, P, P)


def test_uniform_attention_has_the_mean_distance_of_the_grid():
    uniform = torch.full((2, 3, 4, 4), 0.25, dtype=torch.double)
    # of the 16 pairs on 2 x 2 patches four are the same patch, eight are neighbors, and four lie across
    expected = (8 + 4 * math.sqrt(2)) / 16
    result = measures(uniform, 2)
    torch.testing.assert_close(result.distance, torch.full((3,), expected, dtype=torch.double))
    torch.testing.assert_close(result.entropy, torch.full((3,), math.log(4), dtype=torch.double))
    torch.testing.assert_close(result.maps, torch.ones(3, 3, 3, dtype=torch.double))
    assert float(distances(2).mean()) == pytest.approx(expected)


def test_attention_to_oneself_has_no_distance_and_no_entropy():
    result = measures(torch.eye(16, dtype=torch.double).expand(2, 3, 16, 16), 4)
    assert result.distance.tolist() == result.entropy.tolist() == [0, 0, 0]
    center = torch.zeros(3, 7, 7, dtype=torch.double)
    center[:, 3, 3] = 16
    assert torch.equal(result.maps, center)


def test_attention_to_a_neighbor_is_one_patch_far():
    grid = 4
    right = shifted(grid, 0, 1)
    right[0, 0, grid - 1 :: grid] = shifted(grid, 0, -1)[0, 0, grid - 1 :: grid]  # at the edge, the one to the left
    result = measures(right, grid)
    assert float(result.distance) == pytest.approx(1) and float(result.entropy) == 0
    assert result.maps[0].nonzero().tolist() == [[3, 2], [3, 4]]
    # 12 of the 16 queries have a patch to their right, and all of them look there; 4 of 12 look to their left
    assert result.maps[0, 3, 4] == pytest.approx(16) and result.maps[0, 3, 2] == pytest.approx(16 / 3)


def test_an_offset_is_from_the_query_down_and_to_the_right():
    assert offsets(3)[0, 5].tolist() == [1, 2] and offsets(3)[5, 0].tolist() == [-1, -2]
    assert distances(3)[0, 5] == pytest.approx(math.sqrt(5))


def test_a_map_by_offset_is_the_mean_over_its_pairs():
    grid, side = 3, 5
    maps = torch.rand(2, 9, 9, generator=torch.Generator().manual_seed(2), dtype=torch.double)
    expected = torch.zeros(2, side, side, dtype=torch.double)
    for head in range(2):
        pairs = {}
        for query in range(9):
            for key in range(9):
                place = key // grid - query // grid + 2, key % grid - query % grid + 2
                pairs.setdefault(place, []).append(float(maps[head, query, key]))
        for place, values in pairs.items():
            expected[head][place] = 9 * sum(values) / len(values)
    torch.testing.assert_close(by_offset(maps, grid), expected)


def test_a_class_token_takes_its_share_and_no_more():
    weights = torch.zeros(1, 1, 5, 5, dtype=torch.double)
    weights[..., 0, :] = 0.2  # what it attends to itself does not matter
    weights[..., 1:, 0] = 0.75
    weights[..., 1:, 1:] = torch.eye(4, dtype=torch.double) * 0.25
    result = measures(weights, 2)
    assert float(result.class_token) == 0.75
    assert float(result.distance) == float(result.entropy) == 0 and result.maps[0, 1, 1] == 4
    assert float(measures(weights[..., 1:, 1:] * 4, 2).class_token) == 0, "there is none"


@pytest.mark.parametrize("class_token", [False, True])
def test_what_goes_to_registers_does_not_go_to_the_class_token(class_token):
    model = network(class_token=class_token, registers=3)
    _, maps = attention(model, batch())  # (B, layers, heads, T, T)
    expected = maps[..., model.prefix :, 0].mean(dim=(0, 3)) if class_token else torch.zeros(3, 2, dtype=torch.double)
    torch.testing.assert_close(measured(model, batch()).class_token, expected)


@pytest.mark.parametrize("class_token", [False, True])
@pytest.mark.parametrize("at_once", [1, 2, 10**7])
def test_a_network_is_measured_the_same_however_many_pictures_go_at_once(class_token, at_once, monkeypatch):
    model = network(class_token=class_token)
    _, maps = attention(model, batch())
    each = maps.shape[1] * maps.shape[2] * maps.shape[3] ** 2
    monkeypatch.setattr(heads, "AT_ONCE", at_once * each)
    result = measured(model, batch())
    for layer in range(3):
        for one, expected in zip(result, measures(maps[:, layer], 4), strict=True):
            torch.testing.assert_close(one[layer], expected)
    assert result.distance.shape == (3, 2) and result.maps.shape == (3, 2, 7, 7)
    assert float(result.entropy.std()) > 0.01 and 0 < float(result.entropy.max()) < math.log(16)


def test_with_very_small_patches_there_are_fewer_pictures():
    assert heads.pictures(network()) == heads.PICTURES
    model = VisionTransformer(patch_size=1, depth=4, heads=4)
    assert heads.pictures(model) == heads.MOST // (16 * 785**2) == 5


def test_the_view_tells_pixels_of_the_first_test_pictures(ask, written):
    run = written("vit-digits", data="digits", heads=2, depth=2, patch_size=2)
    words, tensors = ask(run, "heads")
    expected = measured(run.network(10), unit(packs.load("digits").test["images"][:64]))
    torch.testing.assert_close(tensors["distance"], 2 * expected.distance)
    torch.testing.assert_close(tensors["entropy"], expected.entropy)
    torch.testing.assert_close(tensors["maps"], expected.maps)
    uniform = 2 * float(distances(4).mean())
    shown = {"grid": 4, "size": 8, "pictures": 64, "uniform": pytest.approx(uniform), "has_class_token": False}
    assert words == {"step": 10, **shown}


def test_the_trace_is_the_reach_of_the_heads(context, written, read_answer):
    run = written("vit-digits", data="digits", heads=2, depth=2, patch_size=2)
    words, tensors = read_answer(context.views.trace(views()["vision"]["heads"], run, {}))
    assert words == {"names": ["Nearest head (px)", "Farthest head (px)"], "shares": False}
    images = unit(packs.load("digits").test["images"][:64])
    for step, values in zip((0, 5, 10), tensors["values"], strict=True):
        distance = 2 * measured(run.network(step), images).distance
        torch.testing.assert_close(values, torch.stack([distance.min(), distance.max()]))
