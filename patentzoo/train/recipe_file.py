"""A recipe's TOML file as tables: its base filled in, single values replaced."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from patentzoo.errors import ConfigError


def read_tables(path: Path) -> dict[str, Any]:
    """Read a recipe's tables over those of its base.

    Raises:
        ConfigError: The file is missing or no TOML, or names a base that is none.
    """
    return _read_with_base(path, ())


def _read_with_base(path: Path, above: tuple[Path, ...]) -> dict[str, Any]:
    """Tables of a recipe over those of its base, and of that one's base."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f"No recipe {path} ({reason}). Give the path of a .toml file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no valid TOML: {error}") from error
    base = tables.pop("base", None)
    if base is None:
        return tables
    if not isinstance(base, str) or path in above:
        raise ConfigError(f"{path}: base = {base!r} should name another recipe beside it.")
    return _merged(_read_with_base(path.parent / base, (*above, path)), tables)


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Tables joined key by key; lists and values of ``over`` win whole."""
    joined = dict(under)
    for key, value in over.items():
        below = joined.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        joined[key] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return joined


def _put(tables: dict[str, Any], dotted: str, value: Any) -> None:
    """Set one value by its dotted key; a number picks from a list of tables."""
    *path, last = dotted.split(".")
    at: Any = tables
    try:
        for step in path:
            at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
        at[int(last) if isinstance(at, list) else last] = value
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{dotted} names nothing in the recipe. Write keys as in loop.workers, and the first "
            "of several tables as in stage.0.steps."
        ) from error
