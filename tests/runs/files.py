"""The files of a run, written past its writer or cut short."""

from playground.runs.folder import step_name
from playground.runs.writer import Writer


def cut(path, by):
    """Cuts off the last bytes of a file."""
    path.write_bytes(path.read_bytes()[:-by])


def writing(run):
    """A writer that beats no more."""
    writer = Writer(run.path)
    writer.close()
    return writer


def snapshot(run, step):
    return run.path / "snapshots" / step_name(step, "safetensors")


def append(run, *lines):
    """Adds lines to the events of a run, as they are: text, or bytes that may be none."""
    with open(run.path / "events.jsonl", "ab") as file:
        file.writelines((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
