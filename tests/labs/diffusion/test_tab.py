"""The sampling view's routes: every frame is that of the sampler, from the noise that the seed stands for."""

import json
import sys
import time

import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.compat import torchvision_operators
from playground.data import load
from playground.jobs.local import LocalEngine
from playground.labs.diffusion import tab
from playground.labs.diffusion.denoise import clipped
from playground.labs.diffusion.sampling import Settings, film, visible
from playground.labs.diffusion.schedulers import Epsilon, scheduled, scheduler_of
from playground.labs.diffusion.views import MOST_STEPS, PICTURES, start
from playground.metrics.generated import Gallery
from playground.ui.context import Context
from playground.ui.routes import BASE

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    # of diffusers and numpy
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def context(store):
    engine = LocalEngine(store, command=(sys.executable, "-c", "input()"))
    yield Context(store, engine)
    engine.close()


@pytest.fixture
def client(context):
    with TestClient(Starlette(routes=tab.routes(context)), base_url=f"http://test{BASE}/diffusion/") as client:
        yield client


@pytest.fixture(scope="module")
def pipeline():
    torchvision_operators()
    from diffusers import DDIMPipeline, DDIMScheduler, UNet2DModel

    torch.manual_seed(0)
    blocks = {"down_block_types": ("DownBlock2D",), "up_block_types": ("UpBlock2D",), "block_out_channels": (8,)}
    network = UNet2DModel(
        sample_size=8,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        norm_num_groups=4,
        add_attention=False,
        **blocks,
    )
    return DDIMPipeline(network.eval(), DDIMScheduler(beta_schedule="squaredcos_cap_v2"))


@pytest.fixture
def run(written):
    """A run whose network says something: one fresh from its recipe begins with zeros."""
    return written("diffusion-digits", guidance=1.0)


@pytest.fixture
def wild(context, run):
    """The run's network with weights drawn anew, as the routes see it."""
    network = context.networks.at(run, 10)
    torch.manual_seed(1)
    for parameter in network.parameters():
        parameter.normal_(std=0.1)
    return network


def opened(answer):
    assert answer.status_code == 200, answer.text
    length = int.from_bytes(answer.content[:4], "little")
    return json.loads(answer.content[4 : 4 + length]), answer.content[4 + length :]


def frames(answer):
    head, content = opened(answer)
    shape = len(head["sigmas"]), 2, head["pictures"], head["channels"], head["size"], head["size"]
    return head, torch.frombuffer(bytearray(content), dtype=torch.uint8).view(shape)


@pytest.mark.parametrize("sampler", ["dpm++", "euler", "heun", "ddpm"])
def test_the_film_is_the_samplers(client, run, wild, sampler):
    head, found = frames(client.get("film", params={"run": run.id, "sampler": sampler, "steps": 3, "seed": 7}))
    labels = torch.arange(PICTURES) % 10
    rng = torch.Generator().manual_seed(7)
    with torch.no_grad():
        steps = [*film(wild, start(run.info.spec, 7), labels, Settings(sampler=sampler, steps=3), rng)]
    assert found.shape == (4, 2, 16, 1, 8, 8) and found.float().std() > 20
    for frame, step in zip(found, steps, strict=True):
        assert torch.equal(frame[0], visible(step.x, step.sigma))
        assert torch.equal(frame[1], ((step.x0 + 1) * 127.5).round().clamp(0, 255).byte())
    assert torch.equal(found[-1, 0], found[-1, 1])
    assert head["sigmas"] == pytest.approx([step.sigma for step in steps], rel=1e-3)
    assert head["evaluations"] == steps[-1].evaluations and head["milliseconds"] > 0
    assert (head["step"], head["labels"], head["conditional"]) == (10, labels.tolist(), True)


