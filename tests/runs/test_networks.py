"""Networks are kept for the next request: the right one, in evaluation mode, and not without end."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from playground.runs import networks
from playground.runs.networks import Networks
from playground.runs.reader import NoSuchStep, Run


def test_a_network_has_the_weights_of_its_step(written):
    run, loaded = written(), Networks()
    for step in run.snapshots:
        network = loaded.at(run, step)
        assert not network.training and not any(p.requires_grad for p in network.parameters())
        weights = run.weights(step)
        assert network.state_dict().keys() == weights.keys()
        assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())


def test_what_was_asked_for_is_kept(written):
    run, loaded = written(), Networks()
    network = loaded.at(run, 5)
    assert loaded.at(Run(run.id, run.path), 5) is network, "whoever asks, it is the same run"
    assert loaded.at(run, 10) is not network


def test_no_more_than_the_most_are_kept_the_least_used_goes(written, monkeypatch):
    run = written(steps=(0, 1, 2, 3, 4))
    monkeypatch.setattr(networks, "MAX_BYTES", 3 * sum(value.nbytes for value in run.weights(0).values()))
    loaded = Networks()
    first, second, _ = loaded.at(run, 0), loaded.at(run, 1), loaded.at(run, 2)
    assert loaded.at(run, 0) is first
    loaded.at(run, 3)
    assert len(loaded._cache._entries) == 3
    assert loaded.at(run, 0) is first, "it was looked at last, so it stays"
    assert loaded.at(run, 1) is not second, "it was the least used"
    for step in run.snapshots:
        loaded.at(run, step)
    assert len(loaded._cache._entries) == 3


def test_runs_with_the_same_steps_are_told_apart(written):
    loaded = Networks()
    one, other = written(), written(latent=3)
    assert loaded.at(one, 5).decode(torch.zeros(1, 2)).shape == loaded.at(other, 5).decode(torch.zeros(1, 3)).shape


def test_a_run_made_anew_in_the_same_place_is_another_one(store, written):
    loaded = Networks()
    old = written()
    network = loaded.at(old, 5)
    new = written(latent=3)
    shutil.rmtree(old.path)
    new.path.rename(old.path)
    assert loaded.at(Run(old.id, old.path), 5) is not network


def test_a_step_that_is_not_there_is_told_and_not_kept(written):
    run, loaded = written(), Networks()
    with pytest.raises(NoSuchStep):
        loaded.at(run, 7)
    assert loaded._cache.bytes == 0


def test_many_threads_can_ask_at_once(written, monkeypatch):
    run = written()
    monkeypatch.setattr(networks, "MAX_BYTES", 2 * sum(value.nbytes for value in run.weights(0).values()))
    loaded = Networks()
    code = torch.zeros(1, 2)
    expected = {step: Networks().at(run, step).decode(code) for step in run.snapshots}
    steps = run.snapshots * 20
    with ThreadPoolExecutor(8) as threads:
        decoded = list(threads.map(lambda step: loaded.at(run, step).decode(code), steps))
    assert all(torch.equal(picture, expected[step]) for step, picture in zip(steps, decoded, strict=True))
    assert len(loaded._cache._entries) <= 2


def test_a_frame_that_was_written_anew_is_read_anew(written):
    """As after a kill and a resume, when a step is trained a second time."""
    run, loaded = written(), Networks()
    old = loaded.at(run, 5)
    (run.path / "snapshots" / "00000010.safetensors").rename(run.path / "snapshots" / "00000005.safetensors")
    new = loaded.at(run, 5)
    assert any(not torch.equal(a, b) for a, b in zip(old.parameters(), new.parameters(), strict=True))
