"""Strict reading of a card's tables: each field known, each needed one there, each type right."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from patentzoo.errors import ConfigError, near_miss

_T = TypeVar("_T")

_ACCEPTS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
    "tuple[str, ...]": (list, tuple),
}


def strict(kind: type[_T], values: Any, table: str) -> _T:
    """Make a dataclass from a table.

    Args:
        kind: The dataclass.
        values: The table.
        table: Its name, for messages; "" for the card's top level.

    Raises:
        ConfigError: With the near miss of an unknown key.
    """
    where = f"[{table}]" if table else "the card"
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where} must be a table, not {type(values).__name__}.")
    fields = {each.name: each for each in dataclasses.fields(kind)}  # type: ignore[arg-type]
    given = {}
    for key, value in values.items():
        if key not in fields:
            raise ConfigError(f"Unknown field {key!r} in {where}. {near_miss(key, fields)}")
        given[key] = _checked(value, str(fields[key].type), key, where)
    missing = dataclasses.MISSING
    needed = [n for n, f in fields.items() if f.default is missing and f.default_factory is missing]
    if lacking := [name for name in needed if name not in values]:
        raise ConfigError(f"{where} lacks {', '.join(lacking)}.")
    return kind(**given)


def _checked(value: Any, wanted: str, key: str, where: str) -> Any:
    accepted = _ACCEPTS.get(wanted)
    if accepted is None:
        return value
    # In Python, but not in TOML, true is a number.
    good = isinstance(value, accepted) and (bool in accepted or not isinstance(value, bool))
    if wanted == "tuple[str, ...]":
        if not good or not all(isinstance(each, str) for each in value):
            raise ConfigError(f"{key} in {where} must be a list of strings.")
        return tuple(value)
    if not good:
        raise ConfigError(f"{key} in {where} must be {wanted}, not {type(value).__name__}.")
    return value
