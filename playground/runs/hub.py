"""A run on the Hub: its film, its weights and a card, given to others; see `pull.py` for the way back.

What lies there is the run folder as it is here, so that what comes from the Hub is a run like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from safetensors.torch import save

from playground.download import TIMEOUT, HubUnavailable, plainly, within
from playground.errors import PlaygroundError
from playground.media import TYPES
from playground.runs.folder import FRAMES, step_files
from playground.runs.reader import Run
from playground.runs.snapshot import KINDS, is_whole

FILES = re.compile(
    rf"run\.json|status\.json|events\.jsonl|snapshots/[0-9]{{8}}\.({'|'.join(map(re.escape, KINDS))})"
    rf"|previews/[0-9]{{8}}\.({'|'.join(TYPES)})"
)
"""What of a repository is the run; all else in it is for others."""
WEIGHTS = "model.safetensors"
"""The weights of the last frame, under the name that the Hub knows them by."""
REPO = re.compile(r"[0-9A-Za-z][\w.-]{0,95}/[0-9A-Za-z][\w.-]{0,95}")


class NotForOthers(PlaygroundError):
    """A run that must stay where it is."""


class BadRepository(PlaygroundError):
    """What a repository holds is no run that this version of the playground can read, or its name is none."""


def checked(repo: str) -> str:
    """The name of a repository, where it can be one.

    Raises:
        BadRepository: When it cannot.
    """
    if not REPO.fullmatch(repo) or ".." in repo or "--" in repo:
        raise BadRepository(f"“{repo[:80]}” is no name of a repository; they are written owner/name.")
    return repo


def push(
    run: Run, repo: str, *, token: str, private: bool = True, on_progress: Callable[[float], None] = lambda _: None
) -> str:
    """Puts a run on the Hub, in one commit: whoever looks sees all of it or nothing.

    A repository that is there already gets a new commit. What was sent before a break is not sent again.

    Args:
        run: One that has a snapshot, and learned from no visitor's own data.
        repo: The repository, `name/name`; made if need be.
        token: The owner's, with the right to write; it is sent and kept nowhere.
        private: Whether a repository that is made is seen by its owner alone.
        on_progress: Called with the fraction of the files that is sent, 0 to 1.

    Returns:
        The commit's address.

    Raises:
        BadRepository: When `repo` is no name of one.
        HubUnavailable: When the Hub cannot be reached, or does not take it.
        NotForOthers: When the run learned from private data.
        NoSuchStep: When it has no snapshot.
    """
    from huggingface_hub import CommitOperationAdd, HfApi

    checked(repo)
    if run.status.state in ("queued", "running"):
        raise NotForOthers(f"The run “{run.id}” is being trained; stop it first.")
    if run.info.private:
        raise NotForOthers(f"The run “{run.id}” learned from somebody's own pictures; it stays here.")
    api = HfApi(token=token)
    title = f"the repository “{repo}”"
    files = list(published(run, repo))
    with plainly(title, otherwise="nothing of the run is there yet."):
        within(TIMEOUT, lambda: api.create_repo(repo, private=private, exist_ok=True))
        operations = []
        for number, (name, content) in enumerate(files, 1):
            operation = CommitOperationAdd(path_in_repo=name, path_or_fileobj=content)
            try:
                api.preupload_lfs_files(repo, [operation])
            except RuntimeError as error:  # the client wraps what went wrong
                raise HubUnavailable(f"The Hub did not take {name} of {title}; try again.") from error
            operations.append(operation)
            on_progress(number / len(files))
        message = f"{run.id}, {len(run.snapshots)} frames"
        return str(api.create_commit(repo, operations, commit_message=message).commit_url)


def published(run: Run, repo: str) -> Iterator[tuple[str, bytes | str]]:
    """The files of a run as the Hub gets them: each one's name there, and its content or where that lies."""
    step = run.nearest(None)
    weights = run.network(step).state_dict()
    yield "README.md", readme(run, repo).encode()
    yield "run.json", run.info.model_copy(update={"owner": ""}).model_dump_json(indent=1).encode()
    yield "status.json", run.status.model_copy(update={"worker": None}).model_dump_json().encode()
    yield "events.jsonl", (run.path / "events.jsonl").read_bytes()
    yield WEIGHTS, save({name: value.contiguous() for name, value in weights.items()}, {"format": "pt"})
    for folder in FRAMES:
        for _, file in sorted(step_files(run.path, folder)):
            if FILES.fullmatch(name := f"{folder}/{file.name}") and (folder != "snapshots" or is_whole(file)):
                yield name, str(file)


def readme(run: Run, repo: str) -> str:
    """The card as the Hub reads it: what the run reached in the Hub's own schema, and how to load it."""
    from huggingface_hub import EvalResult, ModelCard, ModelCardData

    final = run.final()
    spec, recipe = run.info.spec, run.recipe
    title = run.info.data_title or spec.name
    results = [
        EvalResult(
            task_type=recipe.task,
            dataset_type=spec.name,
            dataset_name=title,
            dataset_split="test",
            metric_type=name,
            metric_name=str(recipe.labels.get(name, name)),
            metric_value=value,
        )
        for name, value in (final[0] if final else {}).items()
        if value is not None
    ]
    data = ModelCardData(
        library_name="pytorch",
        pipeline_tag=recipe.task,
        tags=["playground", run.info.name],
        model_name=run.id if results else None,
        eval_results=results or None,
    )
    step, knobs = run.nearest(None), ", ".join(f"{name} {value}" for name, value in run.info.knobs.items())
    body = f"""
# {run.id}

{recipe.title}, trained on {title} for {step:,} steps. {len(run.snapshots)} frames of its training are here, as a film.

```python
from pathlib import Path
from playground.runs.pull import pull
from playground.runs.store import Store

run = pull("{repo}", Store(Path("runs")))
network = run.network(run.nearest(None))
```

`{WEIGHTS}` holds the weights of the last frame alone. Knobs: {knobs}.
"""
    return str(ModelCard(f"---\n{data.to_yaml()}\n---\n{body}"))
