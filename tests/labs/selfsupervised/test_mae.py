"""The masked autoencoder: its patches, masks and loss against lightly's and closed forms, and what its parts see."""

import pytest
import torch
from torch.nn import functional as F

from playground.compat import torchvision_operators
from playground.data import Data, ImageSpec, Split, unit
from playground.labs import recipe
from playground.labs.selfsupervised import mae
from playground.labs.selfsupervised.mae import masked_error, patchify, random_mask, shown_mask, unpatchify
from playground.recipe import InvalidRecipe
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def references():
    torchvision_operators()
    from lightly.models import utils

    return utils


@pytest.fixture
def network():
    """In float64, all its weights random."""
    from playground.data import packs

    chosen = recipe("mae-fashion")
    built = chosen.network(chosen.spec(packs)).double().eval()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.copy_(0.2 * normal(*parameter.shape))
    return built


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def masks(count, patches, ratio, seed=0):
    return random_mask(count, patches, ratio=ratio, rng=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("channels", "side", "size"), [(1, 28, 4), (3, 32, 8), (3, 6, 1)])
def test_patches_are_lightlys_and_come_back(references, channels, side, size):
    images = normal(2, channels, side, side)
    patches = patchify(images, size)
    assert torch.equal(patches, references.patchify(images, size))
    assert torch.equal(unpatchify(patches, size), images)
    corner = images[1, :, size : 2 * size, :size].permute(1, 2, 0).flatten()
    assert torch.equal(patches[1, side // size], corner), "the first one of the second row"


@pytest.mark.parametrize("ratio", [0.0, 0.1, 0.6, 0.75, 0.9, 1.0])
@pytest.mark.parametrize("patches", [49, 64])
def test_as_many_are_hidden_as_lightly_hides(references, ratio, patches):
    masked = masks(200, patches, ratio)
    kept, hidden = references.random_token_mask((200, patches), mask_ratio=ratio, mask_class_token=True)
    assert (masked.sum(dim=1) == hidden.shape[1]).all() and (~masked).sum() == kept.numel()
    if 0 < ratio < 1:
        share = hidden.shape[1] / patches
        assert (masked.float().mean(dim=0) - share).abs().max() < 5 * (share * (1 - share) / 200) ** 0.5, "anywhere"
        assert len({tuple(row.tolist()) for row in masked}) > 100
    assert torch.equal(masked, masks(200, patches, ratio))


def test_the_loss_counts_hidden_patches_alone():
    images, prediction, masked = normal(3, 1, 8, 8), normal(3, 4, 16, seed=1).requires_grad_(), masks(3, 4, 0.5)
    loss = masked_error(prediction, images, masked, size=4, normalized=False)
    pixels = shown_mask(masked, 4).double()
    by_pixel = ((unpatchify(prediction, 4) - images).square() * pixels).sum() / pixels.sum()
    torch.testing.assert_close(loss, by_pixel, rtol=1e-12, atol=0)
    loss.backward()
    assert (prediction.grad[~masked] == 0).all() and (prediction.grad[masked] != 0).all()
    assert float(masked_error(patchify(images, 4) + 3, images, masked, size=4, normalized=False)) == pytest.approx(9)


@pytest.mark.parametrize("normalized", [False, True])
def test_the_loss_and_its_gradient_are_those_of_the_paper(references, normalized):
    """Its training code takes the mean of the squares of a patch first, then that of the patches."""
    images, masked = normal(3, 3, 8, 8), masks(3, 16, 0.75)
    ours, theirs = (normal(3, 16, 12, seed=1).requires_grad_() for _ in range(2))
    target = references.patchify(images, 2)
    if normalized:
        target = (target - target.mean(-1, keepdim=True)) / (target.var(-1, keepdim=True) + 1e-6) ** 0.5
    reference = ((theirs - target).square().mean(-1) * masked).sum() / masked.sum()
    loss = masked_error(ours, images, masked, size=2, normalized=normalized)
    torch.testing.assert_close(loss, reference, rtol=1e-12, atol=0)
    loss.backward(), reference.backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-10, atol=1e-14)


def test_a_flat_patch_has_a_normalized_target_of_zero():
    images = torch.full((1, 1, 4, 4), 0.3, dtype=torch.float64)
    assert float(masked_error(torch.zeros(1, 4, 4), images, masks(1, 4, 0.5), size=2, normalized=True)) < 1e-12


@torch.no_grad()
def test_nothing_depends_on_hidden_pixels(network):
    images, masked = normal(2, 1, 28, 28).clamp(-1, 1), masks(2, 49, 0.75)
    hidden = shown_mask(masked, 4)
    others = torch.where(hidden, normal(2, 1, 28, 28, seed=3), images)
    given = network(images, masked)
    assert torch.equal(given, network(others, masked)) and given.std() > 0.01
    visible = torch.where(hidden, images, images.flip(3))
    assert (given - network(visible, masked)).abs().max() > 1e-3


@torch.no_grad()
def test_the_encoder_sees_the_visible_patches_at_their_places(network):
    """By hand, one picture at a time: embed, choose, encode; then fill with mask tokens and decode."""
    images, masked = normal(2, 1, 28, 28), masks(2, 49, 0.6)
    encoder, decoder = network.encoder, network.decoder
    for image, mask, given in zip(images, masked, network(images, masked), strict=True):
        kernels = encoder.patches.weight.permute(0, 2, 3, 1).flatten(1)
        tokens = F.linear(patchify(image[None], 4), kernels, encoder.patches.bias) + encoder.positions
        coded = decoder.embed(encoder.norm(encoder.blocks(tokens[:, ~mask])))
        full = decoder.mask_token.repeat(1, 49, 1)
        full[:, ~mask] = coded
        expected = decoder.predict(decoder.norm(decoder.blocks(full + decoder.positions)))
        torch.testing.assert_close(given[None], expected, rtol=0, atol=1e-10)


@torch.no_grad()
def test_the_features_are_those_of_all_patches(network):
    images = normal(2, 1, 28, 28)
    encoder = network.encoder
    expected = encoder.norm(encoder.blocks(encoder.embed(images))).mean(dim=1)
    torch.testing.assert_close(network.features(images), expected, rtol=0, atol=1e-12)
    assert network.features(images).shape == (2, encoder.num_features)


@torch.no_grad()
@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_everything_and_nothing_can_be_hidden(network, ratio):
    guess = network.reconstructed(normal(2, 1, 28, 28), masks(2, 49, ratio))
    assert guess.shape == (2, 1, 28, 28) and bool(guess.isfinite().all())
    if ratio:
        torch.testing.assert_close(guess[0], guess[1], rtol=0, atol=1e-9)  # nothing tells pictures apart


@torch.no_grad()
def test_a_perfect_normalized_prediction_is_the_picture(network, monkeypatch):
    images = normal(2, 1, 28, 28).clamp(-1, 1)
    patches = patchify(images, 4)
    perfect = (patches - patches.mean(2, keepdim=True)) / (patches.var(2, keepdim=True) + 1e-6).sqrt()
    monkeypatch.setattr(network, "normalized", True)
    monkeypatch.setattr(type(network), "forward", lambda *_: perfect)
    torch.testing.assert_close(network.reconstructed(images, masks(2, 49, 0.5)), images, rtol=0, atol=1e-12)


def test_muon_trains_the_matrices_of_encoder_and_decoder(data_for):
    chosen = recipe("mae-fashion")
    objective = chosen.build(data_for(chosen))
    muon, _ = objective.phases()[0].optimizers
    names = {id(parameter): name for name, parameter in objective.shown.named_parameters()}
    trained = [names[id(one)] for one in muon.param_groups[0]["params"]]
    assert len(trained) == 4 * (chosen.depth + chosen.decoder_depth)
    assert all(".blocks." in name and name.endswith("weight") for name in trained)


def test_masked_mse_is_that_of_hidden_pixels_from_zero_to_one(data_for, monkeypatch):
    chosen = recipe("mae-fashion")
    data = data_for(chosen)
    objective = chosen.build(data).eval()

    def half_off(_, images, masked):
        return images + torch.where(shown_mask(masked, 4), 0.5, 2.0)  # what is visible does not count

    monkeypatch.setattr(mae.MaskedAutoencoder, "reconstructed", half_off)
    with torch.no_grad():
        assert objective.evaluate(data.test.first(20))["masked_mse"] == pytest.approx(0.25**2, rel=1e-5)


def on_noise(**knobs):
    """On 16 pictures of noise."""
    noise = torch.randint(0, 256, (16, 1, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    split = Split({"images": noise})
    data = Data(spec=ImageSpec(name="noise", channels=1, size=8), train=split, test=split, hash="noise")
    return recipe("mae-fashion").changed(smallest=1, flip=False, **knobs).build(data)


@pytest.mark.parametrize("normalized", [False, True])
def test_a_prediction_of_zeros_costs_the_power_of_the_pixels_or_that_of_normalized_ones(normalized):
    """Of all four patches, whose variance is one of n - 1 degrees of freedom: 15 / 16."""
    trained = on_noise(normalized=normalized)
    predict = trained.shown.decoder.predict
    torch.nn.init.zeros_(predict.weight), torch.nn.init.zeros_(predict.bias)
    pixels = unit(trained.bank).square().mean()
    trained.mask = lambda count, rng: torch.ones(count, 4, dtype=torch.bool)
    loss = trained.loss("pretrain", {"images": trained.bank}, moment())["loss"]
    assert float(loss.detach()) == pytest.approx(15 / 16 if normalized else float(pixels), rel=1e-4)


def test_the_loss_is_taken_where_the_network_saw_nothing():
    trained = on_noise(mask_ratio=0.5)

    def three_off(_, inputs, __):
        images, masked = inputs
        return patchify(images, 4) + torch.where(masked, 3.0, 100.0)[:, :, None]

    trained.shown.register_forward_hook(three_off)
    loss = trained.loss("pretrain", {"images": trained.bank}, moment())["loss"]
    assert float(loss) == pytest.approx(9, rel=1e-4)


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"patch_size": 5, "image_size": 28}, "do not tile"),
        ({"patch_size": 28}, "2 to 32 patches in a row here, not 1"),
        ({"image_size": 256}, "not 64"),
        ({"patch_size": 14, "mask_ratio": 0.9}, "none of 4 patches is visible"),
        ({"width": 50}, "width of 50"),
    ],
)
def test_what_does_not_fit_is_told(knobs, sentence):
    from playground.data import packs

    with pytest.raises(InvalidRecipe, match=sentence):
        recipe("mae-fashion").changed(**knobs).spec(packs)
