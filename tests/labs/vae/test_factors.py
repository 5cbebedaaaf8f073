"""Is it disentangled: codes whose answer is known, and the view's figures against the metrics."""

import pytest
import torch

from playground.data import Split, packs
from playground.data.columns import Data
from playground.labs import views
from playground.labs.vae.dimensions import Axes
from playground.labs.vae.factors import PICTURES, PREDICTED, Turned, coded, held, scored
from playground.labs.vae.latent import LatentModel, Posterior, decoded, encoded
from playground.metrics.disentanglement import factor_vae_score, information
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")

EVEN = Axes(torch.zeros(3), torch.ones(3))


class Pixels(LatentModel):
    """A code that is the pictures' first pixels themselves."""

    prior = True

    def encode(self, x, labels=None):
        mean = x[:, 0, 0, :3]
        return Posterior(mean, torch.zeros_like(mean))


def pictures(n=1200):
    """Pictures whose first pixel is one factor, whose second one is another, and whose third one is noise."""
    rng = torch.Generator().manual_seed(0)
    factors = torch.randint(4, (n, 2), generator=rng)
    images = torch.zeros(n, 1, 4, 4, dtype=torch.uint8)
    images[:, 0, 0, :2] = (60 * factors).to(torch.uint8)
    images[:, 0, 0, 2] = torch.randint(256, (n,), generator=rng).to(torch.uint8)
    labels = torch.zeros(n, dtype=torch.long)
    split = Split({"images": images, "labels": labels, "left": factors[:, 0], "right": factors[:, 1]})
    meanings = {name: tuple("abcd") for name in ("left", "right")}
    return Data(spec=packs.spec("sprites"), train=split, test=split, hash="pixels", meanings=meanings)


@pytest.fixture(scope="module")
def known():
    network = Pixels(image_size=4, channels=1, latent=3, width=8)
    return network, {"data": pictures()}


def test_a_perfect_code_is_told_as_one(known):
    network, inputs = known
    found = coded(network, None, inputs)
    assert found.names == ("left", "right") and len(found.codes) == 1200
    assert found.told.mig == pytest.approx(1, abs=0.05)
    assert held(found.told).tolist() == [[True, False], [False, True], [False, False]]
    scores = scored(network, None, inputs)
    assert scores == scored(network, None, inputs), "the same rows and the same trees each time"
    assert min(scores[name] for name in ("factor_vae", "disentanglement", "completeness", "informativeness")) > 0.98
    assert 0.2 < scores["sap"] < 1, "which is coarse"


def test_a_factor_that_two_dimensions_tell_alike_is_held_by_none():
    factors = torch.randint(4, (800, 2), generator=torch.Generator().manual_seed(0))
    codes = factors.float()[:, [0, 0, 1]]
    assert held(information(codes, factors)).tolist() == [[False, False], [False, False], [False, True]]


def test_the_view_says_what_the_metrics_say_of_training_pictures(ask, written):
    run = written("factorvae-sprites", latent=4)
    words, tensors = ask(run, "matrix")
    train = packs.load("sprites").train.first(PICTURES)
    codes = encoded(run.network(10), train["images"]).mean
    factors = torch.stack([train[name] for name in words["names"]], dim=1)
    told = information(codes, factors)
    assert words["names"] == ["shape", "scale", "orientation", "x", "y"] and words["pictures"] == PICTURES
    assert words["mig"] == pytest.approx(told.mig, abs=1e-6)
    torch.testing.assert_close(tensors["shares"], told.shares.float())
    torch.testing.assert_close(tensors["gaps"], told.gaps.float())
    words, _ = ask(run, "scores")
    rng = torch.Generator().manual_seed(0)
    expected = factor_vae_score(codes[:PREDICTED], factors[:PREDICTED], rng=rng)
    assert words["factor_vae"] == pytest.approx(expected, abs=0.01) and words["pictures"] == PREDICTED


def test_a_slider_moves_its_dimension_alone(ask, written):
    run = written("factorvae-sprites", latent=4)
    network, picture = run.network(10), packs.examples("sprites")["images"][3]
    own = encoded(network, picture[None]).mean[0]
    _, tensors = ask(run, "turned", picture="ex-3", turned="2:1.5;4:-2")
    torch.testing.assert_close(tensors["mean"], own)
    code = torch.stack([own[0], torch.tensor(1.5), own[2], torch.tensor(-2.0)])
    assert torch.equal(tensors["picture"], decoded(network, code[None])[0])
    with pytest.raises(BadOption, match=r"There is no dimension 5; there are 1 to 4\."):
        ask(run, "turned", turned="5:1")
    with pytest.raises(BadOption, match="“turned”: string should match pattern"):
        ask(run, "turned", turned="z5")


def test_what_is_set_keeps_to_the_axes():
    axes = Axes(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([2.0, 1.0, 1.0]))
    moved = Turned(turned="1:-1;3:9").moved(axes, torch.zeros(3))
    assert moved.tolist() == [-1, 0, 3]
    assert Turned().moved(EVEN, torch.ones(3)).tolist() == [1, 1, 1]


def test_only_data_with_known_factors_are_asked(written):
    view = views()["vae"]["factors"]
    fits = {
        name: view.fits(run.network_class, run.spec, run.recipe)
        for name in ("vae-digits", "factorvae-sprites")
        for run in [written(name)]
    }
    assert fits == {"vae-digits": False, "factorvae-sprites": True}
