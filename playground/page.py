"""The page: one tab a lab, put together from what each lab's `tab.py` gives."""

from __future__ import annotations

import hashlib
import pkgutil
from importlib import import_module
from threading import Thread
from types import ModuleType

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground import labs
from playground.ui.context import Context
from playground.ui.film import SCRIPTS, STATIC
from playground.ui.identity import Visitors
from playground.ui.routes import BASE
from playground.ui.routes import routes as shared_routes
from playground.ui.theme import STYLE
from playground.ui.views import routes as view_routes

ORDER = ("vision", "vae", "gan", "diffusion", "translation")
_MASTHEAD = """
<header class="masthead"><h1>Playground</h1>
<p>Modern architectures, trained for real, small enough to watch. A run is a film: scrub it, fork it, lay two side by
side.</p>
</header>
"""


def tabs() -> dict[str, ModuleType]:
    """The labs that have a tab, by name, in the order of the page; a new one comes last."""
    found = [lab.name for lab in pkgutil.iter_modules(labs.__path__) if lab.ispkg]
    found.sort(key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    return {name: import_module(f"{labs.__name__}.{name}.tab") for name in found}


def scripts() -> str:
    """All JavaScript of the page, the shared parts first."""
    own = [STATIC / name for name in SCRIPTS]
    theirs = [path for tab in tabs().values() for path in tab.SCRIPTS]
    return "\n".join(path.read_text(encoding="utf-8") for path in own + theirs)


def assets() -> dict[str, tuple[str, str]]:
    """The page's script and style by their addresses, which change with what they say: (media type, text).

    Gradio's own `css` option would rewrite the style's selectors.
    """
    found = {}
    for kind, media, text in (
        ("js", "text/javascript", scripts()),
        ("css", "text/css", STYLE.read_text(encoding="utf-8")),
    ):
        found[f"{BASE}/{hashlib.sha256(text.encode()).hexdigest()[:12]}.{kind}"] = (media, text)
    return found


def head() -> str:
    """What the page's head holds."""
    script, style = assets()
    return f'<script src=".{script}"></script><link rel="stylesheet" href=".{style}">'


def warm(context: Context) -> None:
    """Lets every lab do in the background what its first visitor would otherwise wait for."""

    def work() -> None:
        for name, tab in tabs().items():
            context.views.warm(name)
            if hasattr(tab, "warm"):
                tab.warm(context)

    Thread(target=work, name="warm", daemon=True).start()


def build(context: Context) -> gr.Blocks:
    """The page's components and the few events that go through Gradio."""
    with gr.Blocks(title="Playground", analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gr.HTML(_MASTHEAD, apply_default_css=False)
        with gr.Tabs() as front:
            for name, tab in tabs().items():
                with gr.Tab(tab.TITLE, id=name):
                    tab.build(context, page)

        def choose(request: gr.Request) -> gr.Tabs:
            wanted = dict(request.query_params).get("lab")
            return gr.Tabs(selected=wanted if wanted in tabs() else next(iter(tabs())))

        page.load(choose, None, front, api_visibility="private", show_progress="hidden", queue=False)
    return page


def routes(context: Context) -> list[Route]:
    """The plain HTTP routes beside Gradio's own."""
    kept = assets()

    async def asset(request: Request) -> Response:
        media, text = kept[request.url.path[request.url.path.index(BASE) :]]
        return Response(text, media_type=media, headers={"Cache-Control": "public, max-age=31536000"})

    found = [*(Route(path, asset) for path in kept), *shared_routes(context), *view_routes(context)]
    for tab in tabs().values():
        found += tab.routes(context) if hasattr(tab, "routes") else []
    return found


def visitors(context: Context) -> Middleware:
    """What tells visitors apart."""
    return Middleware(Visitors, identity=context.identity, guarded=BASE)
