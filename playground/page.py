"""The page: one tab a lab, put together from what each lab's `tab.py` gives."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType

import gradio as gr
from starlette.middleware import Middleware
from starlette.routing import Route

from playground import labs
from playground.ui.assets import Assets
from playground.ui.context import Context
from playground.ui.experiments import routes as experiment_routes
from playground.ui.export import routes as export_routes
from playground.ui.games import routes as game_routes
from playground.ui.hub import routes as hub_routes
from playground.ui.identity import Visitors
from playground.ui.lab import lab
from playground.ui.live import routes as live_routes
from playground.ui.own import own_sets
from playground.ui.own import routes as own_routes
from playground.ui.routes import BASE
from playground.ui.routes import routes as shared_routes
from playground.ui.train import routes as train_routes
from playground.ui.views import routes as view_routes

_MASTHEAD = """
<header class="masthead"><h1 title="Modern architectures, trained for real, small enough to watch: a run is a film">
Playground</h1></header>
"""


def tabs() -> dict[str, ModuleType]:
    """The labs that have a tab, by name, in the order of their positions; those of one position by name."""
    names = [lab.name for lab in pkgutil.iter_modules(labs.__path__) if lab.ispkg]
    loaded = {name: import_module(f"{labs.__name__}.{name}.tab") for name in names}
    return dict(sorted(loaded.items(), key=lambda item: (item[1].POSITION, item[0])))


def head() -> str:
    """What the page's head holds: the names of the labs, styles and modules."""
    return f'<meta name="playground-labs" content="{" ".join(tabs())}">' + Assets.read().head()


def build() -> gr.Blocks:
    """The page's components and the one event that goes through Gradio."""
    with gr.Blocks(title="Playground", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as page:
        gr.HTML(_MASTHEAD, apply_default_css=False)
        with gr.Tabs() as tab_group:
            for name, tab in tabs().items():
                with gr.Tab(tab.TITLE, id=name, elem_id=f"lab-{name}"):
                    lab(name)

        def choose(request: gr.Request) -> gr.Tabs:
            query = dict(request.query_params)
            wanted = query.get("lab") or query.get("lesson", "").split(".")[0]
            return gr.Tabs(selected=wanted if wanted in tabs() else next(iter(tabs())))

        page.load(choose, None, tab_group, api_visibility="private", show_progress="hidden", queue=False)
    return page


def routes(context: Context) -> list[Route]:
    """The plain HTTP routes, in addition to Gradio's own."""
    all_routes = [Assets.read().route()]
    for shared in (
        shared_routes,
        view_routes,
        game_routes,
        own_routes,
        train_routes,
        live_routes,
        export_routes,
        hub_routes,
        experiment_routes,
    ):
        all_routes += shared(context)
    for tab in tabs().values():
        all_routes += tab.routes(context) if hasattr(tab, "routes") else []
    return all_routes


def visitors(context: Context) -> Middleware:
    """What tells visitors apart."""
    return Middleware(Visitors, identity=context.identity, guarded=BASE, seen=own_sets(context).note)
