"""The nearest training images, also of images that have no labels."""

import torch

from playground.data import Split
from playground.metrics.generated import Neighbors
from playground.metrics.nearest import NEAREST, nearest_answer


class Mean:
    """Features of one number: the brightness."""

    name = "brightness"

    def embed(self, images):
        return images.float().flatten(1).mean(dim=1, keepdim=True)


def test_images_without_labels_are_found_as_well():
    images = torch.arange(8, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 4, 4).contiguous() * 20
    for columns in ({}, {"labels": torch.arange(8)}):
        split = Split({"images": images, **columns})
        answer = nearest_answer(images[5:6], Neighbors(split, Mean(), Mean().embed(images)))
        assert torch.equal(answer.tensors["pictures"][0], images[5]) and answer.tensors["distances"][0] == 0
        assert answer.tensors["labels"].tolist()[:1] == ([5] if columns else [0])
        assert len(answer.tensors["labels"]) == NEAREST and answer.words["of"] == 8
