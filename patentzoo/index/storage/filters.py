"""``where=``: a filter of drawings, compiled to SQL whose values are parameters throughout."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from patentzoo.errors import ConfigError, QueryError, near_miss
from patentzoo.index.storage.values import Stored, encode, equal_forms

Condition = Mapping[str, Any]
Where = Condition | Sequence[Condition] | Callable[[Mapping[str, Any]], bool] | None
Columns = Mapping[str, str]
Part = tuple[str, list[Stored]]

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "prefix", "not prefix")
_COLLECTIONS = (set, frozenset, list, tuple)
_NOTHING: Part = ("0", [])
_MANY = 500


def compile_where(where: Condition | Sequence[Condition], columns: Columns) -> Part:
    """SQL that is true for the drawings a filter keeps, and its parameters.

    Args:
        where: A dict of field to condition, all of which must hold; or a list of such dicts, one of
            which must. A condition is a value, a collection of values, or a dict of operators
            (``OPERATORS``). A field that holds a list fits if one of its values does.
        columns: The column of each field. Names of columns are ours; those of fields never
            become SQL.

    Raises:
        QueryError: An unknown field or operator, or a value that cannot be compared.
    """
    if isinstance(where, Mapping):
        return _all([_field(name, wanted, columns) for name, wanted in where.items()])
    if isinstance(where, list | tuple) and all(isinstance(each, Mapping) for each in where):
        return _any([compile_where(each, columns) for each in where])
    raise QueryError(
        f"where= takes a dict, a list of dicts or a function, not {type(where).__name__}."
    )


def _field(name: str, wanted: Any, columns: Columns) -> Part:
    if name not in columns:
        raise QueryError(
            f"where= names {name!r}, which no drawing has. {near_miss(str(name), columns)}"
        )
    column = columns[name]
    try:
        if isinstance(wanted, Mapping):
            return _all([_operator(name, column, *each) for each in wanted.items()])
        return _equals(column, wanted if isinstance(wanted, _COLLECTIONS) else [wanted])
    except ConfigError as error:
        raise QueryError(
            f"where= compares {name!r} with a value it cannot have: {wanted!r}. None finds what "
            "has no value."
        ) from error


def _operator(name: str, column: str, operator: str, value: Any) -> Part:
    if operator not in OPERATORS:
        raise QueryError(
            f"where= knows no operator {operator!r} (field {name!r}). "
            f"{near_miss(str(operator), OPERATORS)}"
        )
    if operator in {"=", "!="}:
        part = _equals(column, [value])
    elif operator in {"in", "not in"}:
        if not isinstance(value, _COLLECTIONS):
            raise QueryError(f"where={{{name!r}: {{{operator!r}: ...}}}} takes several values.")
        part = _equals(column, value)
    elif operator in {"prefix", "not prefix"}:
        part = _prefix(name, column, value)
    else:
        return _compare(name, column, operator, value)
    return _not(part) if operator in {"!=", "not in", "not prefix"} else part


def _equals(column: str, values: Iterable[Any]) -> Part:
    forms: list[Stored] = []
    missing = False
    for value in values:
        missing = missing or value is None
        forms.extend(equal_forms(value))
    if not forms:
        return _NOTHING
    parts = [_among(column, forms)]
    inner, parameters = _among("e.value", forms)
    parts.append(_element(column, inner, parameters))
    if missing:
        parts.append((f"{column} IS NULL", []))
    return _any(parts)


def _among(column: str, forms: list[Stored]) -> Part:
    """One of many values; SQLite takes some thousands of parameters, hence the list as JSON."""
    listed = [form for form in forms if isinstance(form, str | int) and "\0" not in str(form)]
    if len(listed) <= _MANY:
        return f"{column} IN ({', '.join('?' * len(forms))})", forms
    rest = [form for form in forms if not isinstance(form, str | int) or "\0" in str(form)]
    many: Part = (f"{column} IN (SELECT value FROM json_each(?))", [json.dumps(listed)])
    return _any([many, *(_among(column, rest[i : i + _MANY]) for i in range(0, len(rest), _MANY))])


def _compare(name: str, column: str, operator: str, value: Any) -> Part:
    """Numbers with numbers, text with text by code point; nothing else has an order."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise QueryError(
            f"where= compares {name!r} with {value!r}: {operator!r} takes a number or text."
        )
    # To SQLite every number is less than every text: without the type some of them would fit.
    kinds = "('text')" if isinstance(value, str) else "('integer', 'real')"
    form = encode(value) if isinstance(value, str) else _number(value)
    plain = (f"(typeof({column}) IN {kinds} AND {column} {operator} ?)", [form])
    inner = f"typeof(e.value) IN {kinds} AND e.value {operator} ?"
    return _any([plain, _element(column, inner, [form])])


def _number(value: float) -> Stored:
    """A number as SQLite compares it; one beyond its integers is as good as infinite."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return math.copysign(math.inf, value if abs(value) < 2**1000 else (value > 0) - 0.5)
    return value if value in (math.inf, -math.inf) else encode(value)


def _prefix(name: str, column: str, value: Any) -> Part:
    if not isinstance(value, str):
        raise QueryError(f"where= compares {name!r} with {value!r}: 'prefix' takes text.")
    start = encode(value)
    plain = (f"(typeof({column}) = 'text' AND substr({column}, 1, ?) = ?)", [len(value), start])
    inner = "typeof(e.value) = 'text' AND substr(e.value, 1, ?) = ?"
    return _any([plain, _element(column, inner, [len(value), start])])


def _element(column: str, condition: str, parameters: list[Stored]) -> Part:
    """One element of a list, which is stored as JSON in a BLOB."""
    array = f"typeof({column}) = 'blob' AND substr({column}, 1, 1) = x'5b'"
    elements = f"SELECT 1 FROM json_each(CAST({column} AS TEXT)) AS e WHERE {condition}"
    return f"(CASE WHEN {array} THEN EXISTS ({elements}) ELSE 0 END)", list(parameters)


def _all(parts: list[Part]) -> Part:
    return _joined(parts, " AND ", "1")


def _any(parts: list[Part]) -> Part:
    return _joined(parts, " OR ", "0")


def _not(part: Part) -> Part:
    # A condition on a missing value is NULL, neither true nor false: such a drawing fits "not".
    return f"(({part[0]}) IS NOT 1)", part[1]


def _joined(parts: list[Part], word: str, nothing: str) -> Part:
    if not parts:
        return nothing, []
    text = word.join(part[0] for part in parts)
    return f"({text})", [value for part in parts for value in part[1]]


def asks_nothing(where: Where) -> bool:
    """Whether a filter fits everything: it is empty, or asks for an empty beginning only."""
    parts = where if isinstance(where, list | tuple) else [where]
    return any(
        all(isinstance(value, Mapping) and dict(value) == {"prefix": ""} for value in part.values())
        for part in parts
        if isinstance(part, Mapping)
    )
