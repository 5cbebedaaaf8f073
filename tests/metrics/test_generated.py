"""Distances between distributions: closed forms, torchmetrics, and sets whose answer is known by construction."""

import math

import pytest
import torch

from playground.data import Split, packs
from playground.metrics.classified import inception_score
from playground.metrics.features import Features, features_name
from playground.metrics.generated import (
    Neighbors,
    TooFew,
    expected_coverage,
    fid_name,
    floor,
    frechet_distance,
    generation_metrics,
    kernel_distance,
    nearest,
    neighborhoods,
    precision_recall,
    torchmetrics,
)
from playground.metrics.nearest import NEAREST, nearest_answer
from playground.runs.store import Store

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(n, width, seed=0):
    return torch.randn(n, width, generator=rng(seed), dtype=torch.float64)


def whitened(n, width, seed=0):
    """Points whose sample mean is 0 and whose sample covariance is the identity, exactly."""
    points = normal(n, width, seed)
    points = points - points.mean(dim=0)
    factor = torch.linalg.cholesky(points.T @ points / (n - 1))
    return torch.linalg.solve_triangular(factor, points.T, upper=False).T


def pictures(n, channels=1, size=28, seed=0):
    return torch.randint(0, 256, (n, channels, size, size), generator=rng(seed)).to(torch.uint8)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The networks that ship, by name."""
    return Store(tmp_path_factory.mktemp("runs")).trained


@pytest.fixture(scope="module")
def features(trained):
    """Those of gray pictures."""
    return Features.of(trained("cnn-fashion"))


def test_the_distance_of_gaussians_that_share_their_axes_is_known():
    width = 5
    base = whitened(400, width)
    spreads, others = torch.rand(width, generator=rng(1)).double() + 0.2, torch.rand(width, generator=rng(2)).double()
    turn = torch.linalg.qr(normal(width, width, 3)).Q
    shift = normal(1, width, 4)
    real = base * spreads @ turn
    fake = whitened(300, width, 5) * others @ turn + shift
    expected = shift.square().sum() + (spreads - others).square().sum()
    assert frechet_distance(real, fake) == pytest.approx(float(expected), rel=1e-9)


def test_the_distance_of_any_gaussians_is_that_of_the_product_s_eigenvalues():
    real, fake = normal(200, 6) @ normal(6, 6, 1), normal(150, 6, 2) @ normal(6, 6, 3) + 1
    a, b = torch.cov(real.T), torch.cov(fake.T)
    shared = torch.linalg.eigvals(a @ b).sqrt().sum().real  # the eigenvalues of S1 S2 are real and positive
    expected = (real.mean(0) - fake.mean(0)).square().sum() + (a + b).trace() - 2 * shared
    assert frechet_distance(real, fake) == pytest.approx(float(expected), rel=1e-9)


def test_our_feature_network_gives_the_same_inside_torchmetrics(features):
    metric = torchmetrics()[0](feature=features.network)  # its sums are float64, its answer is float32
    real, fake = pictures(150), pictures(150, seed=1) // 2
    metric.update(real, real=True)
    metric.update(fake, real=False)
    assert generation_metrics(fake, real, features)["fid_cnn-fashion"] == pytest.approx(
        float(metric.compute()), rel=1e-4
    )


def test_equal_sets_have_no_distance_and_float32_features_are_taken_in_float64():
    real = 1000 + normal(500, 8)  # in float32 the covariance would drown in the mean
    assert frechet_distance(real, real.clone()) == pytest.approx(0, abs=1e-5)
    assert frechet_distance(real.float(), real.float() + 2) == pytest.approx(8 * 4, rel=1e-6)


def test_fewer_pictures_than_features_still_give_a_number():
    distance = frechet_distance(normal(10, 32), normal(10, 32, 1))
    assert math.isfinite(distance) and distance > 0


def test_the_kernel_distance_is_the_unbiased_estimate_written_out():
    real, fake = normal(7, 3), normal(7, 3, 1) + 0.5
    k = lambda x, y: float((x @ y / 3 + 1) ** 3)  # noqa: E731 (a formula)
    n = range(7)
    within = sum(k(s[i], s[j]) for s in (real, fake) for i in n for j in n if i != j) / (7 * 6)
    across = sum(k(real[i], fake[j]) for i in n for j in n) / 49
    assert kernel_distance(real, fake) == pytest.approx(within - 2 * across, rel=1e-10)
    assert kernel_distance(real, torch.cat([fake, normal(5, 3, 2)])) == pytest.approx(within - 2 * across, rel=1e-10)


def test_the_kernel_distance_is_unbiased():
    distances = torch.tensor([kernel_distance(normal(40, 2, seed), normal(40, 2, seed + 1000)) for seed in range(60)])
    assert distances.min() < 0 < distances.max()
    assert abs(float(distances.mean())) < 4 * float(distances.std()) / math.sqrt(60)


def grid():
    """16 points, one unit from their neighbors along both axes."""
    return torch.cartesian_prod(torch.arange(4.0), torch.arange(4.0)).double()


def test_precision_and_recall_of_points_on_a_grid():
    # the third neighbor is 1 away inside, sqrt(2) away at the corners, and 1 away on the edges
    real = grid()
    assert precision_recall(real, real + 0.01) == (1.0, 1.0)
    assert precision_recall(real, real + 100) == (0.0, 0.0)
    apart = torch.cat([real, real + 100])
    assert precision_recall(real, apart) == (0.5, 1.0)  # the half that went away is nowhere near
    assert precision_recall(apart, real) == (1.0, 0.5)
    fakes = torch.tensor([[-1.3, -1.3 + 0.4], [-0.9, -0.9], [4.05, 1.0], [1.0, 3.9]], dtype=torch.float64)
    assert precision_recall(real, fakes)[0] == 0.5  # (-0.9, -0.9) by the corner's wide ball, (1, 3.9) by an edge's


def test_one_mode_of_two_is_precise_and_forgets_half():
    real = torch.cat([normal(100, 4), normal(100, 4, 1) + 50])
    fake = normal(200, 4, 2) * 0.7
    precision, recall = precision_recall(real, fake)
    assert precision > 0.95 and recall <= 0.5
    assert precision_recall(fake, real) == (recall, precision)


def written_out(points, around, k):
    hits = 0
    for point in points:
        for center in around:
            radius = sorted(float((center - other).norm()) for other in around)[k]
            if float((point - center).norm()) <= radius:
                hits += 1
                break
    return hits / len(points)


@pytest.mark.parametrize("k", [1, 3])
def test_precision_and_recall_are_the_paper_s(k):
    real, fake = normal(20, 3), normal(25, 3, 1) * 1.5 + 0.5
    precision, recall = precision_recall(real, fake, k)
    assert precision == pytest.approx(written_out(fake, real, k))
    assert recall == pytest.approx(written_out(real, fake, k))
    assert 0 < precision < 1 and recall > 0


def test_the_nearest_come_in_order_and_are_the_nearest():
    references = normal(30, 4)
    queries = torch.cat([references[[7, 3]] + 1e-3, normal(1100, 4, 1)])
    indices, distances = nearest(queries, references, 3)
    assert indices.shape == distances.shape == (1102, 3) and indices[:2, 0].tolist() == [7, 3]
    every = (queries[:, None] - references).norm(dim=-1)
    torch.testing.assert_close(distances, every.sort(dim=1).values[:, :3])
    assert torch.equal(every.gather(1, indices), every.gather(1, every.argsort(dim=1)[:, :3]))


@pytest.mark.parametrize(
    ("call", "minimum"),
    [
        (lambda: frechet_distance(normal(1, 3), normal(9, 3)), 2),
        (lambda: kernel_distance(normal(9, 3), normal(1, 3)), 2),
        (lambda: precision_recall(normal(3, 3), normal(9, 3)), 4),
        (lambda: nearest(normal(3, 3), normal(2, 3), 3), 3),
    ],
)
def test_too_few_pictures_are_refused(call, minimum):
    with pytest.raises(TooFew, match=f"This needs at least {minimum} pictures"):
        call()


@pytest.mark.parametrize(("data", "name"), [("fashion", "cnn-fashion"), ("emoji", "cnn-emoji")])
def test_generation_metrics_name_their_features_and_agree_with_their_parts(data, name, trained):
    spec = packs.spec(data, 28)
    features = Features.of(trained(features_name(spec)))
    fake, real = pictures(30, spec.channels), pictures(40, spec.channels, seed=1) // 2
    state = torch.get_rng_state()
    metrics = generation_metrics(fake, real, features)
    assert torch.equal(state, torch.get_rng_state())
    assert list(metrics) == [f"{kind}_{name}" for kind in ("fid", "kid", "precision", "recall", "score")]
    assert fid_name(spec) == f"fid_{name}"
    of_fake, of_real = features.embed(fake), features.embed(real)
    assert metrics[f"fid_{name}"] == frechet_distance(of_real[:30], of_fake)
    assert metrics == generation_metrics(of_fake, of_real, features)
    assert metrics[f"score_{name}"] == inception_score(features.logits(fake))
    assert (metrics[f"precision_{name}"], metrics[f"recall_{name}"]) == precision_recall(of_real[:30], of_fake)


def test_neighborhoods_are_counted_as_equations_4_and_5_have_it():
    real, fake = torch.randn(40, 3, generator=rng()), 1.3 * torch.randn(60, 3, generator=rng(1))
    expected = []
    for center in real:
        radius = sorted(math.dist(center, other) for other in real)[5]  # the first one is itself
        expected.append(sum(math.dist(center, point) <= radius for point in fake))
    assert neighborhoods(real, fake).tolist() == expected and len(set(expected)) > 5


def test_neighborhoods_on_a_line_by_hand():
    real = torch.arange(10.0)[:, None]
    counts = neighborhoods(real, torch.tensor([[0.5], [4.5], [100.0]]), k=2)
    assert counts.tolist() == [1, 1, 0, 0, 1, 1, 0, 0, 0, 0], "the second neighbor is a unit away, at the ends two"


def test_what_comes_from_the_same_distribution_has_a_density_of_one_and_the_expected_coverage():
    counts = torch.stack(
        [
            neighborhoods(torch.randn(30, 2, generator=rng(2 * seed)), torch.randn(50, 2, generator=rng(2 * seed + 1)))
            for seed in range(300)
        ]
    ).double()
    assert float(counts.mean() * 30 / (5 * 50)) == pytest.approx(1, abs=0.03)
    assert float((counts > 0).double().mean()) == pytest.approx(expected_coverage(30, 50), abs=0.01)
    assert expected_coverage(10_000, 10_000) == pytest.approx(1 - 2**-5, abs=1e-3)


def test_an_outlier_among_the_fakes_makes_nothing_dense():
    real = torch.randn(50, 2, generator=rng())
    near = real + 1e-3
    with_outlier = torch.cat([near, torch.full((1, 2), 1e3)])
    assert torch.equal(neighborhoods(real, near), neighborhoods(real, with_outlier))
    with pytest.raises(TooFew, match="at least 6"):
        neighborhoods(real[:5], near)


def test_the_floor_is_the_distance_of_real_pictures(features):
    real, train = pictures(60), pictures(200, seed=1)
    halves = floor(real, features, rng=rng())
    assert halves["n"] == 30 and halves == floor(real, features, rng=rng()) != floor(real, features, rng=rng(1))
    against_train = floor(real, features, rng=rng(), others=train)
    chosen = train[torch.randperm(200, generator=rng())[:60]]
    assert against_train == {**generation_metrics(chosen, real, features), "n": 60.0}
    assert floor(real, features, rng=rng(), others=real[:10])["n"] == 10
    assert 0 < halves["fid_cnn-fashion"] < generation_metrics(real // 4, real, features)["fid_cnn-fashion"]


def test_a_picture_is_its_own_nearest_neighbor(trained):
    split = Split({"images": pictures(20), "labels": torch.arange(20)})
    among = Neighbors.of(split, trained("cnn-fashion"))
    indices, distances = among.nearest(split["images"][[4, 11]], 2)
    assert indices[:, 0].tolist() == [4, 11]
    assert distances[:, 0].tolist() == pytest.approx([0, 0], abs=1e-4) and (distances[:, 1] > 0.01).all()


def test_the_answer_of_the_nearest_is_theirs_with_labels_and_distances(trained, features):
    split = Split({"images": pictures(20), "labels": 100 + torch.arange(20)})
    picture = pictures(1, seed=3)
    answer = nearest_answer(picture, Neighbors.of(split, trained("cnn-fashion")))
    far = (features.embed(picture) - features.embed(split["images"])).norm(dim=1)
    order = far.argsort()[:NEAREST]
    assert torch.equal(answer.tensors["pictures"], split["images"][order])
    assert answer.tensors["labels"].tolist() == (100 + order).tolist()
    torch.testing.assert_close(answer.tensors["distances"], far[order])
    assert answer.words == {"of": 20, "features": "cnn-fashion"}
