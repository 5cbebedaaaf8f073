"""The view of the timeline: what each architecture added, in one sentence and one switch, and what it reaches here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from playground.data import ImageSpec
from playground.flops import flops
from playground.labs.vision.classifier import Classifier
from playground.lesson import Paper
from playground.view import Answer, Options, Part, View, option

EXPERIMENT = "timeline"
"""The experiment that ships, of which each architecture is an arm."""


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """An architecture, small, and what it added to those before it.

    Attributes:
        name: In a link.
        year: Of the paper.
        title: What people call it.
        added: What it added, in a sentence.
        switch: What can be switched off in it, in a few words.
        recipe: That trains it.
        off: The knobs of that recipe, or of `instead`, that switch it off.
        instead: The recipe that it then is, where it is another one.
        hint: What else to try, in a sentence.
        paper: Where it comes from.
    """

    name: str
    year: int
    title: str
    added: str
    switch: str
    recipe: str
    off: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    instead: str = ""
    hint: str = ""
    paper: Paper

    def declared(self) -> dict[str, Any]:
        """What the page knows of it: see `Milestone` in `timeline.js`."""
        return {
            **{key: getattr(self, key) for key in ("name", "year", "title", "added", "switch", "recipe", "hint")},
            "off": {"recipe": self.instead or self.recipe, "knobs": dict(self.off)},
            "paper": self.paper._asdict(),
        }


MILESTONES = (
    Milestone(
        name="lenet",
        year=1998,
        title="LeNet",
        added="Convolutions that share their weights: the same small filters look at every place, so a few thousand "
        "weights can read a picture.",
        switch="Shared weights",
        recipe="lenet-fashion",
        off={"shared": False},
        paper=Paper(
            "LeCun et al., “Gradient-Based Learning Applied to Document Recognition”, 1998",
            "https://doi.org/10.1109/5.726791",
        ),
    ),
    Milestone(
        name="alexnet",
        year=2012,
        title="AlexNet",
        added="Rectified linear units, more depth and width than before, and drop-out, which keeps so many weights "
        "from overfitting.",
        switch="Drop-out",
        recipe="alexnet-fashion",
        off={"dropout": 0.0},
        paper=Paper(
            "Krizhevsky et al., “ImageNet Classification with Deep Convolutional Neural Networks”, 2012",
            "https://papers.nips.cc/paper/2012/hash/c399862d3b9d6b76c8436e924a68c45b-Abstract.html",
        ),
    ),
    Milestone(
        name="vgg",
        year=2014,
        title="VGG",
        added="Small convolutions of 3 × 3, stacked: two of them see as much as one of 5 × 5, with fewer weights and "
        "one more nonlinearity.",
        switch="Two convolutions a stage",
        recipe="vgg-fashion",
        off={"depth": 1},
        paper=Paper(
            "Simonyan & Zisserman, “Very Deep Convolutional Networks for Large-Scale Image Recognition”, 2014",
            "https://arxiv.org/abs/1409.1556",
        ),
    ),
    Milestone(
        name="resnet",
        year=2015,
        title="ResNet",
        added="Residual connections: a block adds what it computes to its input, so that gradients reach the first "
        "layers of networks that are very deep.",
        switch="Residual connections",
        recipe="resnet-fashion",
        off={"residual": False},
        hint="This one has a block a stage; try both at a depth of 9, which is under “Advanced”.",
        paper=Paper(
            "He et al., “Deep Residual Learning for Image Recognition”, 2015", "https://arxiv.org/abs/1512.03385"
        ),
    ),
    Milestone(
        name="vit",
        year=2020,
        title="ViT",
        added="A picture as a sequence of patches, read by self-attention: any patch can look at any other, in every "
        "block.",
        switch="Position codes",
        recipe="vit-fashion",
        off={"positions": "none"},
        hint="Without them it sees a bag of patches.",
        paper=Paper("Dosovitskiy et al., “An Image is Worth 16x16 Words”, 2020", "https://arxiv.org/abs/2010.11929"),
    ),
    Milestone(
        name="mixer",
        year=2021,
        title="MLP-Mixer",
        added="Neither convolution nor attention: perceptrons across patches and perceptrons across features, in turn.",
        switch="Token mixing",
        recipe="mixer-fashion",
        off={"token_mixing": False},
        paper=Paper("Tolstikhin et al., “MLP-Mixer”, 2021", "https://arxiv.org/abs/2105.01601"),
    ),
    Milestone(
        name="hybrid",
        year=2021,
        title="Hybrid",
        added="Convolutions below, for which neighbors belong together, and a transformer above, which sees the whole "
        "picture.",
        switch="Convolutional stem",
        recipe="hybrid-fashion",
        instead="vit-fashion",
        off={"patch_size": 4, "depth": 2, "heads": 2, "mlp_ratio": 2.0},
        hint="Without it, it is a ViT on patches of 4 × 4.",
        paper=Paper(
            "Xiao et al., “Early Convolutions Help Transformers See Better”, 2021", "https://arxiv.org/abs/2106.14881"
        ),
    ),
    Milestone(
        name="mobilevit",
        year=2021,
        title="MobileViT",
        added="Transformers between thin convolutions: attention across the whole picture in a network for phones.",
        switch="Transformers",
        recipe="mobilevit-fashion",
        off={"depth": 0},
        paper=Paper("Mehta & Rastegari, “MobileViT”, 2021", "https://arxiv.org/abs/2110.02178"),
    ),
    Milestone(
        name="convnext",
        year=2022,
        title="ConvNeXt",
        added="A convolutional network with what transformers brought: large kernels of every channel alone, "
        "perceptrons between them, layer norms.",
        switch="Large kernels of 7 × 7",
        recipe="convnext-fashion",
        off={"kernel_size": 3},
        paper=Paper("Liu et al., “A ConvNet for the 2020s”, 2022", "https://arxiv.org/abs/2201.03545"),
    ),
)


def milestones_view(network: Classifier, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """All `milestones` in their order, and what the network on the stage takes: its `parameters`, and its `flops`."""
    image = torch.zeros(1, spec.channels, spec.size, spec.size)
    return Answer(
        words={
            "milestones": [one.declared() for one in MILESTONES],
            "experiment": EXPERIMENT,
            "parameters": sum(parameter.numel() for parameter in network.parameters()),
            "flops": flops(lambda: network(image)),
        }
    )


class Chosen(Options):
    """Which architecture is looked at, and along what they are compared."""

    architecture: Literal["lenet", "alexnet", "vgg", "resnet", "vit", "mixer", "hybrid", "mobilevit", "convnext"] = (
        option("lenet", "The architecture that is described.")
    )
    added: bool = option(True, "Whether what it added is on in the recipe that the form is filled with.")
    axis: Literal["parameters", "flops", "images", "seconds"] = option(
        "parameters",
        "What accuracy is plotted against. All trained for a minute: what needs fewer FLOPs sees more examples in it.",
        label="Along",
        names={
            "parameters": "parameters",
            "flops": "FLOPs an example",
            "images": "examples seen",
            "seconds": "seconds",
        },
    )


TIMELINE = View(
    name="timeline",
    title="Timeline",
    question="What did each architecture add?",
    about="Small ones after a minute of training; the ring is the run on the stage. Switch off what one added, and "
    "train it without.",
    needs=Classifier,
    painter="vision/timeline.js",
    options=Chosen,
    parts={"milestones": Part(milestones_view)},
)
