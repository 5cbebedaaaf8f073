"""Runs go to a stand-in for the Hub and come back, whole or not at all, whatever breaks on the way."""

import errno
import gzip
import json
import shutil
import threading

import pytest
import torch
from safetensors.torch import load

from playground.download import HubUnavailable
from playground.runs.hub import BadRepository, NotForOthers, push, readme
from playground.runs.pull import FETCHED, pull
from playground.runs.store import DiskProblem, Store

# the client sends large files in a way that its own library warns of
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

REPO = "somebody/film"
NO_NAMES = ["", "film", "a/b/c", "../film", "a/..", "a b/c", "http://x/y", "-a/b", "a/" + "b" * 200]


@pytest.fixture
def run(written):
    return written("vae-digits", owner="visitor-7")


@pytest.fixture
def elsewhere(tmp_path):
    """The store of another machine."""
    return Store(tmp_path / "elsewhere", tmp_path / "shipped")


def sent(hub, run, **options):
    return push(run, REPO, token=hub.token, private=False, **options)


def nothing_half_written(store):
    """Whether no list shows anything, and no visitor's folder was made."""
    shown = [path for path in store.runs.glob("*") if not path.name.startswith(".")] if store.runs.exists() else []
    return store.list() == [] and shown == []


def test_a_run_comes_back_as_it_was(hub, run, elsewhere):
    parts = []
    address = sent(hub, run, on_progress=parts.append)
    assert address.startswith(f"{hub.url}/{REPO}/commit/") and parts == sorted(parts) and parts[-1] == 1.0
    parts.clear()
    back = pull(REPO, elsewhere, owner="visitor-9", on_progress=parts.append)
    assert parts == sorted(parts) and parts[-1] == pytest.approx(1) and len(parts) > 5
    assert back.snapshots == run.snapshots == [0, 5, 10] and back.previews == run.previews
    for step in run.snapshots:
        mine, theirs = run.weights(step), back.weights(step)
        assert mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)
        assert back.preview(step) == run.preview(step)
    assert back.recipe == run.recipe and back.final() == run.final() and back.status.state == "done"
    assert (back.info.owner, back.info.group) == ("visitor-9", "")  # nobody puts a run among others' experiments
    assert [one.id for one in elsewhere.list()] == [back.id]
    assert not list((elsewhere.runs / FETCHED).iterdir())


def test_what_is_sent_names_no_owner_and_no_token(hub, run):
    sent(hub, run)
    files = hub.files(REPO)
    assert not any(b"visitor-7" in content or hub.token.encode() in content for content in files.values())
    weights = load(files["model.safetensors"])
    assert all(torch.equal(weights[name], value) for name, value in run.weights(10).items())
    assert not {"state.safetensors", "log.txt", "heartbeat"} & files.keys()


def test_a_token_is_kept_nowhere(hub, run, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    sent(hub, run)
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and hub.token.encode() in path.read_bytes()]
    printed = capfd.readouterr()
    assert kept == [] and hub.token not in printed.out + printed.err


def test_the_card_says_what_it_reached_in_the_hubs_own_schema(run):
    from huggingface_hub import ModelCard

    card = ModelCard(readme(run, REPO))
    (result,) = card.data.eval_results
    assert card.data.pipeline_tag == "unconditional-image-generation" and card.data.library_name == "pytorch"
    watched = run.recipe.watched(run.spec)[0]
    assert (result.metric_type, result.metric_value, result.dataset_type) == (watched, 0.5, "digits")
    assert f'pull("{REPO}", Store(Path("runs")))' in card.text


def test_the_code_of_the_card_runs(hub, run, tmp_path, monkeypatch):
    sent(hub, run)
    code = hub.files(REPO)["README.md"].decode().partition("```python\n")[2].partition("```")[0]
    expected = run.weights(10)
    shutil.rmtree(tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code, names)
    assert all(torch.equal(value, expected[name]) for name, value in names["network"].state_dict().items())


