"""What the benchmarks share of their JSON: where it was measured, with what, and the file."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from patentzoo.system.files import write_text


def machine(note: str = "") -> str:
    """Architecture and cores; no names of places."""
    return f"{platform.machine()}, {os.cpu_count()} cores{f', {note}' if note else ''}"


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """The version of each library that is installed."""
    found = {}
    for name in libraries:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def earlier(out: Path | None) -> dict[str, Any]:
    """What the file says already; nothing where there is none."""
    if out is None or not out.is_file():
        return {}
    old: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return old


def as_json(report: Mapping[str, Any], indent: int = 1) -> str:
    """The text of a file of results."""
    return json.dumps(report, indent=indent) + "\n"


def keep(report: Mapping[str, Any], out: Path | None, indent: int = 1) -> None:
    """Print a report, and write it where that is wanted; whole or not at all."""
    text = as_json(report, indent)
    sys.stdout.write(text)
    if out is not None:
        write_text(out, text)
