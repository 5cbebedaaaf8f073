"""What CLIP and SigLIP share: pictures and captions that belong together are drawn, embedded and evaluated."""

from __future__ import annotations

from typing import Any

import torch
from torch import Generator, Tensor

from playground.data import Data, Split
from playground.labs.selfsupervised.contrast import cosines
from playground.labs.selfsupervised.imagetext import ImageText, ensemble
from playground.labs.selfsupervised.pretrain import NEAREST, ROWS, Pretrain
from playground.labs.selfsupervised.text import drawn, hashed, matches
from playground.media import Sheet
from playground.metrics.retrieval import recall
from playground.objective import Batch, Moment, Terms

AMONG = (1, 5, 10)
FINER = "subgroup"
"""The column of finer classes, each of them part of a class."""


class Pairing(Pretrain):
    """Trains an image and a text encoder until a picture and its caption have similar embeddings.

    A method gives `pair_loss`.
    """

    shown: ImageText
    names: Tensor
    tests: Tensor
    asked: Tensor
    owners: Tensor

    def __init__(self, *, data: Data, names: float, **shared: Any) -> None:
        """`names` is how often a caption is the name, else it is a few keywords; `shared` is what `Pretrain` takes."""
        super().__init__(data=data, **shared)
        self.named, self.titles = names, tuple(data.spec.classes)
        self.register_buffer("names", data.train["captions"][:, 0], persistent=False)
        self.register_buffer("tests", data.test.first(512)["images"].clone(), persistent=False)
        self.finer = tuple(title.replace("-", " ") for title in data.meanings.get(FINER, ()))
        owners = torch.zeros(len(self.finer), dtype=torch.int64)  # the class that each finer one is part of
        if self.finer:
            owners[data.train[FINER].cpu()] = data.train["labels"].cpu()
        self.register_buffer("owners", owners, persistent=False)
        self.register_buffer("asked", data.examples["captions"][:ROWS, 0].clone(), persistent=False)

    def pair_loss(self, logits: Tensor, also: Tensor) -> Tensor:
        """The loss of a batch of pairs; arguments as in `clip_loss`."""
        raise TypeError(f"{type(self).__name__} has no pair_loss")

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The method's loss on a random view of each picture and a random one of its captions."""
        parts = drawn(batch["captions"], moment.rng, names=self.named)  # (B, M, L)
        images = self.shown(self.augmentation(batch["images"], moment.rng))  # (B, D)
        texts = self.shown.text(parts.flatten(1))  # (B, D)
        logits = self.shown.logits(cosines(images, texts))  # (B, B)
        scale = self.shown.log_scale.detach()
        return {"loss": self.pair_loss(logits, matches(batch["captions"], parts)), "temperature": (-scale).exp()}

    def after_step(self, moment: Moment) -> None:
        """The scale stays within its limit."""
        self.shown.limit()

    def preview(self, rng: Generator) -> Sheet:
        """Some test pictures, and beside each those that its name finds."""
        cosines = self.shown.words(self.asked) @ self.shown.pictures(self.tests).T
        nearest = self.tests[cosines.topk(min(NEAREST, len(self.tests)), dim=1).indices]  # (ROWS, NEAREST, C, H, W)
        rows = torch.cat([self.queries[:, None], nearest], dim=1)
        return Sheet(rows.flatten(0, 1), columns=rows.shape[1])

    def evaluate(self, split: Split) -> dict[str, float]:
        """How well words find pictures and pictures find names, and what a picture is said to be without training.

        A caption of a query is right for all pictures that have it, so both drawings of an emoji are. Texts are names,
        or all keywords at once.

        `zero_shot` takes the name of a class as its prompt, and `zero_shot_finer`, where finer classes are known, their
        names; a class is as likely as all of its parts together (after Novack et al., "CHiLS: Zero-Shot Image
        Classification with Hierarchical Label Sets", 2023, arXiv 2302.02551, who take the likeliest part, reweighted by
        the class). `zero_shot_ensemble` takes the names of all training pictures of a class, as one mean, and
        `zero_shot_nearest` the nearest of these names. The training saw no class; the last two are told the classes of
        its names, though, so that they are no zero-shot answers in the strict sense.
        """
        pictures = self.shown.pictures(split["images"])
        captions = split["captions"]
        _, which = torch.unique(hashed(captions[:, 0]), return_inverse=True)  # (N,), of Q names
        first = torch.stack([(which == i).nonzero()[0, 0] for i in range(int(which.max()) + 1)])  # (Q,)
        right = torch.arange(len(first), device=which.device)[:, None] == which  # (Q, N)
        names, keywords = (
            self.shown.words(texts[first]) @ pictures.T for texts in (captions[:, 0], captions[:, 1:].flatten(1))
        )  # (Q, N)
        values = {f"text_to_image_{k}": recall(names, right, k) for k in AMONG}
        values |= {f"image_to_text_{k}": recall(names.T, right.T, k) for k in AMONG}
        values |= {f"keywords_to_image_{k}": recall(keywords, right, k) for k in AMONG}
        if self.bank_labels is not None:
            known = self.shown.words(self.names)
            prompts = {
                "zero_shot": self.shown.words(self.titles),
                "zero_shot_ensemble": ensemble(known, self.bank_labels, len(self.titles)),
            }
            for name, classes in prompts.items():
                found = (pictures @ classes.T).argmax(dim=1)
                values[name] = float((found == split["labels"]).float().mean())
            if self.finer:
                parts = self.shown.logits(pictures @ self.shown.words(self.finer).T).softmax(dim=1)  # (N, finer)
                found = parts.new_zeros(len(parts), len(self.titles)).index_add(1, self.owners, parts).argmax(dim=1)
                values["zero_shot_finer"] = float((found == split["labels"]).float().mean())
            nearest = self.bank_labels[(pictures @ known.T).argmax(dim=1)]
            values["zero_shot_nearest"] = float((nearest == split["labels"]).float().mean())
        return {**values, **super().evaluate(split)}
