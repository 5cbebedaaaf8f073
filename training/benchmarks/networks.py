"""How fast the networks are: our transformer compared with timm's, and what a latent plane costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import torch

from playground.compat import torchvision_operators
from playground.data import packs
from playground.labs import recipe
from playground.labs.vae.latent import decoded, encoded
from playground.labs.vae.plane import manifold, plane_through
from playground.labs.vae.vae import VAE
from playground.labs.vision.convert import from_timm
from playground.pictures import encode, grid
from training.benchmarks import Row


def rows() -> Iterator[Row]:
    """Ratios to timm in turns, and milliseconds of the latent plane."""
    with torch.no_grad():
        yield from _versus_timm()
        yield from _planes()


def _versus_timm() -> Iterator[Row]:
    torchvision_operators()
    import timm
    from timm.models.vision_transformer import VisionTransformer

    small: Any = VisionTransformer(
        img_size=28, patch_size=4, in_chans=1, num_classes=10, embed_dim=64, depth=4, num_heads=4, mlp_ratio=2
    )
    tiny: Any = timm.create_model("vit_tiny_patch16_224", pretrained=False)
    for name, theirs, pictures in (
        ("28 px, patch 4, width 64, depth 4, batch 64", small, torch.randn(64, 1, 28, 28)),
        ("ViT tiny, 224 px, batch 4", tiny, torch.randn(4, 3, 224, 224)),
    ):
        ours = from_timm(theirs.eval())
        ratios = [_seconds(ours, pictures) / _seconds(theirs, pictures) for _ in range(60)]
        how = "forward pass with the same weights, in turns, 60 pairs; the spread is that of the quartiles"
        ordered = sorted(ratios)
        yield Row(f"ViT, ours / timm's ({name})", [ordered[15], median(ratios), ordered[45]], "x", "<= 1.05", how)


def _planes() -> Iterator[Row]:
    for name, goal in (("vae-fashion", "<= 50"), ("vae-emoji", "<= 50")):
        chosen = recipe(name)
        network = chosen.network(chosen.spec(packs))
        assert isinstance(network, VAE)
        images = chosen.load(packs).test["images"][:400]
        plane = plane_through(encoded(network.eval(), images).mean)

        def redraw(network: VAE = network, plane: Any = plane) -> None:
            encode(grid(manifold(network, plane, side=20), 20, gap=0), "jpeg")

        how = "20 x 20 points through the decoder, tiled, as a JPEG; untrained weights cost the same"
        yield Row(f"manifold redrawn ({name})", [1000 * _seconds(redraw) for _ in range(30)], "ms", goal, how)
        code = torch.zeros(1, plane.axes.shape[1])
        yield Row(
            f"one code decoded ({name})",
            [1000 * _seconds(decoded, network, code) for _ in range(100)],
            "ms",
            how="one point of the plane to uint8 pixels",
        )


def _seconds(work: Callable[..., Any], *inputs: Any) -> float:
    start = time.perf_counter()
    work(*inputs)
    return time.perf_counter() - start
