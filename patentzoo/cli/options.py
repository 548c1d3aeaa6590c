"""Options that several commands share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from patentzoo.errors import ConfigError

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
        help="A CSV with the columns 'file' and 'patent'; else names and folders tell.",
    ),
]
Processes = Annotated[
    bool, typer.Option("--processes", help="Decode in processes, not threads: on many cores.")
]
Timings = Annotated[bool, typer.Option("--timings", help="Say where the time went, on stderr.")]
AllowUrls = Annotated[bool, typer.Option("--allow-urls", help="Fetch http(s) addresses.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


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


def where(given: list[str] | None) -> dict[str, dict[str, Any]] | None:
    """``["year>=2019", "locarno^=06"]`` -> what ``search(where=...)`` takes; all have to hold."""
    parsed: dict[str, dict[str, Any]] = {}
    for text in given or []:
        found = re.match(r"(.+?)\s*(\^=|!=|<=|>=|=|<|>)\s*(.*)", text, re.DOTALL)
        if found is None:
            raise ConfigError(f"--where {text}: write field=value, or one of != < <= > >= ^=.")
        name, sign, value = found.groups()
        if sign == "^=":
            parsed.setdefault(name, {})["prefix"] = value
        elif sign in {"=", "!="}:
            parsed.setdefault(name, {})["in" if sign == "=" else "not in"] = _readings(value)
        else:
            parsed.setdefault(name, {})[sign] = _readings(value)[-1]
    return parsed or None


def _readings(text: str) -> list[Any]:
    """What a typed value may mean: the text, and the number it writes."""
    try:
        number = float(text)
    except ValueError:
        return [text]
    return [text, int(number) if number.is_integer() else number]


def one_or_list(images: list[str]) -> Any:
    """A single folder stays a single folder, so that ids are relative to it."""
    return images[0] if len(images) == 1 else with_ids(images)


def with_ids(images: list[str]) -> list[Any]:
    """Where two files share a name, the path as typed becomes the id, since ids must differ."""
    names = [Path(image).name for image in images]
    if len(set(names)) == len(names):
        return list(images)
    return [(image, image) if Path(image).is_file() else image for image in images]
