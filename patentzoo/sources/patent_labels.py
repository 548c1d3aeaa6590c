"""Which patent a drawing belongs to: the user's word first, then its name, then its folder."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path, PurePath
from typing import Any

from patentzoo.errors import ConfigError, near_miss
from patentzoo.options import EmbedOptions, Label, MetadataRule, PatentRule, ReadOptions
from patentzoo.sources.changed_fields import KEPT
from patentzoo.sources.names import (
    GAZETTE,
    is_gazette_figure,
    is_patent_folder,
    number_in_name,
    patent_from_folder,
    patent_from_name,
)
from patentzoo.sources.patent_numbers import find_number
from patentzoo.system.arguments import PATH, TABLE, TEXT, Rule, check
from patentzoo.system.cells import columns_of, label_of, normal_name, plain, typed_rows

logger = logging.getLogger(__name__)


Labeller = Callable[[str, str | None, str | None], Label | None]
"""From a drawing's id, its path and the patent its name tells to what the user says of it."""


_FILE_LIKE = {"file", "files", "filename", "file_name", "file name", "filepath", "path", "image"}


def make_labeller(patent: PatentRule, metadata: MetadataRule = None) -> Labeller | None:
    """Turn what the user gave as ``patent=`` and ``metadata=`` into a labeller.

    Args:
        patent: A function from the path (the id where there is none) to the patent, or a CSV file
            with the columns ``file`` (a drawing's id, path or name) and ``patent``, or ``patent``
            alone; its further columns become metadata.
        metadata: A dict of id to a dict of fields; or a CSV file with the column ``id``, ``file``
            or ``patent``, whose further columns become metadata.

    Raises:
        ConfigError: Neither, or a CSV that is missing, lacks a column or names a file or patent
            twice.
    """
    if metadata is not None:
        told = MetadataTable(metadata)
        return told if patent is None else Labellers([make_labeller(patent), told])
    if patent is None:
        return None
    if callable(patent):
        return _from_function(patent)
    if isinstance(patent, str | PathLike):
        return PatentTable(Path(patent))
    raise ConfigError(f"patent= takes a function or a CSV file, not {type(patent).__name__}.")


def default_label(name: str, path: str | None, *, below_root: bool) -> Label:
    """Read the patent from the name, else from the folder; mark the Official Gazette's figure.

    Args:
        name: The id.
        path: The file, if any.
        below_root: The file lies in a subfolder of the folder given. A file directly in the folder
            takes its name only if that is a patent's: a folder called ``drawings`` is none.
    """
    found = patent_from_name(path or name)
    if found:
        number = number_in_name(path or name)
        known = number.metadata if number else {}
        gazette = {GAZETTE: True} if is_gazette_figure(path or name) else {}
        return Label(found, known | gazette)
    if path is None:
        return Label(None)
    folder = PurePath(path).parent.name
    if below_root or is_patent_folder(folder):
        number = find_number(folder)
        by_folder = not is_patent_folder(folder)
        return Label(patent_from_folder(folder), number.metadata if number else {}, by_folder)
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
        self.table: Path | str = table
        self.key = _key_of(table)
        self._rows = _read(table, self.key)
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
        how = "the patent of a drawing" if self.key == "patent" else "a drawing's id, path or name"
        raise ConfigError(
            f"{self.table}: none of its {len(self._rows)} rows names one of the drawings given, "
            f"{which}. Its {self.key!r} is to be {how}. Mend it, or leave the table out."
        )


class MetadataTable(PatentTable):
    """What ``metadata=`` says about drawings: a dict by id, or a CSV file."""

    def __init__(self, given: Any) -> None:
        self._met = set()
        if isinstance(given, Mapping):
            self.table, self.key = "metadata=", "id"
            self._rows = {normal_name(name): label_told(data) for name, data in _checked(given)}
            return
        check("metadata", "metadata", given, _METADATA)
        self.table = table = Path(given)
        columns = columns_of(table)
        keys = [key for key in ("id", "file", "patent") if key in columns]
        if not keys:
            raise ConfigError(f"{table} has none of the columns id, file, patent.")
        self.key = keys[0]
        self._rows = _read(table, self.key)


class Labellers:
    """Several labellers: what a later one says of a field counts."""

    def __init__(self, each: Iterable[Labeller | None]) -> None:
        self._each = [labeller for labeller in each if labeller is not None]

    def __call__(self, name: str, path: str | None, patent: str | None) -> Label | None:
        """What they say together; see ``Labeller``."""
        found = [label for each in self._each if (label := each(name, path, patent))]
        if not found:
            return None
        patents = [label.patent for label in found if label.patent is not None]
        metadata = {key: value for label in found for key, value in label.metadata.items()}
        return Label(patents[-1] if patents else None, metadata)

    def report(self, *, before: bool) -> None:
        """As ``PatentTable.report``, of each."""
        for each in self._each:
            if isinstance(each, PatentTable):
                each.report(before=before)


def label_told(fields: Mapping[str, Any]) -> Label:
    """What a dict of fields says: its ``patent`` is the patent, the rest metadata.

    Raises:
        ConfigError: A field that reading fills: ``id``, ``path``, ``page``, ``box``.
    """
    for name in fields:
        if name in _READ:
            raise ConfigError(
                f"metadata: {name!r} is {_READ[name]}, which reading says. Give the field another "
                "name."
            )
    cells = {name: plain(value) for name, value in fields.items() if name != "patent"}
    metadata = {name: value for name, value in cells.items() if value is not None}
    return Label(label_of(fields.get("patent")), metadata)


_READ = {**KEPT, "path": "the file it was read from"}
"""Fields that reading a drawing fills."""
_METADATA = Rule("a dict of id to a dict of fields, or a CSV file", PATH.fits)


def _checked(given: Mapping[Any, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    for name, fields in given.items():
        check("metadata", "an id", name, TEXT)
        check("metadata", f"metadata[{name!r}]", fields, TABLE)
    return list(given.items())


def _read(table: Path, by: str) -> dict[str, Label]:
    rows: dict[str, Label] = {}
    left: set[str] = set()
    for number, row in enumerate(typed_rows(table), 2):
        patent = row.pop("patent", None)
        given = patent if by == "patent" else row.pop(by, None)
        if given is None:
            continue
        key = normal_name(str(given))
        if key in rows:
            raise ConfigError(f"{table}, line {number}: {given!r} occurs a second time.")
        left.update(name for name in _READ if row.pop(name, None) is not None)
        rows[key] = Label(patent, row)
    if left:
        text = "%s: what it says of %s is left out: reading a drawing tells that."
        logger.warning(text, table, ", ".join(sorted(left)))
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


def read_options(options: EmbedOptions) -> ReadOptions:
    """What reading needs of the options of a run: its ``patent`` and ``metadata`` become ``label``.

    Raises:
        ConfigError: A table of patents or of metadata that cannot be read.
    """
    fields = {each.name: getattr(options, each.name) for each in dataclasses.fields(ReadOptions)}
    label = make_labeller(options.patent, options.metadata)
    return ReadOptions(**fields if label is None else {**fields, "label": label})
