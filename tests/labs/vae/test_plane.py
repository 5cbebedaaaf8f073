"""Planes through latent spaces against scikit-learn and closed forms."""

import math

import pytest
import torch
from sklearn.decomposition import PCA

from playground.labs.vae.latent import decoded
from playground.labs.vae.plane import COMPONENTS, EXTENT, Cloud, NoPlane, Plane, ellipse, manifold, plane_through
from playground.labs.vae.vae import VAE

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def network(**options):
    torch.manual_seed(0)
    return VAE(**{"image_size": 8, "width": 16} | options).eval().requires_grad_(False)


def cloud(n=200, latent=6):
    """Codes with a clear order of their principal directions."""
    turn = torch.linalg.qr(normal(latent, latent, seed=1)).Q
    return normal(n, latent) * torch.linspace(3.0, 0.3, latent, dtype=torch.double) @ turn + normal(latent, seed=2)


def test_two_dimensions_are_shown_as_they_are():
    codes = normal(20, 2)
    plane = plane_through(codes)
    assert torch.equal(plane.origin, torch.zeros(2, dtype=torch.double))
    assert torch.equal(plane.axes, torch.eye(2, dtype=torch.double)) and plane.explained_variance == 1.0
    assert torch.equal(plane.lift(codes), codes) and torch.equal(plane.project(codes), codes)


def test_without_a_prior_two_dimensions_are_seen_from_their_own_middle_and_size():
    codes = 50 * normal(200, 2) + torch.tensor([300.0, -80.0], dtype=torch.double)
    points = plane_through(codes, prior=False).project(codes)
    torch.testing.assert_close(points.mean(dim=0), torch.zeros(2, dtype=torch.double))
    torch.testing.assert_close(points.T.cov(), torch.eye(2, dtype=torch.double))


def test_the_plane_is_that_of_principal_component_analysis():
    codes = cloud()
    plane = plane_through(codes)
    reference = PCA(n_components=2).fit(codes.numpy())
    directions = torch.from_numpy(reference.components_)
    deviations = torch.from_numpy(reference.explained_variance_).sqrt()
    signs = (plane.axes * directions).sum(dim=1).sign()
    torch.testing.assert_close(plane.axes, (signs * deviations)[:, None] * directions)
    torch.testing.assert_close(plane.origin, torch.from_numpy(reference.mean_))
    assert plane.explained_variance == pytest.approx(reference.explained_variance_ratio_.sum())
    assert 0.5 < plane.explained_variance < 1


def test_one_unit_of_the_plane_is_one_standard_deviation():
    points = plane_through(codes := cloud()).project(codes)
    torch.testing.assert_close(points.mean(dim=0), torch.zeros(2, dtype=torch.double))
    torch.testing.assert_close(points.T.cov(), torch.eye(2, dtype=torch.double))


def test_directions_do_not_flip_from_one_snapshot_to_the_next():
    codes = cloud()
    plane, mirrored = plane_through(codes), plane_through(-codes)
    torch.testing.assert_close(plane.axes, mirrored.axes)
    largest = plane.axes.gather(1, plane.axes.abs().argmax(dim=1, keepdim=True))
    assert (largest > 0).all()


def test_lifting_and_dropping_undo_each_other():
    plane = plane_through(cloud())
    points = normal(30, 2, seed=3)
    torch.testing.assert_close(plane.project(plane.lift(points)), points)


def test_dropping_finds_the_nearest_point_of_the_plane():
    plane, codes = plane_through(cloud()), normal(30, 6, seed=4)
    missed = codes - plane.lift(plane.project(codes))
    torch.testing.assert_close(missed @ plane.axes.T, torch.zeros(30, 2, dtype=torch.double))
    assert float(missed.norm(dim=1).min()) > 0.1


