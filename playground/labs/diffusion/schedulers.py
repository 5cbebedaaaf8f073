"""The schedulers of diffusers: they take the steps, a network of ours or of others predicts the noise.

The library is imported at first use.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor, nn

from playground.compat import torchvision_operators
from playground.data import Progress, as_images
from playground.errors import PlaygroundError
from playground.labs.diffusion.denoise import Denoise
from playground.labs.diffusion.path import spread
from playground.labs.diffusion.sampling import Recorded

SCHEDULERS = {
    "ddim": "DDIMScheduler",
    "ddpm": "DDPMScheduler",
    "euler": "EulerDiscreteScheduler",
    "heun": "HeunDiscreteScheduler",
    "dpm": "DPMSolverMultistepScheduler",
    "unipc": "UniPCMultistepScheduler",
}


class UnknownScheduler(PlaygroundError):
    """No scheduler goes by that name."""


class Epsilon(nn.Module):
    """A denoiser of ours as the schedulers of diffusers call a network: (x, timestep) to the noise in x.

    Their x preserves the variance, sqrt(a) x0 + sqrt(1 - a) eps, with a from `alphas_cumprod`; ours is x / sqrt(a).
    """

    def __init__(self, denoise: Denoise, condition: Tensor | None, alphas_cumprod: Tensor) -> None:
        """`alphas_cumprod` (T,) is the scheduler's."""
        super().__init__()
        self.denoise, self.condition = denoise, condition
        self.register_buffer("sigmas", ((1 - alphas_cumprod) / alphas_cumprod).sqrt(), persistent=False)

    sigmas: Tensor

    def forward(self, x: Tensor, timestep: Tensor) -> Tensor:
        """The noise in x (B, ...) at a timestep (), which may lie between two of theirs."""
        sigma = between(self.sigmas.to(x), timestep)
        ours = x * (1 + sigma.square()).sqrt()
        return (ours - self.denoise(ours, sigma, self.condition)) / sigma


def scheduler_of(name: str, config: dict[str, Any] | None = None) -> Any:
    """A scheduler of diffusers: one of `SCHEDULERS`, with the numbers of another one, or with DDPM's.

    Raises:
        UnknownScheduler: When there is no such scheduler.
    """
    if name not in SCHEDULERS:
        raise UnknownScheduler(f"There is no scheduler “{name[:20]}”; there are {', '.join(SCHEDULERS)}.")
    torchvision_operators()
    import diffusers

    # ours clips the denoised image to [-1, 1] itself
    own = {"num_train_timesteps": 1000, "beta_schedule": "linear", "clip_sample": False, "timestep_spacing": "trailing"}
    return getattr(diffusers, SCHEDULERS[name]).from_config(config or own)


@torch.no_grad()
def scheduled(
    network: Callable[[Tensor, Tensor], Tensor],
    scheduler: Any,
    noise: Tensor,
    *,
    steps: int,
    seed: int,
    progress: Progress = lambda part, what: None,
) -> Recorded:
    """Samples as a pipeline of diffusers does, and keeps every step.

    Args:
        network: What the scheduler makes steps of.
        scheduler: One of diffusers that preserves the variance or scales to it; its state is changed.
        noise: (B, C, H, W), normal.
        steps: How many, at least 1.
        seed: Where fresh noise comes from.
        progress: Called at every step with the part that is done, 0 to 1, and what is being done.

    Returns:
        The film; its levels are noise to image, as everywhere here.
    """
    rng = Generator(noise.device).manual_seed(seed)
    scheduler.set_timesteps(steps)
    fresh = {"generator": rng} if "generator" in inspect.signature(scheduler.step).parameters else {}
    ladder = ((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod).sqrt()
    x, xs, x0s, sigmas = noise * scheduler.init_noise_sigma, [], [], []
    timesteps = scheduler.timesteps
    for i, t in enumerate(timesteps):
        progress(i / len(timesteps), f"Samples, step {i + 1} of {len(timesteps)}.")
        sigma = between(ladder.to(noise), t)
        model_input = scheduler.scale_model_input(x, t)
        output = network(model_input, t)
        xs.append(as_images(model_input))
        x0s.append(as_images(_to_x0(output, model_input, sigma, scheduler.config.prediction_type)))
        sigmas.append(float(sigma))
        x = scheduler.step(output, t, x, **fresh).prev_sample
    last = as_images(x)
    return Recorded(torch.stack([*xs, last]), torch.stack([*x0s, last]), [*sigmas, 0.0], len(timesteps))


def between(values: Tensor, at: Tensor | float) -> Tensor:
    """`values` (T,) at a place () between two of them, in a straight line, as diffusers interpolates noise levels."""
    place = torch.as_tensor(at, dtype=values.dtype).clamp(0, len(values) - 1)
    low = place.floor().long().clamp(max=len(values) - 2)
    return torch.lerp(values[low], values[low + 1], place - low)


def _to_x0(output: Tensor, model_input: Tensor, sigma: Tensor, prediction_type: str) -> Tensor:
    """The denoised image that a network's output means, with its input sqrt(a) x0 + sqrt(1 - a) eps."""
    alpha = (1 + sigma.square()).rsqrt()
    noise = alpha * sigma
    if prediction_type == "sample":
        return output
    if prediction_type == "v_prediction":
        return spread(alpha, model_input) * model_input - spread(noise, model_input) * output
    return (model_input - noise * output) / alpha
