"""A visitor's own data set: from an archive to a recipe's data, and away again."""

import io
import os
import time
import zipfile

import pytest
import torch
from PIL import Image

from playground.data import UnknownData
from playground.data.folder import BadDataSet
from playground.labs import recipe, recipes
from playground.recipe import InvalidRecipe
from playground.runs.store import PRETRAINED
from training.record import record


def archive(path, *, classes=("cats", "dogs"), each=12, color=True):
    """A zip of noise, one folder a class, the second class brighter."""
    with zipfile.ZipFile(path, "w") as zipped:
        for label, name in enumerate(classes):
            for number in range(each):
                noise = torch.randint(0, 100, (20, 20, 3 if color else 1), dtype=torch.uint8) + 120 * label
                picture = Image.fromarray(noise.numpy() if color else noise[..., 0].numpy())
                file = path.parent / "one.png"
                picture.save(file)
                zipped.write(file, f"{name}/{number}.png")
    return path


@pytest.fixture
def own(store):
    return store.data.own


def test_an_archive_becomes_data_of_columns(store, own, tmp_path):
    name = own.add(archive(tmp_path / "pets.zip"), owner="ann")
    data = store.data.load(name)
    assert (data.spec.classes, data.spec.channels, data.spec.size) == (("cats", "dogs"), 3, 64)
    assert len(data.train) == 20 and len(data.test) == 4 and data.hash == own.facts(name).hash
    assert set(data.train.columns) == {"images", "labels"} and len(data.train.names) == 20
    for split in (data.train, data.test):
        assert all(
            path.startswith(data.spec.classes[label]) for path, label in zip(split.names, split["labels"], strict=True)
        )
    assert store.data.load(name, 32).spec == store.data.spec(name, 32)
    card = store.data.card(name)
    assert card.title == "pets.zip" and "24" in card.what and card.hash == data.hash


def test_a_set_is_named_so_that_nobody_guesses_it(own, tmp_path):
    source = archive(tmp_path / "pets.zip")
    first, second = own.add(source, owner="ann"), own.add(source, owner="ann")
    assert first != second and len(first) > 25
    assert own.facts("../" + first) is None and own.facts("own-") is None and own.source("own-" + "0" * 24) is None
    assert oct((own.folder / first).stat().st_mode & 0o77) == "0o0", "nobody else on the machine reads it"


@pytest.mark.parametrize("name", ["vit-digits", "vae-digits", "gan-digits", "diffusion-digits", "cyclegan-emoji"])
def test_recipes_of_every_lab_train_on_it(store, own, tmp_path, name, one_thread):
    own_name = own.add(archive(tmp_path / "pets.zip"), owner="ann")
    size = {"vit-digits": 8}.get(name, 16)
    chosen = recipe(name).changed(data=own_name, image_size=size, seconds=None, steps=2, batch_size=4, width=16)
    chosen = chosen.changed(heads=2, depth=1) if name == "vit-digits" else chosen
    store.shipped.mkdir()
    (store.shipped / "cnn-emoji").symlink_to(PRETRAINED / "cnn-emoji")
    run = store.create(name, chosen, data_hash=store.data.card(own_name).hash, owner="ann")
    for _ in record(run, store=store):
        pass
    assert (run.status.state, run.snapshots[-1], run.final()[1]) == ("done", 2, 4), run.status.message


def test_classes_that_no_translation_can_be_between_are_refused_before_a_run_is_queued(store, own, tmp_path):
    one = own.add(archive(tmp_path / "one.zip", classes=("cats",), each=24), owner="ann", title="one")
    uneven = archive(tmp_path / "uneven.zip", classes=("cats",), each=24)
    with zipfile.ZipFile(uneven, "a") as zipped:
        zipped.write(tmp_path / "one.png", "dogs/0.png")
    uneven = own.add(uneven, owner="ann", title="uneven")
    for data, sentence in (
        (one, r"translates between two classes, and “one \(your own\)” has 1\. Choose emoji-styles, or"),
        (uneven, "Both classes need pictures to train on and pictures for the test"),
    ):
        with pytest.raises(InvalidRecipe, match=sentence):
            recipe("cyclegan-emoji").changed(data=data, image_size=16).spec(store.data)


