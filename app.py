"""`python app.py` opens the playground."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import warnings
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "0")  # before gradio is imported
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads that spin starve the training

import torch
from PIL import Image

from playground.device import pick
from playground.errors import PlaygroundError
from playground.jobs.admission import HOME, PUBLIC, Limits
from playground.jobs.local import LocalEngine
from playground.page import build, head, routes, tabs, visitors
from playground.runs.store import Store
from playground.ui.context import Context
from playground.ui.identity import OWNER, Identity
from playground.ui.own import keep_tidy, own_sets
from playground.ui.theme import theme
from playground.ui.warmup import warm_up
from training.live import LiveRuns

DATA_HELP = "a folder or zip of pictures, sub-folders are classes, that everybody here may train on"


def main() -> int:
    """Parses the options, starts the workers, and serves the page until it is interrupted."""
    parser = argparse.ArgumentParser(description="A playground for modern deep learning architectures.")
    host, port = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"), os.environ.get("GRADIO_SERVER_PORT", "7860")
    parser.add_argument("--host", default=host, help="the address to listen on; 0.0.0.0 for all")
    parser.add_argument("--port", type=int, default=port, help="the port to listen on")
    parser.add_argument("--share", action="store_true", help="also open a public link through Gradio's tunnel")
    parser.add_argument("--runs", type=Path, default=Path("runs"), metavar="DIR", help="where new runs go")
    parser.add_argument("--workers", type=int, default=1, help="how many runs train at the same time")
    parser.add_argument("--data", type=Path, action="append", default=[], metavar="DIR", help=DATA_HELP)
    parser.add_argument("--public", action="store_true", help="for strangers: strict limits, and nobody is the owner")
    parser.add_argument("--limit", action="append", default=[], metavar="NAME=NUMBER", help=limits_help())
    parser.add_argument("--device", default="auto", help="where they train: auto, cpu, cuda, cuda:1 or mps")
    options = parser.parse_args()

    try:
        device = pick(options.device)
        in_space = "SPACE_ID" in os.environ  # as a Hugging Face Space sets it
        public = options.public or options.share or in_space
        limits = chosen_limits(options.limit, public=public)
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 1
    Image.MAX_IMAGE_PIXELS = 16_000_000
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # views must leave the workers room

    store = Store(options.runs.resolve())
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a container's end is no other than Ctrl+C
    engine = LocalEngine(store, workers=options.workers, device=device, memory=limits.process_memory)
    identity = Identity.stored(store.runs, public=public, framed=in_space)
    live = LiveRuns(store)
    context = Context(store, engine, device, limits, identity, live=live)
    try:
        for source in options.data:
            name = own_sets(context).add_once(source, owner=OWNER)
            print(f"{source} is the data set {name}:\n{store.data.card(name).what}")
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 1
    page = build()
    page.queue(max_size=200)
    end_warming = warm_up(context, tabs())
    keep_tidy(context)
    try:
        page.launch(
            server_name=options.host,
            server_port=options.port,
            share=options.share,
            app_kwargs={"routes": routes(context), "middleware": [visitors(context)]},
            theme=theme(),
            head=head(),
            footer_links=[],
            run_history=False,
            show_error=False,
            enable_monitoring=False,
            state_session_capacity=500,
            max_file_size=limits.upload,
            ssr_mode=False,
        )
    finally:
        end_warming()
        live.close()
        engine.close()
    return 0


def limits_help() -> str:
    """What `--limit` can set, and to what it is set otherwise."""
    return "what visitors may have: " + ", ".join(f"{name} {value:g}" for name, value in vars(HOME).items())


def chosen_limits(given: list[str], *, public: bool) -> Limits:
    """The limits of a server at home or of a public one, with what `--limit` changes."""
    limits = PUBLIC if public else HOME
    for setting in given:
        name, _, number = setting.partition("=")
        try:
            changed = {name: type(vars(limits)[name])(float(number))}
        except (KeyError, ValueError, OverflowError):
            raise PlaygroundError(
                f"“{setting}” sets no limit; write NAME=NUMBER with {', '.join(vars(HOME))}."
            ) from None
        limits = replace(limits, **changed)
    return limits


if __name__ == "__main__":
    sys.exit(main())
