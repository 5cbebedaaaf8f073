"""Whether a code is disentangled: which dimension holds which factor that the pictures were drawn from.

`playground/metrics/disentanglement.py` and `factor_prediction.py` have the scores and name their papers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from playground.data import Data, ImageSpec
from playground.data.columns import factors
from playground.labs.vae.conditioning import Class
from playground.labs.vae.dimensions import Axes, active, axes_of
from playground.labs.vae.latent import LatentModel, decoded, encoded
from playground.labs.vae.plane import EXTENT
from playground.metrics.disentanglement import Information, factor_vae_score, information
from playground.metrics.factor_prediction import dci, sap
from playground.view import Answer, BadOption, Part, View, option

PICTURES, PREDICTED = 3_000, 1_000
"""How many training pictures the mutual information is estimated from, and how many the scores that take longer."""
HELD = 0.1
"""A dimension holds a factor where it tells more of it than any other one does, by so much of the factor's entropy."""


class Coded(NamedTuple):
    """Training pictures as a snapshot sees them.

    Attributes:
        codes: (N, D), posterior means.
        factors: (N, F), int64, what the pictures were drawn from.
        names: Of the F factors.
        told: What the dimensions tell of the factors.
    """

    codes: Tensor
    factors: Tensor
    names: tuple[str, ...]
    told: Information

    def axes(self, network: LatentModel) -> Axes:
        """Those of the codes."""
        return axes_of(self.codes, prior=network.prior)


def first(network: LatentModel, data: Data, n: int) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """The codes (N, D) of the first `n` training pictures, the factors (N, F) that they were drawn from, and names."""
    split = data.train.first(n)
    # codes that are not finite are reported by the training loop
    codes = encoded(network, split["images"], split["labels"]).mean.nan_to_num(0.0, 0.0, 0.0)
    return codes, *factors(split, data.meanings)


def coded(network: LatentModel, spec: ImageSpec, inputs: Mapping[str, Any]) -> Coded:
    """The first training pictures, encoded."""
    codes, table, names = first(network, inputs["data"], PICTURES)
    return Coded(codes, table, names, information(codes, table))


def held(told: Information) -> Tensor:
    """Which dimension holds which factor, (D, F), bool: at most one a factor, which the gap decides."""
    best = torch.zeros_like(told.nats, dtype=torch.bool)
    best[told.holders, torch.arange(len(told.holders))] = told.gaps >= HELD
    return best


def matrix_view(network: LatentModel, spec: ImageSpec, options: Any, inputs: Mapping[str, Any]) -> Answer:
    """What each dimension tells of each factor.

    The answer has `shares` (D, F), the mutual information over the factor's entropy; `held` (D, F) and `active` (D,),
    int32; `gaps` (F,), whose mean is the `mig`.
    """
    codes, _, names, told = inputs["prepared"]
    return Answer(
        {
            "shares": told.shares.float(),
            "held": held(told).to(torch.int32),
            "active": active(codes, prior=network.prior).to(torch.int32),
            "gaps": told.gaps.float(),
        },
        {"names": list(names), "mig": told.mig, "pictures": len(codes), "gap": HELD, "extent": EXTENT},
    )


def scored(network: LatentModel, spec: ImageSpec, inputs: Mapping[str, Any]) -> dict[str, float]:
    """The scores that are learned or voted on, from the same rows each time."""
    codes, table, _ = first(network, inputs["data"], PREDICTED)
    rng = Generator().manual_seed(0)
    votes = factor_vae_score(codes, table, rng=rng)
    separated, importance = sap(codes, table, rng=rng), dci(codes, table, rng=rng)
    return {
        "sap": separated,
        "factor_vae": votes,
        "disentanglement": importance.disentanglement,
        "completeness": importance.completeness,
        "informativeness": importance.informativeness,
    }


def scores_view(network: LatentModel, spec: ImageSpec, options: Any, inputs: Mapping[str, Any]) -> Answer:
    """SAP, the FactorVAE score and the three of DCI, from 0 to 1, and of how many `pictures`."""
    return Answer(words={**inputs["prepared"], "pictures": PREDICTED})


class Turned(Class):
    """Dimensions that were set by hand."""

    turned: str = option(
        "",
        "Where the sliders of dimensions were moved to, such as 3:1.5;7:-2, in standard deviations; all other "
        "dimensions are the picture's own.",
        pattern=r"^(\d{1,2}:-?\d(\.\d{1,2})?(;|$))*$",
        max_length=600,
    )

    def moved(self, axes: Axes, code: Tensor) -> Tensor:
        """The code (D,) with the dimensions that were set; the first one is number 1.

        Raises:
            BadOption: When there is no such dimension.
        """
        code = code.clone()
        for pair in filter(None, self.turned.split(";")):
            number, value = pair.split(":")
            if not 1 <= int(number) <= len(code):
                raise BadOption(f"There is no dimension {number}; there are 1 to {len(code)}.")
            d = int(number) - 1
            code[d] = axes.center[d] + axes.deviation[d] * max(-EXTENT, min(EXTENT, float(value)))
        return code


def turned_view(network: LatentModel, spec: ImageSpec, options: Turned, inputs: Mapping[str, Any]) -> Answer:
    """The `picture` (C, H, W), uint8, with dimensions set, and where they are of its own, `mean` (D,)."""
    axes, label = inputs["prepared"].axes(network), options.given(network)
    code = encoded(network, inputs["picture"][None], label).mean[0]
    return Answer({"picture": decoded(network, options.moved(axes, code)[None], label)[0], "mean": axes.units(code)})


def gap_view(network: LatentModel, spec: ImageSpec, options: Any, inputs: Mapping[str, Any]) -> Answer:
    """The mutual information gap through training: `values` (1,)."""
    return Answer(
        {"values": torch.tensor([inputs["prepared"].told.mig])},
        {"names": ["Mutual information gap (MIG)"], "shares": False},
    )


FACTORS = View(
    name="factors",
    title="Disentangled",
    question="Is it disentangled?",
    about="These pictures were drawn from known factors. Is each held by one dimension alone? Drag a slider: it is "
    "named after what its dimension turned out to hold.",
    needs=LatentModel,
    painter="vae/factors.js",
    options=Turned,
    parts={
        "matrix": Part(matrix_view, inputs=("data",), prepare=coded),
        "turned": Part(turned_view, options=Turned, inputs=("picture", "data"), prepare=coded),
        "scores": Part(scores_view, inputs=("data",), prepare=scored, heavy=True),
    },
    trace=Part(gap_view, inputs=("data",), prepare=coded),
    data=("sprites", "faces"),
)
