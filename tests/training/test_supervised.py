"""What a network that is told of motion reaches, and what ships of it."""

import pytest
import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.selfsupervised.motion import REFERENCES, Supervised, supervised
from training.__main__ import main
from training.benchmarks import supervised as benchmark

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.slow
def test_a_few_steps_on_labels_are_measured_and_written(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "BATCH", 8)
    before = torch.get_rng_state()
    once, again = (benchmark.measured("frames-moving", packs, steps=3) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before), "no randomness is taken from others"
    assert (once.direction, once.speed) == (again.direction, again.speed) and 0 < once.direction < 0.5
    monkeypatch.setattr(benchmark, "measured", lambda name, catalog: once)
    assert main(["supervised", "frames-moving", "--out", str(tmp_path / "deep" / "x.json")]) == 0
    assert Supervised.model_validate_json((tmp_path / "deep" / "x.json").read_text("utf-8")) == once


@pytest.mark.thorough
def test_labels_are_learned_from_a_few_clips(monkeypatch):
    """Clips that it was told of are named; the untrained network names them by chance."""
    data = packs.load("moving")
    monkeypatch.setattr(benchmark, "LABELED", 24)
    few = data.train.first(24)
    torch.manual_seed(0)
    told = benchmark.Told(encoder=recipe("frames-moving").network(data.spec))

    def right(network):
        with torch.no_grad():
            features = benchmark.embedded(network.encoder, few["clips"])
            return float((network.heads["direction"](features).argmax(dim=1) == few["labels"]).float().mean())

    assert right(told.eval()) < 0.4
    assert right(benchmark.trained(told.train(), data, 100)) > 0.8


def test_what_does_not_see_clips_is_refused_in_a_sentence(capsys, tmp_path):
    assert main(["supervised", "cnn-fashion", "--out", str(tmp_path / "x.json")]) == 1
    assert "does not see clips" in capsys.readouterr().err and not (tmp_path / "x.json").exists()


@pytest.mark.parametrize("path", sorted(REFERENCES.glob("*.json")), ids=lambda path: path.stem)
def test_what_ships_was_measured_of_the_recipes_network_on_its_data(path):
    known = Supervised.model_validate_json(path.read_text("utf-8"))
    chosen = recipe(known.recipe)
    data = chosen.load(packs)
    assert supervised(chosen.network(data.spec), data) == known and path.stem == known.recipe
    assert known.steps == benchmark.STEPS and known.direction > 0.5


def test_another_network_is_not_compared_with_it():
    data = packs.load("moving")
    assert supervised(recipe("frames-moving").changed(depth=1).network(data.spec), data) is None
