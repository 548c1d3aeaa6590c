"""Metadata values as SQLite holds them: told apart without a second column.

Text, whole numbers and floats are stored as they are, so that SQL compares them. What SQLite has no
type for (true, null, lists, objects, whole numbers beyond 64 bits, text that is no valid Unicode)
becomes its JSON as a BLOB. SQL's NULL means that a drawing lacks the field.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
from typing import Any

import numpy as np

from patentzoo.errors import ConfigError
from patentzoo.system.cells import is_missing, plain

Stored = str | int | float | bytes | None
_INT64 = 1 << 63
_OTHER = (np.generic, np.ndarray, datetime.date, datetime.time, decimal.Decimal)
"""What has a plain form, the numbers and dates of other libraries: see ``cells.plain``."""


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
        return value if _is_unicode(value) else _json(value)
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


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, as in a file name of undecodable bytes
        return False
    return True


def _inner(value: Any) -> Any:
    if isinstance(value, _OTHER) and not is_missing(value):
        return plain(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=True, allow_nan=False, default=_inner).encode()
    except (TypeError, ValueError) as error:
        raise ConfigError(f"its metadata cannot be saved as JSON ({error})") from error
