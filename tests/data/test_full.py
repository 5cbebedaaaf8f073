"""The data sets that do not ship: from a folder, and from a loopback stand-in for the Hub."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import DataUnavailable, hub, packs
from playground.data.idx import BadFile, read_idx
from playground.data.sets import full
from playground.download import HubUnavailable

PARQUET = Path(__file__).parent / "parquet"
SERVED = {
    f"/datasets/{repo}/resolve/main/{file}": PARQUET / f"{name}-{part}.parquet"
    for name, (repo, files, _) in {"fashion": full.FASHION_HUB, "cifar10": full.CIFAR10_HUB}.items()
    for part, file in zip(("train", "test"), files, strict=True)
}


def quiet(part, what):
    """Reports progress to nobody."""


def write_idx(path, values):
    header = bytes([0, 0, 8, values.ndim]) + b"".join(n.to_bytes(4, "big") for n in values.shape)
    path.write_bytes(gzip.compress(header + values.tobytes()))


def write_fashion(folder, rng):
    folder.mkdir(exist_ok=True)
    arrays = {}
    for part, n in (("train", 20), ("t10k", 7)):
        images = rng.integers(0, 256, (n, 28, 28), np.uint8)
        labels = (np.arange(n) % 10).astype(np.uint8)
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)
        arrays[part] = torch.from_numpy(images)[:, None], torch.from_numpy(labels).long()
    return arrays


def write_cifar(folder):
    for part, n in (("train", 30), ("test", 12)):
        files = []
        for i in range(n):
            file = io.BytesIO()
            Image.new("RGB", (32, 32), (20 * (i % 10), 100, 50)).save(file, "JPEG", quality=95)
            files.append(file.getvalue())
        np.savez(
            folder / f"cifar10-{part}.npz",
            jpeg=np.frombuffer(b"".join(files), np.uint8),
            offsets=np.cumsum([0, *map(len, files)]),
            labels=(np.arange(n) % 10).astype(np.uint8),
            classes=np.array(full.CIFAR10_SPEC.classes),
        )


@pytest.fixture
def no_hub(monkeypatch):
    def refuse(*_, **__):
        raise HubUnavailable("no network")

    monkeypatch.setattr(hub, "downloaded", refuse)
    monkeypatch.setattr(full, "cached", lambda *_, **__: None)
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)


@pytest.mark.parametrize("inner", ["", "fashion-mnist"])
def test_fashion_comes_from_the_folder(inner, tmp_path, monkeypatch, no_hub):
    arrays = write_fashion(tmp_path / inner, np.random.default_rng(0))
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    assert packs.available("fashion-full")
    data = full.load_fashion(quiet)
    assert data.spec == packs.spec("fashion-full")
    for split, part in ((data.train, "train"), (data.test, "t10k")):
        assert torch.equal(split["images"], arrays[part][0]) and torch.equal(split["labels"], arrays[part][1])


def test_cifar10_comes_from_the_folder(tmp_path, monkeypatch, no_hub):
    write_cifar(tmp_path)
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    assert packs.available("cifar10")
    reports = []
    data = full.load_cifar10(lambda part, what: reports.append((part, what)))
    assert reports == [(0.0, f"reading {tmp_path}")]
    assert data.train["images"].shape == (30, 3, 32, 32) and data.test["images"].shape == (12, 3, 32, 32)
    assert data.train["labels"].tolist() == [i % 10 for i in range(30)]
    middle = data.train["images"][:, :, 16, 16].float()
    expected = torch.tensor([[20.0 * (i % 10), 100, 50] for i in range(30)])
    assert float((middle - expected).abs().max()) < 8


@pytest.mark.parametrize("name", ["fashion-full", "cifar10"])
def test_without_folder_and_network_one_sentence_says_what_to_do(name, tmp_path, monkeypatch, no_hub):
    for folder in (None, str(tmp_path)):
        if folder:
            monkeypatch.setenv("PLAYGROUND_DATA", folder)
        assert not packs.available(name)
        with pytest.raises(DataUnavailable) as caught:
            packs.load(name)
        assert f"“{name}” does not ship" in str(caught.value)
        files = full.IDX_FILES if name == "fashion-full" else full.NPZ_FILES
        assert f"set PLAYGROUND_DATA to a folder that holds {', '.join(files)}." in str(caught.value)
        assert str(caught.value).count(".\n") == 0 and "no network" not in str(caught.value)


def test_torn_and_foreign_files_are_refused(tmp_path, monkeypatch, no_hub):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    write_fashion(tmp_path, np.random.default_rng(0))
    images = tmp_path / "train-images-idx3-ubyte.gz"
    whole = images.read_bytes()
    for content in (
        whole[: len(whole) // 2],
        b"hello",
        gzip.compress(b"hello"),
        gzip.compress(b"\0\0\x08\x01\0\0\0\x05ab"),
    ):
        images.write_bytes(content)
        with pytest.raises(BadFile, match="train-images"):
            full.load_fashion(quiet)
    write_idx(images, np.zeros((5, 28, 28), np.uint8))
    with pytest.raises(BadFile, match="There are 5 pictures and 20 labels"):
        full.load_fashion(quiet)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", np.full(5, 10, np.uint8))
    with pytest.raises(BadFile, match="“fashion-full” do not belong together"):
        full.load_fashion(quiet)
    write_cifar(tmp_path)
    np.savez(tmp_path / "cifar10-test.npz", jpeg=np.array([{}], dtype=object), offsets=[0], labels=[0])
    with pytest.raises(BadFile, match="cifar10-test"):
        full.load_cifar10(quiet)


def test_idx_keeps_shape_and_order(tmp_path):
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    write_idx(tmp_path / "file.gz", values)
    assert torch.equal(read_idx(tmp_path / "file.gz"), torch.from_numpy(values))


def test_the_same_data_have_the_same_hash_from_folder_and_hub(tmp_path, monkeypatch, no_hub):
    small = packs.load("fashion")
    for part, split, n in (("train", small.train, 20), ("t10k", small.test, 10)):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", split["images"][:n, 0].numpy())
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", split["labels"][:n].to(torch.uint8).numpy())
    files = dict(zip(full.FASHION_HUB[1], ("fashion-train.parquet", "fashion-test.parquet"), strict=True))
    monkeypatch.setattr(hub, "downloaded", lambda repo, file, **_: PARQUET / files[file])
    fetched = full.load_fashion(quiet)
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    assert full.load_fashion(quiet).hash == fetched.hash


class _Hub(BaseHTTPRequestHandler):
    """Answers as the Hub does for files that are kept in git."""

    requests: list[str] = []

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, *, body):
        self.requests.append(f"{self.command} {self.path}")
        file = SERVED.get(self.path)
        content = file.read_bytes() if file else b""
        self.send_response(200 if file else 404)
        if not file:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("X-Repo-Commit", "0123456789abcdef0123456789abcdef01234567")
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def stand_in():
    _Hub.requests = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


FETCH = """
import json
from playground.data import packs
found = {}
for name in ("fashion-full", "cifar10"):
    said = []
    before = packs.available(name)
    data = packs.load(name, progress=lambda part, what: said.append((part, what)))
    shapes = [list(split["images"].shape) for split in (data.train, data.test)]
    found[name] = {"hash": data.hash, "shapes": shapes, "labels": data.train["labels"].tolist(), "said": said,
                   "before": before, "after": packs.available(name)}
