"""The lesson of the VAE lab. `tests/labs/vae/test_lesson.py` measures what its cards state."""

from playground.lesson import Card, Code, Paper

_VAE = Paper("Kingma & Welling, “Auto-Encoding Variational Bayes”, 2013", "https://arxiv.org/abs/1312.6114")
_CODES = {"x": "a picture", "z": "its latent code", "q(z|x)": "the posterior: a Gaussian that the encoder gives"}

CARDS = (
    Card(
        name="an_untrained_decoder_draws_gray",
        question="At step 0 the decoder has learned nothing. What does it draw over the latent plane?",
        answers=("The same gray everywhere", "Noise, like an old television", "The mean of all clothes"),
        right=0,
        show={"run": "vae-fashion", "step": "0", "view": "plane"},
        happened="All places show nearly the same gray: the brightness is 0.50, and from place to place a pixel "
        "changes by 0.03. Small random weights give logits close to 0, and the sigmoid of 0 is one half. The code "
        "makes no difference yet.",
        formula=r"p(x_i = 1 \mid z) = \sigma(f_\theta(z)_i)",
        symbols={"f_\\theta": "the decoder", "x_i": "pixel i", "\\sigma": "the sigmoid"},
        code=Code("labs/vae/likelihood.py", "return outputs.sigmoid()"),
        paper=_VAE,
    ),
    Card(
        name="the_divergence_rises_while_the_loss_falls",
        question="The loss is reconstruction plus KL divergence, and it falls. What does the KL divergence do?",
        answers=("It falls, too", "It rises", "It stays where it is"),
        right=1,
        show={"run": "vae-fashion", "view": "plane", "curve": "kl"},
        happened="It rises, from 0.01 to 6.8 nats. At first every picture has the prior as its posterior, which costs "
        "nothing and says nothing. To reconstruct, the encoder must tell pictures apart, and each nat of that is paid "
        "for.",
        formula=r"L = -\mathbb{E}_{q(z|x)} \log p(x \mid z) + \beta\, \mathrm{KL}(q(z|x) \,\|\, p(z))",
        symbols={**_CODES, "p(z)": "the prior, a standard normal", "\\beta": "its weight, here 1"},
        code=Code("labs/vae/elbo.py", "reconstruction + self.beta *"),
        paper=_VAE,
    ),
    Card(
        name="posteriors_become_narrow",
        question="The prior has a standard deviation of 1. How wide is a picture's posterior after training?",
        answers=("As wide: 1", "About half: 0.5", "Far narrower: 0.05"),
        right=2,
        show={"run": "vae-fashion", "view": "plane"},
        play=True,
        happened="The ellipse around the point is one standard deviation of the posterior: it shrinks from 1.0 to "
        "0.05. Two dimensions must hold all that distinguishes 12,000 pictures, so each gets little room. A larger "
        "beta would make the ellipses wider and the pictures blurrier.",
        formula=r"z = \mu(x) + \sigma(x)\, \epsilon, \quad \epsilon \sim N(0, 1)",
        symbols={"\\mu, \\sigma": "mean and standard deviation that the encoder gives", "\\epsilon": "noise"},
        code=Code("labs/vae/latent.py", "return self.mean + self.deviation * noise"),
        paper=_VAE,
    ),
    Card(
        name="shirts_stay_mixed",
        question="Labels were never used. Which class stays mixed with others on the latent plane?",
        answers=("Trousers", "Shirts", "Bags"),
        right=1,
        show={"run": "vae-fashion", "view": "plane", "dots": "true"},
        happened="The nearest neighbor of a shirt's dot is a shirt in 30% of cases; of trousers and bags it is one of "
        "their own in 80% or more. Shirts lie among coats, pullovers and T-shirts, whose pixels are much like theirs. "
        "Similar pictures have similar codes, whatever they are called.",
        formula=r"\log p(x \mid z) = \sum_i x_i \log \hat x_i + (1 - x_i) \log (1 - \hat x_i)",
        symbols={"\\hat x_i": "the decoded brightness of pixel i", "x_i": "its brightness in the picture"},
        code=Code("labs/vae/likelihood.py", "F.binary_cross_entropy_with_logits"),
        paper=_VAE,
    ),
    Card(
        name="without_a_prior_samples_miss_the_codes",
        question="An autoencoder is a VAE without a prior. A standard normal is sampled: how many of the samples have "
        "a code near them, no farther than their fifth nearest other sample?",
        answers=("Nearly all, as in a VAE", "About half of them", "Fewer than one in five"),
        right=2,
        show={"run": "ae-fashion", "view": "prior", "compare": "vae-fashion", "align": "end"},
        happened="17% have one of the autoencoder’s codes near them, and 86% one of the VAE’s. Nothing keeps the "
        "autoencoder’s codes in place: half of them end up more than 10 standard deviations of the prior away, and its "
        "samples all draw the few things that happen to lie in the middle.",
        formula=r"q(z) = \mathbb{E}_{x}\, q(z \mid x) \quad \text{against} \quad p(z) = N(0, 1)",
        symbols={"q(z)": "the aggregate posterior: the codes of all pictures together", "p(z)": "the prior"},
        code=Code("labs/vae/aggregate.py", "counts = neighborhoods(prior, drawn)"),
        paper=Paper("Makhzani et al., “Adversarial Autoencoders”, 2015", "https://arxiv.org/abs/1511.05644"),
    ),
    Card(
        name="places_get_dimensions_of_their_own",
        question="A beta-TCVAE learns, without labels, from shapes of three kinds that are small or large, turned and "
        "moved. Which factors does it give a dimension of their own?",
        answers=("Where the shape is", "Which shape it is", "How it is turned"),
        right=0,
        show={"run": "tcvae-sprites", "view": "factors"},
        happened="x and y: each is told by one dimension (75% of its information), and by no other (4% at most). The "
        "shape is spread over three dimensions, and the orientation, which moves few pixels, is held by none. Drag the "
        "sliders.",
        formula=r"\mathrm{KL}\Big(q(z) \,\Big\|\, \prod_j q(z_j)\Big)",
        symbols={"z_j": "dimension j of the code", "q(z)": "the codes of all pictures; what is weighted by beta"},
        code=Code("labs/vae/correlation.py", "def decomposition("),
        paper=Paper(
            "Chen et al., “Isolating Sources of Disentanglement in VAEs”, 2018", "https://arxiv.org/abs/1802.04942"
        ),
    ),
    Card(
        name="a_prior_halves_the_bits",
        question="A VQ-VAE spells a picture in 49 codes of a book of 128: 343 bits. How many does a coder need that "
        "knows the prior?",
        answers=("About 340: codes are all used alike", "About 160", "About 20"),
        right=1,
        show={"run": "vqvae-fashion", "view": "codebook"},
        happened="163 bits on average over 2,000 test pictures. All codes are used, so hardly a bit is saved by "
        "leaving some out; but most codes follow from those before them: an edge goes on, and black stays black. The "
        "yellow places are those that the prior did not expect.",
        formula=r"-\log_2 p(k) = -\sum_t \log_2 p(k_t \mid k_1, \dots, k_{t-1})",
        symbols={"k_t": "the code of place t, row by row", "p": "the prior, a causal transformer"},
        code=Code("labs/vae/prior.py", "def each("),
        paper=Paper(
            "van den Oord et al., “Neural Discrete Representation Learning”, 2017", "https://arxiv.org/abs/1711.00937"
        ),
    ),
)
