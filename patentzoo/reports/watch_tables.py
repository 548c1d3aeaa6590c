"""What ``watch`` writes: the table of what is close, and the memory of what was told."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from patentzoo.errors import OutputError
from patentzoo.system.files import write_text
from patentzoo.system.overwrite import ALERTS, MEMORY, check_rewritable
from patentzoo.system.text import cell_text, csv_text, printable, spreadsheet_cell

COLUMNS = tuple(ALERTS.strip().split(","))
_MEMORY = tuple(MEMORY.strip().split(","))

Pair = tuple[str, str]
"""A new patent and one's own, as told."""


def write_alerts(path: Path, rows: Iterable[Mapping[str, Any]], *, keep: bool) -> None:
    """Write rows as a CSV table in UTF-8.

    Args:
        path: The file; folders above it are made.
        rows: By the names of ``COLUMNS``.
        keep: Rows that the table holds already stay, before the others.

    Raises:
        OutputError: A file that is no such table is there, or none can be written.
    """
    check_rewritable(path, ALERTS)
    held = _read(path) if keep else []
    lines = [[_cell(row.get(name)) for name in COLUMNS] for row in rows]
    _write(path, COLUMNS, [*held, *(line for line in lines if line not in held)])


def read_memory(path: Path) -> set[Pair]:
    """Read what was told before; nothing where there is no file yet.

    Raises:
        OutputError: It is a folder, a file of another kind, or cannot be read.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder; a memory is a CSV file. Give a file's name.")
    check_rewritable(path, MEMORY)
    return {(cell_text(new), cell_text(own)) for new, own in _read(path, len(_MEMORY))}


def write_memory(path: Path, pairs: Iterable[Pair]) -> None:
    """Write what was told, in place of what is there; whole or not at all."""
    _write(path, _MEMORY, [list(map(_cell, pair)) for pair in sorted(pairs)])


def _read(path: Path, width: int = len(COLUMNS)) -> list[list[str]]:
    """The rows below the header; none where no file is."""
    if not path.is_file():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            rows = [row for row in csv.reader(lines, strict=True) if row][1:]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutputError(f"{path} cannot be read ({error}). Give another file's name.") from error
    if any(len(row) != width for row in rows):
        raise OutputError(f"{path}: a row has not {width} cells. Mend it, or give another name.")
    return rows


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    write_text(path, csv_text([columns, *rows]))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return spreadsheet_cell(printable(value)) if isinstance(value, str) else str(value)
