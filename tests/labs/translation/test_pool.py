"""The image pool: what it returns, how often an older image, and its state."""

import pytest
import torch

from playground.labs.translation.pool import ImagePool


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def numbered(first, n):
    """Images that hold their number."""
    return torch.arange(first, first + n, dtype=torch.float).view(n, 1, 1, 1)


@pytest.fixture
def pool():
    return ImagePool(size=50, channels=1, side=1)


def test_a_pool_that_fills_gives_back_what_comes(pool):
    randomness = rng()
    for first in (0, 20, 40):
        batch = numbered(first, 20 if first < 40 else 10)
        assert torch.equal(pool.exchange(batch, randomness), batch)
    assert int(pool.count) == 50 and torch.equal(pool.images.flatten(), torch.arange(50.0))


def test_half_of_the_time_an_older_picture_comes_back(pool):
    randomness, older, ages = rng(), 0, []
    pool.exchange(numbered(0, 50), randomness)
    for i in range(500):
        batch = numbered(50 + 8 * i, 8)
        output = pool.exchange(batch, randomness)
        aged = (batch - output).flatten()
        older += int((aged > 0).sum())
        ages += aged[aged > 0].tolist()
        assert (aged >= 0).all()
    # 4000 fair coins: 5 standard deviations are 158; an older image waited 50 exchanges, one every two images
    assert abs(older - 2000) < 158
    assert abs(sum(ages) / len(ages) - 100) < 15


def test_no_picture_is_lost_or_doubled(pool):
    randomness, returned = rng(), []
    for i in range(100):
        returned += pool.exchange(numbered(4 * i, 4), randomness).flatten().tolist()
    images = pool.images.flatten().tolist()
    assert len(set(images)) == 50
    # while it filled, what came in was both stored and returned
    assert sorted(set(returned) | set(images)) == list(range(400))
    doubles = [value for value in set(returned) if returned.count(value) > 1]
    assert all(value < 50 for value in doubles)


def test_it_goes_on_from_its_state(pool):
    randomness = rng()
    pool.exchange(numbered(0, 60), randomness)
    other = ImagePool(size=50, channels=1, side=1)
    other.load_state_dict(pool.state_dict())
    later = rng(1), rng(1)
    for i in range(5):
        batch = numbered(100 + 8 * i, 8)
        assert torch.equal(pool.exchange(batch, later[0]), other.exchange(batch, later[1]))
    assert torch.equal(pool.images, other.images)


def test_what_is_given_back_is_not_changed_later(pool):
    batch = numbered(0, 50)
    output = pool.exchange(batch, rng())
    pool.exchange(numbered(50, 50), rng())
    assert torch.equal(output, numbered(0, 50)) and torch.equal(batch, numbered(0, 50))


def test_without_room_all_pass_through():
    pool = ImagePool(size=0, channels=1, side=1)
    for first in (0, 4):
        assert torch.equal(pool.exchange(numbered(first, 4), rng()), numbered(first, 4))
