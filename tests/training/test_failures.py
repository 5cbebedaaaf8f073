"""What becomes of a run whose training fails: a sentence that says why, and what is left."""

from __future__ import annotations

import errno
import json
import resource
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from playground.labs import recipe
from playground.labs.vae.elbo import Elbo
from playground.runs.events import Checkpoint, Finished
from tests.training.recording import SMALL, assert_same, queued, train
from training.record import record

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_state_of_other_code_ends_in_a_sentence(store):
    run = queued(store)
    train(run)
    state = run.state()
    renamed = {name.replace("objective.", "objective.vae."): value for name, value in state.tensors.items()}
    path = run.path / "state.safetensors"
    path.write_bytes(save(renamed, metadata={"values": json.dumps(state.values)}))
    train(run, resume=True)
    assert run.status.state == "failed"
    assert run.status.message.startswith("Another version of the playground saved the state of this run;")


def test_a_full_disk_fails_with_a_sentence_and_a_resume_completes(store, often, monkeypatch):
    whole, run = queued(store), queued(store)
    train(whole)

    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        for event in record(run):
            if isinstance(event, Checkpoint) and event.step == 9:
                patched.setattr(Path, "write_bytes", full)
    status = run.status
    assert status.state == "failed"
    assert status.message == (
        "The disk is full, so make room on it first; it is saved up to step 9 and can be resumed from there."
    )
    train(run, resume=True)
    assert run.status.state == "done"
    assert_same(whole, run)


def test_a_file_beyond_the_limit_fails_with_a_sentence(store):
    run = queued(store)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        train(run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert run.status.state == "failed"
    assert run.status.message.startswith("A file would have grown larger than this system allows, ")
    assert run.snapshots == [] and not list(run.path.rglob(".*"))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "The memory ran out, so try a smaller network or smaller batches; nothing was saved yet"),
        (torch.OutOfMemoryError("CUDA out of memory."), "The memory ran out"),
        (RuntimeError("[enforce fail] . DefaultCPUAllocator: can't allocate memory"), "The memory ran out"),
        (RuntimeError("unable to mmap 9 bytes from file <a>: Cannot allocate memory (12)"), "The memory ran out"),
        (ZeroDivisionError("division by zero"), "Something went wrong inside the training, and its log says what"),
    ],
)
def test_an_error_becomes_a_sentence_and_its_traceback_goes_to_the_log(store, monkeypatch, error, sentence):
    run = queued(store)

    def broken(self, phase, batch, moment):
        raise error

    monkeypatch.setattr(Elbo, "loss", broken)
    events = train(run)
    assert not any(isinstance(event, Finished) for event in events)
    assert run.status.state == "failed" and run.status.message.startswith(sentence)
    assert "Traceback" not in run.status.message
    assert f"in broken\n    raise error\n{type(error).__name__}" in (run.path / "log.txt").read_text().replace(
        "torch.", ""
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "This training needs more memory than the 3.0 GB that one may take here"),
        (torch.OutOfMemoryError("CUDA out of memory."), "The memory ran out"),  # of the GPU, which is not bound
    ],
)
def test_where_memory_is_bound_the_limit_is_named(store, monkeypatch, error, sentence):
    run = queued(store)
    monkeypatch.setattr(Elbo, "loss", lambda self, phase, batch, moment: (_ for _ in ()).throw(error))
    train(run, memory=3_000_000_000)
    assert run.status.state == "failed" and run.status.message.startswith(sentence)


def test_a_loss_that_is_no_number_is_told_as_it_is(store, monkeypatch):
    run = queued(store)
    loss = Elbo.loss
    monkeypatch.setattr(Elbo, "loss", lambda *given: {k: v * torch.nan for k, v in loss(*given).items()})
    train(run)
    assert run.status.state == "failed"
    assert run.status.message.startswith("The loss is no longer a finite number after 1 steps.")
    assert not (run.path / "log.txt").exists()


def test_other_pictures_than_those_it_was_made_for_are_refused(store):
    run = store.create("vae-digits", recipe("vae-digits").changed(**SMALL), data_hash="another")
    assert train(run) == []
    assert run.status.state == "failed" and "have changed" in run.status.message
