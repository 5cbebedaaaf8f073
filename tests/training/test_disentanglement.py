"""The benchmark of disentanglement: the library's settings train, by their seed alone, the network that they name."""

import json
from types import SimpleNamespace

import pytest
import torch

from playground.data import Data, ImageSpec, Split, packs, unit
from playground.labs.vae.correlation import Decomposition
from playground.labs.vae.vae import VAE
from playground.runs.comparison import told
from training.benchmarks import disentanglement
from training.benchmarks.disentanglement import SCORES, Burgess, experiment_of, ours, theirs

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_network_is_that_of_burgess():
    network = Burgess(image_size=32, channels=1, latent=10)
    convolutions = [tuple(one.weight.shape) for one in network.encoder if isinstance(one, torch.nn.Conv2d)]
    assert convolutions == [(32, 1, 4, 4), (32, 32, 4, 4), (32, 32, 4, 4)]
    linear = [one.weight.shape for one in network.encoder if isinstance(one, torch.nn.Linear)]
    assert linear == [(256, 512), (256, 256)] and network.posterior.weight.shape == (20, 256)
    with torch.no_grad():
        posterior = network.encode(torch.zeros(2, 1, 32, 32))
        features = network.encoder(torch.zeros(2, 1, 32, 32))
    torch.testing.assert_close(posterior.log_variance, network.posterior(features)[:, 10:].detach())
    assert network.outputs(posterior.mean).shape == (2, 1, 32, 32)
    up = [one for one in network.decoder if not isinstance(one, torch.nn.ReLU)]
    assert isinstance(network.decoder[-1], torch.nn.ConvTranspose2d) and len(up) == 7, "logits come out"


def test_the_settings_train_by_their_seed_alone():
    data, state = packs.load("sprites"), torch.get_rng_state()
    fresh, first, again, other = (
        theirs(data, seed, beta=6, steps=n) for seed, n in ((0, 0), (0, 60), (0, 60), (1, 60))
    )
    weights = [each.posterior.weight for each in (fresh, first, again, other)]
    assert torch.equal(weights[1], weights[2]) and torch.equal(state, torch.get_rng_state())
    assert not torch.equal(weights[0], weights[1]) and not torch.equal(weights[1], weights[3])

    def told(network):
        images = data.test["images"][:200]
        with torch.no_grad():
            outputs = network.outputs(network.encode(unit(images)).mean)
            return network.likelihood.log_prob(outputs, images).mean()

    assert told(first) > told(fresh) + 100 and not first.training


@pytest.fixture
def settings(monkeypatch):
    """Gives what each step of the library's settings weighs the parts of the divergence by, and of what."""

    def settings(**options):
        parts, seen = [], []

        def decomposed(posterior, z, examples):
            seen.append((len(z), examples, torch.equal(z, posterior.mean)))
            parts.append(Decomposition(*torch.zeros(3).requires_grad_().unbind()))
            for part in parts[-1]:
                part.retain_grad()
            return parts[-1]

        images = Split({"images": torch.arange(70 * 64).remainder(256).to(torch.uint8).view(70, 1, 8, 8)})
        data = Data(ImageSpec(name="x", classes=(), channels=1, size=8), images, images, "0")
        monkeypatch.setattr(disentanglement, "decomposition", decomposed)
        theirs(data, 0, **options)
        return [[part.grad.item() for part in of_step] for of_step in parts], seen

    return settings


def test_beta_weighs_the_total_correlation_and_all_rise_over_ten_thousand_steps(settings):
    weights, seen = settings(beta=6, steps=3)
    assert torch.tensor(weights) == pytest.approx(torch.tensor([1.0, 6.0, 1.0]) * torch.tensor([[0], [1e-4], [2e-4]]))
    assert seen == [(64, 70, False)] * 3, "batches of 64 samples, of all pictures"


def test_what_rose_stays(settings, monkeypatch):
    monkeypatch.setattr(disentanglement, "ANNEALED", 2)
    weights, _ = settings(beta=36, steps=4)
    assert weights == [[0, 0, 0], [0.5, 18, 0.5], [1, 36, 1], [1, 36, 1]]


def test_the_library_learns_with_adam_at_its_rate(settings, monkeypatch):
    made = []
    monkeypatch.setattr(disentanglement, "Adam", lambda *of, **at: made.append(torch.optim.Adam(*of, **at)) or made[-1])
    settings(beta=6, steps=1)
    assert made[0].defaults["lr"] == 5e-4 and made[0].defaults["betas"] == (0.9, 0.999)


def test_ours_is_the_recipe_with_another_beta(monkeypatch):
    chosen, network = [], VAE(image_size=8, width=8)
    monkeypatch.setattr(
        disentanglement, "trained", lambda recipe, data: chosen.append(recipe) or SimpleNamespace(shown=network)
    )
    assert ours("data", 3, name="tcvae", beta=10, seconds=7) is network
    (recipe,) = chosen
    assert (recipe.what, recipe.data, recipe.latent) == ("tcvae", "sprites", 10)
    assert (recipe.beta, recipe.seconds, recipe.steps, recipe.seed) == (10, 7, None, 3)


def test_what_the_benchmark_wrote_becomes_an_experiment_along_beta(tmp_path):
    how = "90 s on 2 threads; mean codes"
    rows = [
        {"what": f"{score}, {model}", "values": [at, at + 0.1], "how": how}
        for model, at in (
            ("disentangling-vae's settings, beta 6", 0.1),
            ("beta-TCVAE, beta 1", 0.2),
            ("beta-TCVAE, beta 3", 0.3),
        )
        for score in SCORES.values()
    ] + [{"what": "MIG, the best median of ours", "values": [0.35], "how": how}]
    (tmp_path / "out.json").write_text(json.dumps({"machine": "some processor, Python 3", "rows": rows}))
    experiment = experiment_of(tmp_path / "out.json")
    assert {(one.seconds, one.threads) for arm in experiment.arms for one in arm.trials} == {(90, 2)}
    assert [arm.recipe for arm in experiment.arms] == ["disentangling-vae", "tcvae-sprites", "tcvae-sprites"]
    assert experiment.machine == "some processor" and experiment.metrics[0] == "mig"
    result = told(experiment, "")
    assert result["axis"] == "knob" and result["axes"]["knob"] == "beta"
    assert result["lines"][0] is None and result["lines"][1]["mean"] == pytest.approx([0.25, 0.35])
    assert [arm["images"] for arm in result["arms"]] == [None] * 3 and result["arms"][0]["seconds"] == 90
