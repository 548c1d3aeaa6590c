"""Cells of tables and values of metadata: a column gets a type, and missing is missing.

A column of a CSV file is whole numbers, numbers, dates or text, whichever fits every cell that is
not empty. Numbers with leading zeros ("0601") are text, as class codes are. Dates are ISO dates and
stay text, "2021-01-05", which sorts as dates do.
"""

from __future__ import annotations

import csv
import datetime
import decimal
import math
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from patentzoo.errors import ConfigError
from patentzoo.system.csv_files import open_csv, why_unread

Row = dict[str, Any]

_PLAIN = (str, int, bool, type(None))
_NO_VALUE = frozenset({"nan", "na", "n/a", "#n/a", "<na>", "nat", "null", "none", "-"})
"""What a cell of a column of numbers or dates says where there is none, in lower case."""
_NO_PATENT = _NO_VALUE - {"-", "na"}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)(\.0+)?")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-][0-9]+)?")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})([T ]00:00:00(\.0+)?)?")
_INT64 = 1 << 63
_MIDNIGHT = datetime.time()


class ColumnTypes:
    """The types of a table's columns, found from all of their cells."""

    def __init__(self) -> None:
        self._possible: dict[str, list[str]] = {}
        self._filled: set[str] = set()

    def observe(self, row: Mapping[str, str]) -> None:
        """Take a row into account."""
        for name, text in row.items():
            possible = self._possible.setdefault(name, ["integer", "number", "date"])
            cell = text.strip()
            if possible and cell and cell.lower() not in _NO_VALUE:
                self._filled.add(name)
                possible[:] = [kind for kind in possible if _fits(cell, kind)]

    def kind(self, name: str) -> str:
        """``"integer"``, ``"number"``, ``"date"`` or ``"text"``."""
        possible = self._possible.get(name)
        return possible[0] if possible and name in self._filled else "text"

    def value(self, name: str, text: str) -> Any:
        """A cell as its column's type; None where it is missing."""
        cell, kind = text.strip(), self.kind(name)
        if not cell or (kind != "text" and cell.lower() in _NO_VALUE):
            return None
        if kind == "integer":
            return int(cell.partition(".")[0])
        if kind == "number":
            return float(cell)
        return cell[:10] if kind == "date" else text

    def label(self, name: str, text: str) -> str | None:
        """A cell that names something, an id or a patent; None where it is missing."""
        cell = text.strip()
        if not cell or cell.lower() in _NO_PATENT:
            return None
        value = self.value(name, text) if self.kind(name) == "integer" else text
        return None if value is None else str(value)


def _fits(cell: str, kind: str) -> bool:
    if kind == "integer":
        return _INTEGER.fullmatch(cell) is not None and abs(float(cell)) < _INT64
    if kind == "number":
        if cell.lstrip("-").isdigit() and abs(float(cell)) >= _INT64:
            return False  # a number that names something: a float would change its digits
        return _NUMBER.fullmatch(cell) is not None and math.isfinite(float(cell))
    found = _DATE.fullmatch(cell)
    try:
        return found is not None and bool(datetime.date.fromisoformat(found[1]))
    except ValueError:
        return False


def number_of(text: str) -> int | float | None:
    """The number a text writes, as a cell of a CSV file does; None where it writes none."""
    cell = text.strip()
    if _fits(cell, "integer"):
        return int(cell.partition(".")[0])
    return float(cell) if _fits(cell, "number") else None


def typed_rows(table: Path, labels: Iterable[str] = ("id", "file", "patent")) -> list[Row]:
    """Read a CSV file whole: a dict a row, cells by the types of their columns, without missing.

    Args:
        table: As ``open_csv`` takes it, its first line the names of the columns.
        labels: Columns that name something: text, whatever they look like.

    Raises:
        ConfigError: It cannot be read, or a row has not as many cells as the header.
    """
    try:
        with open_csv(table) as reader:
            rows = list(_strict_rows(table, reader))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise no_table(table, error) from error
    types = ColumnTypes()
    for row in rows:
        types.observe(row)
    return [typed_row(types, row, labels) for row in rows]


def no_table(table: Path, error: Exception) -> ConfigError:
    """The error about a file that is no CSV table."""
    if isinstance(error, FileNotFoundError):
        return ConfigError(f"{table}: no such file. Check the path.")
    if isinstance(error, IsADirectoryError):
        return ConfigError(f"{table} is a folder; a table is a CSV file. Give the file.")
    return ConfigError(f"{table} cannot be read as CSV: {why_unread(error)}.")


def typed_row(types: ColumnTypes, row: Mapping[str, str], labels: Iterable[str]) -> Row:
    """The cells of a row that are not missing, by the types of their columns."""
    named = set(labels)
    cells = {
        name: types.label(name, text) if name in named else types.value(name, text)
        for name, text in row.items()
    }
    return {name: value for name, value in cells.items() if value is not None}


def normal_name(name: str) -> str:
    """A name as tables and files agree on it: "/" between folders, letters composed (NFC)."""
    return unicodedata.normalize("NFC", str(PurePosixPath(name.replace("\\", "/"))))


def columns_of(table: Path) -> list[str]:
    """The names of a CSV file's columns.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        with open_csv(table) as reader:
            return list(reader.fieldnames or [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise no_table(table, error) from error


def _strict_rows(table: Path, reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    for row in reader:
        if None in row or None in row.values():
            raise ConfigError(
                f"{table}, line {reader.line_num}: the row has not as many cells as the header."
            )
        yield row


def plain(value: Any) -> Any:
    """A value as JSON holds it; None where it is missing (None, NaN, NaT).

    Numbers and arrays of numpy become Python's, dates ISO text (a time at midnight a date), paths
    and everything unknown text.
    """
    if type(value) in _PLAIN:
        return value
    if is_missing(value):
        return None
    if isinstance(value, np.generic | np.ndarray):
        return _plain_numpy(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime.date | datetime.time):
        return _iso(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, list | tuple | range | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def is_missing(value: Any) -> bool:
    """Whether a value says that there is none: None, NaN, NaT, pandas' NA."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return isinstance(value, float | np.floating | decimal.Decimal) and bool(value != value)


def label_of(value: Any) -> str | None:
    """An id or a patent as text: 907292.0, as pandas makes of 907292, is "907292".

    Args:
        value: A cell of any type.

    Returns:
        None where it is missing.
    """
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    value = plain(value)
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def _plain_numpy(value: Any) -> Any:
    if value.dtype.kind == "M":
        value = value.astype("datetime64[us]")
    found = value.tolist()
    return plain(found) if not isinstance(found, np.generic) else str(found)


def _iso(value: datetime.date | datetime.time) -> str:
    if isinstance(value, datetime.datetime) and value.tzinfo is None and value.time() == _MIDNIGHT:
        return value.date().isoformat()
    return value.isoformat()
