"""The two phases, the average, the penalties and the judgement of a GAN, against what they are said to be."""

from dataclasses import replace

import pytest
import torch

from playground.data import load
from playground.labs import recipe
from playground.labs.gan import augment, samples
from playground.labs.gan.losses import LOSSES, zero_centred
from playground.metrics.features import features_for
from playground.metrics.generated import frechet_distance

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def built(**knobs):
    knobs = {"loss": "hinge", "r1": 0, "r2": 0, "penalty_every": 1} | knobs
    torch.manual_seed(0)
    return recipe("gan-digits").changed(width=16, **knobs).build(load("digits"))


def batch(n=12):
    return load("digits").train[torch.arange(n)]


def unit(images):
    return images.float() / 127.5 - 1


@pytest.mark.parametrize("game", LOSSES)
def test_the_losses_are_those_of_the_game_on_one_draw(game):
    objective = built(loss=game, augment="translation, cutout")
    real, labels = unit(batch()["images"]), batch()["labels"]
    noise = rng(3)
    z = torch.randn(12, 16, generator=noise)
    changed = augment.draw(real, ("translation", "cutout"), noise)
    fake = changed(objective.generator(z, labels))
    on_real, on_fake = objective.discriminator(changed(real), labels), objective.discriminator(fake, labels)
    found = objective("discriminator", batch(), rng(3))
    torch.testing.assert_close(found["loss"], LOSSES[game].discriminator(on_real, on_fake))
    assert float(found["right"]) == pytest.approx(float((on_real > on_fake).float().mean()))
    torch.testing.assert_close(
        objective("generator", batch(), rng(3))["loss"], LOSSES[game].generator(on_fake, on_real)
    )


def test_each_player_learns_in_its_own_turn():
    objective = built()
    for turn, other in (("discriminator", "generator"), ("generator", "discriminator")):
        objective.zero_grad(set_to_none=True)
        objective(turn, batch(), rng())["loss"].backward()
        assert all(weight.grad is not None for weight in objective.get_submodule(turn).parameters())
        assert all(weight.grad is None for weight in objective.get_submodule(other).parameters())
    assert all(weight.requires_grad for weight in objective.discriminator.parameters())


def test_penalties_are_paid_lazily_and_so_many_times_over():
    objective = built(r1=2.0, r2=1.0, penalty_every=3)
    real, labels = unit(batch()["images"]), batch()["labels"]
    fake = objective.generator(torch.randn(12, 16, generator=rng()), labels).detach()

    def judge(images):
        return objective.discriminator(images, labels)

    due = 3 * (2.0 / 2 * zero_centred(judge, real) + 1.0 / 2 * zero_centred(judge, fake))
    for step in range(7):
        found = objective("discriminator", batch(), rng())
        paid = (found["loss"] - found["game"]).detach()
        torch.testing.assert_close(paid, due.detach() if step % 3 == 0 else torch.zeros(()), rtol=1e-4, atol=1e-5)
        objective.after_step(step + 1)


def test_the_penalty_of_wasserstein_gans_is_paid():
    plain, paying = built(loss="wasserstein"), built(loss="wasserstein", gradient_penalty=10)
    assert float(plain("discriminator", batch(), rng())["loss"].detach()) != pytest.approx(
        float(paying("discriminator", batch(), rng())["loss"].detach())
    )


def test_the_average_is_exponential_and_quick_at_first():
    objective = built(ema=0.5)
    (mean, value) = (next(player.generator.parameters()) for player in (objective.shown, objective))
    assert mean is not value and not mean.requires_grad
    expected = mean.clone()
    for done, kept in ((1, 2 / 11), (2, 3 / 12), (3, 4 / 13)):
        with torch.no_grad():
            value += 1
        objective.after_step(done)
        expected = kept * expected + (1 - kept) * value.detach()
        torch.testing.assert_close(mean, expected)
    objective.done.fill_(100)
    with torch.no_grad():
        value += 1
    objective.after_step(101)
    torch.testing.assert_close(mean, 0.5 * expected + 0.5 * value.detach())


def test_a_snapshot_holds_the_average_and_the_discriminator_and_sets_both_copies():
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


def test_the_preview_has_a_row_a_class_with_the_same_noise():
    objective = built().eval()
    shown = objective.preview(rng(4))
    z = torch.randn(8, 16, generator=rng(4))
    assert shown.shape == (80, 1, 8, 8) and objective.preview_columns == 8
    for label in (0, 7):
        row = samples.draw(objective.shown, z, torch.full((8,), label))
        assert (shown[8 * label : 8 * label + 8].int() - row.int()).abs().max() <= 1
    assert built(conditional=False).preview(rng(4)).shape == (64, 1, 8, 8)


def test_the_judgement_is_of_as_many_pictures_of_the_same_classes():
    objective = built().eval()
    test = load("digits").test.first(60)
    values = objective.evaluate(test)
    made = samples.draw(objective.shown, torch.randn(60, 16, generator=rng()), test.labels)
    features = features_for(load("digits").spec)
    expected = frechet_distance(features.embed(test.images), features.embed(made))
    assert values["fid_cnn-fashion"] == pytest.approx(expected, rel=1e-3)
    assert "as_asked" not in values, "the classifier knows clothes and no digits"


def test_as_asked_is_what_the_classifier_agrees_with():
    torch.manual_seed(0)
    data = load("fashion")
    chosen = replace(data, train=data.train.first(20), test=data.test.first(30))
    objective = recipe("gan-fashion").changed(width=16).build(chosen).eval()
    made = samples.draw(objective.shown, torch.randn(30, 64, generator=rng()), chosen.test.labels)
    named = features_for(data.spec).logits(made).argmax(dim=1)
    found = objective.evaluate(chosen.test)["as_asked"]
    assert found == pytest.approx(float((named == chosen.test.labels).double().mean()))


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"image_size": 30}, "a multiple of 4, not 30; choose mlp instead"),
        ({"width": 30}, "a multiple of 4, not 30"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(knobs, sentence):
    from playground.recipe import InvalidRecipe

    with pytest.raises(InvalidRecipe, match=sentence):
        recipe("gan-fashion").changed(**knobs)
    assert recipe("gan-fashion").changed(image_size=30, architecture="mlp").image_size == 30
