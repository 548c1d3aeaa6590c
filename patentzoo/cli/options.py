"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

Images = Annotated[
    list[str],
    typer.Argument(help="Drawings: files, folders, globs; addresses with --allow-urls."),
]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="A name from 'patentzoo models', or a model's folder."),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
BatchSize = Annotated[int, typer.Option(help="Images a pass through the network.")]
Workers = Annotated[
    int | None, typer.Option(help="Threads that decode; one a core by default, at most 8.")
]
Skip = Annotated[
    bool, typer.Option("--skip-errors", help="Leave out images that fail, and list them.")
]
Patents = Annotated[
    str | None,
    typer.Option(help="A CSV with the columns 'file' and 'patent'; else names and folders tell."),
]
AllowUrls = Annotated[bool, typer.Option("--allow-urls", help="Fetch http(s) addresses.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


def one_or_list(images: list[str]) -> Any:
    """A single folder stays a single folder, so that ids are relative to it."""
    return images[0] if len(images) == 1 else with_ids(images)


def with_ids(images: list[str]) -> list[Any]:
    """Where two files share a name, the path as typed becomes the id, since ids must differ."""
    names = [Path(image).name for image in images]
    if len(set(names)) == len(names):
        return list(images)
    return [(image, image) if Path(image).is_file() else image for image in images]
