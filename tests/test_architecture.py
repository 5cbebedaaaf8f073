"""What may know what: the import rules of the design, read off the source."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from torch import nn

from playground.control import Settings
from playground.view import View

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted([*ROOT.glob("*.py"), *ROOT.glob("playground/**/*.py"), *ROOT.glob("training/**/*.py")])
LABS = sorted(path.parent.name for path in ROOT.glob("playground/labs/*/__init__.py"))
PAGE_FILES = ("tab.py", "routes.py")
"""The files of a lab that may know the page."""


@dataclass(frozen=True)
class Import:
    """One name that a file imports.

    `late` means at first use, inside a function; imports for the type checker alone are left out.
    """

    file: str
    line: int
    name: str
    late: bool

    def within(self, *packages: str) -> bool:
        return any(self.name == package or self.name.startswith(f"{package}.") for package in packages)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.name}"


def imports(path: Path, root: Path = ROOT) -> list[Import]:
    file = path.relative_to(root).as_posix()
    package = file.split("/")[:-1]
    return list(_walk(ast.parse(path.read_text(encoding="utf-8")), file, package, late=False))


def _walk(node: ast.AST, file: str, package: list[str], *, late: bool) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            yield from (Import(file, node.lineno, alias.name, late) for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            above = package[: len(package) - level + 1] if level else []
            base = ".".join([*above, *([module] if module else [])])
            yield from (Import(file, node.lineno, f"{base}.{alias.name}", late) for alias in names)
        case ast.Call(args=[ast.Constant(value=str(name)), *_]) if _called(node) in ("import_module", "__import__"):
            yield Import(file, node.lineno, name, late)
        case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"), orelse=orelse):
            for branch in orelse:
                yield from _walk(branch, file, package, late=late)
            return
    inside = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, file, package, late=inside)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


ALL = [entry for path in SOURCES for entry in imports(path)]


def offences(condition) -> list[str]:
    return [str(entry) for entry in ALL if condition(entry)]


def lab_of(file: str) -> str | None:
    parts = file.split("/")
    return parts[2] if parts[:2] == ["playground", "labs"] and len(parts) > 3 else None


def is_the_page(file: str) -> bool:
    return file in ("app.py", "playground/page.py") or file.startswith("playground/ui/")


def knows_the_page(file: str) -> bool:
    return is_the_page(file) or (lab_of(file) is not None and file.split("/")[3] in PAGE_FILES)


def test_the_source_was_found():
    assert {"playground/recipe.py", "training/loop.py", "playground/labs/vae/vae.py"} <= {entry.file for entry in ALL}
    assert {"vae", "vision"} <= set(LABS)


def test_gradio_is_the_pages_alone():
    def breaks(entry: Import) -> bool:
        return entry.within("gradio", "gradio_client") and not is_the_page(entry.file)

    assert offences(breaks) == []


def test_the_playground_never_imports_the_training():
    assert offences(lambda entry: entry.file.startswith("playground/") and entry.within("training")) == []


def test_a_lab_knows_neither_page_nor_jobs_nor_runs():
    above = [f"playground.{name}" for name in ("ui", "page", "jobs", "runs")] + ["app", "starlette", "fastapi"]
    assert offences(lambda entry: lab_of(entry.file) and not knows_the_page(entry.file) and entry.within(*above)) == []


def test_the_page_of_a_lab_is_put_together_by_the_page_alone():
    tabs = [f"playground.labs.{lab}.{file.removesuffix('.py')}" for lab in LABS for file in PAGE_FILES]

    def breaks(entry: Import) -> bool:
        lab = lab_of(entry.file)
        same = lab is not None and knows_the_page(entry.file) and entry.within(f"playground.labs.{lab}")
        return entry.within(*tabs) and not same and entry.file != "playground/page.py"

    assert offences(breaks) == []


def borrows(entry: Import) -> bool:
    """Whether a file of a lab, other than its page, imports from another lab what is not there to be built on."""
    lab = lab_of(entry.file)
    others = [f"playground.labs.{other}" for other in LABS if other != lab]
    return lab is not None and not knows_the_page(entry.file) and entry.within(*others) and not is_shared(entry.name)


def is_shared(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    value = getattr(import_module(module), attribute, None)
    is_extended = isinstance(value, type) and issubclass(value, nn.Module | Settings)  # Settings: recipes and options
    return is_extended or isinstance(value, View)


def test_a_lab_builds_on_classes_and_views_of_others_and_on_nothing_else():
    assert offences(borrows) == []


@pytest.mark.parametrize(
    ("name", "shared"),
    [
        ("vae.VAE", True),
        ("vae", False),
        ("elbo.Elbo", True),
        ("latent.decoded", False),
        ("recipes.RECIPES", False),
        ("recipes.VaeRecipe", True),
    ],
)
def test_what_labs_share_is_recognized(name, shared):
    name = f"playground.labs.vae.{name}"
    assert borrows(Import("playground/labs/gan/dcgan.py", 1, name, False)) != shared
    for file in ("playground/labs/vae/views.py", "playground/labs/gan/tab.py", "training/ship.py"):
        assert not borrows(Import(file, 1, name, False))


def test_a_view_may_be_offered_by_another_lab_and_what_is_behind_it_may_not():
    for name, shared in (("ATTENTION", True), ("VIEWS", False), ("attention_view", False)):
        assert (
            borrows(Import("playground/labs/vae/views.py", 1, f"playground.labs.vision.views.{name}", False)) != shared
        )


def test_what_tabs_share_knows_no_lab():
    named = [f"playground.labs.{lab}" for lab in LABS]
    assert offences(lambda entry: entry.file.startswith("playground/ui/") and entry.within(*named)) == []


SHARED = sorted(
    path
    for pattern in ("playground/**/*", "training/**/*", "tests/browser/conftest.py", "tests/browser/visitor.py")
    for path in ROOT.glob(pattern)
    if path.suffix in (".py", ".js", ".ts", ".css")
    and lab_of(path.relative_to(ROOT).as_posix()) is None
    and path.parent != ROOT / "training" / "benchmarks"
)
"""What all labs share, and the shared parts of their tests; a benchmark names the labs that it measures."""


def named(text: str) -> list[str]:
    """The labs whose names stand in a text within a string, a selector or a path."""
    return [lab for lab in LABS if re.search(rf"""["'`/.#=-]{lab}\b""", text)]