print(json.dumps(found))
"""


def in_a_new_process(home, endpoint):
    environment = {key: value for key, value in os.environ.items() if key != "PLAYGROUND_DATA"}
    environment |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-c", FETCH], capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_hub_is_asked_once_and_then_never_again(tmp_path, stand_in, monkeypatch):
    first = in_a_new_process(tmp_path, stand_in)
    assert sorted(line for line in _Hub.requests if line.startswith("GET /datasets/")) == sorted(
        f"GET {path}" for path in SERVED
    )
    assert first["fashion-full"]["shapes"] == [[20, 1, 28, 28], [10, 1, 28, 28]]
    assert first["cifar10"]["shapes"] == [[20, 3, 32, 32], [4, 3, 32, 32]]
    assert first["cifar10"]["labels"] == packs.examples("cifar10")["labels"][:20].tolist()
    for got in first.values():
        parts = [part for part, _ in got["said"]]
        assert parts == sorted(parts) and parts[-1] == 1.0 and len(parts) >= 5
        assert not got["before"] and got["after"]
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)
    unreachable = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", unreachable)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    assert full.fashion_here() and full.cifar10_here()
    assert full.load_fashion(quiet).hash == first["fashion-full"]["hash"]
    assert full.load_cifar10(quiet).hash == first["cifar10"]["hash"]


@pytest.mark.parametrize("where", ["http://127.0.0.1:9", "{}/nothing"])
@pytest.mark.parametrize("name", ["fashion-full", "cifar10"])
def test_a_hub_out_of_reach_or_without_the_file_gives_the_sentence(name, where, tmp_path, stand_in, monkeypatch):
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)
    address = where.format(stand_in) + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", address)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(DataUnavailable, match=f"“{name}” does not ship with the playground"):
        packs.load(name)
    assert any(line.startswith("HEAD /nothing/datasets/") for line in _Hub.requests) == (where != "http://127.0.0.1:9")


def test_pictures_are_read_from_parquet():
    images, labels = hub.read_parquet(PARQUET / "fashion-test.parquet", "image", 1)
    small = packs.load("fashion").test
    assert torch.equal(images, small["images"][:10]) and torch.equal(labels, small["labels"][:10])
    images, labels = hub.read_parquet(PARQUET / "cifar10-train.parquet", "img", 3)
    shown = packs.examples("cifar10")
    assert torch.equal(images, shown["images"][:20]) and torch.equal(labels, shown["labels"][:20])
