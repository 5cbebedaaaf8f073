"""The lesson of the frontiers lab. `tests/labs/frontiers/test_lesson.py` measures what its cards state."""

from playground.lesson import Card, Code, Paper

_SWITCH = Paper("Fedus, Zoph & Shazeer, “Switch Transformers”, 2021", "https://arxiv.org/abs/2101.03961")

CARDS = (
    Card(
        name="without_balance_two_experts_do_nearly_all",
        question="Eight experts, and nothing asks that all be used. How many does the last router send more than a "
        "hundredth of all characters to after 1,500 steps?",
        answers=("All eight, each what it knows best", "Two", "One"),
        right=1,
        show={"run": "moe-text-books-collapse", "step": "1500", "view": "letters", "router": "1"},
        happened="Two: one is asked for 78% of all characters, another for 21%. Who is asked learns, and who has "
        "learned is asked. With the load-balancing loss, of weight 0.05, the least asked of eight still has 0.90 of an "
        "equal share after 6,000 steps.",
        formula=r"\mathcal{L} = N \sum_i f_i P_i",
        symbols={
            "N": "experts",
            "f_i": "the share of tokens that expert i is asked for",
            "P_i": "its mean probability",
        },
        code=Code("labs/frontiers/experts/mixture.py", "(routing.load * routing.probabilities.mean(dim=0)).sum()"),
        paper=_SWITCH,
    ),
    Card(
        name="no_expert_speaks_shakespeare",
        question="Eight experts read three books. What decides which of them a character is sent to?",
        answers=("The book that it stands in", "Which character it is", "Its place in the passage"),
        right=1,
        show={"run": "moe-text-books", "step": "6000", "view": "letters", "router": "1"},
        happened="The character: it takes away 64% of the uncertainty about the expert, and 83% together with the one "
        "before it. The book takes away 0.2%: the experts share out the letters, not the authors. In large language "
        "models, too, it is hardly the topic that decides.",
        formula=r"\frac{I(E; C)}{H(E)} = 1 - \frac{H(E \mid C)}{H(E)}",
        symbols={"E": "the expert that is asked", "C": "the character, or the book"},
        code=Code("labs/frontiers/experts/characters.py", "return self.head(self.norm(x))"),
        paper=Paper("Jiang et al., “Mixtral of Experts”, 2024", "https://arxiv.org/abs/2401.04088"),
    ),
    Card(
        name="the_first_router_asks_where_the_last_one_what",
        question="Two blocks have experts. What decides in the last one which of them a patch is sent to?",
        answers=("Where the patch lies", "What the patch itself shows", "What the whole picture shows"),
        right=2,
        show={"run": "moe-fashion", "step": "4000", "view": "experts", "router": "1"},
        happened="The picture: its class takes away 59% of the uncertainty about the expert, the place of the patch "
        "2%. In block 2 it is 6% and 20%. By block 4 attention has told every patch what the picture is, and 81% of a "
        "picture’s patches go to one and the same expert.",
        formula=r"\frac{I(E; C)}{H(E)} = 1 - \frac{H(E \mid C)}{H(E)}",
        symbols={"E": "the expert that is asked", "C": "the class of the picture, or the place of the patch"},
        code=Code("labs/frontiers/experts/mixture.py", "gates, chosen = logits.softmax(dim=1).topk(self.top, dim=1)"),
        paper=Paper(
            "Riquelme et al., “Scaling Vision with Sparse Mixture of Experts”, 2021", "https://arxiv.org/abs/2106.05974"
        ),
    ),
    Card(
        name="what_comes_last_is_all_that_is_known",
        question="A network learns five pairs of classes in turn, each for 300 steps. How many test pictures of the "
        "first pair does it recognize in the end?",
        answers=("None", "About half", "Most: 300 steps are few"),
        right=0,
        show={"run": "finetune-fashion", "step": "1500", "view": "forgetting", "task": "0"},
        happened="None, and none of the other three pairs: every picture is taken for a class of the last one, of "
        "which it recognizes 99%. For 300 steps no earlier class was a right answer, so their outputs sank.",
        formula=r"F = \frac{1}{T - 1} \sum_{j < T} \Big(\max_{i < T} a_{ij} - a_{Tj}\Big)",
        symbols={"a_{ij}": "accuracy on task j after task i", "T": "tasks"},
        code=Code("labs/frontiers/continual/objective.py", "lost = (network.best - found)"),
        paper=Paper(
            "Chaudhry et al., “Riemannian Walk for Incremental Learning”, 2018", "https://arxiv.org/abs/1801.10112"
        ),
    ),
    Card(
        name="it_depends_on_what_is_asked",
        question="Elastic weight consolidation holds the weights that earlier tasks need. If at a test it is known "
        "which pair a picture belongs to, how much is forgotten?",
        answers=("Almost nothing", "Half of what was known", "Everything, as without it"),
        right=0,
        show={"run": "ewc-fashion", "step": "1500", "view": "forgetting"},
        happened="0.1% of accuracy: 98.6% are right in the end. Yet where the pair has to be told as well, as in the "
        "film before, the same method is right in 20% (three seeds), no more than without it: the classes of two tasks "
        "were never compared. Say which of the two is meant, whenever you read that a method does not forget.",
        formula=r"\mathcal{L} + \frac{\lambda}{2} \sum_i F_i\, (\theta_i - \theta^*_i)^2",
        symbols={
            "F_i": "Fisher information of a weight",
            "\\theta^*_i": "what it was when the task had ended",
            "\\lambda": "strength",
        },
        code=Code(
            "labs/frontiers/continual/importance.py", "return self.strength / 2 * (self.fishers * moved.square()).sum()"
        ),
        paper=Paper(
            "van de Ven, Tuytelaars & Tolias, “Three types of incremental learning”, 2022",
            "https://doi.org/10.1038/s42256-022-00568-3",
        ),
    ),
    Card(
        name="a_few_pictures_are_enough_to_remember_by",
        question="Now 20 pictures of each class are kept, and learned again with every batch. How many test pictures "
        "are recognized in the end, whichever their class?",
        answers=("20%, as without them", "70%", "87%, as if all had been learned at once"),
        right=1,
        show={"run": "replay-fashion", "step": "1500", "view": "forgetting", "compare": "finetune-fashion"},
        happened="70.5%, from a memory of a sixtieth of the training pictures. In three seeds it was 71% on average; "
        "all at once gave 87%, and of four other methods none more than 20%.",
        formula=r"\mathcal{L}(\text{batch}) + \mathcal{L}(\text{memory})",
        symbols={"\\text{memory}": "pictures of earlier tasks, as many of each class"},
        code=Code("labs/frontiers/continual/rehearsal.py", '"objective": terms["loss"] + kept}'),
        paper=Paper(
            "Chaudhry et al., “On Tiny Episodic Memories in Continual Learning”, 2019",
            "https://arxiv.org/abs/1902.10486",
        ),
    ),
    Card(
        name="a_good_mean_can_leave_one_with_nothing",
        question="Ten clients with two classes each train one network, and it recognizes 79% of all test pictures. How "
        "many of its own does the client recognize that is worst off?",
        answers=("About 79%: it is one network for all", "Half of them", "None"),
        right=2,
        show={"run": "fedavg-fashion", "step": "600", "view": "clients", "client": "4"},
        happened="None. Client 5 has shirts and nothing else, and nobody else has one: the others pull the network to "
        "T-shirts, pullovers and coats, which look alike. After ten steps of its own it recognizes every shirt and no "
        "coat, and the mean undoes that. An accuracy over all says nothing of it.",
        formula=r"w \leftarrow w + \sum_k \frac{n_k}{n} (w_k - w)",
        symbols={"w": "the server's weights", "w_k": "a client's after its own training", "n_k": "its pictures"},
        code=Code("labs/frontiers/federated/averaging.py", "return sizes / sizes.sum()"),
        paper=Paper(
            "McMahan et al., “Communication-Efficient Learning of Deep Networks from Decentralized Data”, 2017",
            "https://arxiv.org/abs/1602.05629",
        ),
    ),
    Card(
        name="a_gradient_gives_the_picture_away",
        question="A client keeps its picture and sends one gradient. What does the server learn of the picture?",
        answers=("Nothing: a gradient is a sum over all pixels", "Its class", "Its class, and what it looks like"),
        right=2,
        show={"run": "fedavg-fashion", "step": "600", "view": "inversion", "picture": "ex-0"},
        happened="Both. The label is where the last bias has its only negative gradient; and of all pictures the "
        "server looks for the one whose gradient points the same way. After 320 steps of search it is 8% of a pixel’s "
        "range off, gray being 37% off. Noise as large as the gradient makes that 9%, ten times as much 29%: it hides "
        "the picture only where it would hide what is to be learned, too.",
        formula=r"\hat x = \arg\min_x\, 1 - \frac{\langle g(x), g^* \rangle}{\lVert g(x) \rVert\, \lVert g^* \rVert}",
        symbols={"g(x)": "the gradient of a picture", "g^*": "the one that was sent"},
        code=Code("labs/frontiers/federated/inversion.py", "return 1 - product / (norm(one) * norm(other))"),
        paper=Paper("Geiping et al., “Inverting Gradients”, 2020", "https://arxiv.org/abs/2003.14053"),
    ),
    Card(
        name="one_drawing_is_enough",
        question="A network has learned from 136 signs of five alphabets. Of five new signs it sees one drawing each. "
        "How many others of their drawings does it recognize?",
        answers=("About 20%, as by a guess", "About half", "More than 90%"),
        right=2,
        show={"run": "protonet-omniglot", "step": "8000", "view": "signs"},
        happened="94.7% (±0.4) of three alphabets that it has never seen, and 95% of made-up signs such as these. It "
        "has not learned signs, but a code in which drawings of one sign lie close together: the sign is the one whose "
        "drawing has the nearest code. The same network without training recognizes 68% of the made-up ones.",
        formula=r"p(y = k \mid x) = \frac{\exp(-\lVert f(x) - c_k \rVert^2)}{\sum_j \exp(-\lVert f(x) - c_j \rVert^2)}",
        symbols={"f(x)": "the code of a drawing", "c_k": "the mean code of a sign’s examples"},
        code=Code("labs/frontiers/meta/network.py", "return -(queries[:, None] - prototypes).square().sum(dim=2)"),
        paper=Paper(
            "Snell, Swersky & Zemel, “Prototypical Networks for Few-shot Learning”, 2017",
            "https://arxiv.org/abs/1703.05175",
        ),
    ),
    Card(
        name="it_is_ready_for_three_steps",
        question="MAML learns five new signs by three steps of gradient descent, from one drawing each. How many "
        "others does it recognize before the first step?",
        answers=("20%, as by a guess", "About half", "80%, nearly as after the third"),
        right=0,
        show={"run": "maml-omniglot", "step": "4000", "view": "signs", "taken": "0"},
        happened="20%: it cannot know which sign is to be called the first. One step makes that 39%, two 64% and three "
        "78% of made-up signs; from weights that were never trained, three steps lead to 42%. What it has learned is "
        "where to begin, so that three steps are enough.",
        formula=r"\theta \leftarrow \theta - \beta\, \nabla_\theta \sum_i L_i(\theta - \alpha \nabla L_i(\theta))",
        symbols={"\\theta": "where learning begins", "L_i": "the loss of an episode", "\\alpha": "inner learning rate"},
        code=Code("labs/frontiers/meta/network.py", "name: value - self.inner_rate * gradient"),
        paper=Paper(
            "Finn, Abbeel & Levine, “Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks”, 2017",
            "https://arxiv.org/abs/1703.03400",
        ),
    ),
    Card(
        name="it_goes_on_where_it_has_learned_how",
        question="A Neural Turing machine has learned to copy sequences of up to 10 vectors. How many can it copy?",
        answers=("10", "About 15", "40, as many as there is room for"),
        right=2,
        show={"run": "ntm-copy", "step": "1500", "view": "memory", "length": "40"},
        happened="40, with no wrong bit among 320: it has learned to write each vector to the location after the last, "
        "and to read from the first location on, and that goes on as it began. The LSTM, which keeps all in its cells, "
        "has 43% wrong at that length, little better than a guess.",
        formula=r"\tilde w(i) = \sum_j w(j)\, s(i - j)",
        symbols={"w": "where a head is", "s": "how far it moves", r"\tilde w": "where it is next"},
        code=Code("labs/frontiers/memory/ntm.py", "return (around.unfold(2, SHIFTS, 1) @ shifts[..., None])[..., 0]"),
        paper=Paper("Graves, Wayne & Danihelka, “Neural Turing Machines”, 2014", "https://arxiv.org/abs/1410.5401"),
    ),
    Card(
        name="the_best_of_many_is_lucky_as_well",
        question="By the accuracy that it looks at, evolution finds a cell that is 0.8 points better than what random "
        "search finds at equal cost. How much of that is left on new pictures?",
        answers=("All of it", "About half", "Nothing that can be measured"),
        right=2,
        show={"run": "evolution-fashion", "step": "40", "view": "search", "compare": "random-search-fashion"},
        happened="Nothing: on the test set it is 0.1 points worse, somewhere between 0.9 worse and 0.5 better (five "
        "seeds, 32 cells each). The best of many is lucky as well as good, and a search that looks at one number for "
        "long finds what is lucky. Beside it, many a search is no better than chance.",
        formula=r"E \max_i\, (a_i + \epsilon_i) > \max_i\, a_i",
        symbols={"a_i": "how good a cell is", "\\epsilon_i": "how lucky it was on the pictures that it was chosen by"},
        code=Code("labs/frontiers/search/strategies.py", "parent = int(drawn_places["),
        paper=Paper(
            "Li & Talwalkar, “Random Search and Reproducibility for Neural Architecture Search”, 2019",
            "https://arxiv.org/abs/1902.07638",
        ),
    ),
    Card(
        name="four_bits_are_enough_and_two_are_not",
        question="Weights of 32 bits are rounded, without further training. With how many are almost as many pictures "
        "right?",
        answers=("16 at least", "4", "2"),
        right=1,
        show={"run": "moe-fashion", "step": "4000", "view": "compression", "prune": "0", "bits": "4"},
        happened="With 4: 87.1% for 87.3%, and a sixth of the size. With 3 it is 65%, with 2, which leave a weight "
        "three values, 24%. To leave weights out is harder: without the smaller half of them 44% are right.",
        formula=r"\hat w = s \cdot \mathrm{round}(w / s), \quad s = \frac{\max |w|}{2^{b-1} - 1}",
        symbols={"s": "the scale of a row of weights", "b": "bits"},
        code=Code("integers.py", "return (value / beside(value, scale)).round()"),
        paper=Paper(
            "Krishnamoorthi, “Quantizing deep convolutional networks for efficient inference”, 2018",
            "https://arxiv.org/abs/1806.08342",
        ),
    ),
)
