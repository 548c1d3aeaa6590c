"""DeepPatent's lists and tree, as published (Kucer, Oyen, Castorena & Wu, WACV 2022).

A line of a list is ``I20181127/USD0834581-20181127/USD0834581-20181127-D00002.png 1``: a path and
a label, an integer that counts the patents of that split. Pictures lie below one root by these
paths; the database and the queries of a split are disjoint.
"""

from __future__ import annotations

import re
from pathlib import Path

from patentzoo.data.records import Record, RecordList, check_leaks, with_missing
from patentzoo.errors import ConfigError, ImageNotFoundError

LISTS = {
    "train": "train_patent_trn.txt",
    "val": "train_patent_val.txt",
    "val-query": "val_query_patent.txt",
    "val-db": "val_db_patent.txt",
    "test-query": "test_query_patent.txt",
    "test-db": "test_db_patent.txt",
    "test-db-extended": "test_db_patent_extended.txt",
}
"""File of each list, by our name for it."""

_PATENT = re.compile(r"US[A-Z]*\d+")


def read_list(path: str | Path, root: str | Path) -> RecordList:
    """One list.

    Args:
        path: The text file.
        root: Folder its paths are below.

    Raises:
        ImageNotFoundError: No such list.
        ConfigError: A line that is no path and label, a path listed twice, or a label that names
            two patents.
    """
    path, root = Path(path), Path(root)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ImageNotFoundError(
            f"{path} is not there ({error.strerror}): the lists of DeepPatent are wanted beside "
            "its pictures, or in the folder data.lists names."
        ) from error
    listed: list[Record] = []
    patent_of: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, label = _columns(line, f"{path}, line {number}")
        patent = patent_of_path(name)
        if patent_of.setdefault(label, patent) != patent:
            raise ConfigError(
                f"{path}, line {number}: label {label} is of {patent_of[label]} above and of "
                f"{patent} here."
            )
        listed.append(Record(name, root / name, patent))
    _check_distinct(listed, path)
    return with_missing(str(path), listed)


class DeepPatent:
    """A copy of the data set, or of any in its format.

    Args:
        root: Folder of the pictures.
        lists: Folder of the lists; default ``root``.
    """

    def __init__(self, root: str | Path, lists: str | Path | None = None) -> None:
        self.root = Path(root)
        self.lists = Path(lists) if lists else self.root

    def read(self, split: str) -> RecordList:
        """A list by its name in :data:`LISTS`.

        Raises:
            ImageNotFoundError: It is not there.
            ConfigError: It is damaged.
        """
        return read_list(self.lists / LISTS[split], self.root)

    def check(self) -> dict[str, RecordList]:
        """All lists that are there, after the check that no patent stands in two splits.

        Raises:
            ConfigError: One does, or a query is in its own database.
        """
        found = {name: self.read(name) for name, file in LISTS.items() if self.has(file)}
        patents = {name: records.patents for name, records in found.items()}
        check_leaks(
            {
                "train": patents.get("train", set()),
                "val": patents.get("val-query", set()) | patents.get("val-db", set()),
                "test": patents.get("test-query", set()) | patents.get("test-db", set()),
            }
        )
        for split in ("val", "test"):
            if f"{split}-query" in found and f"{split}-db" in found:
                check_disjoint(found[f"{split}-query"], found[f"{split}-db"])
        return found

    def has(self, file: str) -> bool:
        """Whether a list is there."""
        return (self.lists / file).is_file()


def check_disjoint(queries: RecordList, database: RecordList) -> None:
    """Raise ConfigError if a query stands in the database it is searched in."""
    both = {record.id for record in queries} & {record.id for record in database}
    if both:
        raise ConfigError(
            f"{queries.name}: {len(both)} queries are in {database.name}, too, one of them "
            f"{min(both)}: they would find themselves."
        )


def patent_of_path(name: str) -> str:
    """``USD0834581`` of ``I20181127/USD0834581-20181127/…``; else the folder the picture is in."""
    parent = Path(name).parent.name
    found = _PATENT.match(parent)
    return found[0] if found else parent or Path(name).stem


def _columns(line: str, where: str) -> tuple[str, str]:
    name, _, label = line.strip().rpartition(" ")
    if not name or not label.isdigit():
        raise ConfigError(f"{where}: {line.strip()[:80]!r} is no path and label.")
    if name.startswith("/") or ".." in Path(name).parts:
        raise ConfigError(f"{where}: {name[:80]!r} leads out of the folder of the pictures.")
    return name.strip(), label


def _check_distinct(listed: list[Record], path: Path) -> None:
    seen: set[str] = set()
    for record in listed:
        if record.id in seen:
            raise ConfigError(f"{path}: {record.id} is listed twice.")
        seen.add(record.id)
