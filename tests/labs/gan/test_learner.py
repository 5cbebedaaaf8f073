"""The small classifier: what interrupts it does not show, and it says where its answer comes from."""

import torch

from playground.labs.gan.learner import ROUNDS, Learner, Rounds, before
from playground.labs.vision.resnet9 import ResNet9


def small():
    return ResNet9(channels=1, classes=2, stem=4, widths=(8, 8), depth=0)


def batches(number, n=6):
    """Bright pictures and dark ones."""
    rng = torch.Generator().manual_seed(number)
    labels = torch.tensor([0, 1]).repeat(8)
    noise = torch.randint(0, 120, (n, 16, 1, 12, 12), generator=rng)
    return [((one + 100 * labels.view(-1, 1, 1, 1)).to(torch.uint8), labels) for one in noise]


def test_it_learns_what_is_plain_and_goes_on_as_if_it_had_never_stopped():
    whole, state = Learner(small), None
    for number in range(1, ROUNDS + 1):
        whole.learn(number, batches(number))
        part = Learner(small, state)
        part.learn(number, batches(number))
        state = part.state()
    expected = whole.state()
    assert state.keys() == expected.keys() and all(torch.equal(state[name], expected[name]) for name in state)
    ((images, labels),) = batches(99, n=1)
    assert torch.equal(whole.logits(images).argmax(dim=1), labels)


def test_what_was_given_stays_as_it_is():
    first = Learner(small)
    first.learn(1, batches(1))
    state = first.state()
    kept = {name: value.clone() for name, value in state.items()}
    for _ in range(2):
        Learner(small, state).learn(2, batches(2))
    assert all(torch.equal(state[name], kept[name]) for name in kept)


def test_the_answer_to_an_image_does_not_depend_on_the_others():
    learner = Learner(small)
    learner.learn(1, batches(1))
    ((images, _),) = batches(5, n=1)
    torch.testing.assert_close(learner.logits(images)[3:4], learner.logits(images[3:4]))


def test_the_mean_over_places_is_the_logits():
    learner = Learner(small)
    learner.learn(1, batches(1))
    ((images, _),) = batches(5, n=1)
    means = learner.maps(images).mean(dim=(2, 3)) + learner.network.head.bias
    torch.testing.assert_close(means, learner.logits(images))


def test_rounds_come_one_after_the_other():
    assert before(Rounds(round=3)).round == 2 and before(Rounds(round=1)) is None
