"""Runs are found by plain names alone, listed for whom they concern, and go where they belong."""

import errno
import gc
import shutil
import weakref

import pytest
import torch

from playground.labs import recipe
from playground.labs.vae.recipes import VaeRecipe
from playground.runs.folder import Parent, write_status
from playground.runs.reader import BrokenRun
from playground.runs.store import PRETRAINED, DiskProblem, Store, UnknownRun
from playground.runs.summary import summary


def test_a_run_is_found_by_its_name(store, written):
    run = written()
    loaded = store.get(run.id)
    assert (loaded.path, loaded.shipped) == (run.path, False)
    assert run.id.startswith("vae-digits-")


def test_a_shipped_run_goes_before_one_of_the_same_name(store, written):
    run = written(shipped=True)
    (store.runs / run.id).mkdir(parents=True)
    (store.runs / run.id / "run.json").write_text("{}")
    assert store.get(run.id).shipped


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../runs", "../../etc/passwd", "/etc", "a/b", "a\\b", "a\0b", "-a", "A", "a.b", "a b", "a\n", "é"]
    + ["x" * 82, "nobody-here"],
)
def test_what_is_no_name_is_unknown(store, written, name):
    written()
    (store.runs / "run.json").write_text("{}")
    (store.runs.parent / "run.json").write_text("{}")
    with pytest.raises(UnknownRun, match="There is no run") as caught:
        store.get(name)
    assert len(str(caught.value)) < 200


def test_a_name_that_is_found_in_the_list_can_be_opened(store, written):
    run = written()
    run.path.rename(store.runs / "My_Run.1")  # as `--out runs/My_Run.1` makes it
    assert [store.get(run.id).id for run in store.list()] == [run.id for run in store.list()]


def test_shipped_runs_come_first_then_the_newest(store, written):
    shipped = [written(shipped=True), written("vit-digits", shipped=True)]
    own = [written(), written("vit-digits"), written()]
    assert [run.id for run in store.list()] == [run.id for run in [*shipped, *reversed(own)]]


def test_the_list_is_filtered_by_lab(store, written):
    vaes, vits = {written(shipped=True).id, written().id}, {written("vit-digits").id}
    assert {run.id for run in store.list(lab="vae")} == vaes and {run.id for run in store.list(lab="vision")} == vits
    assert {run.id for run in store.list()} == vaes | vits and store.list(lab="nothing") == []


def test_a_shipped_run_whose_recipe_has_another_name_now_stays_in_the_list(store, written):
    run, other = written(shipped=True), written("vit-digits", shipped=True)
    text = (run.path / "run.json").read_text()
    (run.path / "run.json").write_text(text.replace('"name": "vae-digits"', '"name": "vae-of-old"', 1))
    assert [run.id for run in store.list()] == [other.id, run.id]


def test_a_run_names_the_networks_that_it_uses_and_refuses_others(store, written):
    run = written("cgan-digits")
    use = run.info.uses["features"]
    assert use.run == "cnn-fashion" and store.networks(run.info.uses)["features"].name == "cnn-fashion"
    with pytest.raises(BrokenRun, match="needed as features, has changed"):
        store.networks({"features": use.model_copy(update={"hash": "0" * 32})})


def test_what_shipped_runs_use_ships_as_it_was_then(tmp_path):
    """A classifier that is trained anew evaluates otherwise: what it said of others would no longer hold."""
    store = Store(tmp_path)
    networks = [store.networks(run.info.uses) for run in store.list()]
    assert {use.name for used in networks for use in used.values()} == {"cnn-fashion", "cnn-emoji"}


def test_the_same_run_is_read_once_until_it_is_written_anew(store, written):
    run = written()
    assert store.get(run.id) is store.get(run.id)
    (run.path / "run.json").write_text((run.path / "run.json").read_text() + " ")
    assert store.get(run.id) is not run


def test_a_summary_follows_the_status(store, written):
    run = store.get(written().id)
    assert summary(run)["status"]["state"] == "done" and summary(run)["final"]["n"] == 20
    write_status(run.path, run.status.model_copy(update={"state": "paused"}))
    assert summary(run)["status"]["state"] == "paused" and summary(run)["final"] is None


def test_a_summary_names_the_numbers_that_are_shares(written):
    summarized = summary(written("point-gan-gaussians"))
    assert (
        {"accuracy", "as_asked", "coverage", "discriminator/right"}
        <= set(summarized["shares"])
        <= set(summarized["labels"])
    )
    assert not {"loss", "modes", "fid"} & set(summarized["shares"])


@pytest.mark.parametrize("damage", ["", "no json", "{}", '{"format": 2}'])
def test_a_run_that_cannot_be_read_is_left_out(store, written, damage):
    good, bad = written(), written()
    (bad.path / "run.json").write_text(damage)
    assert [run.id for run in store.list()] == [good.id]