def test_the_start_is_noise_and_the_seed_decides_it(client, run, wild):
    def first(**more):
        return frames(client.get("film", params={"run": run.id, "steps": 2, **more}))[1][0, 0]

    assert torch.equal(first(seed=1, sampler="heun"), first(seed=1, steps=5, guidance=4))
    assert not torch.equal(first(seed=1), first(seed=2))
    assert (first(seed=1).float() / 127.5 - 1).std() == pytest.approx(0.72, abs=0.05), "normal noise, cut off at 1"


def test_guidance_costs_two_evaluations_and_changes_the_end(client, run, wild):
    plain, once = frames(client.get("film", params={"run": run.id, "steps": 4, "guidance": 1}))
    more, twice = frames(client.get("film", params={"run": run.id, "steps": 4, "guidance": 3}))
    assert (plain["evaluations"], more["evaluations"]) == (4, 8)
    assert torch.equal(once[0, 0], twice[0, 0]) and not torch.equal(once[-1], twice[-1])


def test_a_class_can_be_asked_for_or_none(client, run, wild):
    told = {}
    for kind in ("each", "none", "3"):
        head, found = frames(client.get("film", params={"run": run.id, "steps": 2, "class": kind}))
        told[kind] = head["labels"], found[-1, 1]
    assert told["none"][0] == [] and told["3"][0] == [3] * 16
    assert torch.equal(told["3"][1][3], told["each"][1][3]) and torch.equal(told["3"][1][13], told["each"][1][13])
    assert not torch.equal(told["3"][1][4], told["each"][1][4])


