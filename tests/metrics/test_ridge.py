"""Ridge regression against scikit-learn's, and what it explains against fits without each example."""

import pytest
import torch

from playground.metrics.ridge import Ridge, explained


def normal(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def made(n=40, features=5, targets=3):
    x = normal(n, features, seed=0) * torch.tensor([1.0, 2.0, 0.5, 1.0, 3.0]).repeat(features // 5) + 4
    return x, x @ normal(features, targets, seed=1) + normal(n, targets, seed=2)


def absolute(x, penalty):
    return penalty * float((x - x.mean(dim=0)).double().square().sum(dim=0).mean())


@pytest.mark.parametrize("features", [5, 60], ids=["more examples", "more features"])
def test_it_is_scikit_learns(features):
    from sklearn.linear_model import Ridge as Theirs

    x, y = made(features=features)
    theirs = Theirs(alpha=absolute(x, 0.1)).fit(x.double().numpy(), y.double().numpy())
    ours = Ridge.fit(x, y, penalty=0.1)
    torch.testing.assert_close(ours.weight.T, torch.from_numpy(theirs.coef_).float())
    expected = torch.from_numpy(theirs.predict(x.double().numpy())).float()
    torch.testing.assert_close(ours.predict(x), expected, atol=1e-4, rtol=1e-4)


def test_what_is_explained_is_what_fits_without_each_example_predict():
    x, y = made()
    strength = absolute(x, 0.1)
    centered, targets = (values.double() - values.double().mean(dim=0) for values in (x, y))
    errors = []
    for i in range(len(x)):
        others = torch.arange(len(x)) != i
        gram = centered[others].T @ centered[others] + strength * torch.eye(5, dtype=torch.double)
        weight = torch.linalg.solve(gram, centered[others].T @ targets[others])
        errors.append(targets[i] - centered[i] @ weight)
    expected = 1 - torch.stack(errors).square().sum(dim=0) / targets.square().sum(dim=0)
    torch.testing.assert_close(explained(x, y, penalty=0.1), expected.float())
    assert float(expected.min()) > 0.5


def test_noise_and_what_does_not_vary_are_not_explained():
    x = normal(100, 20, seed=0)
    noise, constant = normal(100, 1, seed=1), torch.ones(100, 1)
    told = explained(x, torch.cat([noise, constant], dim=1), penalty=0.1)
    assert told[0] < 0.1 and told[1] == 0


def test_features_that_are_constant_predict_the_mean():
    y = normal(10, 2, seed=0)
    fitted = Ridge.fit(torch.ones(10, 3), y, penalty=0.1)
    torch.testing.assert_close(fitted.predict(torch.ones(10, 3)), y.mean(dim=0).expand(10, 2))
    assert explained(torch.ones(10, 3), y, penalty=0.1).isfinite().all()
