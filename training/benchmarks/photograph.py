"""How soon a visitor sees why a Vision Transformer of 224 pixels answers as it does.

From a photograph that is dropped on the page to all maps, and to the curves that test them. The network has the shape
of the ViT tiny that the page offers from the Hub, and random weights: its arithmetic is the same. It lies in a cache of
the Hub's that is made for that, and comes in by the code that fetches the real one.
"""

from __future__ import annotations

import base64
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from playground.compat import torchvision_operators
from playground.labs.vision.convert import from_timm
from playground.labs.vision.hub import FILE, PRETRAINED
from playground.labs.vision.methods import Case, fitting
from training.benchmarks import Row
from training.benchmarks.page import chromium, served

NETWORK = "vit-imagenet"
TIMES = 7
_OPENED = """() => [...document.querySelectorAll("lab-stage .relevance .caption")]
  .some(({ textContent }) => textContent.includes("pretrained"))"""
_DROP = """async (content) => {
  const { painter, pictures } = document.querySelector("lab-stage[lab=vision]").view;
  await painter.settled();
  const [lane] = painter.lanes;
  const { maps, image } = lane;
  const blob = await (await fetch(`data:image/jpeg;base64,${content}`)).blob();
  const began = performance.now();
  pictures.bring([blob]);
  while (lane.maps === maps || lane.image === image) await new Promise((done) => requestAnimationFrame(done));
  await new Promise((done) => requestAnimationFrame(done));
  const drawn = performance.now() - began;
  await painter.settled();
  return [drawn / 1000, (performance.now() - began) / 1000];
}"""


def rows() -> Iterator[Row]:
    """Seconds on the page, and what each method takes of a CPU."""
    yield from _methods()
    with tempfile.TemporaryDirectory() as folder:
        cached(random_network(), Path(folder))
        variables = {"HF_HUB_CACHE": folder, "HF_HUB_OFFLINE": "1"}
        with served(variables=variables) as (url, _), chromium() as browser:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{url}?lab=vision&view=relevance&network={NETWORK}")
            page.wait_for_function(_OPENED, timeout=120_000)
            pairs = [page.evaluate(_DROP, photograph(seed)) for seed in range(TIMES)]
    drawn, tested = zip(*pairs, strict=True)
    how = "ViT tiny, 224 px, a JPEG of 1200 x 900 each time"
    yield Row("photograph dropped to all five maps", drawn, "s", "<= 1.5", how)
    yield Row("the same to the curves of 5 maps and 20 random orders", tested, "s", "", how)


def _methods() -> Iterator[Row]:
    """Seconds of each method alone, and of all of them as the page computes them."""
    network = from_timm(random_network()).eval().requires_grad_(False)
    image = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)) * 2 - 1

    def case() -> Case:
        return Case(network, image, lambda logits: logits.argmax(dim=1))

    for method in fitting(network):
        yield _timed(f"{method.title}, ViT tiny, 224 px", lambda method=method: method.of(case()))  # type: ignore[misc]

    def together() -> None:
        shared = case()
        for method in fitting(network):
            method.of(shared)

    yield _timed("all five, which share a pass forward and back", together)


def _timed(what: str, work: Callable[[], object]) -> Row:
    values, cpu = [], []
    with torch.no_grad():
        work()
        for _ in range(TIMES):
            wall, used = time.perf_counter(), time.process_time()
            work()
            values.append(time.perf_counter() - wall)
            cpu.append(time.process_time() - used)
    return Row(what, values, "s", "", f"CPU time {sorted(cpu)[TIMES // 2]:.3g} s ({min(cpu):.3g} to {max(cpu):.3g})")


def random_network() -> Any:
    """Timm's network of the kind that the page offers, with random weights that have an opinion."""
    torchvision_operators()
    import timm

    torch.manual_seed(0)
    model = timm.create_model(PRETRAINED[NETWORK].timm, pretrained=False)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2:
                parameter.normal_(std=1.5 * parameter.shape[1] ** -0.5)
    return model


def cached(model: Any, folder: Path) -> None:
    """Puts a network where `huggingface_hub` keeps what it has fetched."""
    repository, commit = folder / f"models--timm--{PRETRAINED[NETWORK].timm}", "0" * 40
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    snapshot = repository / "snapshots" / commit
    snapshot.mkdir(parents=True)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, snapshot / FILE)


def photograph(seed: int) -> str:
    """A picture of soft spots of color, 1200 x 900, as the base64 of a JPEG file."""
    colors = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    content = BytesIO()
    Image.fromarray(colors).resize((1200, 900), Image.Resampling.BICUBIC).save(content, "JPEG", quality=90)
    return base64.b64encode(content.getvalue()).decode()
