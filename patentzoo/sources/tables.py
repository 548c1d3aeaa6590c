"""A CSV or Parquet table that names files and what is known about them -> sources."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from patentzoo.errors import ConfigError, ImageError, MissingExtraError, near_miss
from patentzoo.images.content import Content, FileContent, LazyContent, NoContent
from patentzoo.options import Label, ReadOptions
from patentzoo.sources.downloads import fetch
from patentzoo.sources.patent_labels import default_label
from patentzoo.sources.paths import as_sheet, grant_beside
from patentzoo.sources.source import Source
from patentzoo.system.addresses import is_url
from patentzoo.system.cells import ColumnTypes, label_of, plain, typed_row
from patentzoo.system.csv_files import open_csv, why_unread

_SUFFIXES = (".csv", ".parquet", ".pq")
_LABELS = ("id", "patent")
_ROWS = 1024
"""Rows of a Parquet file in memory at a time."""

Row = dict[str, Any]


def is_table_name(name: str) -> bool:
    """Whether a file's name says that it is a table."""
    return name.lower().endswith(_SUFFIXES)


def sources_of_table(table: Path, options: ReadOptions) -> Iterator[Source]:
    """The files a table names, in its order, a few rows in memory at a time.

    Args:
        table: Has a column ``file``: a path relative to the table's folder, or an address. Columns
            ``id`` and ``patent`` are optional; further columns become metadata, of the type that
            fits all cells of the column; an empty cell is missing.
        options: How to read.

    Raises:
        ConfigError: The table cannot be opened, or has no column ``file``; an address without
            ``allow_urls=True``.
        MissingExtraError: Parquet without pyarrow.
    """
    rows = _parquet(table) if table.suffix.lower() != ".csv" else _csv(table)
    for number, row in rows:
        where = f"{table}, row {number}"
        if isinstance(row, ImageError):
            yield Source(f"{table.name}, row {number}", NoContent(row), str(table), options)
        else:
            yield _source(table, row, where, options)


def _source(table: Path, row: Row, where: str, options: ReadOptions) -> Source:
    file, given, patent = row.pop("file", None), *(label_of(row.pop(k, None)) for k in _LABELS)
    if not file or not isinstance(file, str) or "\0" in file:
        error = ImageError(f"{where}: names no file.")
        return Source(given or where, NoContent(error), str(table), options)
    name = given or file
    grant = None
    cells = {key: plain(value) for key, value in row.items()}
    metadata = {key: value for key, value in cells.items() if value is not None}
    if is_url(file):
        if not options.allow_urls:
            raise ConfigError(
                f"{where}: an address is fetched only with allow_urls=True. Set it if the "
                "addresses are yours; never for text that strangers send."
            )
        content: Content = LazyContent(lambda: fetch(file, options.max_bytes))
        path, read = file, None
    else:
        place = table.parent / file.replace("\\", "/")
        content, path = FileContent(place), str(place)
        grant = grant_beside(place, options)
        read = default_label(file, path, below_root=False).patent
    label = Label(patent if patent is not None else read, metadata)
    source = Source(name, content, path, options, known=label)
    return source if grant is None else as_sheet(source, grant)


def _csv(table: Path) -> Iterator[tuple[int, Row | ImageError]]:
    """Rows with cells by the types of their columns, for which the file is read a time before."""
    types = ColumnTypes()
    for _, row in _csv_text(table):
        if not isinstance(row, ImageError):
            types.observe(row)
    for number, row in _csv_text(table):
        yield number, row if isinstance(row, ImageError) else _typed(types, row)


def _typed(types: ColumnTypes, row: Row) -> Row:
    file = row["file"]
    return {**typed_row(types, row, _LABELS), "file": file}


def _csv_text(table: Path) -> Iterator[tuple[int, Row | ImageError]]:
    number = 1
    try:
        with open_csv(table) as reader:
            _check_columns(table, reader.fieldnames or [])
            for row in reader:
                number = reader.line_num
                if None in row or None in row.values():
                    short = f"{table}, line {number}: not as many cells as the header."
                    yield number, ImageError(short)
                else:
                    yield number, row
    except OSError as error:
        raise ConfigError(f"{table} cannot be opened ({error.strerror}).") from error
    except (UnicodeDecodeError, csv.Error) as error:
        broken = f"{table}, after line {number}: cannot be read as CSV ({why_unread(error)})."
        yield number + 1, ImageError(broken)


def _parquet(table: Path) -> Iterator[tuple[int, Row | ImageError]]:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError(
            f"{table}: reading Parquet needs pyarrow: pip install 'patentzoo[parquet]'"
        ) from error
    number = 0
    try:
        with parquet.ParquetFile(table) as opened:
            _check_columns(table, opened.schema_arrow.names)
            for batch in opened.iter_batches(_ROWS):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except OSError as error:  # pyarrow's own errors are OSError or ValueError
        if number == 0:
            raise ConfigError(f"{table} cannot be read as Parquet ({error}).") from error
        yield number + 1, ImageError(f"{table}, after row {number}: cannot be read ({error}).")
    except ValueError as error:
        raise ConfigError(f"{table} cannot be read as Parquet ({error}).") from error


def _check_columns(table: Path, columns: Any) -> None:
    if "file" not in columns:
        raise ConfigError(f"{table} has no column 'file'. {near_miss('file', list(columns))}")
