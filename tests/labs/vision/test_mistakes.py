"""The answers behind the confusion matrix are the network's own, whatever the number of pictures."""

import pytest
import torch

from playground.data import ImageSpec, Split, unit
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.mistakes import MISTAKES, answers_view
from playground.view import Options

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("n", [1, 250, 263])
def test_every_picture_has_its_answer(n):
    torch.manual_seed(0)
    network = ConvolutionalNetwork(width=4, classes=3).eval().requires_grad_(False)
    torch.nn.init.normal_(network.head.weight)
    images = torch.randint(0, 256, (n, 1, 28, 28), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    split = Split({"images": images, "labels": torch.arange(n) % 3})
    answer = answers_view(
        network, ImageSpec(name="any", channels=1, size=28, classes=("a", "b", "c")), Options(), {"test": split}
    )
    probabilities = network(unit(images)).softmax(dim=1)
    assert torch.equal(answer.tensors["labels"].long(), split["labels"]) and answer.words == {
        "classes": ["a", "b", "c"]
    }
    torch.testing.assert_close(answer.tensors["confidence"], probabilities.amax(dim=1), rtol=1e-4, atol=1e-6)
    chosen = probabilities.gather(1, answer.tensors["taken"].long()[:, None])[:, 0]
    torch.testing.assert_close(chosen, probabilities.amax(dim=1), rtol=1e-4, atol=1e-6)


def test_a_visitor_chooses_a_cell_in_the_link():
    assert MISTAKES.options.model_validate({"truth": "3", "taken": "0", "differ": "true"}).truth == 3
