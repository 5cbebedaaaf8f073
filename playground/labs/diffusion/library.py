"""Unconditional pipelines of diffusers, from a folder or from the Hub.

The library is imported at first use. Of a pipeline only what is known is read: a `UNet2DModel` with weights as
safetensors, and the name and the numbers of a scheduler; no code of others is run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from playground.compat import torchvision_operators
from playground.data import Progress
from playground.download import HubUnavailable, downloaded
from playground.errors import PlaygroundError
from playground.labs.diffusion.schedulers import SCHEDULERS

PIPELINES = {"google/ddpm-cifar10-32": "DDPM on CIFAR-10 (Hub, 143 MB, Apache-2.0)"}
"""Unconditional pipelines on the Hub that the page offers by name; others can be typed."""
WEIGHTS = "diffusion_pytorch_model.safetensors"
MOST_PARAMETERS, MOST_SIZE = 150_000_000, 128
MOST_CONFIG = 1_000_000
"""Bytes of a configuration file, and of what a file of weights holds beside them."""
_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}")


class NotAPipeline(PlaygroundError):
    """No unconditional pipeline that can be sampled here."""


@dataclass(frozen=True)
class Pipeline:
    """An unconditional pipeline.

    Attributes:
        title: What a person calls it.
        network: (x (B, C, H, W), timestep) to the output that `scheduler` makes a step of; in evaluation mode.
        scheduler: A scheduler's numbers, as its config file has them.
        kind: The scheduler's class.
        channels: Of its images.
        size: Height and width in pixels.
        parameters: How many weights it has.
    """

    title: str
    network: Callable[[Tensor, Tensor], Tensor]
    scheduler: dict[str, Any]
    kind: str
    channels: int
    size: int
    parameters: int


@dataclass(frozen=True)
class Plan:
    """What a pipeline's configuration files declare, before any weight is read or fetched.

    Attributes:
        unet: The folder of the network.
        scheduler: A scheduler's numbers.
        kind: The scheduler's class.
        size: Height and width of its images in pixels.
        parameters: How many weights the network has.
    """

    unet: Path
    scheduler: dict[str, Any]
    kind: str
    size: int
    parameters: int


def plan(folder: Path, *, name: str) -> Plan:
    """Reads the small files of a pipeline and checks kind and size.

    Raises:
        NotAPipeline: When it is none, of another kind, or too large to be sampled here.
    """
    index = _read(folder / "model_index.json", name)
    parts = {part: index.get(part, [None, None])[1] for part in ("unet", "scheduler")}
    if parts["unet"] != "UNet2DModel" or parts["scheduler"] not in _scheduler_classes():
        kind = index.get("_class_name", "something unknown")
        raise NotAPipeline(
            f"“{name}” is a {kind} with {parts['unet']} and {parts['scheduler']}; "
            f"only a UNet2DModel with one of {', '.join(sorted(_scheduler_classes()))} can be sampled here."
        )
    where = folder / "unet" if (folder / "unet").is_dir() else folder
    config = _read(where / "config.json", name)
    scheduler = _read(_first(folder / "scheduler" / "scheduler_config.json", folder / "scheduler_config.json"), name)
    torchvision_operators()
    from diffusers import UNet2DModel

    try:
        with torch.device("meta"):
            parameters = sum(parameter.numel() for parameter in UNet2DModel.from_config(config).parameters())
        size = int(config["sample_size"])
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        raise _unreadable(name) from error
    if parameters > MOST_PARAMETERS or size > MOST_SIZE:
        raise NotAPipeline(
            f"“{name}” has {parameters / 1e6:,.0f} million weights for pictures of {size} pixels; at most "
            f"{MOST_PARAMETERS / 1e6:.0f} million and {MOST_SIZE} pixels can be sampled here."
        )
    return Plan(where, scheduler, str(parts["scheduler"]), size, parameters)


def from_folder(folder: Path, *, title: str = "") -> Pipeline:
    """The pipeline that diffusers saved in a folder.

    Raises:
        NotAPipeline: When the folder holds none, or one of another kind.
    """
    name = title or folder.name
    planned = plan(folder, name=name)
    from diffusers import UNet2DModel
    from safetensors import SafetensorError

    try:
        unet = UNet2DModel.from_pretrained(planned.unet, use_safetensors=True, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise _unreadable(name) from error
    unet.eval().requires_grad_(False)

    def network(x: Tensor, timestep: Tensor) -> Tensor:
        return unet(x, timestep).sample

    channels = int(unet.config["in_channels"])
    return Pipeline(name, network, planned.scheduler, planned.kind, channels, planned.size, planned.parameters)


def _unreadable(name: str) -> NotAPipeline:
    return NotAPipeline(f"The network of “{name}” cannot be read: it is incomplete, damaged or of another kind.")


def from_hub(repo: str, progress: Progress = lambda part, what: None) -> Pipeline:
    """A pipeline from this machine's cache or else from the Hub; `HF_ENDPOINT`, `HF_HOME` and `HF_HUB_OFFLINE` count.

    Its small files come first: the weights are fetched only where kind and size are such that it can be sampled here.

    Args:
        repo: Its name there, "owner/name".
        progress: Called with the part that is done, 0 to 1, and what is being done.

    Raises:
        NotAPipeline: When it is no name of a repository, or the repository holds no such pipeline.
        HubUnavailable: When it is unavailable now.
    """
    if not _REPO.fullmatch(repo):
        raise NotAPipeline(f"“{repo[:80]}” is no name on the Hub; give one such as {next(iter(PIPELINES))}.")

    def get(*files: str) -> Path:
        for file in files[:-1]:
            try:
                return fetch(file)
            except HubUnavailable:  # older repositories have all files at the top
                continue
        return fetch(files[-1])

    def fetch(file: str) -> Path:
        def report(part: float) -> None:
            progress(part, f"Fetches {file} of {repo}.")

        report(0.0)
        most = 4 * MOST_PARAMETERS if file.endswith(WEIGHTS) else MOST_CONFIG
        return downloaded(repo, file, title=repo, on_progress=report, max_bytes=most + MOST_CONFIG)

    folder = get("model_index.json").parent
    get("scheduler/scheduler_config.json", "scheduler_config.json")
    get("unet/config.json", "config.json")
    plan(folder, name=repo)
    get(f"unet/{WEIGHTS}", WEIGHTS)
    progress(1.0, f"Reads {repo}.")
    return from_folder(folder, title=repo)


def folders(place: Path) -> list[str]:
    """The names of the pipelines that lie in folders below `place`."""
    return sorted(path.parent.name for path in place.glob("*/model_index.json"))


def _scheduler_classes() -> set[str]:
    return set(SCHEDULERS.values())


def _first(*paths: Path) -> Path:
    return next((path for path in paths if path.exists()), paths[-1])


def _read(path: Path, name: str) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotAPipeline(
            f"“{name}” holds no {path.name} that can be read, so it is no pipeline of diffusers."
        ) from error
    if not isinstance(config, dict):
        raise NotAPipeline(f"The {path.name} of “{name}” is not what diffusers writes.")
    return config
