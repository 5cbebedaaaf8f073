"""Samplers against diffusers' on the same noise."""

import pytest
import torch

from playground.labs.diffusion.path import SIGMA_MAX, SIGMA_MIN
from playground.labs.diffusion.samplers import SAMPLERS, ddim, ddpm, euler
from tests.labs.diffusion.denoisers import EXACT, guess, network, normal, results, rng


class Vp:
    """A scheduler's discrete, variance preserving levels in our convention."""

    def __init__(self, scheduler, timesteps):
        alphas_cumprod = scheduler.alphas_cumprod.double()[timesteps]
        self.alphas = alphas_cumprod.sqrt()
        self.sigmas = torch.cat([((1 - alphas_cumprod) / alphas_cumprod).sqrt(), torch.zeros(1, dtype=torch.double)])

    def epsilon(self, x, i):
        """The output of a network of theirs at their x."""
        ours, sigma = x / self.alphas[i], self.sigmas[i]
        return (ours - guess(ours, sigma)) / sigma


def in_double(scheduler):
    scheduler.alphas_cumprod = scheduler.alphas_cumprod.double()
    scheduler.betas = scheduler.betas.double()
    scheduler.alphas = scheduler.alphas.double()
    scheduler.one = torch.tensor(1.0, dtype=torch.double)
    scheduler.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.double)
    return scheduler


def test_ddpm_is_diffusers():
    from diffusers import DDPMScheduler

    reference = in_double(DDPMScheduler(clip_sample=False, variance_type="fixed_small", timestep_spacing="leading"))
    reference.set_timesteps(20)
    vp, x = Vp(reference, reference.timesteps), normal(2, 3, 4)
    ours = results(ddpm, guess, x / vp.alphas[0], vp.sigmas, rng=rng())
    fresh = rng()
    for i, t in enumerate(reference.timesteps):
        step = reference.step(vp.epsilon(x, i), t, x, generator=fresh)
        torch.testing.assert_close(ours[i].x0, step.pred_original_sample, **EXACT)
        x = step.prev_sample
    assert len(ours) == 21 and ours[-1].sigma == 0
    torch.testing.assert_close(ours[-1].x, x, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim_is_diffusers(eta):
    from diffusers import DDIMScheduler

    reference = in_double(DDIMScheduler(clip_sample=False, set_alpha_to_one=True, timestep_spacing="trailing"))
    reference.set_timesteps(20)
    vp, x = Vp(reference, reference.timesteps), normal(2, 3, 4)
    ours = results(ddim, guess, x / vp.alphas[0], vp.sigmas, rng=rng(), eta=eta)
    fresh = rng()
    for i, t in enumerate(reference.timesteps):
        step = reference.step(vp.epsilon(x, i), t, x, eta=eta, generator=fresh)
        torch.testing.assert_close(ours[i].x0, step.pred_original_sample, **EXACT)
        x = step.prev_sample
    torch.testing.assert_close(ours[-1].x, x, rtol=1e-8, atol=1e-8)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # theirs, of numpy
@pytest.mark.parametrize("sampler", ["heun", "dpm++"])
def test_the_methods_of_order_two_are_diffusers(sampler):
    """Their levels are float32, so both walk along those."""
    from diffusers import DPMSolverMultistepScheduler, HeunDiscreteScheduler

    if sampler == "heun":
        reference = HeunDiscreteScheduler(use_karras_sigmas=True, prediction_type="epsilon")
        reference.set_timesteps(12)
        ladder = reference.sigmas[:1].tolist() + reference.sigmas[1::2].tolist()
        reference.sigmas = reference.sigmas.double()
    else:
        reference = DPMSolverMultistepScheduler(use_karras_sigmas=True, final_sigmas_type="zero")
        reference.set_timesteps(12)
        reference.sigmas = reference.sigmas.double()
        ladder = reference.sigmas.tolist()
    sigmas = torch.tensor(ladder, dtype=torch.double)
    assert len(sigmas) == 13 and sigmas[-1] == 0 and (sigmas.diff() < 0).all()
    x = sigmas[0] * normal(2, 3, 4)
    ours = results(SAMPLERS[sampler], guess, x, sigmas)
    if sampler == "dpm++":
        x = x / (1 + sigmas[0] ** 2) ** 0.5  # theirs preserves the variance
    for i, t in enumerate(reference.timesteps):
        sigma = reference.sigmas[i]
        here = x * (1 + sigma**2) ** 0.5 if sampler == "dpm++" else x
        x = reference.step((here - guess(here, sigma)) / sigma, t, x).prev_sample
    torch.testing.assert_close(ours[-1].x, x, rtol=1e-6, atol=1e-6)
    assert ours[-1].evaluations == (23 if sampler == "heun" else 12)


def test_flow_matchings_euler_is_ours():
    """Their time is the noise's part of x_t; our convention has x_t / (1 - t)."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    reference = FlowMatchEulerDiscreteScheduler()
    reference.set_timesteps(sigmas=[0.95 - 0.095 * i for i in range(10)])
    reference.sigmas = reference.sigmas.double()
    t = reference.sigmas
    sigmas = t / (1 - t)
    x = normal(2, 3, 4)
    ours = results(euler, guess, x / (1 - t[0]), sigmas)
    for i, name in enumerate(reference.timesteps):
        here = x / (1 - t[i])
        x0 = guess(here, sigmas[i])
        velocity = (here - x0) / sigmas[i] - x0
        x = reference.step(velocity, name, x).prev_sample.double()
    torch.testing.assert_close(ours[-1].x, x, rtol=1e-6, atol=1e-6)


def test_euler_is_edms():
    from diffusers import EDMEulerScheduler

    reference = EDMEulerScheduler(sigma_min=SIGMA_MIN, sigma_max=SIGMA_MAX, sigma_data=0.5)
    reference.set_timesteps(10)
    reference.sigmas = reference.sigmas.double()
    x = reference.sigmas[0] * normal(2, 3, 4)
    ours = results(euler, guess, x, reference.sigmas)
    for sigma, t in zip(reference.sigmas, reference.timesteps, strict=False):
        out = sigma * 0.5 / (sigma**2 + 0.25) ** 0.5
        output = (guess(x, sigma) - 0.25 / (sigma**2 + 0.25) * x) / out
        x = reference.step(output, t, x).prev_sample.double()
    torch.testing.assert_close(ours[-1].x, x, rtol=1e-5, atol=1e-5)


def test_our_network_runs_under_diffusers_schedulers():
    from diffusers import DDIMScheduler

    reference = in_double(DDIMScheduler(clip_sample=False, set_alpha_to_one=True, timestep_spacing="trailing"))
    reference.set_timesteps(5)
    vp, denoiser, labels = Vp(reference, reference.timesteps), network("cosine"), torch.tensor([0, 2])
    x = normal(2, 1, 8, 8)
    with torch.no_grad():
        ours = [*ddim(denoiser, x / vp.alphas[0], vp.sigmas, labels)]
        for i, t in enumerate(reference.timesteps):
            here, sigma = x / vp.alphas[i], vp.sigmas[i]
            x = reference.step((here - denoiser(here, sigma, labels)) / sigma, t, x).prev_sample
    torch.testing.assert_close(ours[-1].x, x, rtol=1e-8, atol=1e-8)