def test_a_run_without_classes_asks_for_none(client, context, written):
    run = written("diffusion-digits", conditional=False)
    head, _ = frames(client.get("film", params={"run": run.id, "steps": 2, "class": "3", "guidance": 3}))
    assert head["labels"] == [] and head["conditional"] is False and head["evaluations"] == 2


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"sampler": "magic"}, "There is no sampler “magic”; there are euler, heun, dpm"),
        ({"schedule": "magic"}, "There is no schedule “magic”; there are uniform, karras"),
        ({"steps": MOST_STEPS + 1}, "“steps” must be a whole number from 1 to 50, and it was 51"),
        ({"steps": 0}, "“steps” must be a whole number from 1 to 50, and it was 0"),
        ({"steps": 2.5}, "“steps” must be a whole number from 1 to 50, and it was 2.5"),
        ({"guidance": 9}, "“guidance” must be at most 8, and it was 9"),
        ({"guidance": -1}, "“guidance” must be a number of at least 0"),
        ({"class": "10"}, "There is no class “10”; there are “each”, “none” and 0 to 9"),
        ({"class": "²"}, "There is no class “²”"),
        ({"seed": -1}, "“seed” must be a whole number from 0"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(client, run, asked, sentence):
    answer = client.get("film", params={"run": run.id, **asked})
    assert answer.status_code == 400 and sentence in answer.json()["error"]


def test_another_labs_run_is_refused(client, written):
    answer = client.get("film", params={"run": written("vae-digits").id})
    assert answer.status_code == 400 and "holds no denoiser of pictures" in answer.json()["error"]


def test_the_nearest_training_pictures(client, run):
    data = load("digits")
    picture = data.train.images[17]
    head, content = opened(client.post("nearest", params={"run": run.id}, content=picture.numpy().tobytes()))
    found = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(4, 1, 8, 8)
    assert torch.equal(found[0], picture) and head["distances"][0] == pytest.approx(0, abs=0.01)
    indices, distances = Gallery.of(data.train.images, data.spec).nearest(picture[None], 4)
    assert torch.equal(found, data.train.images[indices[0]])
    assert head["labels"] == [data.spec.classes[label] for label in data.train.labels[indices[0]].tolist()]
    assert head["distances"] == pytest.approx(distances[0].tolist(), abs=0.01) and head["of"] == len(data.train)


def test_a_sample_of_another_shape_is_refused(client, run):
    answer = client.post("nearest", params={"run": run.id}, content=b"12345")
    assert answer.status_code == 400 and answer.json()["error"] == "A picture of this run has 64 bytes, not 5."


def test_without_the_training_pictures_it_says_so(client, written, monkeypatch):
    run = written("diffusion-digits", data="cifar10", image_size=8)
    monkeypatch.setattr("playground.ui.nearest.available", lambda name: False)
    answer = client.post("nearest", params={"run": run.id}, content=bytes(192))
    assert answer.status_code == 400 and "The pictures of cifar10 are not on this machine" in answer.json()["error"]


def test_the_knobs_of_the_page_are_those_of_the_routes():
    from playground.labs.diffusion.samplers import SAMPLERS

    script = tab.SCRIPTS[0].with_name("panel.js").read_text(encoding="utf-8")
    for name in SAMPLERS:
        assert f'{name}: "' in script or f'"{name}": "' in script
    for name in ("dpm++", "euler", "heun", "ddim-half", "ddpm"):
        assert f'<option value="{name}">' in tab._VIEW
    assert f'max="{MOST_STEPS}"' in tab._VIEW


def waited(client, **asked):
    limit = time.monotonic() + 60
    answer = client.get("library", params=asked)
    while True:
        if answer.status_code != 200 or "waiting" not in opened(answer)[0]:
            return answer
        assert time.monotonic() < limit
        time.sleep(0.02)
        answer = client.get("library", params={**asked, "again": 1})


def test_a_scheduler_of_diffusers_samples_our_run(client, context, run, wild):
    asked = {"run": run.id, "step": 7, "scheduler": "euler", "steps": 5, "seed": 4, "class": "2"}
    context.networks.at(run, 5).load_state_dict(wild.state_dict())
    head, found = frames(waited(client, **asked))
    scheduler = scheduler_of("euler")
    network = Epsilon(clipped(context.networks.at(run, 5)), torch.full((16,), 2), scheduler.alphas_cumprod)
    film = scheduled(network, scheduler, start(run.info.spec, 4), steps=5, seed=4)
    assert torch.equal(found[:, 0], film.x) and torch.equal(found[:, 1], film.x0) and film.x[-1].float().std() > 5
    assert head["title"] == "diffusion-digits, snapshot of step 5" and head["evaluations"] == 5


def test_a_pipeline_in_a_folder_is_offered_and_sampled(client, context, pipeline):
    assert client.get("folders").json() == {"folders": [], "place": "pipelines"}
    pipeline.save_pretrained(context.store.runs.parent / "pipelines" / "mine", safe_serialization=True)
    assert client.get("folders").json()["folders"] == ["mine"]
    head, found = frames(waited(client, network="folder:mine", scheduler="ddim", steps=3, seed=5))
    expected = pipeline(4, torch.Generator().manual_seed(5), num_inference_steps=3, output_type="np").images
    ours = found[-1, 0].permute(0, 2, 3, 1).float() / 255
    torch.testing.assert_close(ours, torch.from_numpy(expected), rtol=0, atol=1 / 255)
    assert head["title"].startswith("mine, ") and found.shape == (4, 2, 4, 1, 8, 8)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"network": "folder:../runs"}, "There is no pipeline “../runs” in the folder “pipelines” beside the runs."),
        ({"network": "hub:nothing"}, "“nothing” is no name on the Hub; give one such as google/ddpm-cifar10-32."),
        ({"network": "folder:mine", "scheduler": "magic"}, "There is no scheduler “magic”; there are ddim"),
        ({"network": "folder:mine", "steps": 0}, "“steps” must be a whole number from 1 to 50"),
        ({"network": "run", "run": "nothing"}, "There is no run “nothing” here."),
    ],
)
def test_what_diffusers_cannot_sample_is_said(client, asked, sentence):
    answer = waited(client, **asked)
    assert answer.status_code == 400 and sentence in answer.json()["error"]


def test_warming_samples_with_a_shipped_run(context, written):
    written("diffusion-digits", shipped=True)
    tab.warm(context)
    assert context.networks._kept
