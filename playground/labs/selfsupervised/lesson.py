"""The lesson of the self-supervised lab. `tests/labs/selfsupervised/test_lesson.py` measures what its cards state."""

from playground.lesson import Card, Code, Paper

CARDS = (
    Card(
        name="untrained_networks_find_all_alike",
        question="An untrained network sees random views of two different pictures. How similar does it find them?",
        answers=("Not at all: a cosine near 0", "Opposite: near −1", "Almost the same: near 1"),
        right=2,
        show={"run": "simclr-fashion", "step": "0", "view": "same"},
        happened="The cosine of views of different pictures is 0.96, as is that of views of one picture: to random "
        "weights everything is alike. After 4,000 steps it is −0.10 across pictures and 0.85 within one, which is what "
        "the loss asks for.",
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
        "features of an untrained network lose something. After 4,000 steps it is 83%, and no label was used.",
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
)
