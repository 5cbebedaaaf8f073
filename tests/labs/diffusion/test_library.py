"""Schedulers and pipelines of diffusers: our network under them, theirs on our page, from a folder and from a Hub."""

import hashlib
import json
import shutil
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch

from playground.compat import torchvision_operators
from playground.download import HubUnavailable
from playground.labs.diffusion import library
from playground.labs.diffusion.library import NotAPipeline, folders, from_folder, from_hub
from playground.labs.diffusion.samplers import euler
from playground.labs.diffusion.schedulers import (
    SCHEDULERS,
    Epsilon,
    UnknownScheduler,
    between,
    scheduled,
    scheduler_of,
)

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    # of diffusers and numpy
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning"),
]
COMMIT = "0123456789" * 4


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def gaussian(x, sigma, condition=None):
    """The exact denoiser of a normal x0 with mean 0.2 and deviation 0.3."""
    return (0.09 * x + sigma**2 * 0.2) / (0.09 + sigma**2)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A small pipeline as diffusers saves it, and its folder."""
    torchvision_operators()
    from diffusers import DDIMPipeline, DDIMScheduler, UNet2DModel

    torch.manual_seed(0)
    network = UNet2DModel(
        sample_size=8,
        in_channels=1,
        out_channels=1,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=4,
    )
    pipeline = DDIMPipeline(network.eval(), DDIMScheduler(beta_schedule="squaredcos_cap_v2"))
    folder = tmp_path_factory.mktemp("pipelines") / "small"
    pipeline.save_pretrained(folder, safe_serialization=True)
    return pipeline, folder


@pytest.mark.parametrize("name", sorted(SCHEDULERS))
def test_our_denoiser_runs_under_their_schedulers(name):
    """The exact denoiser of a Gaussian gives that Gaussian, whoever makes the steps."""
    scheduler, noise = scheduler_of(name), normal(4000, 1, 2, 2)
    network = Epsilon(gaussian, None, scheduler.alphas_cumprod)
    parts = []
    count = 300 if name == "ddpm" else 60  # of order 1, and with fresh noise the error is larger
    film = scheduled(network, scheduler, noise, steps=count, seed=3, progress=lambda part, what: parts.append(part))
    end = film.x[-1].double() / 127.5 - 1
    assert end.mean() == pytest.approx(0.2, abs=0.02) and end.std() == pytest.approx(0.3, rel=0.08)
    assert film.evaluations == (119 if name == "heun" else count) == len(film.sigmas) - 1 == len(parts)
    assert film.sigmas == sorted(film.sigmas, reverse=True) and film.sigmas[-1] == 0
    assert parts == sorted(parts) and parts[0] == 0
    assert torch.equal(film.x[-1], film.x0[-1])


def test_their_euler_under_our_network_is_our_euler():
    scheduler, noise = scheduler_of("euler"), normal(5, 1, 4, 4)
    labels = torch.arange(5)

    def denoise(x, sigma, condition):
        return (gaussian(x, sigma) + 0.05 * condition[:, None, None, None]).clamp(-1, 1)

    film = scheduled(Epsilon(denoise, labels, scheduler.alphas_cumprod), scheduler, noise, steps=7, seed=0)
    sigmas = scheduler.sigmas
    assert film.sigmas == pytest.approx(sigmas.tolist(), rel=1e-4)
    *steps, last = euler(denoise, noise * scheduler.init_noise_sigma, sigmas, labels)
    for i, step in enumerate(steps):
        expected = ((step.x0 + 1) * 127.5).round().clamp(0, 255)
        assert (film.x0[i].float() - expected).abs().max() <= 1
    assert (film.x[-1].float() - ((last.x + 1) * 127.5).round().clamp(0, 255)).abs().max() <= 1


def test_a_level_between_two_timesteps():
    values = torch.tensor([1.0, 3.0, 11.0])
    assert [float(between(values, at)) for at in (0, 0.5, 1, 1.25, 2, 7)] == [1, 2, 3, 5, 11, 11]


def test_a_folder_samples_as_diffusers_does(saved):
    reference, folder = saved
    actual = from_folder(folder)
    assert (actual.title, actual.kind, actual.channels, actual.size) == ("small", "DDIMScheduler", 1, 8)
    assert actual.parameters == sum(one.numel() for one in reference.unet.parameters())
    noise = normal(3, 1, 8, 8, seed=5)
    film = scheduled(actual.network, scheduler_of("ddim", actual.scheduler), noise, steps=6, seed=0)
    expected = reference(3, torch.Generator().manual_seed(5), num_inference_steps=6, output_type="np").images
    ours = film.x[-1].permute(0, 2, 3, 1).float() / 255
    assert film.x[-1].float().std() > 20
    torch.testing.assert_close(ours, torch.from_numpy(expected), rtol=0, atol=1 / 255)


def test_the_folders_that_hold_pipelines(saved, tmp_path):
    shutil.copytree(saved[1], tmp_path / "two")
    (tmp_path / "empty").mkdir()
    assert folders(tmp_path) == ["two"] and folders(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("model_index.json", None, "“two” holds no model_index.json that can be read"),
        ("scheduler/scheduler_config.json", b"{", "“two” holds no scheduler_config.json that can be read"),
        ("unet/config.json", b"[]", "The config.json of “two” is not what diffusers writes."),
        ("unet/diffusion_pytorch_model.safetensors", b"torn", "The network of “two” cannot be read"),
        ("unet/diffusion_pytorch_model.safetensors", None, "The network of “two” cannot be read"),
        (
            "model_index.json",
            {"unet": ["own", "Mine"]},
            "“two” is a DDIMPipeline with Mine and DDIMScheduler; only a UNet2",
        ),
        ("unet/config.json", {"sample_size": 512}, "for pictures of 512 pixels; at most 150 million and 128 pixels"),
        ("unet/config.json", {"block_out_channels": [512, 2048]}, "at most 150 million and 128 pixels"),
    ],
)
def test_what_cannot_be_sampled_is_refused(saved, tmp_path, file, change, sentence):
    folder = tmp_path / "two"
    shutil.copytree(saved[1], folder)
    if change is None:
        (folder / file).unlink()
    elif isinstance(change, bytes):
        (folder / file).write_bytes(change)
    else:
        (folder / file).write_text(json.dumps(json.loads((folder / file).read_text()) | change))
    with pytest.raises(NotAPipeline) as refusal:
        from_folder(folder)
    assert sentence in str(refusal.value)


class StandIn(ThreadingHTTPServer):
    """Serves the files of one folder as the Hub does; `served` lists what was fetched."""

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.served = files, []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, *, body):
        content = self.server.files.get(self.path.removeprefix("/me/small/resolve/main/"))
        if content is None:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.server.served.append(self.path)
            self.wfile.write(content)

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture(params=["in folders", "at the top"])
def stand_in(saved, request):
    files = {str(path.relative_to(saved[1])): path.read_bytes() for path in saved[1].rglob("*") if path.is_file()}
    if request.param == "at the top":
        files = {name.rpartition("/")[2]: content for name, content in files.items()}
    server = StandIn(files)
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
    yield at
    huggingface_hub.close_session()


def test_a_pipeline_from_the_hub_is_fetched_once(saved, stand_in, endpoint):
    endpoint(stand_in.url)
    messages = []
    actual = from_hub("me/small", lambda part, what: messages.append(what))
    noise = normal(2, 1, 8, 8)
    expected = saved[0].unet(noise, 10).sample
    assert torch.equal(actual.network(noise, torch.tensor(10)), expected) and actual.title == "me/small"
    assert any(what.startswith("Fetches ") for what in messages) and messages[-1] == "Reads me/small."
    assert len(stand_in.served) == 4
    from_hub("me/small")
    assert len(stand_in.served) == 4


def test_weights_are_not_fetched_before_kind_and_size_are_known(stand_in, endpoint, monkeypatch):
    endpoint(stand_in.url)
    monkeypatch.setattr(library, "MOST_PARAMETERS", 10)
    with pytest.raises(NotAPipeline, match="million weights"):
        from_hub("me/small")
    assert len(stand_in.served) == 3 and not any(path.endswith("safetensors") for path in stand_in.served)


def test_a_file_that_is_too_large_is_not_fetched(stand_in, endpoint, monkeypatch):
    endpoint(stand_in.url)
    monkeypatch.setattr(library, "MOST_CONFIG", 1)
    with pytest.raises(HubUnavailable, match="at most 2 bytes are fetched"):
        from_hub("me/small")
    assert stand_in.served == []


def test_offline_it_is_one_plain_sentence(endpoint):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint(f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(HubUnavailable, match="The Hub cannot be reached, so me/small is unavailable offline"):
            from_hub("me/small")


@pytest.mark.parametrize("name", ["small", "../../etc/passwd", "me/small/more", "", "me/" + 200 * "a", "http://a/b"])
def test_what_is_no_name_on_the_hub_is_refused(name):
    with pytest.raises(NotAPipeline, match="is no name on the Hub; give one such as google/ddpm-cifar10-32"):
        from_hub(name)


def test_an_unknown_scheduler_is_refused():
    with pytest.raises(UnknownScheduler, match="There is no scheduler “magic”; there are ddim, ddpm, euler"):
        scheduler_of("magic")
