"""A run folder that is written stays within bounds, and goes on whatever else has been put into it."""

import pytest
import torch

from playground.media import Sheet
from playground.runs.events import Preview, Snapshot
from playground.runs.folder import FRAMES, step_files
from playground.runs.writer import MAX_FRAMES, Writer


@pytest.fixture
def writer(written):
    """Goes on with a run that has frames at the steps 0, 5 and 10."""
    writer = Writer(written().path)
    yield writer
    writer.close()


def write_preview(writer, step):
    writer.write(Preview(step, Sheet(torch.zeros(1, 1, 2, 2, dtype=torch.uint8), 1)))


def write_frame(writer, step):
    writer.write(Snapshot(step, {"weight": torch.zeros(2, 2)}, {}))
    write_preview(writer, step)


def steps(writer, folder):
    return sorted(step for step, _ in step_files(writer.path, folder))


def test_previews_alone_make_room_first(writer):
    for step in range(11, 300):
        write_preview(writer, step)
    assert steps(writer, "snapshots") == [0, 5, 10]
    kept = steps(writer, "previews")
    assert len(kept) == MAX_FRAMES and kept[:3] == [0, 5, 10] and kept[-1] == 299


def test_a_method_that_marks_often_keeps_its_frames_within_bounds(writer):
    for step in range(11, 300):
        write_frame(writer, step)
        assert steps(writer, "snapshots") == steps(writer, "previews") == writer.preview_steps
    kept = writer.preview_steps
    assert len(kept) == MAX_FRAMES and kept[0] == 0 and kept[-1] == 299
    gaps = [after - before for before, after in zip(kept[10:], kept[11:], strict=False)]
    assert sum(gaps[:20]) < sum(gaps[-20:]), "later frames lie further apart"


def test_files_of_others_are_left_alone(writer):
    for folder in FRAMES:
        for name in ("Thumbs.db", "desktop.ini", "notes.txt"):
            (writer.path / folder / name).write_bytes(b"x")
    again = Writer(writer.path)
    again.close()
    assert again.preview_steps == [0, 5, 10]
    assert (writer.path / "previews" / "Thumbs.db").exists()
