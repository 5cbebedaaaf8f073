"""The view of token merging: its numbers are those of `merging`, and none merged is the plain network."""

import pytest
import torch

from playground.data import ImageSpec, Split, unit
from playground.labs.vision.merged import MERGING, merged_view, rates_view, share, trace_view
from playground.labs.vision.merging import merging
from playground.labs.vision.vit import VisionTransformer

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = ImageSpec(name="any", channels=1, size=28, classes=tuple("abcdefghij"))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    model = VisionTransformer(width=32, depth=3, heads=4, patch_size=7).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.normal_(std=0.6)
    return model


def images(n=1):
    return torch.randint(0, 256, (n, 1, 28, 28), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


def options(**values):
    return MERGING.parts["merged"].parsed({name: str(value) for name, value in values.items()})


@pytest.mark.parametrize("r", [0, 2, 98])
def test_the_answer_is_what_merging_gives(network, r):
    picture = images()[0]
    answer = merged_view(network, SPEC, options(merge=r), {"picture": picture})
    logits, owners = merging(network, unit(picture[None]), r)
    owner, probabilities = answer.tensors["owners"], answer.tensors["probabilities"]
    assert owner.dtype == torch.int32 and owner.shape == (3, 16)
    assert torch.equal(owner.long(), torch.stack(owners)[:, 0])
    assert [len(row.unique()) for row in owner] == {0: [16, 16, 16], 2: [14, 12, 10], 98: [8, 4, 2]}[r]
    torch.testing.assert_close(probabilities[0], network(unit(picture[None]))[0].softmax(0))
    torch.testing.assert_close(probabilities[1], logits[0].softmax(0))
    assert torch.equal(
        trace_view(network, SPEC, options(merge=r), {"picture": picture}).tensors["values"], probabilities[1]
    )
    assert answer.words["share"] == pytest.approx(1) if r == 0 else 0.1 < answer.words["share"] < 0.95


def test_the_arithmetic_falls_with_the_rate(network):
    shares = [share(network, unit(images()), r) for r in range(0, 9)]
    assert shares == sorted(shares, reverse=True) and len(set(shares)) == 9
    assert share(network, unit(images()), 98) == shares[-1]


def test_the_accuracy_at_each_rate_is_that_of_the_test_pictures(network):
    pictures = images(40)
    labels = network(unit(pictures)).argmax(dim=1)
    labels[:10] = (labels[:10] + 1) % 10  # of which the plain network gets 30 right
    answer = rates_view(
        network, SPEC, MERGING.parts["rates"].parsed({}), {"test": Split({"images": pictures, "labels": labels})}
    )
    assert answer.tensors["rates"].tolist() == list(range(9)) and answer.words == {"n": 40}
    assert answer.tensors["accuracy"][0] == 0.75
    right = (merging(network, unit(pictures), 8)[0].argmax(dim=1) == labels).float().mean()
    assert answer.tensors["accuracy"][-1] == right < 0.75


def test_each_rate_that_is_tried_can_be_chosen():
    model = VisionTransformer(image_size=32, patch_size=2, width=16, depth=1, heads=2).eval().requires_grad_(False)
    pictures, labels = torch.zeros(2, 1, 32, 32, dtype=torch.uint8), torch.zeros(2, dtype=torch.long)
    answer = rates_view(model, SPEC, options(), {"test": Split({"images": pictures, "labels": labels})})
    assert answer.tensors["rates"].tolist() == [options(merge=r).merge for r in answer.tensors["rates"].tolist()]
    assert int(answer.tensors["rates"][-1]) == 98 < 16**2 // 2
