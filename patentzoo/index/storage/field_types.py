"""The type of each field, read from what the catalogue holds, and filters compared in that type."""

from __future__ import annotations

import datetime
import decimal
import logging
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import Any

import numpy as np

from patentzoo.errors import QueryError
from patentzoo.system.cells import is_missing, number_of, plain

logger = logging.getLogger(__name__)

_KIND = """CASE typeof({0}) WHEN 'null' THEN 'missing' WHEN 'integer' THEN 'integer'
WHEN 'real' THEN 'number' WHEN 'text' THEN CASE
WHEN {0} GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'
OR {0} GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]' THEN 'date' ELSE 'text' END
ELSE CASE substr({0}, 1, 1) WHEN x'5b' THEN 'list' WHEN x'7b' THEN 'list'
WHEN x'74' THEN 'boolean' WHEN x'66' THEN 'boolean' WHEN x'6e' THEN 'missing'
WHEN x'22' THEN 'text' ELSE 'integer' END END"""
_PLURAL = {
    "integer": "whole numbers",
    "number": "numbers",
    "date": "dates",
    "text": "text",
    "boolean": "true and false",
}
_COLLECTIONS = (set, frozenset, list, tuple, range, KeysView, ValuesView, Iterator)
_OTHER_VALUES = (np.generic, np.ndarray, datetime.date, datetime.time, decimal.Decimal, os.PathLike)
_SIMPLE = frozenset({str, int, float, bool, type(None)})
_ORDERS = ("<", "<=", ">", ">=")
_DATE = re.compile(r"[0-9]{4}-[01][0-9](-[0-3][0-9])?")
_PART_OF_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")

KindOf = Callable[[str], str]


def kind_of_column(connection: sqlite3.Connection, column: str) -> str:
    """The type of a field: integer, number, date, text, boolean, list, mixed or empty.

    Args:
        connection: To the catalogue.
        column: The field's column.
    """
    query = f"SELECT DISTINCT {_KIND.format(column)} FROM drawing"
    return one_kind({kind for (kind,) in connection.execute(query)})


def one_kind(kinds: Iterable[str]) -> str:
    """The type of a field whose values are of these types."""
    found = set(kinds) - {"missing"}
    if "list" in found:  # its elements may be of any type
        return "list"
    for narrow, wide in (("integer", "number"), ("date", "text")):
        if found == {narrow, wide}:
            return wide
    return found.pop() if len(found) == 1 else "mixed" if found else "empty"


