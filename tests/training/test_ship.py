"""A run that ships: frames that the page can show, small, and a card that says what they are worth."""

import gzip
import json
import re

import pytest
import torch
from PIL import Image, ImageChops, ImageStat

from playground.labs.vision.embedding import Filters, embedding_view
from playground.runs.events import Marked
from playground.runs.folder import Status, step_name, write_status, write_whole
from playground.runs.snapshot import KINDS, encode
from playground.runs.writer import Writer
from training import ship as module
from training.rounding import Exact
from training.ship import NotFinished, Rounding, ship, spread

pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_frame_has_weights_and_a_preview(store, written, tmp_path):
    run = written(steps=range(0, 40, 2), name="vae-digits")
    (run.path / "previews" / "00000020.webp").unlink()
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=5)
    assert len(shipped.snapshots) == 5 and shipped.snapshots == shipped.previews
    assert shipped.snapshots[0] == 0 and shipped.snapshots[-1] == 38 and 20 not in shipped.snapshots
    formats = [shipped.frame(step).format for step in shipped.snapshots]
    assert formats[0] == "seed" and {*formats[1:]} <= {"int8", "int12"}
    begun = run.weights(0)
    assert all(torch.allclose(value, begun[name], rtol=1e-3) for name, value in shipped.weights(0).items())
    steps = {event["step"] for event in shipped.read_events().events if event["event"] in ("snapshot", "preview")}
    assert steps == set(shipped.snapshots)


def test_what_the_run_wrote_in_many_bytes_ships_in_few(store, written, tmp_path):
    """Previews look the same at their size, and numbers have six digits."""
    run = written(steps=range(0, 3))
    file = run.path / "previews" / "00000002.webp"
    noise = Image.effect_noise((64, 64), 60).convert("RGB")
    noise.save(file, quality=100)
    events = run.path / "events.jsonl"
    events.write_text(events.read_text().replace("1.98", "0.32580000162124634"))
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=2)
    ours = shipped.path / "previews" / file.name
    assert ours.stat().st_size < 0.7 * file.stat().st_size
    apart = ImageChops.difference(Image.open(ours).convert("L"), noise.convert("L"))
    assert 0 < ImageStat.Stat(apart).rms[0] < 16
    numbers = re.findall(r"\d+\.\d+", (shipped.path / "events.jsonl").read_text())
    assert "0.3258" in numbers and max(len(number.replace(".", "").lstrip("0")) for number in numbers) == 6


def test_curves_are_thinned_but_at_frames(store, written, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CURVE", 5)
    run = written(steps=range(0, 40, 2))
    file = run.path / "events.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    for i, line in enumerate(lines):
        event = json.loads(line)
        if event["event"] == "metrics":
            lines[i] += json.dumps(event | {"event": "evaluated", "n": 8, "final": False}) + "\n"
    file.write_text("".join(lines))
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=4)
    events = shipped.read_events().events
    points = {kind: [event["step"] for event in events if event["event"] == kind] for kind in ("metrics", "evaluated")}
    assert points["metrics"] == [0, 10, 20, 28, 38] and shipped.snapshots == [0, 12, 26, 38]
    assert points["evaluated"] == [0, 10, 12, 20, 26, 30, 38, 38], "the last one on all test examples"


def test_the_card_says_what_rounding_changes(store, written, tmp_path):
    shipped = ship(written(steps=range(0, 10)), tmp_path / "vae-digits", store=store, snapshots=3)
    words = "- **Frames:** 3, 2 of them as integers, which changes what views show by at most: plane "
    assert words in shipped.card and "decode " in shipped.card and "License of the weights" in shipped.card
    ending = " (goal: 5 %, in the last one 2 %); that of step 0 is built from the seed.\n"
    assert ending in shipped.card


def test_a_frame_in_which_rounding_would_be_seen_is_kept_exactly(store, written, tmp_path, monkeypatch):
    def differences(self, rounded, most):
        return {"plane": {1: 0.04, 10: 0.03}.get(self.step, 0.06)}

    monkeypatch.setattr(Exact, "differences", differences)
    run = written(steps=range(1, 11))
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=3)
    assert [shipped.frame(step).format for step in shipped.snapshots] == ["int8", "float16", "float16"]
    assert "1 of them as integers, which changes what views show by at most: plane 4.0 % (goal" in shipped.card
    assert "in the last one 2 %); others as float16.\n" in shipped.card
    for step in shipped.snapshots[1:]:
        assert all(torch.equal(value, run.weights(step)[name]) for name, value in shipped.weights(step).items())


def test_what_began_otherwise_than_the_seed_says_is_kept(store, written, tmp_path):
    run = written(steps=range(0, 3))
    file = run.path / "snapshots" / "00000000.safetensors"
    file.write_bytes(encode({name: value + 1 for name, value in run.weights(0).items()}, shape={}))
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=2)
    assert shipped.frame(0).format == "int8" and "seed" not in shipped.card.partition("Training")[0]


def test_a_frame_takes_as_few_bytes_as_what_is_seen_of_it_allows(store, written, tmp_path, monkeypatch):
    def differences(self, rounded, most):
        exact, weights = self.run.weights(self.step), rounded.state_dict()
        apart = [float((value - exact[name]).abs().max() / exact[name].abs().max()) for name, value in weights.items()]
        return {"plane": 2 * max(apart)}  # half a step of 31 is 3.2 % then, one of 127 0.8 %, one of 511 0.2 %

    monkeypatch.setattr(Exact, "differences", differences)
    monkeypatch.setattr(module, "LAST", 0.003)
    shipped = ship(written(steps=range(1, 4)), tmp_path / "vae-digits", store=store, snapshots=2)
    first, last = (shipped.path / "snapshots" / step_name(step, KINDS[1]) for step in shipped.snapshots)
    assert first.stat().st_size < 0.8 * last.stat().st_size
    assert [shipped.frame(step).format for step in shipped.snapshots] == ["int8", "int12"]


