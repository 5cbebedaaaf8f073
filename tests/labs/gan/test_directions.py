"""Directions in W: where they are known in closed form, and as the view asks for them."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import packs
from playground.labs.gan import named
from playground.labs.gan.directions import DIRECTIONS
from playground.labs.gan.effects import HELD_OUT, MOVE
from playground.labs.gan.effects import SEED as OTHERS
from playground.labs.gan.factorization import CODES, components, factorized, steps
from playground.labs.gan.latents import codes, edited, rendered
from playground.labs.gan.layers import groups, style_weights
from playground.labs.gan.samples import draw, seeds
from playground.labs.gan.stylegan import SynthesisNetwork
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def run(written, monkeypatch):
    monkeypatch.setattr(named, "PICTURES", 60)
    return written("stylegan-faces", image_size=16, latent=12)


def synthesis(size=64):
    return SynthesisNetwork(image_size=size, channels=3, latent=6, width=8)


def pixels(tensor):
    return np.asarray(Image.open(io.BytesIO(bytes(tensor.tolist()))).convert("RGB")).astype(float)


def test_the_strongest_directions_are_right_singular_vectors():
    left, right = torch.linalg.qr(normal(9, 4)).Q, torch.linalg.qr(normal(4, 4, seed=1)).Q
    sizes = torch.tensor([5.0, 3.0, 2.0, 1.0])
    units, shares = components(left @ sizes.diag() @ right.T, k=3)
    torch.testing.assert_close(shares, sizes[:3].square() / 39)
    cosines = (units * right.T[:3]).sum(dim=1)
    torch.testing.assert_close(cosines.abs(), torch.ones(3), atol=1e-5, rtol=0)
    assert all(unit[unit.abs().argmax()] > 0 for unit in units)


def test_a_step_is_one_standard_deviation():
    codes_ = normal(20_000, 3) * torch.tensor([1.0, 2.0, 3.0])
    along = steps(torch.tensor([[0.0, 5.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), torch.cov(codes_.T))
    assert float(along[0, 1]) == pytest.approx(2, rel=0.02)
    unit = along[1] / along[1].norm()
    assert float(along[1].norm()) == pytest.approx(float((codes_ @ unit).std()), rel=1e-3)
    assert along[2].tolist() == [0, 0, 0]


def test_layers_are_grouped_as_in_the_paper():
    found = groups(synthesis())
    assert {name: (list(group.numbers), group.sides) for name, group in found.items()} == {
        "all": (list(range(10)), (4, 64)),
        "coarse": ([0, 1, 2], (4, 8)),
        "middle": ([3, 4, 5, 6], (16, 32)),
        "fine": ([7, 8, 9], (64, 64)),
    }
    assert list(groups(synthesis(8))) == ["all", "coarse", "middle"]


def test_the_weights_are_those_from_codes_to_styles():
    network = synthesis()
    one, other = normal(1, 6), normal(1, 6, seed=1)
    for name, group in groups(network).items():
        taking = [layer for number, layer in enumerate(network.convolutions) if number in group.numbers]
        taking += [layer for number, layer in enumerate(network.to_rgb) if 2 * number + 1 in group.numbers]
        change = torch.cat([layer.convolution.style(one) - layer.convolution.style(other) for layer in taking], dim=1)
        torch.testing.assert_close((one - other) @ style_weights(network, group.numbers).T, change, msg=name)


def test_an_edit_reaches_its_layers_alone(run):
    network = run.network(10)
    generator = network.generator
    w, shift = codes(network, 2, seed=3), normal(1, 12)
    before = generator.synthesis.contributions(generator.broadcast(w))
    fine = groups(generator.synthesis)["fine"]
    after = generator.synthesis.contributions(edited(network, w, shift, fine))
    same = [torch.equal(one, other) for one, other in zip(before, after, strict=True)]
    assert same == [True, False, False], "the output of 8 pixels takes the first code of 16, see `SynthesisNetwork`"
    everywhere = edited(network, w, shift, groups(generator.synthesis)["all"])
    torch.testing.assert_close(everywhere, generator.broadcast(w + shift))


def test_what_is_left_of_a_direction_is_free_of_the_other_attributes():
    normals, owners = normal(5, 8), torch.tensor([0, 0, 1, 1, 2])
    free, left = named.conditioned(normals, owners)
    apart = owners[:, None] != owners
    assert (free @ normals.T)[apart].abs().max() < 1e-5
    torch.testing.assert_close(left, free.norm(dim=1) / normals.norm(dim=1))
    alone = normal(2, 8)
    torch.testing.assert_close(named.conditioned(alone, torch.tensor([0, 0]))[0], alone)
    nothing, none = named.conditioned(normal(5, 2), owners)
    assert nothing.abs().max() == 0 and none.max() < named.NOTHING


def test_a_line_is_found_that_was_put_there(run, monkeypatch):
    """A labeler whose score is one number of w, told through the pictures' place in the draw."""
    network = run.network(10)
    found = named.named(network, run.spec, {"data": packs.load("faces").resized(16)})
    w, secret = codes(network, 60, seed=named.SEED), normal(12)
    names = found.labeler.names
    scores = (w @ secret)[:, None].expand(-1, len(names))
    monkeypatch.setattr(type(found.labeler), "scores", lambda self, images: scores)
    again = named.named(network, run.spec, {"data": packs.load("faces").resized(16)})
    centered = w - w.mean(dim=0)
    strength = 0.1 * centered.square().sum(dim=0).mean() * torch.eye(12)
    expected = torch.linalg.solve(centered.T @ centered + strength, centered.T @ (w @ secret))
    direction = again.steps[0] / again.steps[0].norm()
    assert float(direction @ expected / expected.norm()) == pytest.approx(1, abs=1e-4)