def test_a_push_that_was_cut_short_shows_nothing_and_goes_on(hub, run):
    hub.refused = 2
    with pytest.raises(HubUnavailable, match=f"“{REPO}”"):
        sent(hub, run)
    assert hub.files(REPO) == {} and len(hub.objects) == 2
    before = set(hub.objects)
    sent(hub, run)
    assert before < set(hub.objects) and len(hub.files(REPO)) > 8


def test_a_wrong_token_is_said(hub, run):
    with pytest.raises(HubUnavailable, match="status 401"):
        push(run, REPO, token="hf_wrong")
    assert hub.repositories == {}


def test_what_must_not_leave_stays(hub, run, written):
    private = written("vae-digits")
    info = private.info.model_copy(update={"private": ("own-abc",)})
    (private.path / "run.json").write_text(info.model_dump_json())
    with pytest.raises(NotForOthers, match="somebody's own pictures"):
        sent(hub, type(private)(private.id, private.path))
    (run.path / "status.json").write_text(json.dumps({"state": "queued"}))
    with pytest.raises(NotForOthers, match="stop it first"):
        sent(hub, run)
    assert hub.repositories == {}


@pytest.mark.parametrize(
    "name", ["", "film", "a/b/c", "../film", "a/..", "a b/c", "http://x/y", "-a/b", "a/" + "b" * 200]
)
def test_a_name_that_is_none_is_refused_without_a_request(hub, elsewhere, run, name):
    for ask in (lambda: pull(name, elsewhere), lambda: push(run, name, token=hub.token)):
        with pytest.raises(BadRepository, match="no name of a repository"):
            ask()
    assert hub.requests == []


def fetched(hub):
    """The files that were asked for, and from which of their bytes on."""
    return [line.removeprefix("GET ").split(" from ") for line in hub.requests if line.startswith("GET ")]


def test_a_connection_that_breaks_is_taken_up_again(hub, run, elsewhere, monkeypatch):
    sent(hub, run)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    hub.cut = 5_000
    assert pull(REPO, elsewhere).snapshots == [0, 5, 10]
    broken = next(name for name, first in fetched(hub) if first != "0")
    assert [first for name, first in fetched(hub) if name == broken] == ["0", "5000"]


def test_a_fetch_that_was_ended_goes_on_with_the_file_that_it_ended_in(hub, run, elsewhere):
    class Ended(BaseException):
        """The process is ended."""

    told = []

    def end(part):
        told.append(fetched(hub)[-1])
        if part > 0.7 and told.count(told[-1]) == 4:  # in the midst of a file
            raise Ended

    sent(hub, run)
    with pytest.raises(Ended):
        pull(REPO, elsewhere, on_progress=end)
    assert nothing_half_written(elsewhere)
    first = fetched(hub)
    assert pull(REPO, elsewhere).snapshots == [0, 5, 10]
    second = fetched(hub)[len(first) :]
    assert len(first) > 3 and not {name for name, _ in first[:-1]} & {name for name, _ in second}
    assert second[0] == first[-1]  # of a file that is not here whole the client keeps nothing


def test_a_commit_is_fetched_once(hub, run, elsewhere):
    sent(hub, run)
    first = pull(REPO, elsewhere)
    before = len(hub.requests)
    assert pull(REPO, elsewhere).id == first.id
    assert hub.requests[before:] == [f"LIST {REPO}"]
    assert pull(REPO, elsewhere, owner="visitor-9").id != first.id  # who deletes it deletes their own


