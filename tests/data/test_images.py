"""Splits cut, moved and resized, with one domain and with two."""

import pytest
import torch

from playground.data import Split, TwoDomains
from playground.data.images import resize


def pictures(n=6, seed=0):
    return torch.randint(0, 256, (n, 3, 8, 8), generator=torch.Generator().manual_seed(seed)).to(torch.uint8)


@pytest.fixture
def split():
    names = tuple("abcdef")
    return Split(images=pictures(), labels=torch.arange(6), attributes={"x": torch.arange(6) * 10}, names=names)


@pytest.fixture
def domains(split):
    return TwoDomains(**vars(split), others=pictures(seed=1))


@pytest.mark.parametrize("indices", [torch.tensor([4, 0, 4]), slice(1, None, 2)])
@pytest.mark.parametrize("kind", ["split", "domains"])
def test_all_that_is_known_goes_along(kind, indices, request):
    whole = request.getfixturevalue(kind)
    chosen = list(range(6))[indices] if isinstance(indices, slice) else indices.tolist()
    cut = whole.at(indices)
    assert type(cut) is type(whole) and len(cut) == len(chosen)
    assert torch.equal(cut.images, whole.images[chosen])
    assert cut.labels.tolist() == chosen and cut.attributes["x"].tolist() == [10 * i for i in chosen]
    assert cut.names == tuple("abcdef"[i] for i in chosen)
    if isinstance(whole, TwoDomains):
        assert torch.equal(cut.others, whole.others[chosen])


def test_the_first_pictures_are_no_copies(domains):
    first = domains.first(2)
    assert first.images.data_ptr() == domains.images.data_ptr()
    assert torch.equal(first.others, domains.others[:2]) and first.names == ("a", "b")
    assert len(domains.first(100)) == 6


def test_pictures_without_names_stay_so(split):
    plain = Split(images=split.images, labels=split.labels)
    assert plain.at(torch.tensor([1])).names == () == plain.first(3).names


def test_a_batch_of_two_domains_holds_both(domains):
    indices = torch.tensor([5, 2])
    batch = domains[indices]
    assert batch.keys() == {"images", "others", "labels"}
    for name in batch:
        assert torch.equal(batch[name], getattr(domains, name)[indices])


def test_both_domains_are_resized_and_moved(domains):
    small = domains.resized(4)
    assert torch.equal(small.images, resize(domains.images, 4)) and torch.equal(small.others, resize(domains.others, 4))
    assert small.labels is domains.labels
    moved = domains.to("meta")
    assert {tensor.device.type for tensor in (moved.images, moved.others, moved.labels, moved.attributes["x"])} == {
        "meta"
    }
