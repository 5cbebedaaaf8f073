"""A network as wide as another run's codes: it is trained, shown, resumed, evaluated and branched."""

import pytest
import torch

from playground.data import unit
from playground.jobs.launch import checked
from playground.labs import kinds
from playground.recipe import InvalidRecipe
from playground.runs.folder import Parent
from playground.runs.networks import Networks
from playground.runs.reader import BrokenRun, NoSuchStep
from playground.runs.store import Store, UnknownRun
from playground.ui.inputs import Inputs
from playground.ui.views import Views
from playground.view import Answer, Part, View, decode
from tests.toys.probe import Probe, ProbeRecipe
from training.record import evaluated, record

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The recipe is known while these tests run."""
    monkeypatch.setitem(kinds(), "probe", ProbeRecipe)


@pytest.fixture
def encoder(written):
    """Writes a run whose codes have some length; its snapshots differ."""
    return lambda latent, **options: written("vae-digits", latent=latent, **options)


@pytest.fixture
def trained(store):
    def train(parent=None, **knobs):
        chosen = ProbeRecipe(**({"data": "digits", "seconds": None, "steps": 12, "batch_size": 32} | knobs))
        run = store.create("probe-digits", chosen, data_hash=store.data.card("digits").hash, parent=parent)
        for _ in record(run, store=store):
            pass
        assert run.status.state == "done", run.status.message
        return run

    return train


def test_the_network_is_as_wide_as_the_codes(store, encoder, trained):
    for latent in (3, 5):
        run = trained(encoder=encoder(latent).id)
        step = run.snapshots[-1]
        assert run.info.shape == {"width": latent}
        assert run.network(step).head.weight.shape == (10, latent)
        assert not torch.equal(run.weights(0)["head.weight"], run.weights(step)["head.weight"])
        assert evaluated(run, step, store=store)[0] == pytest.approx(run.final()[0], rel=1e-2)


def test_a_step_of_a_run_can_be_used(store, encoder, trained):
    run = encoder(3)
    newest, first = (trained(encoder=name).info.uses["encoder"] for name in (run.id, f"{run.id}@0"))
    assert (newest.run, newest.step, first.run, first.step) == (run.id, 10, run.id, 0)
    assert newest.hash != first.hash
    used = store.networks({"encoder": first})["encoder"].network.state_dict()
    assert all(torch.equal(value, used[name]) for name, value in run.weights(0).items())


def test_it_is_shown_without_the_encoder_and_trained_with_no_other(store, encoder, trained):
    used = encoder(3)
    run = trained(encoder=used.id)
    (used.path / "snapshots" / "00000010.safetensors").write_bytes(
        (used.path / "snapshots" / "00000005.safetensors").read_bytes()
    )
    with pytest.raises(BrokenRun, match="needed as encoder, has changed"):
        store.networks(run.info.uses)
    store.delete(used)
    assert run.network(run.snapshots[-1]).head.in_features == 3 and run.network_class.__name__ == "Probe"


def test_a_branch_goes_on_and_with_other_codes_gets_another_head(store, encoder, trained):
    parent = trained(encoder=encoder(3).id)
    origin = Parent(run=parent.id, step=parent.snapshots[-1])
    wider = parent.recipe.changed(encoder=encoder(5).id)
    for chosen, width in ((parent.recipe, 3), (wider, 5)):
        _, network = checked(store, chosen, parent=origin, owner="")
        assert network.head.weight.shape == (10, width)
        branch = trained(parent=origin, encoder=chosen.encoder)
        begins = branch.weights(branch.snapshots[0])["head.weight"]
        assert begins.shape == (10, width)
        assert torch.equal(begins, parent.weights(origin.step)["head.weight"]) == (width == 3)


def test_a_view_is_given_the_encoder(store, encoder, trained):
    def logits(network, spec, options, inputs):
        codes = inputs["uses"]["encoder"].network.encode(unit(inputs["picture"])[None])[0]
        return Answer({"logits": network(codes)[0]})

    part = Part(logits, inputs=("uses", "picture"))
    view = View(
        name="probe", title="Probe", question="Which?", about="So.", needs=Probe, painter="", parts={"logits": part}
    )
    run = trained(encoder=encoder(3).id)
    step = run.snapshots[-1]
    answer = decode(Views(store, Networks(), Inputs(store.data)).answer(view, run, step, {"picture": "ex-4"}))
    codes = store.networks(run.info.uses)["encoder"].network.encode(unit(store.data.examples("digits")["images"][4:5]))
    torch.testing.assert_close(answer.tensors["logits"], run.network(step)(codes[0])[0])


@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        ("cnn-fashion", InvalidRecipe, "“cnn-fashion” has no codes to probe; choose a variational autoencoder."),
        ("vae-nowhere", UnknownRun, "There is no run “vae-nowhere”"),
        ("vae-fashion@7", NoSuchStep, "The run “vae-fashion” has no snapshot at step “7”; it has 0, "),
        ("vae-fashion@", NoSuchStep, "The run “vae-fashion” has no snapshot at step “”; it has 0, "),
        ("vae-fashion@٠", NoSuchStep, "The run “vae-fashion” has no snapshot at step “٠”; it has 0, "),
        ("../vae-fashion@0", UnknownRun, "There is no run “../vae-fashion”"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path, name, error, sentence):
    store = Store(tmp_path)
    chosen = ProbeRecipe(encoder=name)
    for refuse in (lambda: checked(store, chosen, parent=None, owner=""), lambda: store.create("probe-digits", chosen)):
        with pytest.raises(error) as caught:
            refuse()
        assert str(caught.value).startswith(sentence)
