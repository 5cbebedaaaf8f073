"""Episodes: which classes and examples they have, how they change, and that a step's are always the same."""

import pytest
import torch
from torch import Generator

from playground.data import Split
from playground.labs.frontiers.meta.episodes import Episodes, drawn, fixed, grouped
from playground.objective import Moment
from playground.recipe import InvalidRecipe

SIGNS, EACH = 6, 5


@pytest.fixture(scope="module")
def split():
    """Of each sign five examples; an image says in its corner which sign it is, and beside it which of the five."""
    identities = torch.arange(SIGNS).repeat_interleave(EACH) + 100
    images = torch.zeros(len(identities), 1, 8, 8, dtype=torch.uint8)
    images[:, 0, 0, 0] = (identities - 100).to(torch.uint8) + 1
    images[:, 0, 0, 1] = (torch.arange(len(identities)) % EACH + 1).to(torch.uint8)
    order = torch.randperm(len(identities), generator=Generator().manual_seed(1))
    return Split({"images": images[order], "identities": identities[order]})


def moment(step):
    return Moment(step, 0.0, Generator())


def episodes(split, *, turned=False, **given):
    settings = {"ways": 3, "shots": 1, "queries": 2, "tasks": 4, "seed": 0} | given
    return Episodes(split, turned=turned, **settings)


def test_each_way_is_one_sign_and_each_example_another_drawing(split):
    images = episodes(split)(moment(7))["images"]
    assert images.shape == (4, 3, 3, 1, 8, 8)
    for task in images:
        signs = task[:, :, 0, 0, 0]
        assert (signs == signs[:, :1]).all() and len(set(signs[:, 0].tolist())) == 3
        assert all(len(set(way.tolist())) == 3 for way in task[:, :, 0, 0, 1])


def test_a_step_has_its_episodes_whatever_was_asked_before(split):
    one, other = episodes(split), episodes(split)
    one(moment(1))
    assert torch.equal(one(moment(5))["images"], other(moment(5))["images"])
    assert not torch.equal(other(moment(5))["images"], other(moment(6))["images"])
    assert not torch.equal(other(moment(5))["images"], episodes(split, seed=1)(moment(5))["images"])


def test_turned_signs_are_further_classes(split):
    images = episodes(split, turned=True, ways=24, tasks=1, queries=1)(moment(0))["images"][0]
    corners = {(0, 0): 0, (7, 0): 1, (7, 7): 2, (0, 7): 3}  # where a sign's corner is after so many quarter turns
    found = set()
    for way in images:
        (corner,) = [at for at in corners if int(way[0, 0][at]) and not _beside(way[0, 0], at)]
        assert all(int(example[0][corner]) == int(way[0, 0][corner]) for example in way)
        found.add((int(way[0, 0][corner]), corners[corner]))
    assert found == {(sign, turns) for sign in range(1, SIGNS + 1) for turns in range(4)}


def _beside(image, at):
    """Whether the pixel at a corner is not the sign's own: the drawing's number lies beside the corner, never in it."""
    turned = {(0, 0): image, (7, 0): image.rot90(-1), (7, 7): image.rot90(-2), (0, 7): image.rot90(-3)}[at]
    return not (int(turned[0, 0]) and int(turned[0, 1]))


def test_there_are_as_many_as_there_can_be(split):
    rows = drawn(grouped(split, 2), ways=20, each=30, rng=Generator().manual_seed(0))
    assert rows.shape == (SIGNS, EACH) and len(rows.unique()) == SIGNS * EACH
    assert (split["identities"][rows] == split["identities"][rows[:, :1]]).all()


def test_signs_with_too_few_examples_are_left_out(split):
    few = split.at(torch.cat([split["identities"].argsort()[: EACH + 1], split["identities"].argsort()[-EACH:]]))
    assert [len(group) for group in grouped(few, 2)] == [EACH, EACH]
    assert {int(few["identities"][row]) for group in grouped(few, 2) for row in group} == {100, 105}


def test_a_split_of_one_sign_has_no_episodes(split):
    one = split.at(split["identities"].argsort()[:EACH])
    assert fixed(one, ways=2, shots=1, queries=1, count=3) == []
    with pytest.raises(InvalidRecipe, match="No two classes have the 2 examples that an episode with 1 shots needs"):
        episodes(one)


def test_fixed_episodes_are_fixed(split):
    one = fixed(split, ways=3, shots=1, queries=2, count=5)
    assert len(one) == 5 and all(
        torch.equal(a, b) for a, b in zip(one, fixed(split, ways=3, shots=1, queries=2, count=5), strict=True)
    )
    assert len({tuple(rows.flatten().tolist()) for rows in one}) == 5
