"""What is known about drawings, as columns: read off plain dicts in a few quick passes."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from patentzoo.index.storage import schema
from patentzoo.index.storage.values import Stored, encode

Column = list[Any]

_PLAIN = frozenset({str, int, float, bool})
_INT64 = 1 << 63
_SPARSE = 3
"""Where a column would be empty in two drawings of three, dicts are smaller."""


class _Missing:
    """A drawing lacks the field; None would say that its value is null."""


_MISSING = _Missing()


@dataclass(frozen=True, eq=False)
class Columns:
    """Metadata of n drawings, a list for each field; nothing of the dicts they came from is kept.

    Attributes:
        ids: n different texts.
        fixed: Patent, path and page; None where a drawing has none.
        others: The other fields by name, in the order in which they were first met; None where a
            drawing lacks the field.
    """

    ids: list[str]
    fixed: tuple[Column, ...]
    others: Mapping[str, Column]

    @classmethod
    def of(cls, ids: Sequence[Any], metadata: Sequence[Any]) -> Columns | None:
        """Columns of plain values; None where anything has to be looked at one by one.

        That is: ids or keys that are no text, or an id twice; a key ``id``; a value other than
        text, a finite float, true, false or a whole number of 64 bits; fields few drawings have,
        or more of them than an index keeps.
        """
        if not (set(map(type, ids)) <= {str} and set(map(type, metadata)) <= {dict}):
            return None
        if len(ids) != len(metadata) or len(set(ids)) < len(ids):
            return None
        names = dict.fromkeys(chain.from_iterable(metadata))
        if "id" in names or not set(map(type, names)) <= {str}:
            return None
        own = [name for name in names if name not in schema.FIXED]
        sparse = len(own) * len(ids) > _SPARSE * sum(map(len, metadata))
        if sparse or len(own) > schema.MOST_FIELDS:
            return None
        fixed = [_column(metadata, name, None) for name in schema.FIXED]
        others = [_column(metadata, name, _MISSING) for name in own]
        if not all(_plain(each, type(None)) for each in fixed):
            return None
        if not all(_plain(each, _Missing) for each in others):
            return None
        return cls(list(ids), tuple(fixed), dict(zip(own, map(_without, others), strict=True)))

    def row(self, number: int) -> tuple[Any, ...]:
        """A row as ``catalogue.stored`` gives it: its number, id, fixed and other fields."""
        values = [column[number] for column in chain(self.fixed, self.others.values())]
        return (number, self.ids[number], *values)


def stored_column(column: Sequence[Any]) -> Sequence[Stored]:
    """The values of a column as SQLite holds them; None stays None."""
    kinds = set(map(type, column))
    if bool not in kinds and (str not in kinds or _is_unicode(column, kinds)):
        return column
    return [None if value is None else encode(value) for value in column]


def is_empty(column: Sequence[Any]) -> bool:
    """Whether no drawing has a value."""
    return not column or (column[0] is None and column.count(None) == len(column))


def _column(metadata: Sequence[dict[str, Any]], name: str, missing: Any) -> Column:
    return list(map(dict.get, metadata, repeat(name), repeat(missing)))


def _plain(column: Column, missing: type) -> bool:
    kinds = set(map(type, column))
    if not kinds <= _PLAIN | {missing}:
        return False
    if int in kinds:
        whole = column if kinds == {int} else [each for each in column if type(each) is int]
        if min(whole) < -_INT64 or max(whole) >= _INT64:
            return False
    if float in kinds:
        floats = column if kinds == {float} else [each for each in column if type(each) is float]
        return all(map(math.isfinite, floats))
    return True


def _without(column: Column) -> Column:
    if _Missing not in set(map(type, column)):
        return column
    return [None if value is _MISSING else value for value in column]


def _is_unicode(column: Sequence[Any], kinds: set[type]) -> bool:
    """Whether every text can be encoded; one with a lone surrogate cannot."""
    texts = column if kinds == {str} else [each for each in column if type(each) is str]
    if all(map(str.isascii, texts)):
        return True
    try:
        deque(map(str.encode, texts), maxlen=0)
    except UnicodeEncodeError:
        return False
    return True
