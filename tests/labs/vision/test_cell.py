"""The numbers of one head: what they come to is what the network itself computes."""

import pytest
import torch

from playground.data import ImageSpec
from playground.labs.vision.cell import Head, cell_view, opened
from playground.labs.vision.vit import VisionTransformer

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = ImageSpec(name="digits", channels=1, size=8, classes=tuple("abcde"))
PICTURE = torch.randint(0, 256, (1, 8, 8), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
IMAGE = PICTURE[None].double() / 127.5 - 1


def network(class_token=False, **options):
    torch.manual_seed(0)
    shape = {"image_size": 8, "patch_size": 2, "channels": 1, "classes": 5, "width": 24, "depth": 3, "heads": 2}
    model = VisionTransformer(**shape, class_token=class_token, **options).eval().double().requires_grad_(False)
    for parameter in model.parameters():
        parameter.normal_(std=0.5)
    return model


@pytest.mark.parametrize("class_token", [False, True])
@pytest.mark.parametrize(("layer", "head"), [(0, 0), (1, 1), (2, 0)])
def test_the_steps_lead_to_the_output_of_the_networks_own_head(class_token, layer, head):
    model, mixed = network(class_token), []
    model.blocks[layer].attention.attend.register_forward_hook(lambda *given: mixed.append(given[2]))
    model(IMAGE)
    q, k, v, *_ = opened(network(class_token), IMAGE, Head(layer=layer, head=head))
    tokens = 16 + class_token
    assert q.shape == k.shape == v.shape == (tokens, 12)
    for query in range(tokens):
        scores = torch.stack([(q[query] * key).sum() for key in k]) / 12**0.5
        weights = scores.exp() / scores.exp().sum()
        output = sum(weight * value for weight, value in zip(weights, v, strict=True))
        torch.testing.assert_close(output, mixed[0][0, head, query], rtol=0, atol=1e-12)
    assert float(mixed[0][0, head].std()) > 0.1


def test_what_is_too_large_is_cut_down():
    answer = cell_view(network().float(), SPEC, Head(), {"picture": PICTURE})
    where = {"layer": 2, "head": 0, "layers": 3, "heads": 2}
    assert answer.words == {"grid": 4, "size": 8, "registers": 0, **where}
    last = cell_view(network().float(), SPEC, Head(head=99), {"picture": PICTURE})
    assert last.words["head"] == 1 and not torch.equal(last.tensors["q"], answer.tensors["q"])


@pytest.mark.parametrize("class_token", [False, True])
def test_registers_are_told_apart_from_a_class_token(class_token):
    answer = cell_view(network(class_token, registers=3).float(), SPEC, Head(), {"picture": PICTURE})
    assert answer.words["registers"] == 3 and len(answer.tensors["k"]) == class_token + 3 + 16


def test_the_view_opens_the_head_of_the_snapshot(ask, written):
    run = written("vit-digits", heads=2, depth=2, patch_size=2)
    words, tensors = ask(run, "cell", step=5, picture="ex-3", layer=1, head=1)
    assert words["step"] == 5 and (words["layer"], words["head"]) == (1, 1) and tensors["k"].shape == (16, 8)
    _, other = ask(run, "cell", step=5, picture="ex-4", layer=1, head=1)
    assert not torch.equal(other["q"], tensors["q"])
