"""Two classes that nobody has paired: how they are drawn from, evaluated and shown."""

import io

import pytest
import torch
from PIL import Image

from playground.data import Data, ImageSpec, Split
from playground.labs import recipe
from playground.labs.translation.domains import UnpairedDomains, domains, paired
from playground.labs.translation.views import Direction, Trip, counterpart, sheet_view, trip_view
from playground.recipe import InvalidRecipe
from tests.moments import moment


@pytest.fixture
def split():
    """Fourteen images, the first class dark, the second one bright; nine and five of them, mixed."""
    labels = torch.tensor([0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0])
    images = (200 * labels + torch.arange(14)).to(torch.uint8).view(14, 1, 1, 1).expand(14, 3, 16, 16).clone()
    return Split({"images": images, "labels": labels})


def test_the_classes_are_the_domains(split):
    a, b = domains(split)
    assert not paired(split) and len(a) == 9 and len(b) == 5 and a.max() < 100 < b.min()
    pairs = Split({"images": split["images"], "others": split["images"].flip(0)})
    assert paired(pairs) and torch.equal(domains(pairs)[1], split["images"].flip(0))


def test_each_class_is_walked_through_on_its_own(split):
    sampler = UnpairedDomains(split, batch_size=3, seed=0)
    batches = [sampler(moment(step)) for step in range(30)]
    assert {len(value) for batch in batches for value in batch.values()} == {3}
    seen_a, seen_b = (
        {int(value) for batch in batches for value in batch[name][:, 0, 0, 0]} for name in ("images", "others")
    )
    assert len(seen_a) == 9 and len(seen_b) == 5 and max(seen_a) < 100 < min(seen_b)
    again = UnpairedDomains(split, batch_size=3, seed=0)(moment(7))
    assert all(torch.equal(value, batches[7][name]) for name, value in again.items())
    assert len(UnpairedDomains(split, batch_size=64, seed=0)(moment(0))["images"]) == 5


def test_a_class_without_pictures_for_the_test_is_refused(split):
    class Catalog:
        def spec(self, name, size=None):
            return ImageSpec(name="own", channels=3, size=16, classes=("dark", "bright"))

        def load(self, name, size=None, progress=None):
            dark = split.at(torch.nonzero(split["labels"] == 0).flatten())
            return Data(spec=self.spec(name), train=split, test=dark, hash="")

    with pytest.raises(InvalidRecipe, match="Both classes need pictures"):
        recipe("cyclegan-emoji").load(Catalog())


def test_a_held_out_image_is_of_its_own_domain(split):
    for row in (0, 1):
        domain, truth = counterpart(split["images"][row], split)
        assert (domain, truth) == ("ab"[int(split["labels"][row])], None)


def test_without_pairs_there_is_no_distance_from_the_truth(split, used_by):
    chosen = recipe("cyclegan-emoji").changed(width=4, blocks=1, discriminator_width=4, image_size=None)
    spec = ImageSpec(name="own", channels=3, size=16, classes=("dark", "bright"))
    assert chosen.watched(spec) == ("cycle", "falls")
    objective = chosen.build(Data(spec=spec, train=split, test=split, hash=""), **used_by(chosen))
    assert objective.eval().evaluate(split).keys() == {"cycle"}
    assert len(objective.preview(torch.Generator()).images) == 5 * 6, "as many rows as the smaller class has"
    inputs = {"test": split, "picture": split["images"][0]}
    for direction, count in (("ab", 9), ("ba", 5)):
        answer = sheet_view(objective.shown, spec, Direction(direction=direction), inputs)
        sheet = Image.open(io.BytesIO(answer.tensors["jpeg"].numpy().tobytes()))
        assert sheet.size == (2 * 16, count * 16) and answer.words["of"] == count
        assert len(answer.words["names"]) == count and "translated" not in answer.words
    assert "truth" not in trip_view(objective.shown, spec, Trip(), inputs).tensors
