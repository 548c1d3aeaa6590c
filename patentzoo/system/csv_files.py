"""CSV files as programs write them: in UTF-8 or UTF-16, with commas, semicolons or tabs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = (",", ";", "\t")


@contextmanager
def open_csv(table: Path) -> Iterator[csv.DictReader[str]]:
    """Open a CSV file and give its rows as dicts.

    The delimiter is whichever of comma, semicolon and tab its first line has most of, outside of
    quotation marks; spreadsheets write semicolons where numbers have a decimal comma. Spaces around
    the names of columns and before values are no part of them.

    Args:
        table: In UTF-8, with or without its mark, or in UTF-16 with it.

    Raises:
        OSError: It cannot be opened.
        UnicodeDecodeError: It is in another encoding; this comes while rows are read, too.
    """
    with table.open("rb") as raw:
        encoding = "utf-16" if raw.read(2) in _UTF16 else "utf-8-sig"
    with table.open(newline="", encoding=encoding) as stream:
        header = stream.readline()
        stream.seek(0)
        reader = csv.DictReader(
            stream, strict=True, delimiter=_delimiter(header), skipinitialspace=True
        )
        if reader.fieldnames is not None:
            reader.fieldnames = [name.strip() for name in reader.fieldnames]
        yield reader


def _delimiter(header: str) -> str:
    bare = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=bare.count)


def why_unread(error: Exception) -> str:
    """Say why a CSV file cannot be read, and what to do."""
    if isinstance(error, UnicodeDecodeError):
        what_to_do = "save it in UTF-8; from a spreadsheet, save it as 'CSV UTF-8'"
        return f"it is not in UTF-8 (byte {error.object[error.start]:#x}); {what_to_do}"
    return str(error)
