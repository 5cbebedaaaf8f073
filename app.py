"""`python app.py` opens the playground."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "0")  # before gradio is imported
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads that spin starve the training

import torch
from PIL import Image

from playground.device import pick
from playground.errors import PlaygroundError
from playground.jobs.local import LocalEngine
from playground.page import build, head, routes, warm
from playground.runs.store import Store
from playground.ui.context import Context
from playground.ui.theme import theme


def main() -> int:
    """Parses the options, starts the workers, and serves the page until it is interrupted."""
    parser = argparse.ArgumentParser(description="A playground for modern deep learning architectures.")
    host, port = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"), os.environ.get("GRADIO_SERVER_PORT", "7860")
    parser.add_argument("--host", default=host, help="the address to listen on; 0.0.0.0 for all")
    parser.add_argument("--port", type=int, default=port, help="the port to listen on")
    parser.add_argument("--share", action="store_true", help="also open a public link through Gradio's tunnel")
    parser.add_argument("--runs", type=Path, default=Path("runs"), metavar="DIR", help="where new runs go")
    parser.add_argument("--workers", type=int, default=1, help="how many runs train at the same time")
    parser.add_argument("--device", default="auto", help="where they train: auto, cpu, cuda, cuda:1 or mps")
    options = parser.parse_args()

    try:
        device = pick(options.device)
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 1
    Image.MAX_IMAGE_PIXELS = 16_000_000
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # views must leave the workers room

    store = Store(options.runs.resolve())
    engine = LocalEngine(store, workers=options.workers, device=device)
    context = Context(store, engine, device)
    page = build(context)
    page.queue(max_size=200)
    warm(context)
    try:
        page.launch(
            server_name=options.host,
            server_port=options.port,
            share=options.share,
            app_kwargs={"routes": routes(context)},
            theme=theme(),
            head=head(),
            footer_links=[],
            run_history=False,
            show_error=False,
            enable_monitoring=False,
            state_session_capacity=500,
            max_file_size="10mb",
            ssr_mode=False,
        )
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
