"""The bootstrap interval of a mean."""

import numpy as np
import pytest
import torch
from scipy.stats import bootstrap as scipys

from playground.metrics.intervals import bootstrap


def test_the_interval_is_that_of_scipy():
    values = torch.randn(20, generator=torch.Generator().manual_seed(1)) * 3 + 5
    mean, low, high = bootstrap(values, resamples=20_000)
    theirs = scipys((values.numpy(),), np.mean, n_resamples=20_000, method="percentile", rng=0).confidence_interval
    assert float(mean) == pytest.approx(float(values.mean()))
    assert (float(low), float(high)) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_it_holds_in_about_as_many_cases_as_it_says():
    rng = torch.Generator().manual_seed(0)
    trials = torch.randn(30, 1_000, generator=rng)  # a thousand experiments of 30 trials, whose mean is 0
    _, low, high = bootstrap(trials, resamples=1_000)
    assert float(((low < 0) & (high > 0)).double().mean()) == pytest.approx(0.94, abs=0.025)


def test_few_trials_have_one_within_themselves():
    mean, low, high = bootstrap(torch.tensor([1.0, 2.0, 6.0]))
    assert float(mean) == 3 and 1 <= float(low) < 3 < float(high) <= 6
    assert bootstrap(torch.tensor([1.0, 2.0, 6.0])) == (mean, low, high), "by its seed alone"
    mean, low, high = bootstrap(torch.full((3, 2), 4.0))
    assert mean.tolist() == low.tolist() == high.tolist() == [4, 4]


def test_one_trial_has_none_and_none_has_no_mean():
    mean, low, high = bootstrap(torch.tensor([[5.0, 6.0]]))
    assert mean.tolist() == [5, 6] and low.isnan().all() and high.isnan().all()
    with pytest.raises(ValueError, match="at least one"):
        bootstrap(torch.zeros(0, 3))
