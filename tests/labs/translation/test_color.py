"""Color transfer: the statistics become those that were asked for, and the map is the optimal one."""

import torch

from playground.labs.translation.color import ColorTransfer


def dyed(mixing, offset, n=40, seed=0):
    """Images whose colors are normal with a known mean and covariance, and a white frame."""
    noise = torch.randn(n, 16, 16, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    colors = noise @ torch.tensor(mixing, dtype=torch.float64).T + torch.tensor(offset, dtype=torch.float64)
    images = colors.round().clamp(0, 254).permute(0, 3, 1, 2).to(torch.uint8)
    images[:, :, :2] = 255
    return images


MIXED = [[14.0, 3.0, 0.0], [0.0, 9.0, 2.0], [1.0, 0.0, 6.0]]


def colors(images):
    inside = ~(images == 255).all(dim=1)
    return images.permute(0, 2, 3, 1)[inside].double()


def test_the_colors_become_those_of_the_other_set():
    source, target = (
        dyed(MIXED, [90, 120, 140]),
        dyed([[5.0, 0, 0], [4.0, 11.0, 0], [0, 6.0, 8.0]], [150, 110, 90], seed=1),
    )
    actual = colors(ColorTransfer(source=source, target=target)(source))
    torch.testing.assert_close(actual.mean(dim=0), colors(target).mean(dim=0), rtol=0, atol=0.1)
    torch.testing.assert_close(actual.T.cov(), colors(target).T.cov(), rtol=0.01, atol=0.6)


def test_a_set_keeps_its_own_colors():
    images = dyed(MIXED, [90, 120, 140])
    assert torch.equal(ColorTransfer(source=images, target=images)(images), images)


def test_independent_channels_are_scaled_each_by_its_own():
    """Where both covariances are diagonal, the optimal map is the ratio of the standard deviations."""
    source = dyed([[10.0, 0, 0], [0, 10.0, 0], [0, 0, 10.0]], [128, 128, 128], n=400)
    target = dyed([[5.0, 0, 0], [0, 15.0, 0], [0, 0, 10.0]], [100, 128, 150], n=400, seed=1)
    transfer = ColorTransfer(source=source, target=target)
    expected = torch.diag(torch.tensor([0.5, 1.5, 1.0], dtype=torch.float64))
    torch.testing.assert_close(transfer.map, expected, rtol=0.02, atol=0.02)
    assert torch.equal(transfer.map, transfer.map.T) or (transfer.map - transfer.map.T).abs().max() < 1e-12


def test_the_background_stays_white():
    source, target = dyed(MIXED, [90, 120, 140]), dyed(MIXED, [60, 60, 60], seed=1)
    actual = ColorTransfer(source=source, target=target)(source)
    assert (actual[:, :, :2] == 255).all() and not (actual[:, :, 2:] == 255).all(dim=1).any()
