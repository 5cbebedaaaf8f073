"""The benchmark of representations: its baseline trains, and touches nobody's randomness."""

import json

import pytest
import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.runs.comparison import told
from training.benchmarks import UnknownGroup, experiment_of
from training.benchmarks.simclr import simclr

pytestmark = pytest.mark.usefixtures("one_thread")


def encoder(seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ConvolutionalNetwork(channels=3, classes=0, width=16)


def colored(n):
    return packs.load("emoji").train.first(n).resized(32)


def test_the_baseline_trains_the_encoder_that_it_is_given_by_its_seed_alone():
    images, state = colored(64)["images"], torch.get_rng_state()
    fresh, first, again, other = (
        simclr(images, encoder(), seconds=6000, seed=seed, batch_size=32, max_steps=steps)
        for seed, steps in ((0, 0), (0, 3), (0, 3), (1, 3))
    )
    weights = [each.stem[0].weight for each in (fresh, first, again, other)]
    assert not torch.equal(weights[0], weights[1]) and not torch.equal(weights[1], weights[3])
    torch.testing.assert_close(weights[1], weights[2], rtol=1e-3, atol=1e-5)  # the clock sets the learning rate
    assert torch.equal(state, torch.get_rng_state())
    assert not first.training


def test_what_the_benchmark_wrote_becomes_an_experiment_of_methods(tmp_path):
    where = "120 s on 2 threads, 10,000 test pictures"
    rows = [
        {"what": f"{measure} on CIFAR-10, {model}", "values": [at, at + 2], "how": f"{how}, {where}"}
        for model, at in (("untrained Vision Transformer", 30), ("supervised", 70), ("simclr-cifar10", 60))
        for measure, how in (("k-NN", "20 neighbors among 50,000"), ("Linear probe", "5,000 labels"))
    ]
    (tmp_path / "out.json").write_text(json.dumps({"machine": "2 cores, some processor, Python 3", "rows": rows}))
    experiment = experiment_of("representations", tmp_path / "out.json")
    assert [arm.name for arm in experiment.arms] == ["Untrained Vision Transformer", "Supervised", "SimCLR"]
    firsts = [arm.trials[0] for arm in experiment.arms]
    assert [(one.seconds, one.threads) for one in firsts] == [(0, None), (120, 2), (120, 2)]
    assert experiment.machine == "2 cores, some processor, 2 threads" and firsts[0].n == 10_000
    result = told(experiment, "")
    assert result["metric"] == "knn" and result["lines"] == [None] * 3
    assert result["arms"][2]["final"]["mean"] == pytest.approx(0.61)
    network = recipe("simclr-cifar10").network(packs.spec("cifar10"))
    assert result["arms"][2]["parameters"] == sum(p.numel() for p in network.parameters())
    with pytest.raises(UnknownGroup, match="“music” are no experiment"):
        experiment_of("music", tmp_path / "out.json")
