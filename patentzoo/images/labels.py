"""Which patent a drawing belongs to: the user's word first, then its name, then its folder."""

from __future__ import annotations

import logging
from collections.abc import Callable
from os import PathLike
from pathlib import Path, PurePath

from patentzoo.cells import columns_of, normal_name, typed_rows
from patentzoo.errors import ConfigError, near_miss
from patentzoo.images.names import is_patent_folder, patent_from_folder, patent_from_name
from patentzoo.images.page import Label

logger = logging.getLogger(__name__)

Labeller = Callable[[str, str | None, str | None], Label | None]
"""From a drawing's id, its path and the patent its name tells to what the user says of it."""
PatentRule = Callable[[str], str | None] | str | PathLike[str] | None

_FILE_LIKE = {"file", "files", "filename", "file_name", "file name", "filepath", "path", "image"}


def make_labeller(patent: PatentRule) -> Labeller | None:
    """Turn what the user gave as ``patent=`` into a labeller.

    Args:
        patent: A function from the path (the id where there is none) to the patent, or a CSV file
            with the columns ``file`` (a drawing's id, path or name) and ``patent``, or ``patent``
            alone; its further columns become metadata.

    Raises:
        ConfigError: Neither, or a CSV that is missing, lacks a column or names a file or patent
            twice.
    """
    if patent is None:
        return None
    if callable(patent):
        return _from_function(patent)
    if isinstance(patent, str | PathLike):
        return PatentTable(Path(patent))
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
    def label(name: str, path: str | None, _: str | None) -> Label | None:
        patent = function(path or name)
        if patent is not None and not isinstance(patent, str):
            raise ConfigError(
                f"patent= gave {type(patent).__name__} for {path or name}; it must give str or "
                "None."
            )
        return None if patent is None else Label(patent)

    return label


class PatentTable:
    """A CSV file of patents and further metadata, by file or by patent.

    Attributes:
        table: The file.
        key: ``"file"``, or ``"patent"`` where the table has no column ``file``.
    """

    def __init__(self, table: Path) -> None:
        self.table = table
        self.key = _key_of(table)
        self._rows = self._read()
        self._met: set[str] = set()

    def __call__(self, name: str, path: str | None, patent: str | None) -> Label | None:
        """The row of a drawing; see ``Labeller``."""
        if self.key == "patent":
            keys = [] if patent is None else [normal_name(patent)]
        else:
            keys = [
                normal_name(each) for each in (name, path, path and PurePath(path).name) if each
            ]
        found = next((key for key in keys if key in self._rows), None)
        if found is None:
            return None
        self._met.add(found)
        return self._rows[found]

    def unmet(self) -> list[str]:
        """What rows name and no drawing met so far is, in the order of the table."""
        return [key for key in self._rows if key not in self._met]

    def report(self, *, before: bool) -> None:
        """Say which rows name none of the drawings met so far.

        Args:
            before: The drawings are known and the work has not begun.

        Raises:
            ConfigError: No row names any, and the work has not begun.
        """
        unmet = self.unmet()
        if not unmet:
            return
        which = f"the first: {unmet[0]!r}"
        if len(unmet) < len(self._rows) or not before:
            text = "%s: %d of %d rows name none of the drawings given, %s."
            logger.warning(text, self.table, len(unmet), len(self._rows), which)
            return
        how = "a drawing's id, path or name" if self.key == "file" else "the patent of a drawing"
        raise ConfigError(
            f"{self.table}: none of its {len(self._rows)} rows names one of the drawings given, "
            f"{which}. Its column {self.key!r} is to hold {how}. Mend it, or leave the table out."
        )

    def _read(self) -> dict[str, Label]:
        rows: dict[str, Label] = {}
        for number, row in enumerate(typed_rows(self.table), 2):
            patent = row.pop("patent", None)
            given = row.pop("file", None) if self.key == "file" else patent
            if given is None:
                continue
            key = normal_name(str(given))
            if key in rows:
                raise ConfigError(f"{self.table}, line {number}: {given!r} occurs a second time.")
            rows[key] = Label(patent, row)
        return rows


def _key_of(table: Path) -> str:
    columns = columns_of(table)
    likely = [name for name in columns if name.strip().lower() in _FILE_LIKE and name != "file"]
    if "file" not in columns and (likely or "patent" not in columns):
        hint = f"Did you mean {likely[0]!r}?" if likely else near_miss("file", columns)
        raise ConfigError(f"{table} has no column 'file', and none called 'patent'. {hint}")
    if "patent" not in columns:
        raise ConfigError(f"{table} has no column 'patent'. {near_miss('patent', columns)}")
    return "file" if "file" in columns else "patent"
