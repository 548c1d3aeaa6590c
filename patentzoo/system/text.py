"""Text that any program can keep: no lone surrogates, no formulas in tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def is_unicode(text: str) -> bool:
    """Whether a text holds no lone surrogate, as a file's name of undecodable bytes does."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(name: str) -> str:
    """Escape what is no Unicode in a text, such as a file's name of bytes that are no UTF-8.

    Args:
        name: Of a file, or any other text.

    Returns:
        The same text where it is Unicode; else a byte is written ``\\xff``, as Python shows it, and
        a lone surrogate that stands for no byte ``\\ud83d``.
    """
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half of a pair, as text cut in the middle has it
        return name.encode("utf-8", "backslashreplace").decode("utf-8")


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Write rows as CSV, each ended by a line feed.

    Args:
        rows: Of cells; text is quoted where it has to be, a carriage return included, which Python
            quotes only where rows end with one.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    lines = []
    for row in rows:
        writer.writerow(row)
        lines.append(stream.getvalue().removesuffix("\r\n") + "\n")
        stream.seek(0)
        stream.truncate()
    return "".join(lines)


def spreadsheet_cell(text: str) -> str:
    """Mark a text that a spreadsheet would run as a formula with an apostrophe before it.

    Titles and names of files come from strangers; see "CSV Injection" of the OWASP Foundation.

    Args:
        text: A cell of a CSV table.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def cell_text(cell: str) -> str:
    """Undo :func:`spreadsheet_cell`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