def test_a_title_is_one_that_can_be_shown_and_no_others(own):
    for expected in ("a?b", "a?b (2)"):
        title = own.new_title("a\u202eb", "ann")
        assert own.facts(own.add_points(torch.zeros(8, 2), n_test=4, owner="ann", title=title)).title == expected
    drawn = own.add_points(torch.zeros(8, 2), n_test=4, owner="ann", title="\u202ed")
    assert own.facts(drawn).title == "?d"


def test_no_form_has_to_be_changed_for_it(store, own, tmp_path):
    own_name = own.add(archive(tmp_path / "pets.zip"), owner="ann")
    for name, preset in recipes().items():
        if preset.takes_attributes:
            with pytest.raises(InvalidRecipe, match="These pictures have no attributes"):
                preset.changed(data=own_name).spec(store.data)
        elif preset.kinds == ("images",) and {*preset.columns} <= {"images", "labels"}:
            spec = preset.changed(data=own_name).spec(store.data)
            preset.changed(data=own_name).network(spec)
            assert spec.size == (preset.image_size or 64 // 7 * 7 if name == "vit-fashion" else preset.image_size or 64)


def test_data_of_a_kind_that_a_recipe_cannot_learn_from_are_refused(store, own, tmp_path):
    own_name = own.add(archive(tmp_path / "pets.zip"), owner="ann")
    for name in ("point-gan-gaussians", "cyclegan-emoji"):
        other = own_name if name.startswith("point") else "fashion"  # of ten classes
        with pytest.raises(InvalidRecipe, match="has none such|“fashion” has 10"):
            recipe(name).changed(data=other).spec(store.data)


def test_too_few_pictures_are_refused_with_what_is_needed(own, tmp_path):
    with pytest.raises(BadDataSet, match="Of 12 pictures 2 would be kept for the test; 4 are needed"):
        own.add(archive(tmp_path / "pets.zip", each=6), owner="ann")
    assert not own.folder.exists() or own.of("ann") == []


def test_who_may_use_what(store, own, tmp_path):
    source = archive(tmp_path / "pets.zip")
    anns, servers = own.add(source, owner="ann"), own.add(source, owner="")
    data = store.data
    assert data.usable(anns, "ann") and not data.usable(anns, "bob") and not data.usable(anns, "")
    assert data.usable(servers, "ann") and data.usable(servers, "") and data.usable("fashion", "bob")
    assert data.private(anns) and not data.private(servers) and not data.private("fashion")
    assert own.of("ann") == [servers, anns] and own.of("bob") == [servers]
    assert not data.usable("own-" + "0" * 24, "ann") and data.private("own-" + "0" * 24)


def test_a_set_is_stale_a_day_after_its_owner_was_here(own, tmp_path):
    source = archive(tmp_path / "pets.zip")
    anns, servers = own.add(source, owner="ann"), own.add(source, owner="")
    assert own.stale() == []
    long_ago = time.time() - 100_000
    for name in (anns, servers):
        os.utime(own.folder / name / "set.json", (long_ago, long_ago))
    assert own.stale() == [anns], "the server's own stay"
    own.note("bob")
    assert own.stale() == [anns]
    own.note("ann")
    assert own.stale() == []


def test_the_first_examples_are_of_all_classes(store, own, tmp_path):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for label in range(8):
            for number in range(25):
                pixels = bytes([label * 10, number, 0]) * 4
                buffer = io.BytesIO()
                Image.frombytes("RGB", (2, 2), pixels).save(buffer, "PNG")
                zipped.writestr(f"{label}/{number}.png", buffer.getvalue())
    data = store.data.load(own.add(path, owner="ann"))
    assert len(data.test) == 40 and data.test["labels"].tolist() != sorted(data.test["labels"].tolist())
    assert len(data.test.first(20)["labels"].unique()) >= 7
    assert torch.equal(data.test["images"], store.data.load(data.spec.name).test["images"]), "the same every time"


def test_what_is_deleted_is_gone_from_disk_and_memory(store, own, tmp_path):
    name = own.add(archive(tmp_path / "pets.zip"), owner="ann")
    store.data.load(name)
    store.data.forget(name)
    assert not (own.folder / name).exists()
    with pytest.raises(UnknownData):
        store.data.load(name)


def test_the_same_folder_of_the_command_line_is_read_once(own, tmp_path):
    source = archive(tmp_path / "pets.zip")
    first = own.add_once(source, owner="")
    assert own.add_once(source, owner="") == first
    os.utime(source, (1, 1))
    assert own.add_once(source, owner="") != first
