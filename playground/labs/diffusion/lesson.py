"""The lesson of the diffusion lab. `tests/labs/diffusion/test_lesson.py` measures what its cards state."""

from playground.lesson import Card, Code, Paper

_EDM = Paper(
    "Karras et al., “Elucidating the Design Space of Diffusion-Based Generative Models”, 2022",
    "https://arxiv.org/abs/2206.00364",
)
_DDPM = Paper("Ho et al., “Denoising Diffusion Probabilistic Models”, 2020", "https://arxiv.org/abs/2006.11239")
_DPM = Paper("Lu et al., “DPM-Solver++”, 2022", "https://arxiv.org/abs/2211.01095")
_GUIDANCE = Paper("Ho & Salimans, “Classifier-Free Diffusion Guidance”, 2022", "https://arxiv.org/abs/2207.12598")
_STEP = {"x": "the noisy picture", "D": "the denoiser", "\\sigma": "the noise level"}

CARDS = (
    Card(
        name="from_pure_noise_a_mean_is_predicted",
        question="At the first step there is nothing but noise. What does the network predict as the denoised picture?",
        answers=("More noise", "A blurred mean of its class", "A sharp picture already"),
        right=1,
        show={"run": "diffusion-fashion", "view": "sampling", "at": "0", "label": "0"},
        happened="From pure noise all samples of a class get nearly the same blurred garment: they differ by 0.07 a "
        "pixel, at the end by 0.15. The network is trained on squared errors, and where nothing is known the mean "
        "makes the smallest. It also looks right at once: a classifier agrees with the class in 88% of cases.",
        formula=r"\arg\min_D \mathbb{E}\, \|D(x_0 + \sigma \epsilon, \sigma) - x_0\|^2 = \mathbb{E}[x_0 \mid x]",
        symbols={"D": "the denoiser", "x_0": "a picture", "\\epsilon": "noise", "\\sigma": "its level"},
        code=Code("labs/diffusion/denoise.py", "error = (denoised - x0).square()"),
        paper=_EDM,
    ),
    Card(
        name="one_step_gives_the_mean",
        question="Sample in a single step in place of eight. What comes out?",
        answers=("The same pictures, somewhat noisier", "Blurred means", "Pure noise"),
        right=1,
        show={"run": "diffusion-fashion", "view": "sampling", "sampler": "euler", "steps": "1"},
        happened="One step ends at the first prediction: the mean. Its distance from real pictures (FID) is 16, with "
        "eight Euler steps 2. The way from noise to a picture is curved; a straight step along its first direction "
        "leads to the middle of all that is possible.",
        formula=r"x' = x + (\sigma' - \sigma)\, \frac{x - D(x, \sigma)}{\sigma}",
        symbols={**_STEP, "\\sigma'": "the next level; 0 at the end"},
        code=Code("labs/diffusion/samplers.py", "x = x + (after - sigma) * (x - x0) / sigma"),
        paper=_EDM,
    ),
    Card(
        name="the_solver_that_remembers_comes_closest",
        question="Eight evaluations of the denoiser: which sampler comes closest to where many steps lead?",
        answers=("Euler, 8 steps", "Heun, 4 steps of two", "DPM-Solver++, 8 steps"),
        right=2,
        show={
            "run": "diffusion-fashion",
            "view": "sampling",
            "sampler": "dpm++",
            "second": "true",
            "sampler_b": "euler",
        },
        happened="From the result of 50 Heun steps DPM-Solver++ ends 0.035 away, Euler 0.049, Heun 0.051. DPM-Solver++ "
        "uses its last prediction again to see where the way bends, which costs nothing; Heun evaluates once more for "
        "it, and so affords half of the steps.",
        formula=r"x' = s x + (1 - s) \left(D_i + \frac{D_i - D_{i-1}}{2 r}\right), \quad s = \frac{\sigma'}{\sigma}",
        symbols={
            "D_i": "the prediction of step i",
            "r": "the last step's length in parts of this one's",
            "\\sigma, \\sigma'": "this noise level and the next",
        },
        code=Code("labs/diffusion/samplers.py", "ahead = x0 + (x0 - before) / (2 * r)"),
        paper=_DPM,
    ),
    Card(
        name="guidance_trades_diversity_for_fidelity",
        question="Raise the guidance scale from 1 to 4. What is it paid for with?",
        answers=("Diversity", "Sharpness", "Nothing"),
        right=0,
        show={
            "run": "diffusion-fashion",
            "view": "sampling",
            "label": "6",
            "guidance": "4",
            "second": "true",
            "sampler_b": "dpm++",
            "guidance_b": "1",
        },
        happened="A classifier sees the class asked for in all of the samples in place of 86%, and samples of one "
        "class differ by 0.14 a pixel in place of 0.17. Guidance exaggerates what sets a class apart, so its shirts "
        "become the most typical shirts.",
        formula=r"D_w(x) = D(x) + w\,(D(x, y) - D(x))",
        symbols={"D(x, y)": "the prediction that knows the class y", "D(x)": "that which does not", "w": "guidance"},
        code=Code("labs/diffusion/denoise.py", "torch.lerp(unconditional, conditional, scale)"),
        paper=_GUIDANCE,
    ),
    Card(
        name="fresh_noise_leads_elsewhere",
        question="DDPM adds fresh noise at every step, Euler none. From the same first noise with many steps, do they "
        "end with the same pictures?",
        answers=("Yes, with enough steps", "No, DDPM ends with other ones"),
        right=1,
        show={
            "run": "diffusion-fashion",
            "view": "sampling",
            "sampler": "ddpm",
            "steps": "50",
            "second": "true",
            "sampler_b": "euler",
            "steps_b": "50",
        },
        happened="The deterministic samplers all go the same way: Euler's 16 steps end 0.03 from Heun's 50. DDPM's 50 "
        "end 0.26 away: other garments, as good as the first. Its noise is drawn anew at each step, so the first noise "
        "decides little.",
        formula=r"x' \sim N\left(x_0 + s^2 (x - x_0),\; \sigma'^2 (1 - s^2)\right), \quad s = \frac{\sigma'}{\sigma}",
        symbols={"x_0": "the prediction", "\\sigma, \\sigma'": "this noise level and the next"},
        code=Code("labs/diffusion/samplers.py", "x = x0 + (after / sigma).square() * (x - x0)"),
        paper=_DDPM,
    ),
)
