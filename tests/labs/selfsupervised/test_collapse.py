"""Whether a collapse is seen: of networks whose collapse is known, of a run that ships, and from many threads."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from playground.data import ImageSpec, packs
from playground.data.columns import Split
from playground.labs import recipe, views
from playground.labs.selfsupervised.representation import Representation
from playground.labs.selfsupervised.views.collapse import PICTURES, collapse_view, prepared_collapse, trace_view
from playground.metrics.representations import effective_rank
from playground.runs.networks import Networks
from playground.ui.inputs import Inputs
from playground.ui.views import Views
from playground.view import Options, decode

pytestmark = pytest.mark.usefixtures("one_thread")
SPEC = ImageSpec(name="noise", channels=1, size=8)


class Known(Representation):
    """Pixels as features, and embeddings that are known."""

    def __init__(self, embed):
        nn.Module.__init__(self)
        self.embed = embed

    def features(self, images):
        return images.flatten(1)

    def forward(self, images):
        return self.embed(images.flatten(1))


def noise(n):
    rng = torch.Generator().manual_seed(0)
    return Split({"images": torch.randint(0, 256, (n, 1, 8, 8), generator=rng, dtype=torch.uint8)})


def asked(embed, n=200):
    network, inputs = Known(embed), {"test": noise(n), "recipe": recipe("simclr-fashion")}
    inputs["prepared"] = prepared_collapse(network, SPEC, inputs)
    return collapse_view(network, SPEC, Options(), inputs), trace_view(network, SPEC, Options(), inputs)


def test_pictures_that_differ_evenly_have_not_collapsed():
    answer, trace = asked(lambda x: x)
    gauges = answer.words["features"]
    assert gauges == answer.words["embeddings"] and gauges["dimensions"] == 64
    assert gauges["spread"] == pytest.approx(1, abs=0.02) and gauges["effective_rank"] > 50
    assert gauges["uniformity"] < -3.5 and gauges["alignment"] > 0.5
    assert answer.words["verdict"].endswith("not collapsed.") and answer.words["pictures"] == 200
    assert answer.tensors["features"].min() > 0.3
    assert trace.tensors["values"].tolist() == pytest.approx([gauges["effective_rank"]] * 2)


def test_one_embedding_for_all_pictures_is_a_collapse():
    answer, trace = asked(lambda x: torch.ones(len(x), 16) + 1e-4 * x[:, :16])
    gauges = answer.words["embeddings"]
    assert gauges["spread"] < 0.001 and gauges["uniformity"] > -0.001 and gauges["alignment"] < 0.001
    assert answer.words["verdict"].startswith("To the loss all pictures are nearly one point: collapsed.")
    assert answer.tensors["embeddings"].max() < 0.01 < answer.tensors["features"].min()
    exactly, trace = asked(lambda x: torch.ones(len(x), 16))
    assert exactly.words["embeddings"]["effective_rank"] == 1 == trace.tensors["values"][1]


def test_embeddings_of_few_directions_are_a_partial_collapse():
    answer, _ = asked(lambda x: torch.cat([x[:, :1], torch.zeros(len(x), 31)], dim=1))
    assert answer.words["embeddings"]["effective_rank"] == pytest.approx(1, abs=1e-3)
    assert answer.words["verdict"].endswith("partly collapsed (dimensional collapse).")
    assert answer.tensors["embeddings"][0] > 5 and answer.tensors["embeddings"][1:].max() < 1e-6


def test_how_many_directions_there_are_is_not_said_of_fewer_pictures():
    answer, _ = asked(lambda x: x, n=30)
    gauges = answer.words["features"]
    assert gauges["dimensions"] == 29 == len(answer.tensors["features"]) and gauges["effective_rank"] > 25
    assert answer.tensors["features"].min() > 0.3, "no cliff where the pictures end"
    assert answer.words["verdict"] == "Pictures are spread out: not collapsed."


def test_logits_of_more_prototypes_than_a_bottleneck_has_numbers_lie_in_its_space():
    few = recipe("dino-fashion").changed(embedding=256, bottleneck=32)
    network = few.network(few.spec(packs)).eval()
    images = torch.randn(40, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = network(images)
        free = network.free(logits)
    assert logits.shape == (40, 256) and free.shape == (40, 32)
    torch.testing.assert_close(free @ free.T, logits @ logits.T, atol=1e-4, rtol=1e-4)


def test_of_few_pictures_nothing_is_said():
    answer, _ = asked(lambda x: x, n=3)
    assert answer.words["verdict"] == "3 pictures are too few to tell."
    assert asked(lambda x: x, n=1)[0].encode()


@pytest.mark.thorough
def test_a_run_is_seen_the_same_from_many_threads(store, shipped):
    run, view = shipped("simclr-fashion"), views()["selfsupervised"]["collapse"]
    answers = Views(store, Networks(), Inputs(packs))
    steps = [run.snapshots[0], run.snapshots[3], run.snapshots[-1]]
    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(lambda step: decode(answers.answer(view, run, step, {})), steps * 3))
    images = packs.load("fashion").test["images"][:PICTURES]
    for i, step in enumerate(steps * 3):
        alone = given[i % 3].tensors
        assert all(torch.equal(value, alone[name]) for name, value in given[i].tensors.items())
        assert given[i].words["step"] == step
    with torch.no_grad():
        features = run.network(steps[-1]).features(2 * images.float() / 255 - 1)
    told = given[2].words["features"]["effective_rank"]
    assert told == pytest.approx(effective_rank(features), rel=1e-3)
    assert given[0].words["features"]["spread"] < given[2].words["features"]["spread"]
    trace = decode(answers.trace(view, run, {}))
    assert trace.tensors["steps"].tolist() == list(run.snapshots)
    assert float(trace.tensors["values"][-1, 0]) == pytest.approx(told, rel=1e-4)


def test_untrained_weights_are_no_collapse(shipped):
    run, test = shipped("simclr-fashion"), packs.load("fashion").test
    for step, words in ((0, "close together"), (11788, "of 64 directions: not collapsed")):
        inputs = {"test": test, "recipe": run.recipe}
        with torch.no_grad():
            inputs["prepared"] = prepared_collapse(run.network(step), run.spec, inputs)
            assert words in collapse_view(run.network(step), run.spec, Options(), inputs).words["verdict"]
