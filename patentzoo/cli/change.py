"""update and remove: change what an index says, and what it holds."""

from __future__ import annotations

from typing import Annotated

import typer

from patentzoo.cli import options
from patentzoo.cli.output import out, print_json

Index = Annotated[
    str, typer.Argument(metavar="INDEX", help="Folder of a saved index; or its address.")
]


def update(
    folder: Index,
    metadata: Annotated[
        str,
        typer.Argument(
            metavar="TABLE",
            help="A CSV with the column id, file or patent; its further columns become metadata.",
        ),
    ],
    as_json: options.Json = False,
) -> None:
    """Change what an index says about its drawings; their vectors stay."""
    from patentzoo import load_index

    changes = load_index(folder, mmap=True).update(metadata)
    _say("updated", changes.updated, folder, as_json)


def remove(
    folder: Index,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Ids of drawings, as search prints.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILTER", help="Remove the drawings that fit, as for search: patent=USD0907292."
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Remove drawings from an index, by their ids or by a filter."""
    from patentzoo import load_index
    from patentzoo.errors import ConfigError

    if bool(ids) == bool(where):
        raise ConfigError("Give the ids of drawings, or --where; one of them.")
    opened = load_index(folder, mmap=True)
    chosen = options.where(where, opened.fields) if where else None
    changes = opened.remove(ids or None, where=chosen)
    _say("removed", changes.removed, folder, as_json)


def _say(done: str, count: int, folder: str, as_json: bool) -> None:
    if as_json:
        print_json({done: count, "index": folder})
        return
    noun = "drawing" if count == 1 else "drawings"
    out().print(f"{count} {noun} {done}: {folder}", highlight=False, soft_wrap=True, markup=False)
