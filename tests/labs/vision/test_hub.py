"""Trained networks come from a stand-in for the Hub on this machine, once, and in plain words where they do not."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from safetensors.torch import save

from playground.labs.vision import hub
from playground.labs.vision.hub import PRETRAINED, BadWeights, HubUnavailable, Pretrained, fetch, from_timm
from playground.labs.vision.vit import VisionTransformer

TINY = Pretrained(
    title="Tiny",
    timm="test_vit.r160_in1k",
    license="Apache-2.0",
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    options={"img_size": 80},
)
UNREACHABLE = (
    "The Hub cannot be reached, so Tiny is unavailable offline; the runs that came with the playground work without it."
)
PATH = f"/timm/{TINY.timm}/resolve/main/model.safetensors"
COMMIT = "0123456789" * 4


class StandIn(ThreadingHTTPServer):
    """Serves one file as the Hub does; `served` lists the requests for it."""

    daemon_threads = True

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.served = content, []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, *, body):
        if self.path == PATH:
            self.server.served.append(self.command)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = self.server.content
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture(scope="module")
def weights():
    """A tiny network of timm's for images of 160 pixels, and its file."""
    from playground.compat import torchvision_operators

    torchvision_operators()
    import timm

    torch.manual_seed(0)
    model = timm.create_model("test_vit").eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.1)
    return model.state_dict(), save(model.state_dict())


