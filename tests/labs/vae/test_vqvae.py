"""The VQ-VAE against brute force, plain references of its codebook, and closed forms of its gradients."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from playground.data import Data, ImageSpec, Split, packs, unit
from playground.labs.vae.quantization import AT_REST, Quantization
from playground.labs.vae.recipes_vq import VQVAES
from playground.labs.vae.vqvae import DECAY, VQVAE, Codebook, perplexity, straight_through
from playground.recipe import InvalidRecipe
from tests.moments import moment

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.double)


def book(size=12, dimensions=5, averaged=True):
    torch.manual_seed(0)
    return Codebook(size=size, dimensions=dimensions, averaged=averaged).double()


def network(**options):
    torch.manual_seed(0)
    small = {"image_size": 8, "channels": 1, "codes": 12, "dimensions": 5, "width": 8, "prior_width": 16}
    return VQVAE(**small | options).eval()


def objective(net, **options):
    rates = {"learning_rate": 1e-3, "prior_learning_rate": 1e-3}
    data = packs.load("digits")
    return Quantization(network=net, data=data, **{"beta": 0.25, "restart_below": 0.0} | rates | options)


class Given(nn.Module):
    """Instead of an encoder: always the same vectors."""

    def __init__(self, z):
        super().__init__()
        self.z = nn.Parameter(z)

    def forward(self, x):
        return self.z


def test_the_nearest_code_is_that_of_brute_force():
    codebook, z = book(), 2 * normal(3, 5, 4, 2)
    indices = codebook.nearest(z)
    for b in range(3):
        for row in range(4):
            for column in range(2):
                distances = (codebook.codes - z[b, :, row, column]).norm(dim=1)
                assert indices[b, row, column] == distances.argmin()
                assert torch.equal(codebook(indices)[b, :, row, column], codebook.codes[distances.argmin()])
    assert len(indices.unique()) > 5


def test_the_gradient_goes_past_the_quantizer_as_if_it_were_the_identity():
    z, codes = normal(2, 3, seed=1).requires_grad_(), normal(2, 3).requires_grad_()
    through = straight_through(z, codes)
    torch.testing.assert_close(through, codes)
    weights = normal(2, 3, seed=2)
    (weights * through).sum().backward()
    assert torch.equal(z.grad, weights) and codes.grad is None


@pytest.mark.parametrize("averaged", [True, False])
def test_the_three_terms_have_the_gradients_of_equation_3(averaged):
    net = network(averaged=averaged).double()
    z, images = normal(4, 5, 2, 2), packs.load("digits").train["images"][:4]
    net.encoder = Given(z)
    trained = objective(net, beta=0.7)
    terms = trained.loss("autoencoder", {"images": images}, moment(0))
    terms["loss"].backward()

    codes = net.codebook(net.codebook.nearest(z)).detach().requires_grad_()
    error = F.mse_loss(net.decoder(codes), unit(images).double())
    (of_decoder,) = torch.autograd.grad(error / trained.variance, codes)
    gap = 2 * (z - codes.detach()) / z.numel()
    torch.testing.assert_close(net.encoder.z.grad, of_decoder + 0.7 * gap, rtol=1e-6, atol=1e-9)
    assert float(of_decoder.abs().max()) > 1e-4
    assert float(terms["reconstruction"].detach()) == pytest.approx(error.item() / 4)  # of pixels from 0 to 1
    if averaged:
        assert not net.codebook.codes.requires_grad
        return
    expected = torch.zeros_like(net.codebook.codes)
    expected.index_add_(0, trained.coded[1].flatten(), -gap.movedim(1, -1).flatten(0, 2))
    torch.testing.assert_close(net.codebook.codes.grad, expected, rtol=1e-12, atol=1e-12)


def test_the_averages_are_those_of_the_appendix():
    codebook = book(size=3, dimensions=2)
    e, count = codebook.codes.clone(), torch.tensor([2.0, 3.0, 1.0], dtype=torch.double)
    codebook.counts.copy_(count)
    sums = count[:, None] * e
    for step in range(3):
        z = normal(2, 2, 2, 1, seed=step)
        indices = torch.tensor([[[0], [0]], [[1], [0]]])  # the third is never chosen
        codebook.follow(z, indices, restart_below=0, rng=rng())
        chosen = {0: [z[0, :, 0, 0], z[0, :, 1, 0], z[1, :, 1, 0]], 1: [z[1, :, 0, 0]], 2: []}
        for k, vectors in chosen.items():
            count[k] = DECAY * count[k] + (1 - DECAY) * len(vectors)
            sums[k] = DECAY * sums[k] + (1 - DECAY) * sum(vectors, torch.zeros(2))
    torch.testing.assert_close(codebook.counts, count, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(codebook.codes, sums / count[:, None], rtol=1e-12, atol=1e-12)
    assert not torch.equal(codebook.codes[:2], e[:2])


@pytest.mark.parametrize("averaged", [True, False])
def test_a_code_that_is_hardly_used_restarts_at_an_output_of_the_encoder(averaged):
    codebook, z = book(size=4, averaged=averaged), normal(2, 5, 3, 3)
    codebook.counts.copy_(torch.tensor([4.5, 0.5, 4.5, 0.2]))  # 18 vectors: the mean is 4.5
    before = codebook.codes.detach().clone()
    indices = torch.tensor([0, 2, 2]).expand(2, 3, 3)
    codebook.follow(z, indices, restart_below=0.1, rng=rng())
    codes, outputs = codebook.codes.detach(), z.movedim(1, -1).flatten(0, 2)
    assert torch.equal(codes[1], before[1])  # 0.495 is more than a tenth of 4.5
    assert (codes[3] == outputs).all(dim=1).any() and float(codebook.counts[3]) == pytest.approx(2 * 0.45)
    codebook.follow(z, indices, restart_below=0.0, rng=rng())
    assert torch.equal(codebook.codes[3], codes[3])


def test_restarts_give_every_cluster_a_code():
    centers = 20 * torch.eye(8, dtype=torch.double)

    def used(restart_below):
        codebook, draws = book(size=16, dimensions=8), rng()
        for _ in range(200):
            which = torch.randint(8, (4, 4, 4), generator=draws)
            z = centers[which].movedim(-1, 1) + 0.1 * torch.randn(4, 8, 4, 4, generator=draws, dtype=torch.double)
            codebook.follow(z, codebook.nearest(z), restart_below=restart_below, rng=draws)
        return len(codebook.nearest(centers.T[None, :, :, None]).unique())

    assert used(0.1) == 8 and used(0.0) < 8


def test_perplexity_counts_the_codes_in_use():
    assert float(perplexity(torch.arange(12).view(2, 2, 3), 20)) == pytest.approx(12)
    assert float(perplexity(torch.full((2, 2, 3), 4), 20)) == pytest.approx(1)
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert float(perplexity(torch.tensor([[[3, 0], [3, 3]]]), 20)) == pytest.approx(math.exp(entropy))


@pytest.mark.parametrize(("channels", "side"), [(1, 8), (3, 32), (1, 28)])
@torch.no_grad()
def test_shapes_and_range(channels, side):
    net = network(channels=channels, image_size=side)
    x = normal(2, channels, side, side).float()
    indices = net.encode(x)
    assert indices.shape == (2, side // 4, side // 4) and indices.dtype == torch.long
    net.decoder[-1].weight.mul_(1e3)
    decoded = net.decode(indices)
    assert decoded.shape == x.shape and decoded.min() == 0 and decoded.max() == 1
    assert torch.equal((net(x).decoded / 2 + 0.5).clamp(0, 1).round(decimals=3), decoded.round(decimals=3))
    grids = net.sample(3, rng())
    assert torch.equal(grids.flatten(1), net.prior.sample(3, rng())) and grids.shape == (3, side // 4, side // 4)


def test_a_side_that_cannot_be_halved_twice_is_refused():
    with pytest.raises(ValueError, match="a multiple of 4, not 30"):
        network(image_size=30)
    for size in (30, 128):
        with pytest.raises(InvalidRecipe, match=f"The side must be a multiple of 4 and at most 64 pixels, not {size}"):
            VQVAES["vqvae-fashion"].changed(image_size=size).spec(packs)


def test_widths_that_do_not_fit_are_refused():
    for knobs, message in (({"width": 33}, "must be even, not 33"), ({"prior_width": 40}, "multiple of 16, not 40")):
        with pytest.raises(InvalidRecipe, match=message):
            VQVAES["vqvae-fashion"].changed(**knobs)


@torch.no_grad()
def test_what_is_evaluated():
    net, split = network(codes=4096), packs.load("digits").test
    values = objective(net).evaluate(split)
    indices = net.encode(unit(split["images"]))
    error = (net.decode(indices) - split["images"] / 255).square().mean()
    assert values["reconstruction"] == pytest.approx(float(error), rel=1e-5)
    assert values["used"] == len(indices.unique()) / 4096
    assert values["perplexity"] == pytest.approx(float(perplexity(indices, 4096)))
    assert values["bits"] == pytest.approx(4 * 12) and values["prior"] == pytest.approx(4 * 12 * math.log(2))


def test_the_prior_learns_the_codes_of_the_same_batch_and_changes_nothing_else():
    net = network()
    trained, images = objective(net), packs.load("digits").train["images"][:16]
    phases = trained.phases()
    trained.update(phases[0], {"images": images}, moment(0))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    nats = trained.update(phases[1], {"images": images}, moment(0))["loss"]
    assert nats.item() == pytest.approx(4 * math.log(12))
    changed = {name for name, value in net.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith("prior.") for name in changed)


def test_the_autoencoder_comes_to_rest_and_the_prior_goes_on():
    net = network()
    trained, images = objective(net, restart_below=0.5), packs.load("digits").train["images"][:16]
    assert trained.schedule("autoencoder", 0) == trained.schedule("prior", 0) == 1
    assert trained.schedule("autoencoder", AT_REST) == trained.schedule("prior", 1) == 0
    assert trained.schedule("prior", AT_REST) == 1
    phases = trained.phases()
    for progress, rests in ((AT_REST, True), (AT_REST - 0.01, False)):
        before = {name: value.clone() for name, value in net.state_dict().items()}
        now = moment(0, progress=progress)
        terms = [trained.update(phase, {"images": images}, now) for phase in phases]
        trained.after_step(now)
        changed = {name.partition(".")[0] for name, value in net.state_dict().items() if (value != before[name]).any()}
        assert changed == ({"prior"} if rests else {"prior", "encoder", "decoder", "codebook"})
        assert terms[0].keys() == {"loss", "reconstruction", "commitment", "perplexity"}


def test_errors_count_in_units_of_the_training_pictures_variance():
    black_and_white = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1).expand(2, 1, 8, 8)
    gray = torch.full((8, 1, 8, 8), 128, dtype=torch.uint8)
    spec = ImageSpec(name="x", classes=("a",), channels=1, size=8)
    data = Data(spec, Split({"images": black_and_white}), Split({"images": gray}), "0")
    rates = {"learning_rate": 1e-3, "prior_learning_rate": 1e-3}
    trained = Quantization(network=network(), data=data, beta=0.25, restart_below=0.0, **rates)
    assert trained.variance == pytest.approx(1.0)  # of -1 and 1


@torch.no_grad()
def test_the_preview_has_pictures_their_reconstructions_and_samples():
    trained = objective(network())
    sheet = trained.preview(rng())
    assert sheet.images.shape == (64, 1, 8, 8) and sheet.columns == 8
    assert torch.equal(sheet.images[:8], packs.load("digits").test["images"][:8])
    samples = trained.shown.decode(trained.shown.sample(48, rng()))
    assert torch.equal(sheet.images[16:], (samples * 255).round().to(torch.uint8))
