"""What features of a clip tell of its motion: a linear probe, as representations are commonly evaluated."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from playground.data import Data, Split, unit

LABELED, BATCH = 1000, 100
"""How many training clips with known motion a probe learns from, the first ones; how many are looked at at once."""
FACTS = {"labels": "direction", "speed": "speed"}
"""What is asked of the features, by column."""


@torch.no_grad()
def embedded(encoder: Callable[[Tensor], Tensor], clips: Tensor, *, frames: int) -> Tensor:
    """The features (N, F), float32, of the first `frames` of clips (N, T, C, H, W), uint8."""
    return torch.cat([encoder(unit(part[:, :frames])).float() for part in clips.split(BATCH)])


def probe_accuracy(train: Tensor, train_labels: Tensor, test: Tensor, test_labels: Tensor) -> float:
    """The share of right answers of a logistic regression on standardized features.

    Args:
        train: Features (M, F) of examples with known answers.
        train_labels: The answers, (M,), int64.
        test: Features (N, F) of other examples.
        test_labels: Theirs, (N,), int64.
    """
    from sklearn.linear_model import LogisticRegression

    mean, spread = train.mean(dim=0), train.std(dim=0).clamp(min=1e-6)
    inputs, others = (((part - mean) / spread).double().cpu().numpy() for part in (train, test))
    answers = train_labels.cpu().numpy()
    if (answers == answers[0]).all():
        return float((test_labels == train_labels[0]).float().mean())
    probe = LogisticRegression(C=0.1, max_iter=200).fit(inputs, answers)
    return float(probe.score(others, test_labels.cpu().numpy()))


class Motion(nn.Module):
    """Labeled training clips, and a probe of them."""

    def __init__(self, data: Data, *, frames: int) -> None:
        """Features are those of the first `frames` of each clip."""
        super().__init__()
        self.frames = frames
        few = data.train.first(LABELED)
        for column in ("clips", *FACTS):
            self.register_buffer(column, few[column].clone(), persistent=False)

    def probed(self, encoder: Callable[[Tensor], Tensor], split: Split) -> dict[str, float]:
        """How often a linear probe of features names the direction, and the speed, of the clips of a split."""
        train = embedded(encoder, self.get_buffer("clips"), frames=self.frames)
        test = embedded(encoder, split["clips"], frames=self.frames)
        return {
            name: probe_accuracy(train, self.get_buffer(column), test, split[column]) for column, name in FACTS.items()
        }
