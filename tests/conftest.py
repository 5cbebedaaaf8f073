"""What tests of several folders share."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import load
from torch import Tensor
from torch.nn import functional as F

from playground.compat import torchvision_operators
from playground.data import Data, ImageSpec, Split, packs
from playground.labs import recipe as recipe_named
from playground.media import Sheet
from playground.recipe import Recipe
from playground.runs.events import Evaluated, Finished, Metrics, Preview, Snapshot, Started
from playground.runs.folder import Parent
from playground.runs.reader import Run
from playground.runs.store import PRETRAINED, Store
from playground.runs.writer import Writer
from playground.trained import Trained
from tests.hub import Hub

pytest.register_assert_rewrite("tests.data.archives", "tests.jobs.engines", "tests.ui.routes.answers")


def pytest_configure() -> None:
    """Every worker of pytest-xdist has a core to itself, and so have the processes that it starts."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        torch.set_num_threads(1)


@pytest.fixture
def one_thread():
    """Keeps small networks fast on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def timm() -> ModuleType:
    """The library timm, the reference for Vision Transformers."""
    torchvision_operators()
    import timm

    return timm


@pytest.fixture(scope="session")
def data_for() -> Callable[[Recipe], Data]:
    """Gives a recipe what it learns from, or others of the same shape where that is not on this machine."""
    return _data_for


def _data_for(recipe: Recipe) -> Data:
    return recipe.load(packs) if packs.available(recipe.data) else synthetic(recipe.spec(packs))


@pytest.fixture(scope="session")
def used_by() -> Callable[[Recipe], dict[str, Trained]]:
    """Gives the networks that a recipe's objective needs, from the shipped runs."""
    store = Store(Path("nowhere"))
    return lambda recipe: store.used_by(recipe, recipe.spec(packs))


@pytest.fixture(scope="session")
def read_answer() -> Callable[[bytes], tuple[dict[str, Any], dict[str, Tensor]]]:
    """Takes the bytes of an `Answer` apart again: its words and its tensors."""
    return _read_answer


def _read_answer(content: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["words"]), load(content)


def synthetic(spec: ImageSpec, *, train: int = 64, test: int = 32) -> Data:
    """Patches and noise of the shape of `spec`: brightness tells a picture's class, and parts of it the picture.

    Where there are no classes, as with Omniglot, made-up signs.
    """
    if not spec.classes:
        return replace(packs.load("signs", spec.size), spec=spec)

    def split(n: int, rng: torch.Generator) -> Split:
        labels = torch.arange(n) % len(spec.classes)
        patches = torch.randint(0, 48, (n, spec.channels, 4, 4), generator=rng).float()
        noise = torch.randint(0, 16, (n, spec.channels, spec.size, spec.size), generator=rng)
        noise = noise + F.interpolate(patches, size=spec.size).long()
        brightness = labels * 190 // len(spec.classes)
        return Split({"images": (noise + brightness[:, None, None, None]).to(torch.uint8), "labels": labels})

    rng = torch.Generator().manual_seed(0)
    return Data(spec=spec, train=split(train, rng), test=split(test, rng), hash="synthetic")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store, with an empty folder of shipped runs."""
    return Store(tmp_path / "runs", tmp_path / "shipped")


@pytest.fixture
def written(store: Store) -> Callable[..., Run]:
    """Writes the folder of a run without training it; see `_written`."""
    return lambda name="vae-digits", **options: _written(store, name, **options)


def _written(
    store: Store,
    name: str,
    *,
    steps: Sequence[int] = (0, 5, 10),
    owner: str = "",
    parent: Parent | None = None,
    shipped: bool = False,
    **knobs: object,
) -> Run:
    """A run of the recipe `name` that is done: at each of `steps` a snapshot of other random weights and a preview."""
    preset = recipe_named(name)
    fields = type(preset).model_fields
    narrow = {name: size for name, size in {"width": 16, "heads": 2}.items() if name in fields and "width" in fields}
    chosen = preset.changed(**{"seconds": None, "steps": 10, **narrow} | knobs)
    spec = chosen.spec(packs)
    for used in (name.partition("@")[0] for name in chosen.uses(spec).values()):
        store.shipped.mkdir(exist_ok=True)
        if (PRETRAINED / used).exists() and not (store.shipped / used).exists():
            (store.shipped / used).symlink_to(PRETRAINED / used)
    run = store.create(name, chosen, data_hash=packs.card(chosen.data).hash, owner=owner, parent=parent)
    writer = Writer(run.path)
    writer.write(Started(0, 1, "cpu", 1))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for step in steps:
            writer.write(Snapshot(step, run.untrained().state_dict(), {}))
            writer.write(Preview(step, Sheet(torch.full((4, 1, 8, 8), step % 256, dtype=torch.uint8), 2)))
            writer.write(Metrics(step, step / 10, {"loss": 2.0 - step / 100}, 100.0, step / 10, 1.0))
    writer.write(Evaluated(steps[-1], {chosen.watched(spec)[0]: 0.5}, 20, True))
    writer.write(Finished(steps[-1], 1.0, "done"))
    writer.set_status(state="done", message="Trained.", left=None, worker=None)
    writer.close()
    if not shipped:
        return run
    store.shipped.mkdir(exist_ok=True)
    run.path.rename(store.shipped / run.id)
    return store.get(run.id)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A stand-in for the Hub, which this process asks; there is no token of the machine's own."""
    import huggingface_hub
    from huggingface_hub import constants

    server = Hub()
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    monkeypatch.setattr("huggingface_hub._commit_api.is_xet_available", lambda: False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    yield server
    huggingface_hub.close_session()
    server.close()
