"""Samplers against diffusers' on the same noise, and against a Gaussian whose denoiser and flow are known exactly."""

import math
from functools import partial

import pytest
import torch

from playground.labs.diffusion.denoise import UNCONDITIONAL, Denoiser, clipped, guided
from playground.labs.diffusion.parameterization import PARAMETERIZATIONS
from playground.labs.diffusion.path import PATHS, SIGMA_MAX, SIGMA_MIN, spread
from playground.labs.diffusion.samplers import SAMPLERS, ddim, ddpm, dpm, euler, heun, karras, sample, uniform
from playground.labs.diffusion.sampling import Settings, film, sample_images
from playground.labs.diffusion.unet import UNet

EXACT = {"rtol": 1e-9, "atol": 1e-9}
MEAN, DEVIATION = 0.4, 0.6


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def rng(seed=3):
    return torch.Generator().manual_seed(seed)


def guess(x, sigma, condition=None):
    """Some smooth function that is no denoiser of anything, so that nothing holds by luck."""
    return torch.tanh(x / (1 + sigma**2) ** 0.5 + 0.3 * torch.log(sigma)) + 0.1 * x.roll(1, -1) / (1 + sigma)


def gaussian(x, sigma, condition=None):
    """The exact denoiser where x0 is normal with MEAN and DEVIATION."""
    return (DEVIATION**2 * x + sigma**2 * MEAN) / (DEVIATION**2 + sigma**2)


def flowed(x, start, end):
    """Where the flow takes x from noise level `start` to `end` under `gaussian`, in closed form."""
    return MEAN + (x - MEAN) * ((DEVIATION**2 + end**2) / (DEVIATION**2 + start**2)) ** 0.5


def results(sampler, denoise, x, sigmas, **options):
    return [*sampler(denoise, x, sigmas, None, options.pop("rng", None), **options)]


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


def test_straight_heun_is_heuns_method_in_the_time_of_the_path():
    t, x_t = torch.linspace(0.95, 0.15, 6, dtype=torch.double), normal(2, 3, 4)

    def velocity(x_t, t):
        x, sigma = x_t / (1 - t), t / (1 - t)
        x0 = guess(x, sigma)
        return (x - x0) / sigma - x0

    ours = results(heun, guess, x_t / (1 - t[0]), t / (1 - t), straight=True)
    for here, after in zip(t[:-1], t[1:], strict=True):
        first = velocity(x_t, here)
        x_t = x_t + (after - here) * (first + velocity(x_t + (after - here) * first, after)) / 2
    torch.testing.assert_close(ours[-1].x * (1 - t[-1]), x_t, **EXACT)


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


@pytest.mark.parametrize(
    ("sampler", "order"),
    [(euler, 1), (ddim, 1), (heun, 2), (partial(heun, straight=True), 2), (dpm, 2)],
    ids=["euler", "ddim", "heun", "straight heun", "dpm++"],
)
def test_the_error_falls_with_the_order_of_the_method(sampler, order):
    x = 10 * normal(50)
    counts, errors = (32, 64, 128, 256), []
    for n in counts:
        sigmas = torch.logspace(1, -1, n + 1, dtype=torch.double)
        end = results(sampler, gaussian, x, sigmas)[-1].x
        errors.append(float((end - flowed(x, 10.0, 0.1)).abs().max()))
    slope = math.log(errors[0] / errors[-1]) / math.log(counts[-1] / counts[0])
    assert slope == pytest.approx(order, abs=0.12), errors


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_every_sampler_reaches_the_gaussian(name):
    """Mean and deviation of 20,000 samples, within what so many tell and the steps allow."""
    actual = sample(SAMPLERS[name], gaussian, normal(20_000), karras(400), None, rng())
    assert actual.mean() == pytest.approx(MEAN, abs=0.02)
    assert actual.std() == pytest.approx(DEVIATION, rel=0.03)


@pytest.mark.parametrize("name", ["euler", "ddim", "heun", "dpm++"])
def test_without_fresh_noise_the_start_decides(name):
    x = normal(50)
    actual = sample(SAMPLERS[name], gaussian, x, karras(200))
    torch.testing.assert_close(actual, flowed(SIGMA_MAX * x, SIGMA_MAX, 0.0), rtol=0.03, atol=0.01)
    assert torch.equal(actual, sample(SAMPLERS[name], gaussian, x, karras(200), None, rng(1)))


@pytest.mark.parametrize("name", sorted(SAMPLERS))
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_one_known_picture_is_reached_in_any_number_of_steps(name, steps):
    target = normal(3, 4, seed=5)
    for sigmas in (karras(steps), uniform(steps, PATHS["straight"])):
        actual = sample(
            SAMPLERS[name], lambda x, sigma, condition: target.expand_as(x), normal(2, 3, 4), sigmas, None, rng()
        )
        torch.testing.assert_close(actual, target.expand(2, 3, 4), rtol=1e-9, atol=1e-9)


