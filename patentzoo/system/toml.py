"""Tables of TOML: read strictly into frozen dataclasses, and written."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from patentzoo.errors import ConfigError, near_miss
from patentzoo.system.text import printable

T = TypeVar("T")


_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
    "str": (str,),
    "bool": (bool,),
    "int | None": (int, type(None)),
    "dict[str, Any]": (dict,),
    "tuple[str, ...]": (list, tuple),
}
"""Annotations that are checked here; others are the dataclass's own business."""


def read_table(kind: type[T], values: Any, where: str) -> T:
    """Build a dataclass from a table.

    Args:
        kind: A dataclass whose module has ``from __future__ import annotations``.
        values: The table.
        where: What to call it in errors, e.g. ``"recipe.toml [loop]"``.

    Raises:
        ConfigError: No table, an unknown, missing or ill-typed key.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where}: a table is wanted here, not {values!r}.")
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    check_keys(values, {field.name for field in fields}, where)
    given: dict[str, Any] = {}
    for field in fields:
        if field.name in values:
            given[field.name] = _checked(values[field.name], str(field.type), field.name, where)
        elif field.default is field.default_factory is dataclasses.MISSING:
            raise ConfigError(f"{where}: {field.name!r} is missing.")
    return kind(**given)


def check_keys(values: Mapping[str, Any], known: set[str], where: str) -> None:
    """Raise ConfigError at the first key that is not known, with the near miss."""
    for key in values:
        if key not in known:
            raise ConfigError(f"{where}: unknown key {key!r}. {near_miss(key, known)}")


def _checked(value: Any, wanted: str, key: str, where: str) -> Any:
    types = _TYPES.get(wanted)
    if types is None:
        return value
    # In Python, but not in TOML, true is a number.
    good = isinstance(value, types) and (wanted == "bool" or not isinstance(value, bool))
    if wanted == "tuple[str, ...]":
        good = good and all(isinstance(each, str) for each in value)
    if not good:
        readable = "a list of strings" if wanted.startswith("tuple") else wanted
        raise ConfigError(f"{where}: {key} = {value!r} should be {readable}.")
    return tuple(value) if wanted.startswith("tuple") else value


_Table = TypeVar("_Table")


_ACCEPTS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
    "tuple[str, ...]": (list, tuple),
}


def strict(kind: type[_Table], values: Any, table: str) -> _Table:
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
        given[key] = _checked_field(value, str(fields[key].type), key, where)
    missing = dataclasses.MISSING
    needed = [n for n, f in fields.items() if f.default is missing and f.default_factory is missing]
    if lacking := [name for name in needed if name not in values]:
        raise ConfigError(f"{where} lacks {', '.join(lacking)}.")
    return kind(**given)


def _checked_field(value: Any, wanted: str, key: str, where: str) -> Any:
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


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(table: Mapping[str, Any]) -> str:
    """Write nested dicts, lists of dicts and plain values; None is left out, since TOML has none.

    Raises:
        TypeError: A value TOML cannot hold.
    """
    return "\n".join(_table(table, ())).lstrip("\n") + "\n"


def inline(value: Any) -> str:
    """Write one value on one line, tables as ``{key = value}``.

    Raises:
        TypeError: A value TOML cannot hold.
    """
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {inline(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(each) for each in value) + "]"
    return _value(value)


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    present = {key: value for key, value in table.items() if value is not None}
    for key, value in present.items():
        if not isinstance(value, Mapping) and not _is_tables(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in present.items():
        inner = (*path, key)
        header = ".".join(_key(part) for part in inner)
        if isinstance(value, Mapping):
            yield f"\n[{header}]"
            yield from _table(value, inner)
        elif _is_tables(value):
            for each in value:
                yield f"\n[[{header}]]"
                yield from _table(each, inner)


def _is_tables(value: Any) -> bool:
    is_list = isinstance(value, list | tuple)
    return is_list and bool(value) and all(isinstance(each, Mapping) for each in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    raise TypeError(f"TOML cannot hold {type(value).__name__}: {value!r}")


def _string(text: str) -> str:
    # A JSON string is a TOML basic string, except that TOML also wants DEL escaped.
    return json.dumps(printable(text), ensure_ascii=False).replace("\x7f", "\\u007f")