def kind_of_value(value: Any) -> str:
    """The type of one value, as ``_KIND`` calls it in SQL."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "date" if _DATE.fullmatch(value) else "text"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    return "list"


def plain_where(where: Any) -> Any:
    """A filter in plain types: numpy's numbers, ranges, sets, arrays and dates become Python's."""
    if isinstance(where, Mapping):
        return {name: _plain_condition(wanted) for name, wanted in where.items()}
    if isinstance(where, list | tuple):
        return [plain_where(each) if isinstance(each, Mapping) else each for each in where]
    return where


def _plain_condition(wanted: Any) -> Any:
    if isinstance(wanted, Mapping):
        return {operator: _plain_condition(value) for operator, value in wanted.items()}
    if isinstance(wanted, _COLLECTIONS) or (isinstance(wanted, np.ndarray) and wanted.ndim):
        values = list(wanted)
        simple = set(map(type, values)) <= _SIMPLE
        return values if simple else [_plain_value(each) for each in values]
    return _plain_value(wanted)


def _plain_value(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain_value(each) for each in value]
    # NaN is no value to compare with, and what is unknown none that JSON holds: said later.
    return plain(value) if isinstance(value, _OTHER_VALUES) and not is_missing(value) else value


def fit_where(where: Any, kind_of: KindOf) -> Any:
    """A filter with its values in the types of the fields they are compared with.

    Args:
        where: As ``plain_where`` gives it.
        kind_of: The type of a field that is known, as ``kind_of_column`` calls it; "" of another.

    Raises:
        QueryError: A value that nothing in the field can fit.
    """
    if isinstance(where, Mapping):
        return {name: _fit(str(name), wanted, kind_of(name)) for name, wanted in where.items()}
    if isinstance(where, list):
        return [fit_where(each, kind_of) for each in where]
    return where


def _fit(name: str, wanted: Any, kind: str) -> Any:
    if kind == "empty" and wanted is not None and wanted != [None]:
        logger.warning("where= compares %r, of which no drawing has a value.", name)
    if kind not in _PLURAL:
        return wanted
    if isinstance(wanted, Mapping):
        fitted: dict[Any, Any] = {}
        for operator, value in wanted.items():
            fitted |= _operator(name, operator, value, kind)
        return fitted
    return _equal(name, wanted, kind)


def _operator(name: str, operator: Any, value: Any, kind: str) -> dict[Any, Any]:
    if operator in {"=", "!=", "in", "not in"}:
        return {operator: _equal(name, value, kind)}
    if operator in _ORDERS:
        return {operator: _ordered(name, operator, value, kind)}
    prefix = operator in {"prefix", "not prefix"} and isinstance(value, str)
    if prefix and kind not in {"text", "date"}:
        raise QueryError(
            f"where= compares {name!r}, which holds {_PLURAL[kind]}, by {operator!r}, which is for "
            "text. Compare with =, <, <=, > or >=."
        )
    return {operator: value}


def _equal(name: str, wanted: Any, kind: str) -> Any:
    several = isinstance(wanted, list)
    values = wanted if several else [wanted]
    fitted = [value if value is None else _as(kind, value) for value in values]
    if values and all(found is _NEVER for found in fitted):
        raise _never(name, values[0], kind)
    # What cannot fit beside others that can is left as it is.
    made = [value if new is _NEVER else new for value, new in zip(values, fitted, strict=True)]
    return made if several else made[0]


def _ordered(name: str, operator: str, value: Any, kind: str) -> Any:
    if value is None or isinstance(value, bool | list) or is_missing(value):
        return value  # has no order, which is said later
    if kind == "date":
        found = _bound(operator, value)
    else:
        found = _NEVER if kind == "boolean" else _as(kind, value)
    if found is _NEVER:
        raise _never(name, value, kind)
    return found


class _Never:
    """Nothing of the field's type equals the value."""


_NEVER = _Never()


def _as(kind: str, value: Any) -> Any:
    """A value in the type of a field."""
    if kind in {"integer", "number"}:
        found = number_of(value) if isinstance(value, str) else value
        return found if isinstance(found, int | float) else _NEVER
    if kind == "boolean":
        if isinstance(value, str):
            return {"true": True, "false": False}.get(value.strip().lower(), _NEVER)
        return value if isinstance(value, int | float) else _NEVER
    if not isinstance(value, str):
        return _NEVER
    if kind == "date" and not (_is_part_of_date(value) and len(value) > 4):
        return _NEVER
    return value


def _bound(operator: str, value: Any) -> Any:
    """The day a range of dates ends at: a year, a month or a day may be given."""
    text = str(value) if isinstance(value, int) else value
    if not isinstance(text, str) or not _is_part_of_date(text):
        return _NEVER
    # "2021-99" stands behind every day of 2021 and before 2022, as text does.
    return text + "-99" if operator in {"<=", ">"} and len(text) < len("2021-01-31") else text


def _is_part_of_date(text: str) -> bool:
    """Whether text is a year, a month or a day that the calendar has."""
    if not _PART_OF_DATE.fullmatch(text):
        return False
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


def _never(name: str, value: Any, kind: str) -> QueryError:
    hints = {
        "text": " Give text; if the field should hold numbers, give it numbers by Index.update.",
        "date": " Give a day, '2021-01-31', or a range; the prefix '2021' is a whole year.",
    }
    return QueryError(
        f"where= compares {name!r}, which holds {_PLURAL[kind]}, with {value!r}, which can never "
        f"fit.{hints.get(kind, '')}"
    )


def warn_of_mixed(where: Any, kind_of: KindOf) -> None:
    """Say which fields of a filter hold values of several types."""
    each = where if isinstance(where, Sequence) else [where]
    for name in {name for part in each if isinstance(part, Mapping) for name in part}:
        if kind_of(name) == "mixed":
            logger.warning(
                "where= compares %r, which holds values of several types; only those of the type "
                "of the value given can fit.",
                name,
            )