def test_two_dimensions_of_a_code_are_seen_as_the_prior_has_them():
    codes = cloud()
    plane = Cloud.of(codes).plane("z4", "z2")
    torch.testing.assert_close(plane.project(codes), codes[:, [3, 1]])
    assert torch.equal(plane.origin, torch.zeros(6, dtype=torch.double)) and plane.names == ("z4", "z2")
    variances = codes.var(dim=0)
    assert plane.explained_variance == pytest.approx(float((variances[3] + variances[1]) / variances.sum()))


def test_without_a_prior_a_dimension_is_seen_from_the_middle_in_standard_deviations():
    codes = cloud()
    points = Cloud.of(codes, prior=False).plane("z4", "z2").project(codes)
    torch.testing.assert_close(points, ((codes - codes.mean(dim=0)) / codes.std(dim=0))[:, [3, 1]])


def test_any_two_components_are_those_of_principal_component_analysis():
    codes = cloud()
    reference = PCA(n_components=6).fit(codes.numpy())
    plane = Cloud.of(codes).plane("pc5", "pc2")
    scores = torch.from_numpy(reference.transform(codes.numpy()))[:, [4, 1]]
    scores = scores / torch.from_numpy(reference.explained_variance_).sqrt()[[4, 1]]
    torch.testing.assert_close(plane.project(codes).abs(), scores.abs())
    assert plane.explained_variance == pytest.approx(reference.explained_variance_ratio_[[4, 1]].sum())


def test_directions_that_are_not_at_right_angles_give_the_coordinates_of_least_squares():
    codes = cloud()
    plane = Cloud.of(codes).plane("pc1", "z3")
    assert 0.05 < abs(float(torch.nn.functional.cosine_similarity(*plane.axes[:, None]))) < 0.95
    expected = torch.linalg.lstsq(plane.axes.T, (codes - plane.origin).T).solution.T
    torch.testing.assert_close(plane.project(codes), expected)
    torch.testing.assert_close(plane.lift(plane.project(codes)) - plane.origin, expected @ plane.axes)
    centered = codes - codes.mean(dim=0)
    share = (expected @ plane.axes).square().sum() / centered.square().sum()
    assert plane.explained_variance == pytest.approx(float(share))


def test_what_a_plane_leaves_out_by_closed_form():
    plane = Plane(torch.tensor([1.0, 0, 0]), torch.tensor([[2.0, 0, 0], [0, 3.0, 0]]), 1.0)
    codes = torch.tensor([[4.0, 0, 4], [1, 5, 0], [1, 0, 7], [1, 0, 0]])
    torch.testing.assert_close(plane.left_out(codes), torch.tensor([16 / 25, 0, 1, 0]))
    lifted = plane.lift(plane.project(codes))
    torch.testing.assert_close(lifted, codes * torch.tensor([1.0, 1, 0]))


def test_the_directions_are_components_and_dimensions():
    assert Cloud.of(normal(9, 2)).names == ["pc1", "pc2", "z1", "z2"]
    names = Cloud.of(normal(40, 30)).names
    assert len(names) == COMPONENTS + 30 and names[-1] == "z30"


@pytest.mark.parametrize(
    ("across", "up", "sentence"),
    [
        ("z7", "", "no direction “z7”; there are pc1, pc2, pc3, pc4, pc5, pc6, z1"),
        ("z2", "z2", "“z2” and “z2” are one direction"),
        ("", "pc1", "“pc1” and “pc1” are one direction"),
    ],
)
def test_directions_that_span_no_plane_are_refused_in_one_sentence(across, up, sentence):
    with pytest.raises(NoPlane, match=sentence):
        Cloud.of(cloud()).plane(across, up)