def test_a_frame_is_kept_as_its_change_from_the_one_before(store, written, tmp_path):
    run = written(steps=range(4))
    changed = {name: value + 0.01 * value.std() * torch.randn(value.shape) for name, value in run.weights(1).items()}
    write_whole(run.path / "snapshots" / step_name(2, KINDS[0]), encode(changed, shape=run.frame(1).shape))
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=4)
    files = [shipped.path / "snapshots" / step_name(step, KINDS[1]) for step in shipped.snapshots]
    names = [b'"previous":"00000001.safetensors.gz"' in gzip.decompress(file.read_bytes()) for file in files]
    assert names == [False, False, True, False]  # there is nothing before the second one but a seed
    assert files[2].stat().st_size < 0.6 * files[1].stat().st_size
    assert all(torch.allclose(value, changed[name], atol=0.1) for name, value in shipped.weights(2).items())


def test_small_matrices_are_exempt_where_that_keeps_what_is_seen(store, written, tmp_path, monkeypatch):
    run = written(steps=range(1, 4))
    matrices = {name: value for name, value in run.weights(1).items() if value.ndim > 1}
    least = min(matrices, key=lambda name: matrices[name].numel())
    size = matrices[least].numel()
    monkeypatch.setattr(module, "ROUNDINGS", (Rounding("int8", 127), Rounding("int8", exempt=size)))

    def differences(self, rounded, most):
        return {"plane": 0.01 if torch.equal(rounded.state_dict()[least], self.run.weights(1)[least]) else 0.06}

    monkeypatch.setattr(Exact, "differences", differences)
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=2)
    assert shipped.frame(1).format == "int8" and torch.equal(shipped.weights(1)[least], run.weights(1)[least])
    assert any(not torch.equal(shipped.weights(1)[name], value) for name, value in matrices.items())
    assert "plane 1.0 %" in shipped.card


def test_where_every_rounding_would_be_seen_all_frames_are_kept_exactly(store, written, tmp_path, monkeypatch):
    monkeypatch.setattr(Exact, "differences", lambda self, rounded, most: {"plane": 0.06})
    run = written(steps=range(1, 11))
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=3)
    assert {shipped.frame(step).format for step in shipped.snapshots} == {"float16"}
    assert "- **Frames:** 3, as float16.\n" in shipped.card


def test_a_difference_is_a_part_of_what_is_shown(store, written):
    run = written(steps=[3])
    network = run.network(3)
    exact = Exact(run, 3, store)
    assert set(exact.differences(network).values()) == {0.0}
    with torch.no_grad():
        for parameter in network.decoder.parameters():
            parameter.zero_()
    apart = exact.differences(network)
    assert 0.001 < apart["plane"] <= 1 and 0.01 < apart["decode"] <= 1
    assert list(exact.differences(network, most=0.0005)) == ["plane"], "no other part was asked for"


def test_what_the_weights_do_not_determine_is_not_compared(store, written):
    """Filters that are turned among their pixels have turned components, and as much is explained by each."""
    run = written("vit-digits", steps=[3])
    exact, turned = run.network(3), run.network(3)
    turn = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(0)))[0]
    with torch.no_grad():
        turned.patches.weight.copy_((turned.patches.weight.flatten(1) @ turn).view_as(turned.patches.weight))
    one, other = (embedding_view(network, run.spec, Filters(), {}).tensors for network in (exact, turned))
    assert (one["components"] - other["components"]).abs().max() > 0.1
    assert Exact(run, 3, store).differences(turned)["embedding"] < 1e-4


def test_only_a_run_that_is_done_ships(store, written, tmp_path):
    run = written()
    write_status(run.path, Status(state="paused"))
    with pytest.raises(NotFinished, match="is paused"):
        ship(run, tmp_path / "target", store=store)
    assert not (tmp_path / "target").exists()


def test_what_has_shipped_does_not_ship_again_and_stays(store, written, tmp_path):
    shipped = ship(written(), tmp_path / "vae-digits", store=store)
    with pytest.raises(NotFinished, match="has shipped already"):
        ship(shipped, tmp_path / "vae-digits", store=store)
    assert shipped.snapshots == [0, 5, 10] and shipped.card


def test_what_ships_already_stays_where_the_new_one_fails(store, written, tmp_path, monkeypatch):
    shipped, card = ship(written(), tmp_path / "vae-digits", store=store), "a card"
    (shipped.path / "card.md").write_text(card)

    def broken(*_, **__):
        raise OSError("the disk is full")

    monkeypatch.setattr(module, "evaluated", broken)
    with pytest.raises(OSError, match="full"):
        ship(written(), tmp_path / "vae-digits", store=store)
    assert shipped.snapshots == [0, 5, 10] and shipped.card == card


def test_frames_are_spread_by_their_order():
    assert spread([0, 5, 10], 5) == [0, 5, 10]
    assert spread(range(100), 3) == [0, 50, 99] and module.SNAPSHOTS >= 9


def test_the_frames_that_the_training_marked_ship_in_any_case(store, written, tmp_path):
    run = written(steps=range(0, 60, 5))
    writer = Writer(run.path)
    for step, label in ((20, "task 1 ends"), (25, ""), (33, "there is no frame of it")):
        writer.write(Marked(step, label))
    writer.set_status(state="done")
    writer.close()
    shipped = ship(run, tmp_path / "vae-digits", store=store, snapshots=3)
    assert shipped.snapshots == shipped.previews == [0, 20, 30, 55]