def test_two_who_ask_at_once_get_the_same(hub, run, elsewhere):
    sent(hub, run)
    got = []
    threads = [threading.Thread(target=lambda: got.append(pull(REPO, elsewhere).id)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4 and len(set(got)) == 1 and len(elsewhere.list()) == 1


def test_what_is_private_needs_its_token(hub, run, elsewhere):
    push(run, REPO, token=hub.token)
    assert hub.repositories[REPO].private
    with pytest.raises(HubUnavailable, match="status 401"):
        pull(REPO, elsewhere, token=False)
    assert pull(REPO, elsewhere, token=hub.token).snapshots == [0, 5, 10]


def test_a_repository_that_lies_about_its_sizes_is_given_up(hub, run, elsewhere):
    sent(hub, run)
    name = "snapshots/00000005.safetensors"
    hub.lies[name] = 10
    with pytest.raises(HubUnavailable, match="at most 10 bytes"):
        pull(REPO, elsewhere)
    hub.lies.clear()
    hub.longer[name] = 10_000_000
    with pytest.raises(HubUnavailable):
        pull(REPO, elsewhere)
    assert nothing_half_written(elsewhere)


@pytest.mark.parametrize("what", ["bytes", "files"])
def test_a_run_that_is_too_large_is_refused_before_it_is_fetched(hub, run, elsewhere, monkeypatch, what):
    sent(hub, run)
    monkeypatch.setattr(f"playground.runs.pull.MOST_{what.upper()}", 3)
    with pytest.raises(BadRepository, match="at most"):
        pull(REPO, elsewhere)
    assert [line for line in hub.requests if line.startswith("GET")] == []


@pytest.mark.parametrize("damage", ["run", "status", "weights", "torn", "none", "version", "shape", "unpacked"])
def test_what_cannot_be_read_leaves_nothing(hub, run, elsewhere, monkeypatch, damage):
    sent(hub, run)
    files = hub.files(REPO)
    info = json.loads(files["run.json"])
    first = "snapshots/00000000.safetensors"
    other = {"width": 8}
    monkeypatch.setattr("playground.runs.pull.MOST_UNPACKED", 2_000_000)
    changed = {
        "run": {"run.json": b"{"},
        "status": {"status.json": b"[]"},
        "weights": {first: files[first][:-100]},
        "torn": {first: None, first + ".gz": gzip.compress(files[first])[:-50]},
        "none": {name: None for name in files if name.startswith("snapshots/")},
        "version": {"run.json": json.dumps(info | {"version": 99}).encode()},
        "shape": {"run.json": json.dumps(info | {"knobs": info["knobs"] | other}).encode()},
        "unpacked": {first: None, first + ".gz": gzip.compress(bytes(3_000_000))},
    }[damage]
    hub.put(REPO, {name: content for name, content in {**files, **changed}.items() if content is not None})
    with pytest.raises(BadRepository, match="holds no run|cannot be read"):
        pull(REPO, elsewhere)
    assert nothing_half_written(elsewhere) and not list(elsewhere.runs.glob(f"{FETCHED}/*"))


def test_other_files_stay_where_they_are(hub, run, elsewhere):
    sent(hub, run)
    more = {
        "state.safetensors": b"x",
        "stop": b"paused",
        "../evil": b"x",
        "snapshots/../../evil": b"x",
        "card.md": b"<script>",
    }
    hub.put(REPO, {**hub.files(REPO), **more})
    back = pull(REPO, elsewhere)
    assert {path.name for path in back.path.iterdir()} == {
        "run.json",
        "status.json",
        "events.jsonl",
        "snapshots",
        "previews",
    }


def test_a_full_disk_is_said_and_leaves_nothing(hub, run, elsewhere, monkeypatch):
    sent(hub, run)
    usage = shutil._ntuple_diskusage(10**9, 10**9, 10)
    monkeypatch.setattr("playground.runs.pull.shutil.disk_usage", lambda _: usage)
    with pytest.raises(DiskProblem, match="no room"):
        pull(REPO, elsewhere)
    monkeypatch.undo()


def test_a_disk_that_fills_up_meanwhile_is_said(hub, run, elsewhere, monkeypatch):
    sent(hub, run)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("playground.runs.pull.write_whole", full)
    with pytest.raises(DiskProblem, match="cannot be written: No space left"):
        pull(REPO, elsewhere)
    assert nothing_half_written(elsewhere)


def test_a_hub_out_of_reach_is_said(hub, run, elsewhere):
    hub.close()
    with pytest.raises(HubUnavailable, match="cannot be reached"):
        pull(REPO, elsewhere)
    with pytest.raises(HubUnavailable, match="cannot be reached"):
        push(run, REPO, token="hf_good")