def test_what_is_shared_names_no_lab():
    own = "def films("  # a run of two labs is trained once for all tests of the browser
    mentions = {path.relative_to(ROOT).as_posix(): named(path.read_text("utf-8").partition(own)[0]) for path in SHARED}
    assert {file: labs for file, labs in mentions.items() if labs} == {}
    shared = {"page.py", "ui/static/link.js", "metrics/generated.py", "labs/plane.py", "runs/store.py"}
    assert {f"playground/{file}" for file in shared} | {"training/ship.py", "tests/browser/visitor.py"} <= set(mentions)


@pytest.mark.parametrize("text", ['film("vae")', "[lab=vae]", "'vae'", "labs/vae/plane.js", ".vae .lane", "`vae`"])
def test_the_name_of_a_lab_is_seen(text):
    assert named(text) == ["vae"]


def test_a_module_of_a_lab_imports_its_own_and_the_shared_ones():
    for path in ROOT.glob("playground/**/*.js"):
        for name in re.findall(
            r'^(?:import|export)\b.*?from "([^"]+)";', path.read_text("utf-8"), re.MULTILINE | re.DOTALL
        ):
            target = (path.parent / name).resolve()
            assert target.is_file(), f"{path} imports {name}, which is not there"
            shared = ROOT / "playground/ui/static"
            assert target.parent in (path.parent, shared, shared / "vendor"), f"{path} imports {name}"


def test_what_stands_below_knows_nothing_above():
    files = {path.name for path in ROOT.glob("playground/*.py")} - {"page.py"}
    below = ("playground/data/", "playground/metrics/", *(f"playground/{file}" for file in files))
    above = [f"playground.{name}" for name in ("labs", "runs", "jobs", "ui", "page")]
    assert offences(lambda entry: entry.file.startswith(below) and entry.within(*above)) == []


@pytest.mark.parametrize("package", ["timm", "diffusers", "huggingface_hub", "torchvision", "sklearn", "music21"])
def test_large_packages_are_imported_at_first_use(package):
    assert offences(lambda entry: entry.within(package) and not entry.late) == []


def test_timm_comes_after_the_operators_it_needs():
    for path in SOURCES:
        if any(entry.within("timm") for entry in imports(path)):
            assert "torchvision_operators()" in path.read_text(encoding="utf-8"), path


def test_nothing_unpickles():
    packages = ("pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal")
    assert offences(lambda entry: entry.within(*packages)) == []
    for path in SOURCES:
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        assert not {ast.unparse(node.func) for node in calls} & {"torch.load", "torch.save"}, path


HEAVY = ("torch", "torchvision", "gradio", "timm", "diffusers", "huggingface_hub", "sklearn", "accelerate", "plotly")


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import playground", ()),
        ("import playground.recipe, playground.errors", ()),
        ("from playground.labs import recipes; recipes()", ("torch",)),
        ("import playground.runs.store, playground.jobs", ("torch",)),
    ],
)
def test_imports_are_light(code, allowed):
    code += f"\nimport sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [name for name in ast.literal_eval(done.stdout) if name not in allowed] == []


def test_the_rules_see_what_they_shall_see(tmp_path):
    source = """
import gradio as gr
from typing import TYPE_CHECKING
from . import other
from .. import data
from ..data.hub import fetch
from importlib import import_module
if TYPE_CHECKING:
    import timm.models
else:
    import diffusers
try:
    import pickle
except ImportError:
    pass
class A:
    import accelerate
    def method(self):
        from timm import layers
        return import_module("training.loop")
"""
    file = tmp_path / "playground" / "labs" / "made.py"
    file.parent.mkdir(parents=True)
    file.write_text(source)
    modules = {(entry.name, entry.late) for entry in imports(file, tmp_path)}
    assert modules == {
        ("gradio", False),
        ("typing.TYPE_CHECKING", False),
        ("playground.labs.other", False),
        ("playground.data", False),
        ("playground.data.hub.fetch", False),
        ("importlib.import_module", False),
        ("diffusers", False),
        ("pickle", False),
        ("accelerate", False),
        ("timm.layers", True),
        ("training.loop", True),
    }