def test_all_noise_anew_is_ddpm_and_none_is_euler():
    x, sigmas = 80 * normal(2, 3, 4), karras(9).double()
    ours = {eta: results(ddim, guess, x, sigmas, rng=rng(), eta=eta)[-1].x for eta in (0.0, 1.0)}
    torch.testing.assert_close(ours[1.0], results(ddpm, guess, x, sigmas, rng=rng())[-1].x, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(ours[0.0], results(euler, guess, x, sigmas)[-1].x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_a_sampling_is_a_film(name):
    calls = []

    def counted(x, sigma, condition):
        calls.append(float(sigma))
        return gaussian(x, sigma)

    sigmas = karras(6).double()
    steps = results(SAMPLERS[name], counted, 80 * normal(4), sigmas, rng=rng())
    assert [step.sigma for step in steps] == sigmas.tolist()
    torch.testing.assert_close(steps[0].x, 80 * normal(4))
    torch.testing.assert_close(steps[2].x0, gaussian(steps[2].x, sigmas[2]))
    assert torch.equal(steps[-1].x0, steps[-1].x)
    assert steps[-1].evaluations == len(calls) == (11 if name == "heun" else 6)


def test_schedules():
    assert karras(5)[0] == pytest.approx(SIGMA_MAX) and karras(5)[-2] == pytest.approx(SIGMA_MIN) and karras(5)[-1] == 0
    assert karras(1).tolist() == pytest.approx([SIGMA_MAX, 0])
    for path in PATHS.values():
        actual = uniform(4, path)
        assert actual[0] == pytest.approx(SIGMA_MAX, rel=1e-4) and actual[-1] == 0 and (actual.diff() < 0).all()
    torch.testing.assert_close(uniform(2, PATHS["straight"])[1], torch.tensor(40 / 81 / (1 - 40 / 81)))


def test_guidance_of_one_is_the_conditional_denoiser():
    def denoise(x, sigma, condition):
        return gaussian(x, spread(sigma, x)) + (0 if condition is None else condition.clamp(min=0)[:, None])

    x, sigma, labels = normal(3, 4), torch.tensor(2.0, dtype=torch.double), torch.tensor([1, 2, 5])
    plain, conditional = denoise(x, sigma, None), denoise(x, sigma, labels)
    assert torch.equal(guided(denoise, 1)(x, sigma, labels), conditional)
    assert torch.equal(guided(denoise, 0)(x, sigma, labels), plain)
    torch.testing.assert_close(guided(denoise, 3)(x, sigma, labels), plain + 3 * (conditional - plain))
    assert torch.equal(guided(denoise, 3)(x, sigma, None), plain)
    levels = torch.tensor([0.5, 1.0, 2.0], dtype=torch.double)
    torch.testing.assert_close(guided(denoise, 3)(x, levels, labels)[2], guided(denoise, 3)(x, sigma, labels)[2])
    assert clipped(denoise)(x, sigma, labels).abs().max() == 1


def test_a_classifier_free_guide_moves_towards_its_class():
    """For two Gaussians of one width guidance multiplies the distance of the class from the mean of all."""

    def denoise(x, sigma, condition):
        return 0 * x + torch.where(condition == UNCONDITIONAL, 0.0, 0.2)

    end = sample(euler, guided(denoise, 4), normal(6), karras(5), torch.zeros(6, dtype=torch.long))
    torch.testing.assert_close(end, torch.full((6,), 0.8, dtype=torch.double))


def network(path="straight", parameterization="velocity", classes=3):
    torch.manual_seed(0)
    unet = UNet(channels=1, classes=classes, width=8).double()
    with torch.no_grad():
        for parameter in unet.parameters():
            parameter.normal_(std=0.1)
    return Denoiser(network=unet, path=PATHS[path], parameterization=PARAMETERIZATIONS[parameterization]).eval()


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


def test_pictures_are_the_last_frame_of_the_film():
    denoiser, noise, labels = network(), normal(5, 1, 8, 8), torch.arange(5) % 3
    settings = Settings(sampler="heun", steps=3, guidance=2.0)
    *_, last = film(denoiser, noise, labels, settings)
    actual = sample_images(denoiser, noise, labels, settings)
    assert actual.dtype == torch.uint8
    assert torch.equal(actual, ((last.x + 1) * 127.5).round().clamp(0, 255).to(torch.uint8))
    assert settings.evaluations(last.evaluations, conditional=True) == 10
    assert settings.evaluations(last.evaluations, conditional=False) == 5
    again = sample_images(denoiser, noise, labels, Settings(sampler="ddpm", steps=3))
    assert torch.equal(again, sample_images(denoiser, noise, labels, Settings(sampler="ddpm", steps=3)))


def test_half_the_fresh_noise_has_a_name():
    assert isinstance(SAMPLERS["ddim-half"], partial) and SAMPLERS["ddim-half"].keywords == {"eta": 0.5}
