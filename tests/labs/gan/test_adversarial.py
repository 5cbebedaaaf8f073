"""The two phases, the average, the penalties and the judgement of a GAN, against what they are said to be."""

from dataclasses import replace

import pytest
import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.gan import augment, samples
from playground.labs.gan.losses import LOSSES, zero_centred
from playground.metrics.generated import frechet_distance
from playground.objective import Moment
from playground.recipe import InvalidRecipe

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def moment(step=0, seed=0):
    return Moment(step, 0.0, rng(seed))


@pytest.fixture
def built(used_by):
    def built(**knobs):
        knobs = {"loss": "hinge", "r1": 0, "r2": 0, "penalty_every": 1} | knobs
        chosen = recipe("gan-digits").changed(width=16, **knobs)
        torch.manual_seed(0)
        return chosen.build(packs.load("digits"), **used_by(chosen))

    return built


def batch(n=12):
    return packs.load("digits").train.batch(torch.arange(n))


def unit(images):
    return images.float() / 127.5 - 1


@pytest.mark.parametrize("game", LOSSES)
def test_the_losses_are_those_of_the_game_on_one_draw(built, game):
    objective = built(loss=game, augment="translation, cutout")
    real, labels = unit(batch()["images"]), batch()["labels"]
    noise = rng(3)
    z = torch.randn(12, 16, generator=noise)
    changed = augment.draw(real, ("translation", "cutout"), noise)
    fake = changed(objective.generator(z, labels))
    on_real, on_fake = objective.discriminator(changed(real), labels), objective.discriminator(fake, labels)
    found = objective.loss("discriminator", batch(), moment(seed=3))
    torch.testing.assert_close(found["loss"], LOSSES[game].discriminator(on_real, on_fake))
    assert float(found["right"]) == pytest.approx(float((on_real > on_fake).float().mean()))
    torch.testing.assert_close(
        objective.loss("generator", batch(), moment(seed=3))["loss"], LOSSES[game].generator(on_fake, on_real)
    )


def test_each_player_learns_in_its_own_turn(built):
    objective = built()
    for turn, other in (("discriminator", "generator"), ("generator", "discriminator")):
        objective.zero_grad(set_to_none=True)
        objective.loss(turn, batch(), moment())["loss"].backward()
        assert all(weight.grad is not None for weight in objective.get_submodule(turn).parameters())
        assert all(weight.grad is None for weight in objective.get_submodule(other).parameters())
    assert all(weight.requires_grad for weight in objective.discriminator.parameters())


def test_penalties_are_paid_lazily_and_so_many_times_over(built):
    objective = built(r1=2.0, r2=1.0, penalty_every=3)
    real, labels = unit(batch()["images"]), batch()["labels"]
    fake = objective.generator(torch.randn(12, 16, generator=rng()), labels).detach()

    def judge(images):
        return objective.discriminator(images, labels)

    due = 3 * (2.0 / 2 * zero_centred(judge, real) + 1.0 / 2 * zero_centred(judge, fake))
    for step in range(7):
        found = objective.loss("discriminator", batch(), moment(step))
        paid = (found["loss"] - found["game"]).detach()
        torch.testing.assert_close(paid, due.detach() if step % 3 == 0 else torch.zeros(()), rtol=1e-4, atol=1e-5)


def test_the_penalty_of_wasserstein_gans_is_paid(built):
    plain, paying = built(loss="wasserstein"), built(loss="wasserstein", gradient_penalty=10)
    assert float(plain.loss("discriminator", batch(), moment())["loss"].detach()) != pytest.approx(
        float(paying.loss("discriminator", batch(), moment())["loss"].detach())
    )


def test_the_average_is_exponential_and_quick_at_first(built):
    objective = built(ema=0.5)
    (mean, value) = (next(player.generator.parameters()) for player in (objective.shown, objective))
    assert mean is not value and not mean.requires_grad
    expected = mean.clone()
    for step, kept in ((0, 1 / 10), (1, 2 / 11), (2, 3 / 12)):
        with torch.no_grad():
            value += 1
        objective.after_step(moment(step))
        expected = kept * expected + (1 - kept) * value.detach()
        torch.testing.assert_close(mean, expected)
    with torch.no_grad():
        value += 1
    objective.after_step(moment(100))
    torch.testing.assert_close(mean, 0.5 * expected + 0.5 * value.detach())


def test_a_snapshot_holds_the_average_and_the_discriminator_and_sets_both_copies(built):
    objective = built()
    with torch.no_grad():
        for weight in objective.generator.parameters():
            weight += 1
    kept = {name: value.clone() for name, value in objective.snapshot().items()}
    other = built(seed=5)
    with torch.no_grad():
        for weight in other.parameters():
            weight.zero_()
    other.restore(kept)
    for name, value in kept.items():
        player, _, rest = name.partition(".")
        assert torch.equal(dict(other.get_submodule(player).named_parameters())[rest], value)
        assert torch.equal(dict(other.shown.named_parameters())[name], value)
    average = dict(objective.shown.generator.named_parameters())
    assert all(torch.equal(kept[f"generator.{name}"], value) for name, value in average.items())


def test_the_preview_has_a_row_a_class_with_the_same_noise(built):
    objective = built().eval()
    sheet = objective.preview(rng(4))
    shown = sheet.images
    z = torch.randn(8, 16, generator=rng(4))
    assert shown.shape == (80, 1, 8, 8) and sheet.columns == 8
    for label in (0, 7):
        row = samples.draw(objective.shown, z, torch.full((8,), label))
        assert (shown[8 * label : 8 * label + 8].int() - row.int()).abs().max() <= 1
    assert built(conditional=False).preview(rng(4)).images.shape == (64, 1, 8, 8)


def test_the_judgement_is_of_as_many_pictures_of_the_same_classes(built):
    objective = built().eval()
    test = packs.load("digits").test.first(60)
    values = objective.evaluate(test)
    made = samples.draw(objective.shown, torch.randn(60, 16, generator=rng()), test["labels"])
    features = objective.features
    expected = frechet_distance(features.embed(test["images"]), features.embed(made))
    assert values["fid_cnn-fashion"] == pytest.approx(expected, rel=1e-3)
    assert "as_asked" not in values, "the classifier knows clothes and no digits"


def test_as_asked_is_what_the_classifier_agrees_with(used_by):
    torch.manual_seed(0)
    data, shaped = packs.load("fashion"), recipe("gan-fashion").changed(width=16)
    chosen = replace(data, train=data.train.first(20), test=data.test.first(30))
    objective = shaped.build(chosen, **used_by(shaped)).eval()
    made = samples.draw(objective.shown, torch.randn(30, 64, generator=rng()), chosen.test["labels"])
    named = objective.features.logits(made).argmax(dim=1)
    found = objective.evaluate(chosen.test)["as_asked"]
    assert found == pytest.approx(float((named == chosen.test["labels"]).double().mean()))


@pytest.mark.parametrize(
    ("name", "knobs", "sentence"),
    [
        ("gan-fashion", {"image_size": 30}, "convolutions need pictures whose side is a multiple of 4, not 30"),
        ("gan-fashion", {"width": 30}, "a multiple of 4, not 30"),
        ("mlp-gan-digits", {"width": 30}, "a multiple of 4, not 30"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(name, knobs, sentence):
    with pytest.raises(InvalidRecipe, match=f"(?i){sentence}"):
        recipe(name).changed(**knobs).spec(packs)


def test_perceptrons_take_pictures_of_any_side():
    assert recipe("mlp-gan-digits").changed(image_size=30).spec(packs).size == 30
