"""timm's Vision Transformers as ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from playground.compat import torchvision_operators
from playground.errors import PlaygroundError
from playground.labs.vision.deit import DistilledTransformer
from playground.labs.vision.vit import VisionTransformer

if TYPE_CHECKING:
    from timm.models.vision_transformer import VisionTransformer as TimmTransformer

RENAMED = {
    "cls_token": "class_token",
    "reg_token": "registers",
    "dist_token": "registers",
    "head_dist": "distillation_head",
    "pos_embed": "positions",
    "patch_embed.proj": "patches",
    ".attn.qkv": ".attention.qkv",
    ".attn.proj": ".attention.project",
    ".ls1.gamma": ".scale1",
    ".ls2.gamma": ".scale2",
    ".mlp.fc1": ".mlp.0",
    ".mlp.fc2": ".mlp.2",
}
"""Parts of timm's parameter names and their names here; all others are the same."""


class NotExpressible(PlaygroundError):
    """The network has a part that our Vision Transformer has not."""


def from_timm(model: TimmTransformer) -> VisionTransformer:
    """A copy of timm's Vision Transformer in ours, of the same number format and on the same device.

    Both give the same for images of the size that `model` was made for. Drop-out is not taken over.

    Raises:
        NotExpressible: When it has what ours has not, such as a norm behind the pooling.
    """
    if missing := " and ".join(_unsupported(model)):
        raise NotExpressible(
            f"This network has {missing}, which our Vision Transformer cannot express; take a plain one, with learned "
            "positions or none, layer norms ahead of attention and MLP, and a class token or the mean of the patches."
        )
    first: Any = model.blocks[0]
    options: dict[str, Any] = {"class_token": model.has_class_token, "registers": model.num_reg_tokens}
    design = VisionTransformer
    if hasattr(model, "dist_token"):
        design, options = DistilledTransformer, {}
    with torch.device("meta"):
        ours = design(
            image_size=model.patch_embed.img_size[0],
            patch_size=model.patch_embed.patch_size[0],
            channels=model.patch_embed.proj.in_channels,
            classes=model.num_classes,
            width=model.embed_dim,
            depth=len(model.blocks),
            heads=first.attn.num_heads,
            # half a feature more, because the product is rounded down
            mlp_ratio=(first.mlp.fc1.out_features + 0.5) / model.embed_dim,
            layer_scale=hasattr(first.ls1, "gamma"),
            positions="none" if model.pos_embed is None else "learned",
            prefix_located=not model.no_embed_class,
            **options,
        )
    weights = {renamed(name): value.detach().clone() for name, value in model.state_dict().items()}
    ours.load_state_dict(weights, assign=True)
    return ours.train(model.training)


def renamed(name: str) -> str:
    """What one of timm's weights is called in ours."""
    for timm_part, part in RENAMED.items():
        name = name.replace(timm_part, part)
    return name


def _unsupported(model: TimmTransformer) -> list[str]:
    """What `model` has and ours has not, each in a few words."""
    torchvision_operators()
    from timm.models.deit import VisionTransformerDistilled
    from timm.models.vision_transformer import VisionTransformer as Plain

    if type(model) not in (Plain, VisionTransformerDistilled):
        return [f"a design of its own ({type(model).__name__})"]
    (height, width), (tall, wide) = model.patch_embed.img_size, model.patch_embed.patch_size
    pooling = (
        f"{'a' if model.has_class_token else 'no'} class token and pooling of the kind “{model.global_pool or 'none'}”"
    )
    linear = [layer for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    parts = {
        pooling: model.global_pool != ("token" if model.has_class_token else "avg"),
        "a norm in front of the blocks": not _absent(model.norm_pre),
        "a norm behind the pooling": not _absent(model.fc_norm),
        "a norm on the patches": not _absent(model.patch_embed.norm),
        "no norm behind the blocks": _absent(model.norm),
        "a norm of another kind": not _absent(model.norm) and not _ours(model.norm),
        "layers without a bias": any(layer.bias is None for layer in linear),
        "pictures or patches that are not square": height != width or tall != wide,
        "patches that do not tile the picture": height % tall > 0,
    }
    names = [name for name, present in parts.items() if present]
    names += [name for block in model.blocks for name, present in _block_parts(block).items() if present]
    return list(dict.fromkeys(names))


def _block_parts(block: Any) -> dict[str, bool]:
    """What one of timm's blocks may have and ours has not, and whether it does."""
    from timm.layers import Attention, Mlp
    from timm.layers.activations import GELU
    from timm.models.vision_transformer import Block

    attention, mlp = getattr(block, "attn", None), getattr(block, "mlp", None)
    if type(block) is not Block or type(attention) is not Attention or type(mlp) is not Mlp:
        return {"blocks of another kind": True}
    gelu = type(mlp.act) is GELU or type(mlp.act) is nn.GELU and mlp.act.approximate == "none"
    return {
        "a norm of another kind": not (_ours(block.norm1) and _ours(block.norm2)),
        "normalized queries and keys": not (_absent(attention.q_norm) and _absent(attention.k_norm)),
        "a norm inside the attention": not _absent(attention.norm),
        "gated attention": attention.gate is not None,
        "a norm inside the MLP": not _absent(mlp.norm),
        "an activation other than GELU": not gelu,
    }


def _absent(module: nn.Module) -> bool:
    return isinstance(module, nn.Identity)


def _ours(norm: nn.Module) -> bool:
    """Whether it is a layer norm as in `vit.py`; an epsilon of 1e-5 alone would show in the seventh digit."""
    return isinstance(norm, nn.LayerNorm) and norm.eps == 1e-6 and norm.weight is not None and norm.bias is not None
