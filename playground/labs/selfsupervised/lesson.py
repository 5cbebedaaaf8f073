"""The lesson of the self-supervised lab. `tests/labs/selfsupervised/test_lesson.py` measures what its cards state."""

from playground.lesson import Card, Code, Paper

CARDS = (
    Card(
        name="untrained_networks_find_all_alike",
        question="An untrained network sees random views of two different pictures. How similar does it find them?",
        answers=("Not at all: a cosine near 0", "Opposite: near −1", "Almost the same: near 1"),
        right=2,
        show={"run": "simclr-fashion", "step": "0", "view": "same"},
        happened="Over 500 test pictures the mean cosine of views of different pictures is 0.93, hardly less than the "
        "0.96 of two views of one picture: to random weights everything is alike. After 11,788 steps it is 0.03 across "
        "pictures and 0.74 within one, which is what the loss asks for.",
        formula=r"\ell = -\log \frac{e^{s_{ij} / \tau}}{e^{s_{ij} / \tau} + \sum_k e^{s_{ik} / \tau}}",
        symbols={
            "s_{ij}": "the cosine of two views of one picture",
            "s_{ik}": "that of views of different pictures",
            "\\tau": "the temperature, here 0.2",
        },
        code=Code("labs/selfsupervised/contrast.py", "F.softplus(wrong - logits)"),
        paper=Paper(
            "Chen et al., “A Simple Framework for Contrastive Learning of Visual Representations”, 2020",
            "https://arxiv.org/abs/2002.05709",
        ),
    ),
    Card(
        name="random_features_are_better_than_chance",
        question="Of how many test pictures do the nearest training pictures name the right class before the training?",
        answers=("1 in 10, as by chance", "Almost 3 in 4", "More than 8 in 10"),
        right=1,
        show={"run": "simclr-fashion", "step": "0", "view": "map"},
        happened="Of 73%: what has similar pixels has similar random features. But pixels themselves name 82%, so "
        "features of an untrained network lose something. After 11,788 steps it is 85%, and no label was used.",
        formula=r"\hat y = \arg\max_c \sum_{i \in N} [y_i = c]\, e^{s_i / \tau}",
        symbols={
            "N": "the 20 nearest training pictures",
            "y_i": "the class of one of them",
            "s_i": "the cosine of its features and those of the test picture",
        },
        code=Code("metrics/representations.py", "votes.scatter_add_"),
        paper=Paper(
            "Wu et al., “Unsupervised Feature Learning via Non-Parametric Instance Discrimination”, 2018",
            "https://arxiv.org/abs/1805.01978",
        ),
    ),
    Card(
        name="few_labels_are_worth_more_on_learned_features",
        question="Of 12,000 pictures of clothes 120 have labels. What names most of 2,000 others right?",
        answers=(
            "A network that is trained on the 120",
            "A linear classifier of the 120 pictures' pixels",
            "A linear classifier of features that were learned without labels",
        ),
        right=2,
        show={"run": "simclr-fashion", "step": "11788", "view": "labels"},
        happened="The last: 79.4%, where training from scratch reaches 73.9% and pixels 71.5%, each a mean over five "
        "draws of labels. With 1,200 labels training from scratch is ahead, 85.9% to 84.6%: what is learned without "
        "labels is worth most where labels are few.",
        formula=r"\hat y = \arg\max_c\, (W f(x) + b)_c",
        symbols={"f(x)": "the features of a picture, which stay as they are", "W, b": "what is fitted to the labels"},
        code=Code("metrics/probes.py", "probe = LogisticRegression("),
        paper=Paper(
            "Chen et al., “A Simple Framework for Contrastive Learning of Visual Representations”, 2020",
            "https://arxiv.org/abs/2002.05709",
        ),
    ),
    Card(
        name="what_is_hidden_is_filled_in_blurred",
        question="An autoencoder sees a quarter of the patches of a T-shirt. What does it make of the others?",
        answers=(
            "The same gray everywhere",
            "A blurred shirt: its outline, no print",
            "The shirt as it is, with its print",
        ),
        right=1,
        show={"run": "mae-fashion", "step": "2500", "view": "mask"},
        happened="A blurred one. Where several things may be, the squared error is least for their mean, so outlines "
        "are right and prints are gone. On hidden pixels, from 0 to 1, the error is 0.030; the mean of all training "
        "pictures has 0.086.",
        formula=r"\mathcal{L} = \frac{1}{|M|} \sum_{p \in M} (\hat x_p - x_p)^2",
        symbols={"M": "the pixels of hidden patches", "\\hat x_p": "what the decoder says of one", "x_p": "what it is"},
        code=Code("labs/selfsupervised/mae.py", "return (prediction - target)[masked].square().mean()"),
        paper=Paper(
            "He et al., “Masked Autoencoders Are Scalable Vision Learners”, 2021", "https://arxiv.org/abs/2111.06377"
        ),
    ),
    Card(
        name="the_words_of_a_class_decide",
        question="A network has learned which emoji belong to which names. It is asked for the group of new ones, of "
        "nine groups. What helps it most?",
        answers=(
            "The name of the group, as “Animals & Nature”",
            "The names of the parts of a group, as “animal bird”",
            "The names of other emoji in it",
        ),
        right=2,
        show={"run": "clip-emoji", "step": "4000", "view": "words", "words": "dog, flag, smiling face, food"},
        happened="By the names of the groups it is right for 28% of the held-out pictures, by the 98 names of "
        "their parts for 52%, and by the group of the nearest name of another emoji for 62%, of which "
        "some are of the same thing done by another person: 56% without those. Who always names the largest group has "
        "20%. A class is what its words say.",
        formula=r"p(c \mid x) = \frac{e^{\cos(f(x), g(c)) / \tau}}{\sum_k e^{\cos(f(x), g(k)) / \tau}}",
        symbols={
            "f(x)": "the embedding of a picture",
            "g(c)": "that of a class, from its words",
            "\\tau": "the learned temperature",
        },
        code=Code("labs/selfsupervised/pairing.py", "found = (pictures @ classes.T).argmax(dim=1)"),
        paper=Paper(
            "Radford et al., “Learning Transferable Visual Models From Natural Language Supervision”, 2021",
            "https://arxiv.org/abs/2103.00020",
        ),
    ),
    Card(
        name="what_comes_next_is_nearer_than_a_copy",
        question="A network predicts the next five frames of a thing that moves and that it has never seen. Is it "
        "nearer to them than a copy of the last frame?",
        answers=("No: it never saw the thing", "Yes, by some decibels", "It is exact"),
        right=1,
        show={"run": "frames-moving", "step": "7270", "view": "next"},
        happened="Yes: 28.7 dB against 21.0, as it learned to move what it sees and not what it is. Whether a thing "
        "bounces or passes cannot be known before it reaches the wall, and there the prediction smears.",
        formula=r"\mathrm{PSNR} = 10 \log_{10} \frac{1}{\mathrm{MSE}}",
        symbols={"\\mathrm{MSE}": "the mean squared error of pixels from 0 to 1"},
        code=Code("labs/selfsupervised/foresight.py", "given, true = unit(batch"),
        paper=Paper(
            "Gao et al., “SimVP: Simpler yet Better Video Prediction”, 2022", "https://arxiv.org/abs/2206.05099"
        ),
    ),
    Card(
        name="contrast_in_time_learns_where_things_go",
        question="Two networks watched things move, and no direction was ever told. One predicts the next frames, the "
        "other tells two windows of one clip from those of other clips. Which one's features give the direction away?",
        answers=("The one that predicts: it has to know it", "The one that tells clips apart", "Those of both"),
        right=1,
        show={"run": "video-moving", "step": "5000", "view": "motion"},
        happened="The one that tells clips apart: from its features a linear probe names the direction of 94% of the "
        "test clips, from those of the predictor 17%, where one in eight is chance. What the predictor draws does go "
        "the right way, but what a network can do need not lie in its features in a simple form. Contrast asks for "
        "it: the motion is what two windows of a clip have in common.",
        formula=r"\ell = -\log \frac{e^{s_{ii} / \tau}}{e^{s_{ii} / \tau} + \sum_k e^{s_{ik} / \tau}}",
        symbols={
            "s_{ii}": "the cosine of two windows of one clip",
            "s_{ik}": "that of windows of different clips",
            "\\tau": "the temperature, here 0.2",
        },
        code=Code("labs/selfsupervised/timecontrast.py", "contrast = nt_xent("),
        paper=Paper(
            "Qian et al., “Spatiotemporal Contrastive Video Representation Learning”, 2020",
            "https://arxiv.org/abs/2008.03800",
        ),
    ),
)
