"""Public recipes for generating small images, plainly trained: the baselines of our own.

Both are unconditional and keep no average of their weights, as published.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam, AdamW

from playground.compat import torchvision_operators
from playground.data import unit

Draw = Callable[[int], Tensor]
"""How many to images (N, C, H, W), uint8."""
CHUNK = 250
STEPS = 1000
"""Diffusion steps of DDPM."""


def dcgan(
    images: Tensor, *, seconds: float, seed: int, rate: float = 2e-4, base: int = 64, max_steps: int | None = None
) -> Draw:
    """DCGAN (Radford, Metz & Chintala, 2015, arXiv 1511.06434, sections 3 and 4) for images of 28 x 28.

    Batch normalization in both networks, weights from a normal of 0.02, binary cross entropy, Adam with beta1 0.5, 128
    images a step. As usual its samples are drawn with the statistics of their batch.

    Args:
        images: (N, C, 28, 28), uint8.
        seconds: How long it trains.
        seed: Of weights, batches and noise.
        rate: The learning rate of both networks; 2e-4 is the paper's.
        base: The channels of the largest layer.
        max_steps: Ends the training after so many steps, if the time is not up before.
    """
    channels, latent = images.shape[1], 100
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = nn.Sequential(
            nn.ConvTranspose2d(latent, 2 * base, 7, bias=False),  # (B, 2 base, 7, 7)
            nn.BatchNorm2d(2 * base),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * base, base, 4, stride=2, padding=1, bias=False),  # (B, base, 14, 14)
            nn.BatchNorm2d(base),
            nn.ReLU(),
            nn.ConvTranspose2d(base, channels, 4, stride=2, padding=1, bias=False),  # (B, C, 28, 28)
            nn.Tanh(),
        ).apply(_dcgan_weights)
        discriminator = nn.Sequential(
            nn.Conv2d(channels, base, 4, stride=2, padding=1, bias=False),  # (B, base, 14, 14)
            nn.LeakyReLU(0.2),
            nn.Conv2d(base, 2 * base, 4, stride=2, padding=1, bias=False),  # (B, 2 base, 7, 7)
            nn.BatchNorm2d(2 * base),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * base, 1, 7, bias=False),  # (B, 1, 1, 1)
            nn.Flatten(0),  # (B,)
        ).apply(_dcgan_weights)
    generator_optimizer, discriminator_optimizer = (
        Adam(network.parameters(), lr=rate, betas=(0.5, 0.999), fused=True) for network in (generator, discriminator)
    )
    rng = Generator().manual_seed(seed)
    for real in _batches(images, 128, seconds, max_steps, rng):
        fake = generator(torch.randn(len(real), latent, 1, 1, generator=rng))
        discriminator_optimizer.zero_grad()
        loss = _bce(discriminator(real), 1.0) + _bce(discriminator(fake.detach()), 0.0)
        loss.backward()
        discriminator_optimizer.step()
        generator_optimizer.zero_grad()
        _bce(discriminator(fake), 1.0).backward()
        generator_optimizer.step()

    @torch.no_grad()
    def draw(n: int) -> Tensor:
        z = torch.randn(n, latent, 1, 1, generator=Generator().manual_seed(seed + 1))
        return torch.cat([_as_pictures(generator(part)) for part in z.split(CHUNK)])

    return draw


def ddpm(
    images: Tensor,
    *,
    seconds: float,
    seed: int,
    parameters: int,
    rate: float = 2e-4,
    steps: int = 50,
    max_steps: int | None = None,
) -> Draw:
    """DDPM (Ho et al., 2020, arXiv 2006.11239, algorithm 1) with diffusers' network, sampled by DDIM.

    1000 linear betas, noise prediction, AdamW, 128 images a step.

    Args:
        images: (N, C, H, W), uint8.
        seconds: How long it trains.
        seed: Of weights, batches and noise.
        parameters: About how many the network shall have.
        rate: The learning rate.
        steps: Of the sampling (Song et al., 2020, arXiv 2010.02502).
        max_steps: Ends the training after so many steps, if the time is not up before.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = unet2d(images.shape[1], images.shape[-1], parameters=parameters)
    from diffusers import DDIMScheduler

    schedule: Any = DDIMScheduler(num_train_timesteps=STEPS, beta_schedule="linear")
    optimizer = AdamW(network.parameters(), lr=rate)
    rng = Generator().manual_seed(seed)
    for real in _batches(images, 128, seconds, max_steps, rng):
        noise = torch.randn(real.shape, generator=rng)
        t = torch.randint(0, STEPS, (len(real),), generator=rng)
        optimizer.zero_grad()
        F.mse_loss(network(schedule.add_noise(real, noise, t), t).sample, noise).backward()
        optimizer.step()

    @torch.no_grad()
    def draw(n: int) -> Tensor:
        network.eval()
        schedule.set_timesteps(steps)
        noise = torch.randn(n, *images.shape[1:], generator=Generator().manual_seed(seed + 1))
        parts = []
        for x in noise.split(CHUNK):
            for t in schedule.timesteps:
                x = schedule.step(network(x, t).sample, t, x).prev_sample
            parts.append(_as_pictures(x))
        return torch.cat(parts)

    return draw


def unet2d(channels: int, size: int, *, parameters: int, classes: int = 0) -> Any:
    """The `UNet2DModel` of diffusers on the image's own grid, as wide as comes closest to so many `parameters`.

    Three resolutions, or two where the side halves but once; attention below the first, as in the library's own
    training example. With `classes` it is class-conditional.
    """
    torchvision_operators()
    from diffusers import UNet2DModel

    levels = 3 if size % 4 == 0 else 2

    def build(width: int, below: int) -> Any:
        return UNet2DModel(
            sample_size=size,
            in_channels=channels,
            out_channels=channels,
            layers_per_block=1,
            block_out_channels=(width, *[below] * (levels - 1)),
            down_block_types=("DownBlock2D", *["AttnDownBlock2D"] * (levels - 1)),
            up_block_types=(*["AttnUpBlock2D"] * (levels - 1), "UpBlock2D"),
            norm_num_groups=4,
            num_class_embeds=classes or None,
        )

    shapes = [(width, below) for below in range(16, 193, 8) for width in (below // 2, below // 2 + 4)]
    with torch.device("meta"):
        counts = {shape: sum(p.numel() for p in build(*shape).parameters()) for shape in shapes}
    return build(*min(counts, key=lambda shape: abs(counts[shape] - parameters)))


def _batches(images: Tensor, size: int, seconds: float, max_steps: int | None, rng: Generator) -> Iterator[Tensor]:
    """Shuffled batches (size, C, H, W) in [-1, 1], for so many seconds or until there were `most`."""
    start, count = time.perf_counter(), 0
    while True:
        for rows in torch.randperm(len(images), generator=rng).split(size):
            if time.perf_counter() - start > seconds or count == max_steps:
                return
            if len(rows) == size:
                yield unit(images[rows])
                count += 1


def _dcgan_weights(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)


def _bce(logits: Tensor, target: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def _as_pictures(x: Tensor) -> Tensor:
    return ((x + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
