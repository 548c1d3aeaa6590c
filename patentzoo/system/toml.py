"""Strict reading of a table (parsed TOML) into a frozen dataclass."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from patentzoo.errors import ConfigError, near_miss

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
