"""The two phases, the penalties and the evaluation of a GAN, against their definitions."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from playground.data import packs
from playground.labs import recipe
from playground.labs.gan import augment, samples
from playground.labs.gan.losses import LOSSES, zero_centered
from playground.metrics.attributes import AttributeClassifier
from playground.metrics.classified import classes_covered
from playground.metrics.generated import frechet_distance
from playground.recipe import InvalidRecipe
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def built(used_by):
    def built(name="cgan-digits", **knobs):
        plain = {"auxiliary": 0} if name.startswith("cgan") else {}
        knobs = {"loss": "hinge", "r1": 0, "r2": 0, "penalty_every": 1} | plain | knobs
        chosen = recipe(name).changed(width=16, **knobs)
        torch.manual_seed(0)
        return chosen.build(packs.load("digits"), **used_by(chosen))

    return built


def batch(n=12):
    return packs.load("digits").train.batch(torch.arange(n))


def unit(images):
    return images.float() / 127.5 - 1


@pytest.mark.parametrize("loss", LOSSES)
def test_both_losses_are_on_one_draw(built, loss):
    objective = built(loss=loss, augment="translation, cutout")
    real, labels = unit(batch()["images"]), batch()["labels"]
    noise = rng(3)
    z = torch.randn(12, 16, generator=noise)
    augmented = augment.draw(real, ("translation", "cutout"), noise)
    generate, discriminate = objective.network.generator, objective.network.discriminator
    fake = augmented(generate(z, labels))
    on_real, on_fake = discriminate(augmented(real), labels), discriminate(fake, labels)
    actual = objective.loss("discriminator", batch(), moment(seed=3))
    torch.testing.assert_close(actual["loss"], LOSSES[loss].discriminator(on_real, on_fake))
    assert float(actual["right"]) == pytest.approx(float((on_real > on_fake).float().mean()))
    torch.testing.assert_close(
        objective.loss("generator", batch(), moment(seed=3))["loss"], LOSSES[loss].generator(on_fake, on_real)
    )


def test_each_network_learns_in_its_own_phase(built):
    objective = built()
    for phase, other in (("discriminator", "generator"), ("generator", "discriminator")):
        objective.zero_grad(set_to_none=True)
        objective.loss(phase, batch(), moment())["loss"].backward()
        assert all(weight.grad is not None for weight in objective.network.get_submodule(phase).parameters())
        assert all(weight.grad is None for weight in objective.network.get_submodule(other).parameters())
    assert all(weight.requires_grad for weight in objective.network.discriminator.parameters())


def test_lazy_penalties_count_so_many_times_over(built):
    objective = built(r1=2.0, r2=1.0, penalty_every=3)
    real, labels = unit(batch()["images"]), batch()["labels"]

    def discriminate(images):
        return objective.network.discriminator(images, labels)

    for step in range(7):
        actual = objective.loss("discriminator", batch(), moment(step))
        penalty = (actual["loss"] - actual["adversarial"]).detach()
        expected = torch.zeros(())
        if step % 3 == 0:
            noise = torch.randn(12, 16, generator=moment(step).rng)
            fake = objective.network.generator(noise, labels).detach()
            expected = 3 * (2.0 / 2 * zero_centered(discriminate, real) + 1.0 / 2 * zero_centered(discriminate, fake))
        torch.testing.assert_close(penalty, expected.detach(), rtol=1e-4, atol=1e-5)


def test_the_penalty_of_wasserstein_gans_counts(built):
    plain, penalized = built(loss="wasserstein"), built(loss="wasserstein", gradient_penalty=10)
    assert float(plain.loss("discriminator", batch(), moment())["loss"].detach()) != pytest.approx(
        float(penalized.loss("discriminator", batch(), moment())["loss"].detach())
    )


def test_a_snapshot_holds_the_average_and_the_discriminator_and_sets_both_copies(built):
    objective = built()
    with torch.no_grad():
        for weight in objective.network.generator.parameters():
            weight += 1
    snapshot = {name: value.clone() for name, value in objective.snapshot().items()}
    other = built(seed=5)
    with torch.no_grad():
        for weight in other.parameters():
            weight.zero_()
    other.restore(snapshot)
    for name, value in snapshot.items():
        part, _, rest = name.partition(".")
        assert torch.equal(dict(other.network.get_submodule(part).named_parameters())[rest], value)
        assert torch.equal(dict(other.shown.named_parameters())[name], value)
    average = dict(objective.shown.generator.named_parameters())
    assert all(torch.equal(snapshot[f"generator.{name}"], value) for name, value in average.items())


def test_the_preview_has_a_row_a_class_with_the_same_noise(built):
    objective = built().eval()
    sheet = objective.preview(rng(4))
    shown = sheet.images
    z = torch.randn(8, 16, generator=rng(4))
    assert shown.shape == (80, 1, 8, 8) and sheet.columns == 8
    for label in (0, 7):
        row = samples.draw(objective.shown, z, torch.full((8,), label))
        assert (shown[8 * label : 8 * label + 8].int() - row.int()).abs().max() <= 1
    assert built("dcgan-digits").preview(rng(4)).images.shape == (64, 1, 8, 8)


def test_the_evaluation_is_of_as_many_images_of_the_same_classes(built):
    objective = built().eval()
    test = packs.load("digits").test.first(60)
    values = objective.evaluate(test)
    generated = samples.draw(objective.shown, torch.randn(60, 16, generator=rng()), test["labels"])
    features = objective.features
    expected = frechet_distance(features.embed(test["images"]), features.embed(generated))
    assert values["fid_cnn-fashion"] == pytest.approx(expected, rel=1e-3)
    assert not {"as_asked", "classes"} & set(values), "the classifier knows clothes and no digits"


def test_of_attributes_each_is_checked_and_all_are_told_to_both_networks(used_by):
    torch.manual_seed(0)
    data, shaped = packs.load("faces", 16), recipe("cgan-faces").changed(width=16, image_size=16)
    names = tuple(attribute.name for attribute in data.spec.attributes)
    chosen = replace(data, train=data.train.first(200), test=data.test.first(30))
    objective = shaped.build(chosen, **used_by(shaped)).eval()
    asked = torch.stack([chosen.test[name] for name in names], dim=1)
    generated = samples.draw(objective.shown, torch.randn(30, 64, generator=rng()), asked)
    classifier = AttributeClassifier.of(chosen.train, data.spec.attributes)
    with torch.no_grad():
        values = objective.examine(chosen)
    for name, right in zip(names, (classifier.named(generated) == asked).double().mean(dim=0), strict=True):
        assert values[f"as_asked/{name}"] == pytest.approx(float(right))
    assert values["as_asked"] == pytest.approx(sum(values[f"as_asked/{name}"] for name in names) / len(names))
    real = (classifier.named(chosen.test["images"]) == asked).double().mean()
    assert values["as_asked_real"] == pytest.approx(float(real))

    one = objective.preview(rng(2)).images
    assert one.shape == (64, 3, 16, 16) and not torch.equal(one[:8], one[8:16]), "each row is asked for something else"
    batch = data.train.batch(torch.arange(8))
    for phase in objective.phases():
        terms = objective.update(phase, batch, moment())
        assert torch.isfinite(terms["loss"])
        part = objective.network.get_submodule(phase.name)
        rows = part.embedding.weight.grad.abs().sum(dim=1)
        used = batch["skin"].unique()
        assert bool((rows[used] > 0).all()) and not rows[[i for i in range(7) if i not in used]].any()


@pytest.mark.parametrize("phase", ["discriminator", "generator"])
def test_an_auxiliary_classifier_learns_from_real_pictures_and_teaches_the_generator(used_by, phase):
    knobs = {"width": 16, "image_size": 16, "augment": "none", "loss": "hinge", "r1": 0, "r2": 0, "auxiliary": 2}
    data, shaped = packs.load("faces", 16), recipe("cgan-faces").changed(**knobs)
    torch.manual_seed(0)
    objective = shaped.build(data, **used_by(shaped))
    examples = data.train.batch(torch.arange(12))
    asked, network = objective.asked(examples), objective.network
    real, fake = unit(examples["images"]), network.generator(torch.randn(12, 64, generator=rng()), asked)
    seen = real if phase == "discriminator" else fake
    logits = network.discriminator.classifier(network.discriminator.embed(seen)).split(network.generator.choices, 1)
    expected = 2 * sum(F.cross_entropy(part, asked[:, k]) for k, part in enumerate(logits))
    on_real, on_fake = (network.discriminator(images, asked) for images in (real, fake))
    adversarial = (
        LOSSES["hinge"].discriminator(on_real, on_fake)
        if phase == "discriminator"
        else LOSSES["hinge"].generator(on_fake, on_real)
    )
    terms = objective.loss(phase, examples, moment())
    torch.testing.assert_close(terms["auxiliary"], expected)
    torch.testing.assert_close(terms["loss"], adversarial + expected)


def test_without_weight_there_is_no_auxiliary_classifier(built):
    objective = built()
    assert objective.network.discriminator.classifier is None
    assert "auxiliary" not in objective.loss("discriminator", batch(), moment())
    assert "auxiliary" not in built("dcgan-digits").loss("generator", batch(), moment())


def test_as_asked_is_what_the_classifier_agrees_with(used_by):
    torch.manual_seed(0)
    data, shaped = packs.load("fashion"), recipe("cgan-fashion").changed(width=16)
    chosen = replace(data, train=data.train.first(20), test=data.test.first(30))
    objective = shaped.build(chosen, **used_by(shaped)).eval()
    generated = samples.draw(objective.shown, torch.randn(30, 64, generator=rng()), chosen.test["labels"])
    predicted = objective.features.logits(generated).argmax(dim=1)
    values = objective.evaluate(chosen.test)
    assert values["as_asked"] == pytest.approx(float((predicted == chosen.test["labels"]).double().mean()))
    assert values["classes"] == classes_covered(predicted, chosen.test["labels"])


@pytest.mark.parametrize(
    ("name", "knobs", "sentence"),
    [
        ("cgan-fashion", {"image_size": 30}, "convolutions need pictures whose side is a multiple of 4, not 30"),
        ("cgan-fashion", {"width": 30}, "a multiple of 4, not 30"),
        ("gan-digits", {"width": 30}, "a multiple of 4, not 30"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(name, knobs, sentence):
    with pytest.raises(InvalidRecipe, match=f"(?i){sentence}"):
        recipe(name).changed(**knobs).spec(packs)


def test_perceptrons_take_pictures_of_any_side():
    assert recipe("gan-digits").changed(image_size=30).spec(packs).size == 30
