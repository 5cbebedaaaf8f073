"""The routes of the section on diffusers: its schedulers on our runs, and its pipelines from a folder."""

import time

import pytest
import torch

from playground.compat import torchvision_operators
from playground.labs.diffusion.denoise import clipped
from playground.labs.diffusion.routes import routes
from playground.labs.diffusion.schedulers import Epsilon, scheduled, scheduler_of
from playground.labs.diffusion.views import start

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    # of diffusers and numpy
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def client(context, served):
    return served(routes(context), "diffusion")


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
def waited(client, read):
    """Asks for a sampling until it is done, or refused."""

    def waited(**options):
        limit = time.monotonic() + 60
        answer = client.post("library", params=options)
        while answer.status_code == 200 and "waiting" in read(answer)[0]:
            assert time.monotonic() < limit
            time.sleep(0.02)
            answer = client.get("library", params=options)
        return answer

    return waited


def test_a_scheduler_of_diffusers_samples_our_run(waited, read, context, run, wild):
    network = context.networks.at(run, 5)
    network.load_state_dict(wild.state_dict())
    options = {"run": run.id, "step": 7, "scheduler": "euler", "steps": 5, "seed": 4, "label": "2"}
    words, tensors = read(waited(**options))
    scheduler = scheduler_of("euler")
    conditional = Epsilon(clipped(network), torch.full((16,), 2), scheduler.alphas_cumprod)
    film = scheduled(conditional, scheduler, start(run.spec, 4), steps=5, seed=4)
    assert torch.equal(tensors["x"], film.x) and torch.equal(tensors["x0"], film.x0)
    assert film.x[-1].float().std() > 5 and words["milliseconds"] >= 0
    assert words["title"] == "diffusion-digits, snapshot of step 5" and words["evaluations"] == 5


def test_a_pipeline_in_a_folder_is_offered_and_sampled(client, waited, read, context, pipeline):
    assert client.get("folders").json() == {"folders": [], "place": "pipelines"}
    pipeline.save_pretrained(context.store.runs.parent / "pipelines" / "mine", safe_serialization=True)
    assert client.get("folders").json()["folders"] == ["mine"]
    words, tensors = read(waited(network="folder:mine", scheduler="ddim", steps=3, seed=5))
    expected = pipeline(4, torch.Generator().manual_seed(5), num_inference_steps=3, output_type="np").images
    ours = tensors["x"][-1].permute(0, 2, 3, 1).float() / 255
    torch.testing.assert_close(ours, torch.from_numpy(expected), rtol=0, atol=1 / 255)
    assert words["title"].startswith("mine, ") and tensors["x0"].shape == (4, 4, 1, 8, 8)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"network": "folder:../runs"}, "There is no pipeline “../runs” in the folder “pipelines” beside the runs."),
        ({"network": "hub:nothing"}, "“nothing” is no name on the Hub; give one such as google/ddpm-cifar10-32."),
        ({"network": "folder:mine", "scheduler": "magic"}, "There is no scheduler “magic”; there are ddim"),
        ({"network": "folder:mine", "steps": 0}, "“steps”: input should be greater than or equal to 1"),
        ({"network": "run", "run": "nothing"}, "There is no run “nothing” here."),
    ],
)
def test_what_diffusers_cannot_sample_is_refused(waited, options, sentence):
    answer = waited(**options)
    assert answer.status_code == 400 and sentence in answer.json()["error"]


def test_another_lab_s_run_is_refused(waited, written):
    answer = waited(run=written("vae-digits").id)
    assert answer.status_code == 400 and "holds no denoiser of pictures" in answer.json()["error"]


def test_to_look_begins_no_sampling(client, run):
    answer = client.get("library", params={"run": run.id, "steps": 3})
    assert answer.status_code == 400 and "There is no such task" in answer.json()["error"]


@pytest.mark.parametrize("name", ["x:evil/repo", "HUB:evil/repo", " hub:evil/repo", "evil"])
def test_nothing_but_the_hub_and_the_folder_holds_pipelines(waited, name):
    refused = waited(network=name)
    assert refused.status_code == 400 and "There is no pipeline" in refused.json()["error"]