def test_a_run_of_another_version_is_left_out(store, written):
    good, old = written(), written()
    text = (old.path / "run.json").read_text()
    assert '"version": 1' in text
    (old.path / "run.json").write_text(text.replace('"version": 1', '"version": 999'))
    odd = written()
    (odd.path / "run.json").write_text((odd.path / "run.json").read_text().replace('"width": 16', '"width": -1'))
    assert [run.id for run in store.list()] == [good.id]


def test_an_empty_store_has_no_runs(tmp_path):
    assert Store(tmp_path / "nowhere", tmp_path / "nothing").list() == []
    assert Store(tmp_path).shipped == PRETRAINED


def test_what_is_created_is_what_is_read(store, written):
    chosen = recipe("vae-digits").changed(beta=4.0)
    start = written(steps=[7])
    parent = Parent(run=start.id, step=7)
    run = store.create("vae-digits", chosen, data_hash="abc", parent=parent, owner="ann")
    read = store.get(run.id)
    assert read.recipe == chosen and read.info == run.info
    assert (read.info.parent, read.info.owner, read.info.data_hash) == (parent, "ann", "abc")
    assert read.status.state == "queued" and read.snapshots == [] and not read.resumable
    store.delete(start)
    weights = read.start().weights  # a copy of its own
    assert weights.keys() == read.recipe.changed(width=16).network(read.spec).state_dict().keys()
    (read.path / "start.safetensors").unlink()
    with pytest.raises(BrokenRun, match="lacks the weights"):
        read.start()


def test_a_branch_needs_a_parent(store):
    with pytest.raises(UnknownRun):
        store.create("vae-digits", recipe("vae-digits"), parent=Parent(run="another", step=7))


def test_two_runs_of_one_second_have_two_names(store):
    runs = [store.create("vae-digits", recipe("vae-digits"), data_hash="") for _ in range(20)]
    assert len({run.id for run in runs}) == 20


def test_a_run_can_be_put_elsewhere(store, tmp_path):
    place = tmp_path / "elsewhere" / "here"
    run = store.create("vae-digits", recipe("vae-digits"), data_hash="", path=place)
    assert run.path == place and (place / "run.json").exists() and not store.runs.exists()


def test_only_what_did_not_ship_can_be_deleted(store, written):
    own, shipped = written(), written(shipped=True)
    status = own.status
    store.delete(own)
    with pytest.raises(FileNotFoundError):
        write_status(own.path, status)
    assert not list(store.runs.glob("**/status.json")), "news that come late must not bring the folder back"
    with pytest.raises(UnknownRun, match="stays"):
        store.delete(shipped)
    assert shipped.path.exists()


def test_nothing_is_left_of_a_run_that_the_full_disk_could_not_take(store, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("playground.runs.store.write_whole", full)
    with pytest.raises(DiskProblem, match="cannot be written: No space left on device. Make room"):
        store.create("vae-digits", recipe("vae-digits"))
    assert list(store.runs.iterdir()) == []


def test_a_run_is_never_put_over_another(store, written):
    run = written()
    with pytest.raises(DiskProblem, match="not empty"):
        store.create("vae-digits", recipe("vae-digits"), path=run.path)
    assert store.get(run.id).info == run.info and list(store.runs.iterdir()) == [run.path]


def test_what_an_interrupted_deletion_left_stops_no_other(store, written):
    run = written()
    trash = store.runs / f".{run.id}"
    trash.mkdir()
    (trash / "x").write_text("")
    store.delete(run)
    assert not run.path.exists()


def test_a_run_that_cannot_be_removed_is_told(store, written, monkeypatch):
    def locked(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("playground.runs.store.shutil.rmtree", locked)
    with pytest.raises(DiskProblem, match="cannot be removed: Permission denied"):
        store.delete(written())


def test_a_network_with_numbers_of_double_precision_has_not_changed(store, written, monkeypatch):
    network = VaeRecipe.network

    def with_buffer(self, spec, **shape):
        built = network(self, spec, **shape)
        built.register_buffer("count", torch.zeros(3, dtype=torch.float64))
        return built

    monkeypatch.setattr(VaeRecipe, "network", with_buffer)
    run = written()
    use = store._use(run.id)
    assert store.networks({"teacher": use})["teacher"].network.count.dtype is torch.float64


def test_networks_of_a_deleted_run_do_not_stay_in_memory(store, written):
    run, other = written(), written()
    networks = [weakref.ref(store.trained(one.id).network) for one in (run, other)]
    store.delete(run)
    gc.collect()
    assert networks[0]() is None and networks[1]() is store.trained(other.id).network


def test_a_run_that_was_deleted_meanwhile_is_told(store, written):
    run = written()
    shutil.rmtree(run.path)
    with pytest.raises(UnknownRun, match="deleted already"):
        store.delete(run)