def test_a_component_along_a_dimension_spans_no_plane_with_it():
    codes = normal(300, 3) * torch.tensor([1e-3, 5.0, 1e-3], dtype=torch.double)
    with pytest.raises(NoPlane, match="“pc1” and “z2” are one direction at this step"):
        Cloud.of(codes).plane("pc1", "z2")


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_a_few_codes_have_a_plane_too(n, spread):
    codes = spread * normal(n, 5) + 1
    plane = plane_through(codes)
    assert plane.axes.shape == (2, 5) and 0 <= plane.explained_variance <= 1 + 1e-9
    torch.testing.assert_close(plane.lift(plane.project(codes)), codes)
    along, across = plane.axes / plane.axes.norm(dim=1, keepdim=True)
    assert float(along @ across) == pytest.approx(0, abs=1e-9)


def test_codes_that_are_no_numbers_do_not_stop_a_preview():
    codes = torch.full((10, 5), float("nan"))
    assert plane_through(codes).axes.shape == (2, 5)


def test_the_ellipse_of_a_plane_along_two_dimensions():
    plane = Plane(torch.zeros(3), torch.tensor([[1.0, 0, 0], [0, 0, 1.0]]), 1.0)
    assert ellipse(plane, torch.tensor([0.5, 9.0, 0.2])) == pytest.approx((0.5, 0.2, 0.0))
    long, short, angle = ellipse(plane, torch.tensor([0.2, 9.0, 0.5]))
    assert (long, short, abs(angle)) == pytest.approx((0.5, 0.2, math.pi / 2))


def test_the_ellipse_of_a_turned_plane_by_closed_form():
    # axes of length 2 turned by 45 degrees: x = (a + b) / (2 sqrt 2), y = (b - a) / (2 sqrt 2) of the deviations a, b
    turn = math.sqrt(0.5)
    plane = Plane(torch.zeros(2), 2 * torch.tensor([[turn, turn], [-turn, turn]]), 1.0)
    assert ellipse(plane, torch.tensor([0.8, 0.2])) == pytest.approx((0.4, 0.1, -math.pi / 4))
    assert ellipse(plane, torch.tensor([0.2, 0.8])) == pytest.approx((0.4, 0.1, math.pi / 4))


def test_the_ellipse_is_that_of_the_projected_samples():
    plane, deviation = plane_through(cloud()), torch.linspace(0.2, 1.5, 6, dtype=torch.double)
    long, short, angle = ellipse(plane, deviation)
    turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], dtype=torch.double)
    actual = turn @ torch.diag(torch.tensor([long**2, short**2], dtype=torch.double)) @ turn.T
    projection = plane.axes / plane.axes.square().sum(dim=1, keepdim=True)
    torch.testing.assert_close(actual, projection @ torch.diag(deviation**2) @ projection.T)
    samples = plane.project(plane.origin + normal(100_000, 6) * deviation)
    torch.testing.assert_close(samples.T.cov(), actual, rtol=0.03, atol=0.003)
    assert long >= short > 0


def test_the_manifold_goes_row_by_row_from_the_top_left():
    class Shows(VAE):
        def decode(self, z, labels=None):
            return ((z + EXTENT) / (2 * EXTENT))[:, :, None, None]

    tiles = manifold(Shows(image_size=8, width=8), plane_through(torch.zeros(3, 2)), side=3).flatten(1)
    low, middle, high = 0, 128, 255
    assert tiles[0].tolist() == [low, high]
    assert tiles[2].tolist() == [high, high]
    assert tiles[4].tolist() == [middle, middle]
    assert tiles[6].tolist() == [low, low]
    assert tiles[8].tolist() == [high, low]
    assert tiles[1].tolist() == [middle, high] and tiles[3].tolist() == [low, middle]


def test_the_manifold_lies_in_the_plane():
    model = network(latent=6)
    plane = plane_through(cloud().float())
    tiles = manifold(model, plane, side=5, extent=2.0)
    assert tiles.shape == (25, 1, 8, 8) and tiles.dtype == torch.uint8
    corners = plane.lift(torch.tensor([[-2.0, 2.0], [2.0, 2.0], [-2.0, -2.0], [2.0, -2.0]]))
    assert torch.equal(tiles[[0, 4, 20, 24]], decoded(model, corners))