@pytest.fixture
def stand_in(weights):
    server = StandIn(weights[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def endpoint(monkeypatch, tmp_path):
    """Sends what this process asks of the Hub elsewhere, and keeps an empty cache for it."""
    import huggingface_hub
    from huggingface_hub import constants

    def at(url):
        monkeypatch.setattr(constants, "ENDPOINT", url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 100_000)
    monkeypatch.setitem(PRETRAINED, "tiny", TINY)
    yield at
    huggingface_hub.close_session()


def closed_port():
    with socket.socket() as actual:
        actual.bind(("127.0.0.1", 0))
        return actual.getsockname()[1]


def test_a_network_is_fetched_converted_and_cached(timm, stand_in, endpoint, weights):
    endpoint(stand_in.url)
    reports = []
    actual = fetch("tiny", lambda part, what: reports.append((part, what)))
    expected = timm.create_model("test_vit", img_size=80).eval()
    positions = timm.layers.resample_abs_pos_embed(weights[0]["pos_embed"], [5, 5], num_prefix_tokens=1)
    expected.load_state_dict({**weights[0], "pos_embed": positions})
    x = torch.randn(2, 3, 80, 80, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(actual(x), from_timm(expected)(x))
        torch.testing.assert_close(actual(x), expected(x))
    assert not actual.training and actual.grid == 5
    assert not any(parameter.requires_grad for parameter in actual.parameters())
    parts = [part for part, _ in reports]
    assert parts == sorted(parts) and len(set(parts)) > 5 and parts[-1] == 1.0
    assert reports[0][1] == "Fetches Tiny." and reports[-1][1] == "Reads Tiny."

    assert stand_in.served.count("GET") == 1
    again = len(stand_in.served)
    assert torch.equal(fetch("tiny").positions, actual.positions)
    assert len(stand_in.served) == again


def test_the_environment_names_the_hub(stand_in, tmp_path):
    code = f"""
from playground.labs.vision.hub import *
PRETRAINED["tiny"] = Pretrained(
    title="Tiny", timm={TINY.timm!r}, license="", mean=(0, 0, 0), std=(1, 1, 1), options={{"img_size": 80}}
)
print(fetch("tiny").grid)
"""
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_ENDPOINT": stand_in.url, "HF_HUB_OFFLINE": "0"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "5\n", done.stderr
    assert stand_in.served.count("GET") == 1
    assert len(list(tmp_path.rglob("model.safetensors"))) == 1


def test_offline_only_what_is_cached_is_available(endpoint, stand_in, monkeypatch):
    from huggingface_hub import constants

    endpoint(stand_in.url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubUnavailable) as refusal:
        fetch("tiny")
    assert str(refusal.value) == UNREACHABLE and not stand_in.served
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    fetch("tiny")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert fetch("tiny").grid == 5 and stand_in.served.count("GET") == 1


def test_what_the_hub_does_not_have_is_said(endpoint, stand_in):
    endpoint(stand_in.url)
    with pytest.raises(HubUnavailable) as refusal:
        fetch("vit-imagenet")
    assert str(refusal.value) == (
        "The Hub does not serve ViT tiny on ImageNet now (status 404); the runs that came with the playground "
        "work without it."
    )


def test_a_closed_door_is_said_at_once(endpoint):
    endpoint(f"http://127.0.0.1:{closed_port()}")
    began = time.monotonic()
    with pytest.raises(HubUnavailable) as refusal:
        fetch("tiny")
    assert str(refusal.value) == UNREACHABLE
    assert time.monotonic() - began < 3


def test_a_hub_that_does_not_answer_is_given_up_in_time(endpoint):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint(f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(HubUnavailable) as refusal:
            fetch("tiny", patience=0.3)
    assert str(refusal.value) == UNREACHABLE
    assert time.monotonic() - began < 3


def test_a_name_that_is_looked_up_for_ever_is_given_up_in_time(endpoint, monkeypatch):
    released, looked_up = threading.Event(), threading.Event()

    def hangs(*_, **__):
        looked_up.set()
        released.wait(20)
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    endpoint("http://hub.invalid")
    began = time.monotonic()
    with pytest.raises(HubUnavailable) as refusal:
        fetch("tiny", patience=1.5)
    assert time.monotonic() - began < 5
    assert looked_up.is_set() and str(refusal.value) == UNREACHABLE
    released.set()
    for thread in threading.enumerate():
        if thread.name == "ask the Hub":
            thread.join()


def test_nobody_waits_longer_than_ten_seconds():
    assert hub.TIMEOUT < 10


def test_a_damaged_file_is_named(endpoint, stand_in):
    stand_in.content = b"not weights at all"
    endpoint(stand_in.url)
    with pytest.raises(BadWeights, match=r"The file .*model\.safetensors of Tiny is damaged; delete it"):
        fetch("tiny")


def test_an_unknown_name_is_refused():
    with pytest.raises(hub.UnknownPretrained, match="no trained network “vgg”; there are dinov2-small, "):
        fetch("vgg")


@pytest.mark.parametrize("name", list(PRETRAINED))
def test_what_is_said_of_a_network_is_what_timm_knows(timm, name):
    entry = PRETRAINED[name]
    config = timm.models.get_pretrained_cfg(entry.timm)
    assert entry.repo == config.hf_hub_id
    assert entry.license.lower() == config.license == "apache-2.0"
    assert (entry.mean, entry.std) == (config.mean, config.std)
    assert len(entry.class_names()) == config.num_classes
    with torch.device("meta"):
        ours = from_timm(timm.create_model(entry.timm, **entry.options))
    assert ours.image_size == 224 and ours.grid == (16 if name.startswith("dinov2") else 14)
    assert ours.positions.shape[1] == ours.located + ours.grid**2
    assert (ours.blocks[0].scale1 is not None) == name.startswith("dinov2")


def test_the_classes_of_imagenet_have_names():
    names = PRETRAINED["vit-imagenet"].class_names()
    assert (names[0], names[281], names[999]) == ("tench", "tabby", "toilet tissue")


def test_a_network_takes_images_from_minus_one_to_one_in_place_of_those_it_was_trained_on():
    torch.manual_seed(0)
    theirs = VisionTransformer(image_size=8, patch_size=4, channels=3, classes=5, width=16, depth=1, heads=2).double()
    theirs.head.weight.data.normal_()
    entry = PRETRAINED["deit-imagenet"]
    ours = entry.adapted(deepcopy(theirs))
    pixels = torch.rand(2, 3, 8, 8, dtype=torch.double)  # 0 to 1
    mean, std = (torch.tensor(values, dtype=torch.double)[:, None, None] for values in (entry.mean, entry.std))
    expected = theirs((pixels - mean) / std)
    torch.testing.assert_close(ours(2 * pixels - 1), expected)
    assert (theirs(2 * pixels - 1) - expected).abs().max() > 1e-2
