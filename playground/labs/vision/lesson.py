"""The lesson of the vision lab. `tests/labs/vision/test_lesson.py` measures what its cards state."""

from playground.lesson import Card, Code, Paper, Region

_VIT = Paper("Dosovitskiy et al., “An Image is Worth 16x16 Words”, 2020", "https://arxiv.org/abs/2010.11929")
_ATTENTION = Paper("Vaswani et al., “Attention Is All You Need”, 2017", "https://arxiv.org/abs/1706.03762")
_SOFTMAX = r"A = \mathrm{softmax}\left(\frac{Q K^\top}{\sqrt{d}}\right)"

CARDS = (
    Card(
        name="attention_starts_uniform",
        question="Before its first step of training, what does each patch attend to?",
        answers=("All patches about equally", "Mostly itself", "The brightest patches"),
        right=0,
        show={"run": "vit-fashion", "step": "0", "view": "attention"},
        happened="Every map is nearly blank: no patch gets more than 1.2 times its uniform share. Queries and keys are "
        "small random vectors, so all scores are close to 0, and the softmax of equal scores is uniform. Nothing in "
        "the network says yet which patches are neighbors.",
        formula=_SOFTMAX,
        symbols={"Q, K": "queries and keys, one row a patch", "d": "their dimension", "A": "attention, rows sum to 1"},
        code=Code("labs/vision/attention.py", "return (q @ k.transpose"),
        paper=_ATTENTION,
    ),
    Card(
        name="the_first_block_stays_uniform",
        question="Play the training. Which block's attention stays closest to uniform?",
        answers=("The first block", "A block in the middle", "The last block"),
        right=0,
        show={"run": "vit-fashion", "view": "attention"},
        play=True,
        happened="Block 1 hardly moves: its maps are 0.1 nats from uniform at the end, those of block 4 more than 2. "
        "The first block averages over the whole picture; later blocks choose. Patches must be mixed once before it is "
        "known which of them matter.",
        formula=r"\mathrm{KL}(A_i \,\|\, u) = \sum_j A_{ij} \log (n A_{ij})",
        symbols={"A_i": "what patch i attends to", "u": "uniform attention, 1/n each", "n": "patches: 49"},
        code=Code("labs/vision/vit.py", "return scaled_dot_product_attention(q, k, v, is_causal=self.causal)"),
        paper=_VIT,
    ),
    Card(
        name="the_shirt_is_recognized_between_steps_100_and_400",
        question="After how many of 3,000 steps is the network more than half sure that this is a T-shirt?",
        answers=("About 10", "A few hundred", "Only near the end"),
        right=1,
        show={"run": "vit-fashion", "view": "attention", "picture": "ex-0"},
        play=True,
        happened="At step 112 the T-shirt has a probability of 20%, at step 378 of 78%. The line under the time axis "
        "is that probability. The last 2,600 steps raise the accuracy on all test pictures from 80% to 88%, but this "
        "one was easy.",
        formula=r"L = -\log p(y \mid x)",
        symbols={"p(y|x)": "probability of the right class y for the picture x", "L": "cross entropy, in nats"},
        code=Code("labs/vision/classify.py", "loss = F.cross_entropy(logits, labels, label_smoothing="),
        paper=_VIT,
    ),
    Card(
        name="training_accuracy_is_no_test_accuracy",
        question="On its 3,400 training pictures this ViT ends at 99% accuracy. And on emoji that it never saw?",
        answers=("About 98%", "About 70%", "About 11%, as by chance"),
        right=1,
        show={"run": "vit-emoji", "view": "attention", "curve": "accuracy"},
        happened="The pale curve is the accuracy on training batches, the one with dots that on test pictures: 70%. "
        "From about step 1,400 on the first still climbs from 85% to 99%, the second by 2 points. That gap is "
        "overfitting: the network memorizes its pictures.",
        formula=r"\mathrm{gap} = \mathrm{acc}_{train} - \mathrm{acc}_{test}",
        code=Code("metrics/classified.py", "correct += float((logits.argmax(dim=1) == labels).sum())"),
        paper=_VIT,
    ),
    Card(
        name="convolutions_win_on_little_data",
        question="3,400 training pictures are few. Which network does better on test emoji: ViT or CNN?",
        answers=("The ViT: attention sees everything at once", "The CNN: neighborhood is built in", "They tie"),
        right=1,
        show={"run": "cnn-emoji", "view": "relevance", "compare": "vit-emoji", "curve": "accuracy", "align": "end"},
        happened="The CNN reaches 74%, the ViT 70%. A convolution knows that neighbors belong together and that a "
        "shape is the same everywhere: its inductive bias. A ViT has to learn both from pictures, and needs many more "
        "of them.",
        formula=r"y_{i} = \sum_{\|k\|_\infty \le 1} W_k\, x_{i + k}",
        symbols={"W_k": "weights, the same at every place i", "k": "offsets to the neighbors"},
        code=Code("labs/vision/convolution.py", "return F.conv2d(x, self.kernels()"),
        paper=_VIT,
    ),
    Card(
        name="pullovers_are_told_from_coats_down_the_middle",
        question="Pullovers and coats have much the same outline. Where on this pullover does the CNN look to tell?",
        region=Region(left=0.39, top=0.32, right=0.65, bottom=1.0),
        ask={"run": "cnn-fashion", "view": "relevance", "map": "gradient", "picture": "ex-22", "strength": "0"},
        show={"run": "cnn-fashion", "view": "relevance", "map": "gradient", "picture": "ex-22"},
        happened="Down the middle, where a coat has its opening. That strip is 17% of the picture and holds 50% of the "
        "gradient, and 35% on average over all test pullovers that the network recognizes. Nobody told it of zips: "
        "the labels sufficed.",
        formula=r"s_i = \left| \frac{\partial\, y_{c}}{\partial x_i} \right|",
        symbols={"y_c": "the logit of the predicted class", "x_i": "pixel i", "s_i": "its saliency"},
        code=Code("labs/vision/saliency.py", "torch.autograd.grad(scores.sum(), x)"),
        paper=Paper("Simonyan et al., “Deep Inside Convolutional Networks”, 2013", "https://arxiv.org/abs/1312.6034"),
    ),
    Card(
        name="integrated_gradients_break_the_answer_soonest",
        question="Turn the picture gray cell by cell, in the order of a map. Whose order breaks the answer soonest?",
        answers=("Attention rollout's", "That of integrated gradients", "None: any order does as well"),
        right=1,
        show={"run": "vit-fashion", "view": "relevance", "map": "integrated"},
        happened="The area under the curve, the mean of 200 test pictures, is 0.18 for integrated gradients, 0.23 for "
        "attention rollout and 0.45 for random orders. Attention says from where values are taken, not what they do "
        "to the answer. On a single picture any method may fail: see which do so here.",
        formula=r"\mathrm{IG}_i = (x_i - x'_i) \int_0^1 \partial_i f(x' + \alpha (x - x'))\, d\alpha",
        symbols={"x, x'": "the picture, and mid-gray", "f": "the logit of the class", "α": "the share of the way"},
        code=Code("labs/vision/faithfulness.py", "return torch.trapezoid(probabilities.double()"),
        paper=Paper("Petsiuk et al., “RISE”, 2018", "https://arxiv.org/abs/1806.07421"),
    ),
)
