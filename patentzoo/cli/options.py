"""Options that several commands share."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from patentzoo.cli.output import say_timings, show_progress
from patentzoo.errors import ConfigError
from patentzoo.options import EmbedChanges, RepairChanges

Images = Annotated[
    list[str],
    typer.Argument(
        metavar="DRAWINGS",
        help="Files, folders, globs, PDFs, archives, tables; addresses with --allow-urls.",
    ),
]


def _model(otherwise: str) -> Any:
    text = f"A name of 'patentzoo models', or a model's folder; else {otherwise}."
    return typer.Option("--model", "-m", metavar="NAME|FOLDER", help=text)


Model = Annotated[str | None, _model("the bundled one")]
ModelOfIndex = Annotated[str | None, _model("the index's own")]
ModelForIndex = Annotated[str | None, _model("the index's own, or the bundled one for a new index")]
Device = Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda or mps.")]
Backend = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="What runs the network: auto, torch, torch-bf16, openvino, onnx; all in "
        "docs/backends.md.",
    ),
]
BatchSize = Annotated[int, typer.Option(metavar="N", help="Images a pass through the network.")]
Workers = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Threads or processes that decode; else one a core, at most 8 threads."
    ),
]
Skip = Annotated[
    bool, typer.Option("--skip-errors", help="Leave out images that fail, and list them.")
]
Failures = Annotated[
    str | None,
    typer.Option(
        "--failures",
        metavar="FILE",
        help="As --skip-errors; also write a CSV of what is left out, '-' for standard output.",
    ),
]
_WAYS = (
    "Of sheets. auto: those of archives, PDFs and grants are split into figures; split: all are; "
    "whole: none is."
)
_LINES = (
    "auto: a page in a photograph or on grey paper becomes a scan, a photograph lines; page: only "
    "pages; lines: all that is no scan; grey: none."
)
Figures = Annotated[str, typer.Option(metavar="WAY", help=_WAYS)]
FiguresOfIndex = Annotated[
    str | None,
    typer.Option(metavar="WAY", help=f"{_WAYS} Else auto, or as the index was built."),
]
FiguresOfQueries = Annotated[
    str | None, typer.Option(metavar="WAY", help=f"{_WAYS} Else as the index was built.")
]
Views = Annotated[
    str | None,
    typer.Option(
        "--views",
        metavar="[WAY]",
        help="The queries are views of one product: one result. WAY: max (if none is given), mean "
        "or rrf (reciprocal ranks); none: each figure of a sheet is a query of its own.",
    ),
]
FUSIONS = ("max", "mean", "rrf", "none")
"""What may follow ``--views``."""
_KINDS = "Of grants: all, design, utility, plant or reissue only."
Kind = Annotated[str, typer.Option(metavar="KIND", help=_KINDS)]
KindOfIndex = Annotated[
    str | None, typer.Option(metavar="KIND", help=f"{_KINDS} Else all, or as the index was built.")
]
Photos = Annotated[str, typer.Option(metavar="WAY", help=_LINES)]
PhotosOfIndex = Annotated[
    str | None,
    typer.Option(metavar="WAY", help=f"{_LINES} Else auto, or as the index was built."),
]
Limits = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=NUMBER",
        help="Move a limit, e.g. max_pixels=400000000; may be repeated.",
    ),
]
Patents = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="A CSV with the columns 'file' and 'patent', or 'patent' and metadata; else names "
        "and folders tell.",
    ),
]
Metadata = Annotated[
    str | None,
    typer.Option(
        "--metadata",
        metavar="FILE",
        help="A CSV with the column 'id', 'file' or 'patent'; its other columns become metadata.",
    ),
]
Processes = Annotated[
    bool, typer.Option("--processes", help="Decode in processes, not threads: on many cores.")
]
Timings = Annotated[bool, typer.Option("--timings", help="Say where the time went, on stderr.")]
AllowUrls = Annotated[bool, typer.Option("--allow-urls", help="Fetch http(s) and s3:// addresses.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace what is there under the name of --out.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


def views_of(typed: str | None) -> Any:
    """``--views`` -> ``views=``; the library checks the word."""
    return {"none": False}.get(typed, typed) if typed else None


def with_way(arguments: list[str]) -> list[str]:
    """Command-line arguments in which every ``--views`` is followed by a way.

    ``--views a.png`` is a flag and a query, ``--views mean`` an option and its value.
    """
    if "--views" not in arguments:
        return arguments
    made: list[str] = []
    for typed, following in zip(arguments, [*arguments[1:], ""], strict=True):
        made += [typed, "max"] if typed == "--views" and following not in FUSIONS else [typed]
    return made


def embed_changes(typed: Mapping[str, Any]) -> EmbedChanges:
    """What ``embed``, ``build_index`` and ``Index.add`` take, of a command's parameters.

    Args:
        typed: By name, ``ctx.params``; the library checks what was typed.
    """
    skip = typed["skip_errors"] or typed["failures"]
    chosen = {
        "on_error": "skip" if skip else "raise",
        "patent": typed["patents"],
        "limits": limits(typed["limit"]),
        **({"metadata": typed["metadata"]} if "metadata" in typed else {}),
    }
    ways = {name: typed[name] for name in ("figures", "photos", "kind") if typed[name] is not None}
    return cast("EmbedChanges", repair_changes(typed) | chosen | ways)


def repair_changes(typed: Mapping[str, Any]) -> RepairChanges:
    """What ``repair_index`` takes."""
    return {
        "batch_size": typed["batch_size"],
        "workers": typed["workers"],
        "progress": show_progress(),
        "allow_urls": typed["allow_urls"],
        "processes": typed["processes"],
        "timings": say_timings if typed["timings"] else None,
    }


def limits(given: list[str] | None) -> dict[str, float]:
    """``["max_ratio=50"]`` -> ``{"max_ratio": 50}``; the library checks the names."""
    parsed: dict[str, float] = {}
    for text in given or []:
        name, sign, value = text.partition("=")
        try:
            number = float(value)
        except ValueError as error:
            raise ConfigError(f"--limit {text}: write name=number, e.g. max_ratio=50.") from error
        parsed[name.strip()] = int(number) if sign and number.is_integer() else number
    return parsed


def where(given: list[str] | None, kinds: Mapping[str, str]) -> dict[str, dict[str, Any]] | None:
    """``["year>=2019", "locarno^=06"]`` -> what ``search(where=...)`` takes; all have to hold.

    Args:
        given: As typed.
        kinds: The type of each field, ``IndexStats.columns``.

    Raises:
        ConfigError: No filter, one that looks like a slip, or two that make one another useless.
    """
    parsed: dict[str, dict[str, Any]] = {}
    for text in given or []:
        found = re.match(r"(.+?)\s*(\^=|!=|<=|>=|=|<|>)(\s*)(.*)", text, re.DOTALL)
        if found is None:
            raise ConfigError(f"--where {text}: write field=value, or one of != < <= > >= ^=.")
        name, sign, space, value = found.groups()
        if value[:1] in _SIGNS and value and not space:
            meant = _SLIPS.get(sign + value[0])
            hint = f"write {meant}, or put" if meant else "put"
            raise ConfigError(
                f"--where {text}: {sign}{value[0]} is no operator: {hint} a space after {sign} "
                "where the value begins so."
            )
        _note(parsed.setdefault(name, {}), text, sign, value, kinds.get(name, "mixed"))
    return parsed or None


_SIGNS = "=<>!^"
_SLIPS = {"=>": ">=", "=<": "<=", "==": "=", "<>": "!=", "=!": "!=", "=^": "^="}


def _note(conditions: dict[str, Any], text: str, sign: str, value: str, kind: str) -> None:
    """Add one filter to those of its field."""
    operator = {"^=": "prefix", "!=": "not in", "=": "in"}.get(sign, sign)
    readings = _readings(value) if kind in _UNCERTAIN and operator != "prefix" else [value]
    wanted: Any = readings if operator in {"in", "not in"} else readings[-1]
    if operator == "not in":
        conditions[operator] = conditions.get(operator, []) + wanted
    elif conditions.setdefault(operator, wanted) != wanted:
        raise ConfigError(
            f"--where {text}: a second filter by {sign} for one field, where all have to hold. "
            "Give one of them."
        )


_UNCERTAIN = ("mixed", "list", "empty")
"""Types of fields in which a typed number may stand for a number or for text."""


def _readings(text: str) -> list[Any]:
    """What a typed value may mean: the text, and the number it writes."""
    from patentzoo.system.cells import number_of

    number = number_of(text)
    return [text] if number is None else [text, number]


def one_or_list(images: list[str]) -> Any:
    """A single folder stays a single folder, so that ids are relative to it."""
    return images[0] if len(images) == 1 else with_ids(images)


def with_ids(images: list[str]) -> list[Any]:
    """Where two files share a name, the path as typed becomes the id, since ids must differ."""
    names = [Path(image).name for image in images]
    if len(set(names)) == len(names):
        return list(images)
    return [(image, image) if os.path.isfile(image) else image for image in images]  # noqa: PTH113  # false for a name too long