def test_strips_are_pictures_along_the_strongest_directions(ask, run):
    words, tensors = ask(run, "sefa", seed=4)
    network = run.network(10)
    shown = pixels(tensors["jpeg"])
    assert shown.shape == (6 * 16, 7 * 16, 3) and words["sides"] == [4, 16] and words["step"] == 10
    weights = style_weights(network.generator.synthesis, range(6))
    values = torch.linalg.eigvalsh(weights.T @ weights).flip(0)
    torch.testing.assert_close(tensors["shares"], values[:6] / values.sum())
    z = seeds(4, 12, n=1)
    along = factorized(network, run.spec, {}).components["all"].steps
    for row, column in ((0, 3), (2, 0), (5, 6)):
        w = network.generator.mapping(z) + (column - 3) * along[row]
        expected = rendered(network, network.generator.broadcast(w))[0].permute(1, 2, 0).numpy()
        tile = shown[row * 16 : row * 16 + 16, column * 16 : column * 16 + 16]
        assert np.abs(tile - expected).mean() < 6, "as JPEG has it"
    deviation = (codes(network, CODES, seed=0) @ (along[0] / along[0].norm())).std()
    assert float(along[0].norm()) == pytest.approx(float(deviation), rel=1e-3)


def test_sliders_move_the_picture_as_far_as_they_say(ask, run):
    network = run.network(10)
    z = seeds(0, 12, n=1)
    assert torch.equal(ask(run, "moved", seed=0)[1]["picture"], draw(network, z)[0])
    found = factorized(network, run.spec, {}).components
    for layers, text in (("all", "d1:2;d3:-1.5"), ("coarse", "d1:2;d3:-1.5"), ("all", "d1:9;d3:-1.5")):
        along = found[layers].steps
        shift = min(3, float(text[3])) * along[0] - 1.5 * along[2]
        group = groups(network.generator.synthesis)[layers]
        expected = rendered(network, edited(network, network.generator.mapping(z), shift[None], group))[0]
        picture = ask(run, "moved", seed=0, layers=layers, moved=text)[1]["picture"]
        assert (picture.int() - expected.int()).abs().max() <= 1


def test_named_and_unnamed_directions_add_up(ask, run):
    network = run.network(10)
    known = named.named(network, run.spec, {"data": packs.load("faces").resized(16)})
    w = network.generator.mapping(seeds(0, 12, n=1))
    for keep, along in ((False, known.steps), (True, known.conditional)):
        shift = 2 * along[6] - known.factorized.components["all"].steps[1]
        expected = rendered(network, network.generator.broadcast(w + shift))[0]
        picture = ask(run, "steered", seed=0, moved="a7:2;d2:-1", keep=keep)[1]["picture"]
        assert (picture.int() - expected.int()).abs().max() <= 1


def test_the_best_of_each_attribute_and_all_of_one(ask, run):
    words, tensors = ask(run, "attributes")
    owners = [name.split(":")[0] for name in words["names"]]
    told = [one["name"] for one in words["attributes"]]
    assert sorted(owners) == sorted(told) and len(words["agree"]) == len(told)
    fits = tensors["explained"].tolist()
    assert fits == sorted(fits, reverse=True)
    assert pixels(tensors["jpeg"]).shape == (16 * len(owners), 7 * 16, 3)
    assert all(0 <= share <= 1 for share in words["agree"])
    mouths, others = ask(run, "attributes", attribute=1 + told.index("mouth"))
    values = next(one["values"] for one in words["attributes"] if one["name"] == "mouth")
    assert sorted(mouths["names"]) == sorted(f"mouth: {value}" for value in values)
    best = fits[owners.index("mouth")]
    assert float(others["explained"].max()) == pytest.approx(best)


