"""Which patent a drawing belongs to: the user's word first, then its name, then its folder."""

from __future__ import annotations

import csv
from collections.abc import Callable
from os import PathLike
from pathlib import Path, PurePath, PurePosixPath

from patentzoo.errors import ConfigError, near_miss
from patentzoo.images.names import is_patent_folder, patent_from_folder, patent_from_name
from patentzoo.images.page import Label

Labeller = Callable[[str, str | None], Label | None]
PatentRule = Callable[[str], str | None] | str | PathLike[str] | None


def make_labeller(patent: PatentRule) -> Labeller | None:
    """Turn what the user gave as ``patent=`` into a labeller.

    Args:
        patent: A function from the path (the id where there is none) to the patent, or a CSV file
            with the columns ``file`` and ``patent``; its further columns become metadata. ``file``
            is a drawing's id, path or name.

    Raises:
        ConfigError: Neither, or a CSV that is missing, lacks a column or names a file twice.
    """
    if patent is None:
        return None
    if callable(patent):
        return _from_function(patent)
    if isinstance(patent, str | PathLike):
        return _from_csv(Path(patent))
    raise ConfigError(f"patent= takes a function or a CSV file, not {type(patent).__name__}.")


def default_label(name: str, path: str | None, *, below_root: bool) -> Label:
    """Read the patent from the name, else from the folder.

    Args:
        name: The id.
        path: The file, if any.
        below_root: The file lies in a subfolder of the folder given. A file directly in the folder
            takes its name only if that is a patent's: a folder called ``drawings`` is none.
    """
    found = patent_from_name(path or name)
    if found or path is None:
        return Label(found)
    folder = PurePath(path).parent.name
    if below_root or is_patent_folder(folder):
        return Label(patent_from_folder(folder))
    return Label(None)


def _from_function(function: Callable[[str], str | None]) -> Labeller:
    def label(name: str, path: str | None) -> Label | None:
        patent = function(path or name)
        if patent is not None and not isinstance(patent, str):
            raise ConfigError(
                f"patent= gave {type(patent).__name__} for {path or name}; it must give str or "
                "None."
            )
        return None if patent is None else Label(patent)

    return label


def _from_csv(table: Path) -> Labeller:
    rows = _read_table(table)

    def label(name: str, path: str | None) -> Label | None:
        keys = [name] if path is None else [name, path, PurePath(path).name]
        return next((rows[key] for key in keys if key in rows), None)

    return label


def _read_table(table: Path) -> dict[str, Label]:
    rows: dict[str, Label] = {}
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, strict=True)
            columns = reader.fieldnames or []
            for needed in ("file", "patent"):
                if needed not in columns:
                    raise ConfigError(
                        f"{table} has no column {needed!r}. {near_miss(needed, columns)}"
                    )
            for row in reader:
                _add_row(rows, row, f"{table}, line {reader.line_num}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{table} cannot be read as a CSV of patents: {error}.") from error
    return rows


def _add_row(rows: dict[str, Label], row: dict[str, str], where: str) -> None:
    if None in row or None in row.values():
        raise ConfigError(f"{where}: the row has not as many cells as the header.")
    file = str(PurePosixPath(row.pop("file").replace("\\", "/")))
    if file in rows:
        raise ConfigError(f"{where}: {file!r} occurs a second time.")
    rows[file] = Label(row.pop("patent") or None, dict(row))
