"""timm's residual networks as ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from playground.compat import torchvision_operators
from playground.labs.vision.convert import NotExpressible
from playground.labs.vision.convolution import MatrixConv2d
from playground.labs.vision.resnet import ResNet

if TYPE_CHECKING:
    from timm.models.resnet import ResNet as TimmResNet

RENAMED = (
    (r"^conv1\.", "stem."),
    (r"^bn1\.", "norm."),
    (r"^layer(\d+)\.", lambda match: f"blocks.{int(match[1]) - 1}."),
    (r"\.bn(\d)\.", r".norm\1."),
    (r"\.downsample\.", ".shortcut."),
    (r"^fc\.", "head."),
)
"""Parts of timm's parameter names and their names here; all others are the same."""


def resnet_from_timm(model: TimmResNet) -> ResNet:
    """A copy of timm's residual network in ours, of the same number format and on the same device.

    Raises:
        NotExpressible: When it has what ours has not, such as attention over channels or grouped convolutions.
    """
    if missing := " and ".join(_unsupported(model)):
        raise NotExpressible(
            f"This network has {missing}, which our ResNet cannot express; take a plain one, such as resnet18 or "
            "resnet50."
        )
    stages: list[Any] = [stage for name, stage in model.named_children() if re.fullmatch(r"layer\d", name)]
    stem: Any = model.conv1
    with torch.device("meta"):
        ours = ResNet(
            channels=stem.in_channels,
            classes=model.num_classes,
            widths=[stage[0].conv1.out_channels for stage in stages],
            depths=[len(stage) for stage in stages],
            bottleneck=hasattr(stages[0][0], "conv3"),
            large=stem.kernel_size == (7, 7),
        )
    shapes = {name: value.shape for name, value in ours.state_dict().items()}
    weights = {}
    for name, value in model.state_dict().items():
        own = renamed(name)
        kept = value.detach().clone()
        weights[own] = _as_rows(kept) if kept.ndim == 4 and len(shapes[own]) == 2 else kept
    ours.load_state_dict(weights, assign=True)
    return ours.train(model.training)


def renamed(name: str) -> str:
    """What one of timm's weights is called in ours."""
    for pattern, part in RENAMED:
        name = re.sub(pattern, part, name)
    return name


def _as_rows(kernels: Tensor) -> Tensor:
    return MatrixConv2d.rows(kernels).contiguous()


def _unsupported(model: TimmResNet) -> list[str]:
    """What `model` has and ours has not, each in a few words."""
    torchvision_operators()
    from timm.models.resnet import BasicBlock, Bottleneck
    from timm.models.resnet import ResNet as Plain

    if type(model) is not Plain:
        return [f"a design of its own ({type(model).__name__})"]
    blocks: list[Any] = [block for block in model.modules() if isinstance(block, BasicBlock | Bottleneck)]
    stem = model.conv1
    pooled = isinstance(model.maxpool, nn.MaxPool2d)
    parts = {
        "a stem of several layers": not isinstance(stem, nn.Conv2d),
        "a stem of another size": isinstance(stem, nn.Conv2d)
        and (stem.kernel_size, stem.stride, pooled) not in (((7, 7), (2, 2), True), ((3, 3), (1, 1), False)),
        "a stem of another width": isinstance(stem, nn.Conv2d)
        and bool(blocks)
        and stem.out_channels != blocks[0].conv1.out_channels,
        "blocks of another kind": not blocks or len({type(block) for block in blocks}) > 1,
        "attention over channels": any(block.se is not None for block in blocks),
        "an anti-aliasing filter": any(not isinstance(block.aa, nn.Identity | None) for block in blocks),
        "grouped or dilated convolutions": any(
            conv.groups > 1 or conv.dilation != (1, 1) for conv in model.modules() if isinstance(conv, nn.Conv2d)
        ),
        "shortcuts that pool": any(
            block.downsample is not None and not isinstance(block.downsample[0], nn.Conv2d) for block in blocks
        ),
        "an activation other than ReLU": any(not isinstance(block.act2, nn.ReLU) for block in blocks),
        "a norm of another kind": any(not isinstance(block.bn1, nn.BatchNorm2d) for block in blocks),
        f"pooling of the kind “{model.global_pool.pool_type}”": model.global_pool.pool_type != "avg",
    }
    return [name for name, present in parts.items() if present]
