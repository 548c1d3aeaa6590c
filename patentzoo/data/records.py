"""Lists of drawings with their patents, read from folders and tables; the check for leaks."""

from __future__ import annotations

import csv
import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from patentzoo.errors import ConfigError, ImageNotFoundError
from patentzoo.sources.names import is_gazette_figure
from patentzoo.sources.patent_labels import default_label

log = logging.getLogger(__name__)

SUFFIXES = frozenset({".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"})


@dataclass(frozen=True)
class Record:
    """One drawing.

    Attributes:
        id: Its path in the list or below the folder.
        file: Where it lies.
        patent: The patent it belongs to; ``""`` where nothing tells.
    """

    id: str
    file: Path
    patent: str


@dataclass(frozen=True)
class RecordList:
    """Drawings that are there, and the names of those that are listed and are not.

    Attributes:
        name: Where the list comes from, for messages.
        records: In the list's order.
        missing: Ids of listed drawings without a file.
    """

    name: str
    records: tuple[Record, ...]
    missing: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    @property
    def patents(self) -> set[str]:
        """The patents there are drawings of."""
        return {record.patent for record in self.records}

    def complete(self) -> RecordList:
        """This list, which must lack nothing.

        Raises:
            ImageNotFoundError: Drawings are missing.
        """
        if self.missing:
            raise ImageNotFoundError(
                f"{self.name}: {len(self.missing)} of {len(self) + len(self.missing)} listed "
                f"drawings are missing, first {self.missing[0]}. Get them, or say that the run may "
                "go on without them: data.missing = 'report'."
            )
        return self


def read_folder(root: str | Path, *, labelled: bool = True) -> RecordList:
    """Every picture below a folder; its patent by USPTO file name, else by parent folder.

    Args:
        root: The folder.
        labelled: False takes pictures without a patent, too.

    Raises:
        ImageNotFoundError: No such folder, or no picture in it.
    """
    root = Path(root)
    if not root.is_dir():
        wrong = "is a file, and a folder is wanted" if root.exists() else "no such folder"
        raise ImageNotFoundError(f"{root}: {wrong}. Give the folder that holds the drawings.")
    files = sorted(f for f in root.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file())
    if not files:
        raise ImageNotFoundError(f"{root} holds no pictures ({', '.join(sorted(SUFFIXES))}).")
    records = []
    for file in files:
        name = file.relative_to(root).as_posix()
        label = default_label(name, str(file), below_root="/" in name)
        patent = (label.patent if label else None) or ""
        if patent or not labelled:
            records.append(Record(name, file, patent))
    if len(records) < len(files):
        log.warning("%s: %d pictures of no patent left out", root, len(files) - len(records))
    return RecordList(str(root), tuple(records))


def read_csv(table: str | Path, root: str | Path) -> RecordList:
    """A table with the columns ``file`` (below ``root``) and ``patent``.

    Raises:
        ConfigError: No such table, or it lacks a column or a value.
    """
    table, root = Path(table), Path(root)
    try:
        with table.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{table} cannot be read as a table ({error}).") from error
    if not rows or not {"file", "patent"} <= set(rows[0]):
        raise ConfigError(f"{table}: the columns 'file' and 'patent' are wanted.")
    for number, row in enumerate(rows, start=2):
        if not row["file"] or not row["patent"]:
            raise ConfigError(f"{table}, line {number}: file and patent must both be given.")
    listed = [Record(row["file"], root / row["file"], row["patent"]) for row in rows]
    return with_missing(str(table), listed)


def read_uspto_sample(root: str | Path) -> RecordList:
    """Design grants as published: folders ``USD0939806-20220104`` with TIFF sheets.

    The Official Gazette's figure, ``D00000``, is left out: it nearly repeats one of the sheets.

    Raises:
        ImageNotFoundError: No sheets.
    """
    sheets = [
        record
        for record in read_folder(root)
        if record.file.suffix.lower() in (".tif", ".tiff") and not is_gazette_figure(record.id)
    ]
    if not sheets:
        raise ImageNotFoundError(f"{root} holds no grants: folders of TIFF sheets are wanted.")
    return RecordList(str(root), tuple(sheets))


def with_missing(name: str, listed: Iterable[Record]) -> RecordList:
    """The records whose file is there; the ids of the others are kept as missing."""
    records, missing = [], []
    for record in listed:
        if record.file.is_file():
            records.append(record)
        else:
            missing.append(record.id)
    return RecordList(name, tuple(records), tuple(missing))


def hold_out(found: RecordList, share: float) -> tuple[RecordList, RecordList]:
    """Split drawings by patent: those to train on, and those to measure on.

    Patents are ordered by the SHA-256 of their names, so that the same folder is always split alike
    and the order of its names has no part in it. A patent with one drawing is never held out: it
    could not be searched for. Of the patents held out the Official Gazette's figures are dropped.

    Args:
        found: The drawings.
        share: Of the patents that have two drawings or more.
    """
    sizes = Counter(record.patent for record in found if not is_gazette_figure(record.id))
    several = sorted((p for p, size in sizes.items() if size > 1), key=_digest)
    held = set(several[: round(share * len(several))])
    training = tuple(record for record in found if record.patent not in held)
    measured = tuple(
        record for record in found if record.patent in held and not is_gazette_figure(record.id)
    )
    return (
        RecordList(found.name, training, found.missing),
        RecordList(f"{found.name}, held out", measured),
    )


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def check_leaks(splits: Mapping[str, Iterable[str]]) -> None:
    """Refuse a patent that stands in two splits.

    Args:
        splits: Patents by name of the split.

    Raises:
        ConfigError: One does; the message names it and both splits.
    """
    seen: dict[str, str] = {}
    for split, patents in splits.items():
        for patent in sorted(set(patents)):
            if other := seen.get(patent):
                both = sorted(set(splits[other]) & set(patents))
                raise ConfigError(
                    f"{len(both)} patents stand in both {other} and {split}, one of them "
                    f"{patent}: what is trained on must not be measured on. Take them out of one."
                )
            seen[patent] = split