def test_effects_are_counted_on_other_pictures(ask, run):
    network = run.network(10)
    known = named.named(network, run.spec, {"data": packs.load("faces").resized(16)})
    names = ask(run, "attributes")[0]["numbers"]
    words, tensors = ask(run, "effects")
    assert words["pictures"] == HELD_OUT and words["attributes"] == [one.name for one in known.labeler.attributes]
    w = codes(network, HELD_OUT, seed=OTHERS)

    def answers(w):
        scores = known.labeler.scores(rendered(network, network.generator.broadcast(w)))
        return known.labeler.answers(scores).tolist()

    before = answers(w)
    for row, number in enumerate(names[:3]):
        owner, value = int(known.labeler.owners[number - 1]), known.labeler.value(number - 1)
        after = answers(w + MOVE * known.steps[number - 1])
        without = [i for i, answer in enumerate(before) if answer[owner] != value]
        assert int(tensors["without"][row]) == len(without)
        assert int(tensors["become"][row]) == sum(after[i][owner] == value for i in without)
        changed = [
            sum(one[a] != other[a] for one, other in zip(before, after, strict=True)) for a in range(len(before[0]))
        ]
        assert tensors["changed"][row].tolist() == changed


def test_the_trace_is_the_share_of_the_strongest(ask, context, run, read_answer):
    words, tensors = read_answer(context.views.trace(DIRECTIONS, run, {"layers": "middle"}))
    assert words["names"] == ["Share of direction 1", "of directions 1 to 3"]
    for step, values in zip(tensors["steps"].tolist(), tensors["values"], strict=True):
        shares = ask(run, "sefa", step, layers="middle")[1]["shares"]
        torch.testing.assert_close(values, torch.stack([shares[0], shares[:3].sum()]))


def test_a_class_conditional_network_is_given_the_class(ask, written, monkeypatch):
    monkeypatch.setattr(named, "PICTURES", 60)
    run = written("stylegan-faces", data="digits", image_size=8, latent=12, condition="class")
    network, z = run.network(10), seeds(0, 12, n=1)
    for label in (0, 7):
        picture = ask(run, "moved", seed=0, label=label)[1]["picture"]
        assert (picture.int() - draw(network, z, torch.tensor([label]))[0].int()).abs().max() <= 1
    with pytest.raises(BadOption, match="There is no class 10"):
        ask(run, "moved", label=10)
    words, _ = ask(run, "attributes", attribute=1)
    assert len(words["names"]) == 9 and {name.split(":")[0] for name in words["names"]} == {"class"}
    with pytest.raises(BadOption, match="has no fine layers; there are all, coarse, middle"):
        ask(run, "sefa", layers="fine")


def test_data_without_attributes_leave_directions_without_names(ask, run, monkeypatch):
    monkeypatch.setattr("playground.labs.gan.attributes.known", lambda data: {})
    words, tensors = ask(run, "attributes")
    assert words["names"] == words["attributes"] == words["dropped"] == [] and "jpeg" not in tensors
    assert "become" not in ask(run, "effects")[1]
    with pytest.raises(BadOption, match="There is no direction a1; there are 1 to 0"):
        ask(run, "steered", moved="a1:2")
    assert ask(run, "steered", moved="d1:2")[1]["picture"].shape == (3, 16, 16)


def test_a_network_that_has_diverged_is_shown_all_the_same(ask, run, monkeypatch):
    network = run.network(10)
    for weight in network.generator.parameters():
        weight.data.fill_(torch.nan)
    monkeypatch.setattr(type(run), "network", lambda self, step: network)
    assert ask(run, "sefa")[1]["shares"].tolist() == [0.0] * 6
    assert ask(run, "attributes")[1]["explained"].isfinite().all()


@pytest.mark.parametrize(
    ("part", "options", "sentence"),
    [
        ("moved", {"moved": "d7:1"}, "There is no direction d7; there are 1 to 6"),
        ("moved", {"moved": "a1:1"}, "There is no direction a1; there are 1 to 0"),
        ("moved", {"moved": "left"}, "“moved”"),
        ("sefa", {"layers": "some"}, "“layers”"),
        ("attributes", {"attribute": "10"}, "There is no attribute 10; there are 1 to 9"),
        ("attributes", {"attribute": "mouth"}, "“attribute”"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(ask, run, part, options, sentence):
    with pytest.raises(BadOption, match=sentence):
        ask(run, part, **options)


def test_it_is_for_stylegan_alone(written):
    run = written("gan-digits")
    assert not DIRECTIONS.fits(run.network_class, run.spec, run.recipe)
