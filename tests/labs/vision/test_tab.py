"""What the page is sent of the attention is the attention, to within a 255th of each row's largest value."""

import numpy as np
import pytest
import torch

from playground.data import unit
from playground.labs.vision.attention import attention
from playground.labs.vision.tab import described
from playground.labs.vision.vit import VisionTransformer

CLASSES = tuple("abcde")


def network(**options):
    torch.manual_seed(0)
    model = VisionTransformer(
        **{
            "image_size": 8,
            "patch_size": 2,
            "channels": 1,
            "classes": 5,
            "width": 16,
            "depth": 3,
            "heads": 2,
            "class_token": False,
        }
        | options
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.5)
    return model.eval().requires_grad_(False)


def picture(channels=1):
    return unit(torch.randint(0, 256, (1, channels, 8, 8), generator=torch.Generator().manual_seed(1)).to(torch.uint8))


def unpacked(head, content):
    """The rows as `maps.js` reads them."""
    layers, heads, tokens = head["layers"], head["heads"], head["tokens"]
    scales = 4 * layers * heads * tokens
    largest = np.frombuffer(content[:scales], dtype="<f4").reshape(layers, heads, tokens, 1)
    rows = np.frombuffer(content[scales:], dtype=np.uint8).reshape(layers, heads, tokens, tokens)
    return torch.from_numpy(largest * (rows / 255.0)).float(), torch.from_numpy(largest.copy())


@pytest.mark.parametrize("class_token", [False, True])
def test_the_packing_decodes_back_to_the_attention(class_token):
    model = network(class_token=class_token)
    head, content = described(model, picture(), step=7, classes=CLASSES)
    _, maps = attention(model, picture())
    back, largest = unpacked(head, content)
    assert back.shape == maps[0].shape == (3, 2, 16 + class_token, 16 + class_token)
    assert float(maps.std()) > 0.01
    assert ((back - maps[0]).abs() <= largest / 255).all()
    # rounding to the nearest costs no more than half a step
    assert ((back - maps[0]).abs() <= 0.5 * largest / 255 + 1e-6).all()
    torch.testing.assert_close(back.sum(dim=-1), torch.ones(3, 2, 16 + class_token), atol=0.04, rtol=0)


def test_the_head_says_what_the_page_needs():
    model = network()
    head, _ = described(model, picture(), step=7, classes=CLASSES)
    assert [head[key] for key in ("step", "layers", "heads", "tokens", "grid", "size")] == [7, 3, 2, 16, 4, 8]
    assert head["classes"] == list(CLASSES)
    expected = model(picture())[0].softmax(dim=0)
    assert head["probabilities"] == pytest.approx(expected.tolist(), abs=1e-5)
    assert sum(head["probabilities"]) == pytest.approx(1, abs=1e-4)


def test_without_classes_there_are_no_probabilities():
    head, content = described(network(classes=0), picture(), step=None, classes=())
    assert head["probabilities"] == [] and head["step"] is None and len(content) > 0


def test_attention_that_sits_on_one_patch_survives():
    model = network()
    with torch.no_grad():
        for block in model.blocks:
            block.attention.qkv.weight.mul_(50)
    head, content = described(model, picture(), step=0, classes=CLASSES)
    back, largest = unpacked(head, content)
    assert float(largest.max()) > 0.999 and torch.isfinite(back).all()
