"""Visitors who bring a data set of their own, and the archive that they bring."""

import zipfile

import pytest
import torch
from PIL import Image

from playground.ui.context import Context


class Waiting:
    """An engine that takes note."""

    def __init__(self):
        self.cancelled = []

    def submit(self, run, *, resume=False):
        pass

    def cancel(self, run, *, state="cancelled"):
        self.cancelled.append(run.id)


@pytest.fixture
def context(store):
    return Context(store, Waiting())


@pytest.fixture
def browser(context, browser_of):
    """Opens a browser; it, and who the server takes it for."""

    def opened():
        client = browser_of(context)
        return client, context.identity.visitor(dict(client.cookies))

    return opened


@pytest.fixture
def waste(tmp_path_factory, monkeypatch):
    """The files that are left where uploads wait."""
    folder = tmp_path_factory.mktemp("uploads")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return lambda: list(folder.iterdir())


@pytest.fixture
def pets(tmp_path):
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for number in range(20):
            file = tmp_path / "one.png"
            noise = torch.randint(0, 255, (9, 9), dtype=torch.uint8, generator=torch.Generator().manual_seed(number))
            Image.fromarray(noise.numpy()).save(file)
            zipped.write(file, f"cats/{number}.png")
        zipped.writestr("cats/notes.txt", "words")
        zipped.writestr("cats/empty.png", b"")
    return path


@pytest.fixture
def trained(context, written):
    """Writes a run that claims to have learned from a data set."""

    def trained(data, owner):
        run = written(owner=owner)
        text = (run.path / "run.json").read_text().replace('"digits"', f'"{data}"')
        text = text.replace('"private": []', f'"private": ["{data}"]')
        (run.path / "run.json").write_text(text)
        return context.store.get(run.id)

    return trained
