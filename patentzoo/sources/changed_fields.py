"""What ``Index.update`` is given: fields of drawings, as a dict or a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from patentzoo.errors import ConfigError, ImageNotFoundError, QueryError
from patentzoo.system.arguments import PATH, TABLE, TEXT, Rule, check
from patentzoo.system.cells import columns_of, normal_name, typed_rows

Changed = Mapping[str, Mapping[str, Any]]
"""The fields that change, by what names the drawing."""

KEYS = ("id", "file", "patent")
"""Columns that name drawings, the first that is there."""
OF_THE_DRAWING = {"patent", "path"}
"""Fields that are text or nothing."""
KEPT = {
    "id": "the drawing's id",
    "page": "the page it was read from",
    "box": "where on its sheet it was cut out",
}
"""Fields that say which picture a drawing is."""

_METADATA = Rule("a dict of id to a dict of fields, or a CSV file", PATH.fits)


def read_changes(metadata: Changed | str | PathLike[str]) -> tuple[str, Changed]:
    """Read which column names the drawings, and the other columns by it; empty cells say nothing.

    Args:
        metadata: A dict of id to a dict of fields; or a CSV file.

    Raises:
        ImageNotFoundError: No such file.
        ConfigError: It cannot be read, has no column that names drawings, or a field that cannot be
            changed.
    """
    if isinstance(metadata, Mapping):
        for name, fields in metadata.items():
            _check_fields(name, fields)
        return "id", metadata
    check("update", "metadata", metadata, _METADATA)
    path = Path(metadata)
    if not path.is_file():
        raise ImageNotFoundError(f"{path}: no such file. Check the path.")
    columns = columns_of(path)
    key = next((name for name in KEYS if name in columns), None)
    if key is None:
        raise ConfigError(f"{path} has none of the columns {', '.join(KEYS)}.")
    _check_names(name for name in columns if name != key)
    rows = [row for row in typed_rows(path) if key in row]
    return key, {normal_name(str(row.pop(key))): row for row in rows}


def none_named(key: str, table: Changed) -> QueryError:
    """The error of an update whose rows name no drawing of the index."""
    if not table:
        return QueryError("There are no fields to change: no row was given. Nothing was changed.")
    first = ", ".join(repr(name) for name in sorted(table)[:3])
    more = ", …" if len(table) > 3 else ""
    return QueryError(
        f"Not one of {len(table)} rows names a drawing of the index; looked for as {key}: "
        f"{first}{more}. Nothing was changed."
    )


def _check_fields(name: Any, fields: Any) -> None:
    check("update", "an id of metadata", name, TEXT)
    check("update", f"metadata[{name!r}]", fields, TABLE)
    _check_names(fields)
    for field in OF_THE_DRAWING & set(fields):
        if fields[field] is not None:
            check("update", f"metadata[{name!r}][{field!r}]", fields[field], TEXT)


def _check_names(fields: Iterable[str]) -> None:
    for field in fields:
        if field in KEPT:
            raise ConfigError(
                f"update(): {field!r} is {KEPT[field]}, and stays. Nothing was changed: leave it "
                "out, or give the field another name."
            )
