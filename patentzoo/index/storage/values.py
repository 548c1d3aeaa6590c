"""Metadata values as SQLite holds them: told apart without a second column.

Text, whole numbers and floats are stored as they are, so that SQL compares them. What SQLite has no
type for (true, null, lists, objects, whole numbers beyond 64 bits, text that is no valid Unicode)
becomes its JSON as a BLOB. SQL's NULL means that a drawing lacks the field. A drawing is a row of
such values, with a checksum.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from patentzoo.errors import ConfigError
from patentzoo.hit import SAID_BY_SEARCH
from patentzoo.index.storage.schema import FIXED
from patentzoo.system.cells import is_missing, plain
from patentzoo.system.text import is_unicode

Stored = str | int | float | bytes | None
_INT64 = 1 << 63
_FIRST_OTHER = 1 + len(FIXED)
_OTHER = (np.generic, np.ndarray, datetime.date, datetime.time, decimal.Decimal)
"""What has a plain form, the numbers and dates of other libraries: see ``cells.plain``."""


def check_key(name: object) -> None:
    """Refuse a metadata key that is no text, or that means something else in a result.

    Raises:
        ConfigError: It is one of those.
    """
    if not isinstance(name, str):
        raise ConfigError(f"A metadata key is text, not {name!r}.")
    if name in SAID_BY_SEARCH:
        raise ConfigError(
            f"{name!r} cannot be a metadata key: a search says that of a hit. Give the field "
            "another name."
        )


def encode(value: Any) -> Stored:
    """A value as SQLite holds it; never None.

    Raises:
        ConfigError: A value JSON cannot hold.
    """
    kind = type(value)  # nearly all values are one of these two
    if (kind is str and value.isascii()) or (kind is int and -_INT64 <= value < _INT64):
        return value  # type: ignore[no-any-return]
    if isinstance(value, _OTHER) and not is_missing(value):
        value = plain(value)
    if isinstance(value, str):
        return value if is_unicode(value) else _json(value)
    if isinstance(value, bool) or value is None:
        return _json(value)
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else _json(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    return _json(value)


def decode(stored: Stored) -> Any:
    """What :func:`encode` was given."""
    return json.loads(stored) if isinstance(stored, bytes) else stored


def encode_fixed(value: Any) -> Stored:
    """The same for a field every drawing has: None is NULL."""
    return None if value is None else encode(value)


def equal_forms(value: Any) -> list[Stored]:
    """Every stored form that equals a value: in Python ``True == 1`` and ``1 == 1.0``."""
    forms = [encode(value)]
    if isinstance(value, bool):
        forms.append(int(value))
    elif isinstance(value, int | float) and value in (0, 1):
        forms.append(_json(bool(value)))
    return forms


def insert_drawings(
    connection: sqlite3.Connection,
    first: int,
    ids: Sequence[str],
    metadata: Sequence[Mapping[str, Any]],
    sources: Sequence[int | None],
    named: Mapping[str, str],
) -> None:
    """Insert drawings into the catalogue.

    Args:
        connection: In a writer's transaction.
        first: Row number of the first; the others follow.
        ids: Of each.
        metadata: What is known about each.
        sources: Number of each one's source, or None.
        named: The column of each field a user named.

    Raises:
        ConfigError: Metadata that cannot be kept, with the drawing's id.
    """
    names = ["row", "id", "source", "crc", *FIXED, *named.values()]
    marks = ", ".join("?" * len(names))
    each = zip(ids, sources, metadata, strict=True)
    connection.executemany(
        f"INSERT INTO drawing ({', '.join(names)}) VALUES ({marks})",
        (row_values(row, *drawing, named) for row, drawing in enumerate(each, first)),
    )


def row_values(
    row: int,
    name: str,
    source: int | None,
    metadata: Mapping[str, Any],
    named: Mapping[str, str],
) -> list[Any]:
    """A drawing as the table holds it: row, id, source, checksum, fixed fields, other fields.

    Raises:
        ConfigError: Metadata that JSON cannot hold, with the drawing's id.
    """
    if "id" in metadata:
        raise ConfigError(f"{name}: 'id' cannot be a metadata key; it is the drawing's id already.")
    try:
        fixed = [encode_fixed(metadata.get(key)) for key in FIXED]
        others = [encode(metadata[key]) if key in metadata else None for key in named]
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}. Use text, numbers, lists.") from error
    stored = [encode(name), *fixed, *others]
    return [row, stored[0], source, crc(row, stored, tuple(named)), *stored[1:]]


def crc(row: int, stored: Sequence[Stored], names: Sequence[str]) -> int:
    """Checksum of a row: id, fixed fields, and those others it has."""
    pairs = zip(names, stored[_FIRST_OTHER:], strict=True)
    has = sorted([pair for pair in pairs if pair[1] is not None])
    return zlib.crc32(repr((row, *stored[:_FIRST_OTHER], has)).encode())


def _inner(value: Any) -> Any:
    if isinstance(value, _OTHER) and not is_missing(value):
        return plain(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=True, allow_nan=False, default=_inner).encode()
    except (TypeError, ValueError) as error:
        raise ConfigError(f"its metadata cannot be saved as JSON ({error})") from error
