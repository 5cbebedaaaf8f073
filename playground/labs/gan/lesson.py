"""The lesson of the GAN lab. `tests/labs/gan/test_lesson.py` measures what its cards state."""

from playground.lesson import Card, Code, Paper

_GAN = Paper("Goodfellow et al., “Generative Adversarial Nets”, 2014", "https://arxiv.org/abs/1406.2661")
_CONDITIONAL = Paper(
    "Mirza & Osindero, “Conditional Generative Adversarial Nets”, 2014", "https://arxiv.org/abs/1411.1784"
)
_COPYING = Paper(
    "Meehan et al., “A Non-Parametric Test to Detect Data-Copying in Generative Models”, 2020",
    "https://arxiv.org/abs/2004.05675",
)

CARDS = (
    Card(
        name="a_perfect_generator_leaves_a_coin_flip",
        question="Of a real and a generated point the discriminator says which is real. How often is it right at the "
        "end of a good training?",
        answers=("Nearly always", "About half of the time", "Hardly ever"),
        right=1,
        show={"run": "point-gan-gaussians", "view": "dynamics", "curve": "discriminator/right"},
        play=True,
        happened="In its last 500 steps it is right in 54%: nearly a coin flip. Where real and generated points are "
        "equally dense, nobody can tell them apart. A discriminator that is always right means that the generator has "
        "failed, not that it is taught well.",
        formula=r"D^*(x) = \log \frac{p_{data}(x)}{p_G(x)}",
        symbols={"D^*": "the best discriminator's logit", "p_{data}, p_G": "densities of real and generated points"},
        code=Code("labs/gan/adversarial.py", '"right": (on_real > on_fake)'),
        paper=_GAN,
    ),
    Card(
        name="a_collapsed_generator_covers_hardly_a_mode",
        question="The generator now makes 20 steps with momentum for each of the discriminator. How many of the eight "
        "modes does it cover?",
        answers=("All eight, only sooner", "About four", "One or none"),
        right=2,
        show={"run": "point-gan-gaussians-collapse", "view": "dynamics"},
        play=True,
        happened="Mode collapse: whenever it was measured one of eight modes was covered or none, but for once, when "
        "it was two. Twenty steps against a discriminator that stands still send all points to its highest score; once "
        "it has caught up they move on together. With one step each, eight modes are covered.",
        formula=r"\min_G \max_D V(G, D) \;\ne\; \max_D \min_G V(G, D)",
        symbols={"V": "what generator G lowers and discriminator D raises"},
        code=Code("labs/gan/points.py", "for step in range(self.steps[phase.name])"),
        paper=_GAN,
    ),
    Card(
        name="a_sure_discriminator_gives_no_gradient",
        question="Under the minimax loss the discriminator is soon sure of every generated point. How much do these "
        "learn from so sure a teacher?",
        answers=("More than from any other", "As much as before", "Hardly anything"),
        right=2,
        show={"run": "point-gan-gaussians-vanishing", "view": "dynamics", "curve": "discriminator/margin"},
        play=True,
        happened="From step 33 on more than half of the generated points get a gradient below a thousandth; of the "
        "balanced training none does. Where the discriminator is sure, log(1 - D) is flat, and at most one mode is "
        "covered. With an R1 penalty, the cure, its scores keep a slope.",
        formula=r"\nabla \log(1 - \sigma(D)) = -\sigma(D)\, \nabla D",
        symbols={"D": "the discriminator's logit of a generated point", "\\sigma(D)": "near 0 where it is sure"},
        code=Code("labs/gan/losses.py", "return -F.softplus(fake_logits).mean()"),
        paper=Paper(
            "Arjovsky & Bottou, “Towards Principled Methods for Training Generative Adversarial Networks”, 2017",
            "https://arxiv.org/abs/1701.04862",
        ),
    ),
    Card(
        name="between_seeds_nothing_jumps",
        question="Drag slowly from one corner to the next. How does the picture change?",
        answers=("Smoothly", "In jumps, from one training picture to the next", "Not at all, then all at once"),
        right=0,
        show={"run": "cgan-fashion", "view": "seeds", "x": "0.5", "y": "0"},
        happened="Along the edge, in 32 steps, the largest change is 1.35 times the mean one. A generator that had "
        "memorized its pictures would stand still and jump. The points go along great circles, since a normal latent "
        "vector of 64 numbers hardly ever lies near 0.",
        formula=r"z(t) = \frac{\sin((1 - t)\,\omega)\, z_0 + \sin(t\,\omega)\, z_1}{\sin \omega}",
        symbols={"z_0, z_1": "the two seeds", "\\omega": "the angle between them", "t": "0 to 1"},
        code=Code("labs/sphere.py", "((1 - share) * angle).sin() * start"),
        paper=Paper(
            "Shoemake, “Animating Rotation with Quaternion Curves”, 1985", "https://doi.org/10.1145/325334.325242"
        ),
    ),
    Card(
        name="a_seed_keeps_its_brightness_in_another_class",
        question="The same seed, drawn as another class: what do a T-shirt and a pullover of one seed share?",
        answers=("Nothing", "How bright they are", "The sleeves"),
        right=1,
        show={"run": "cgan-fashion", "view": "seeds", "label": "2"},
        happened="Over 200 seeds the brightness of the T-shirt and that of the pullover correlate at 0.95. The class "
        "says what it is, the seed says how it looks. Nobody asked for this division: it comes of one network that "
        "draws all classes with shared layers.",
        formula=r"x = G([z, e_y])",
        symbols={"z": "the seed", "e_y": "an embedding of class y", "[\\cdot, \\cdot]": "put one after the other"},
        code=Code("labs/gan/conditional.py", "z = torch.cat([z, self.embedding(labels)], dim=1)"),
        paper=_CONDITIONAL,
    ),
    Card(
        name="generated_pictures_are_not_memorized",
        question="Look at the nearest training pictures. Has the generator memorized them?",
        answers=(
            "Yes: its pictures are closer to training pictures than new real ones are",
            "No: they are about as far from them as new real ones",
        ),
        right=1,
        show={"run": "cgan-fashion", "view": "seeds"},
        happened="In a classifier's features generated pictures lie 1.50 from their nearest training picture, test "
        "pictures 1.39: no closer. The generator never sees a picture; all that it gets is the gradient of the "
        "discriminator's score. With few training pictures and a discriminator that has memorized them, that can "
        "change.",
        formula=r"d(x) = \min_n \|\phi(x) - \phi(x_n)\|",
        symbols={"\\phi": "the features of a classifier", "x_n": "training picture n"},
        code=Code("metrics/generated.py", "distances.topk(k, dim=1, largest=False)"),
        paper=_COPYING,
    ),
    Card(
        name="coarse_layers_decide_most",
        question="StyleGAN2 gives every layer a code of its own. A face takes its three fine layers, those of 64 "
        "pixels, from another face. How far does it go towards that one?",
        answers=("Nearly all the way", "About half of it", "Hardly at all"),
        right=2,
        show={"run": "stylegan-faces", "view": "styles", "first": "8", "last": "10"},
        happened="Over 100 pairs another face's fine layers change a picture by 1.4% of a pixel's range, and its three "
        "coarse ones, of 4 and 8 pixels, by 8.2%; all ten layers change it by 11.2%. Hair, glasses and the shape of "
        "the head are decided where there are few pixels, details where there are many. No label asked for this: it "
        "comes of how the layers are stacked, and of mixing two codes during the training.",
        formula=r"x = G(w_A, \dots, w_A, w_B, \dots, w_B)",
        symbols={"w_A, w_B": "the codes of two faces", "G": "the synthesis network, one code a layer"},
        code=Code("labs/gan/styles.py", "return torch.where(taken[..., None], b, a)"),
        paper=Paper(
            "Karras, Laine & Aila, “A Style-Based Generator Architecture for GANs”, 2018",
            "https://arxiv.org/abs/1812.04948",
        ),
    ),
)
