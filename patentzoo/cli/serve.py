"""serve: an index behind HTTP, with a page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from patentzoo.cli import options
from patentzoo.cli.open_index import open_index
from patentzoo.cli.output import errors, out
from patentzoo.errors import ConfigError, MissingExtraError

TOKEN = "PATENTZOO_TOKEN"


def serve(
    folder: Annotated[
        str, typer.Argument(metavar="INDEX", help="Folder of a saved index; or its address.")
    ],
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where to listen. By default only this machine can ask; 0.0.0.0: all that reach "
            "it.",
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="0: any that is free.")] = 8000,
    token_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Holds the token with which drawings may be added and removed; else the variable "
            f"{TOKEN}, else nobody may.",
        ),
    ] = None,
    uploads: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep drawings that are added here, so that they can be shown.",
        ),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Answer only requests to this name; may be repeated. Else this machine's own "
            "names on a loopback address, and any elsewhere.",
        ),
    ] = None,
    model: options.ModelOfIndex = None,
    device: options.Device = "auto",
    backend: options.Backend = "auto",
) -> None:
    """Serve an index: a page to search with, and an HTTP API."""
    try:
        from patentzoo.server import ServerOptions
        from patentzoo.server.command import is_loopback, serve
    except ImportError as error:
        raise MissingExtraError(
            f"Serving needs FastAPI and uvicorn ({error}). Install them: "
            "pip install 'patentzoo[app]'."
        ) from error
    chosen = ServerOptions(
        token=_token(token_file), uploads=uploads, allowed_hosts=tuple(allowed_host or ())
    )
    opened = open_index(folder, model, device, backend)
    if not is_loopback(host):
        errors().print(
            "Everybody who reaches this address can search: put it behind something that asks who "
            "they are.",
            highlight=False,
        )

    def started(address: str) -> None:
        out().print(f"Serving {folder}: {address}", highlight=False, soft_wrap=True, markup=False)

    serve(opened, chosen, host, port, started)


def _token(file: str | None) -> str | None:
    if file is None:
        return os.environ.get(TOKEN) or None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: the token cannot be read ({error}).") from error
