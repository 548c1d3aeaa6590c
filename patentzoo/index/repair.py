"""A damaged index made whole again from what its catalogue says."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from patentzoo.arguments import PATH, checked
from patentzoo.embedding import Timings
from patentzoo.errors import ImageError, IndexDamagedError, OutputError
from patentzoo.images import Source, read_options
from patentzoo.images.fetch import is_url
from patentzoo.images.paths import sheets_of_grants
from patentzoo.index import catalogue, changes, growth, read_as, schema
from patentzoo.index.changes import Incoming
from patentzoo.index.incoming import Reading, of_batches
from patentzoo.index.index import Index
from patentzoo.index.segments import Entry
from patentzoo.index.snapshot import Rows, codec_of
from patentzoo.index.store import Store
from patentzoo.results import Changes, Failure
from patentzoo.zoo.card import Card
from patentzoo.zoo.given import as_model

if TYPE_CHECKING:
    import sqlite3

    from patentzoo.model import RetrievalModel


@dataclasses.dataclass(frozen=True)
class Before:
    """What the catalogue says of the drawings that are lost.

    Attributes:
        records: Of each drawing, by id.
        hashes: The content hash of each source.
    """

    records: Mapping[str, catalogue.Record]
    hashes: Mapping[str, str]

    def was(self, sheet: Source) -> bool:
        """Whether a source was embedded from this sheet with its grant's XML, not from its file.

        The hash tells, in which the XML counts. Where it fits neither, since the file, the XML or
        a table of patents has changed, so does what the catalogue knows from the XML.
        """
        known = self.hashes.get(sheet.id)
        with suppress(ImageError):  # reading it will say what is wrong
            if known and known == sheet.content_hash():
                return True
            if known and known == sheet.content.digest():
                return False
        held = self._by_path.get(sheet.path or "", {})
        told = sheet.known.metadata if sheet.known else {}
        return any(held.get(key) == value for key, value in told.items())

    @functools.cached_property
    def _by_path(self) -> dict[str, Mapping[str, Any]]:
        return {path: others for _, _, path, _, others in self.records.values() if path}


@checked(path=PATH)
def repair_index(
    path: str | PathLike[str],
    model: RetrievalModel | Card | str | PathLike[str] | None = None,
    images: Any = None,
    *,
    batch_size: int = 32,
    workers: int | None = None,
    progress: bool = False,
    allow_urls: bool = False,
    processes: bool = False,
    timings: Callable[[Timings], None] | None = None,
) -> Changes:
    """Embed again what stood in damaged vector files; the rest of the index stays as it is.

    Each file is read with the ``figures``, ``photos``, ``max_pixels`` and ``limits`` that it was
    read with, and a grant's sheet with the XML beside it if it was read so; patents and metadata
    are those of the catalogue. A file that has changed meanwhile is read again by the next ``add``.

    Args:
        path: Folder of the index.
        model: As for ``load_index``.
        images: What the index was built from. None: the files the catalogue names; drawings that
            came from archives need these given.
        batch_size: As for ``embed``.
        workers: As for ``embed``.
        progress: As for ``embed``.
        allow_urls: As for ``embed``; without it a drawing that came from an address is removed.
        processes: As for ``embed``.
        timings: As for ``embed``; called once for each way of reading.

    Returns:
        ``replaced``: drawings embedded again; ``removed``: drawings whose images are no longer
        there, each listed in ``failures``.

    Raises:
        IndexDamagedError: The catalogue itself is damaged: build the index again.
    """
    if model is not None:
        model = as_model(model, "repair_index(path, model, images)", images)
    store = Store.open(Path(path))
    index = Index(store, model)
    with store.reading() as connection:
        catalogue.verify_catalogue(store.folder, connection)
        meta = schema.read_meta(connection)
        damaged = _damaged(store, connection)
        lost = _lost(store, connection, damaged)
        found = catalogue.records(connection, lost.tolist())
        wanted = _sources(connection, lost)
        groups = {
            kept: {name: wanted[name] for name in names}
            for kept, names in read_as.groups(connection, wanted).items()
        }
        hashes = changes.known_hashes(connection)
    known = {record[0]: record for record in found.values()}
    if len(groups) > 1 and isinstance(images, Iterator):
        images = list(images)  # each way of reading goes over them
    usual = Reading(
        batch_size, workers, "skip", progress, allow_urls, processes=processes, timings=timings
    )
    before = Before(known, hashes)
    coming = [
        _as_before(_embedded(index, images, part, kept, usual, before), before)
        for kept, part in groups.items()
    ]
    _replace(store, meta, damaged, lost, coming)
    index.compact()
    made = [name for each in coming for name in each.ids]
    failures = _missing(set(known) - set(made), [f for each in coming for f in each.failures])
    return Changes(replaced=len(made), removed=len(failures), failures=tuple(failures))


def _replace(
    store: Store,
    meta: Mapping[str, Any],
    damaged: list[Entry],
    lost: Rows,
    coming: Iterable[Incoming],
) -> None:
    """Take out what is lost and put in what was embedded again, as one change."""
    with store.writing() as connection:
        if not set(damaged) <= set(catalogue.entries(connection)):
            raise OutputError(
                f"{store.folder} was compacted or built anew during the repair. Nothing was "
                "changed. Repair it again if it still is damaged."
            )
        changes.take_out(connection, lost)
        for entry in damaged:
            connection.execute("DELETE FROM segment WHERE number = ?", (entry.number,))
        connection.execute("DELETE FROM gone")
        rows = _rows_left(store, connection)
        _note_gone(connection, rows)
        for each in coming:
            changes.put(store, connection, each)
        if damaged or _engine_damaged(store, meta):
            changes.drop_engine(connection)


def _missing(names: set[str], failures: Iterable[Failure]) -> list[Failure]:
    reasons = {each.id: each for each in failures}
    return [
        reasons.get(name) or Failure(name, f"{name}: its image is not where the catalogue says.")
        for name in sorted(names)
    ]


def _damaged(store: Store, connection: sqlite3.Connection) -> list[Entry]:
    codec = codec_of(schema.read_meta(connection))
    bad = []
    for entry in catalogue.entries(connection):
        try:
            store.load_segment(entry, codec, verify=True)
        except IndexDamagedError:
            bad.append(entry)
    return bad


def _rows_left(store: Store, connection: sqlite3.Connection) -> Rows:
    codec = codec_of(schema.read_meta(connection))
    each = [store.load_segment(entry, codec).rows for entry in catalogue.entries(connection)]
    return np.concatenate([np.empty(0, np.int64), *each])


def _lost(store: Store, connection: sqlite3.Connection, damaged: list[Entry]) -> Rows:
    """The drawings whose vectors stand in no whole segment."""
    codec, numbers = codec_of(schema.read_meta(connection)), {each.number for each in damaged}
    whole = [
        store.load_segment(entry, codec).rows
        for entry in catalogue.entries(connection)
        if entry.number not in numbers
    ]
    kept = np.concatenate([np.empty(0, np.int64), *whole])
    return np.setdiff1d(catalogue.matching(connection, None), kept)


def _note_gone(connection: sqlite3.Connection, rows: Rows) -> None:
    gone = np.setdiff1d(rows, catalogue.matching(connection, None))
    connection.executemany("INSERT INTO gone VALUES (?)", ((row,) for row in gone.tolist()))


def _sources(connection: sqlite3.Connection, rows: Rows) -> dict[str, str | None]:
    """The path of each source that has to be read again."""
    found = catalogue.sources_of(connection, rows.tolist())
    return {name: path for name, path in found if name is not None}


def _embedded(
    index: Index,
    images: Any,
    wanted: Mapping[str, str | None],
    kept: str,
    usual: Reading,
    before: Before,
) -> Incoming:
    """Read sources as they were read before; ``kept`` is of ``Reading.kept``."""

    def skip(source: Source) -> bool:
        return source.id not in wanted

    reading = dataclasses.replace(usual, **read_as.read(kept))
    given = _still_there(wanted, reading, before) if images is None else images
    coming = of_batches(reading.batches(index.model, given, skip), index.dim)
    return dataclasses.replace(coming, read_as=kept)


def _still_there(
    wanted: Mapping[str, str | None], reading: Reading, before: Before
) -> list[Source | tuple[str, str]]:
    """The files the catalogue names, each as it was given when it was embedded."""
    there = [
        (name, path)
        for name, path in wanted.items()
        if path and (Path(path).is_file() or (reading.allow_urls and is_url(path)))
    ]
    options = read_options(
        max_pixels=reading.max_pixels,
        figures=reading.figures,
        limits=reading.limits,
        photos=reading.photos,
    )
    files = [(name, path) for name, path in there if not is_url(path)]
    sheets = {each.id: each for each in sheets_of_grants(files, options) if before.was(each)}
    return [sheets.get(name, (name, path)) for name, path in there]


def _as_before(coming: Incoming, before: Before) -> Incoming:
    """Keep what the catalogue said about a drawing, which may be more than its image says.

    A source that is not as it was, or of which less is said now (``patent=`` is not kept), is left
    without a hash, so that the next ``add`` that meets it reads it again.
    """
    metadata = []
    for name, data in zip(coming.ids, coming.metadata, strict=True):
        known = before.records.get(name)
        old = {} if known is None else catalogue.as_dict(known)
        metadata.append({**data, **{key: value for key, value in old.items() if key != "id"}})
    sources = {
        name: hash_ if before.hashes.get(name) == hash_ else ""
        for name, hash_ in coming.sources.items()
    }
    return dataclasses.replace(coming, metadata=metadata, sources=sources)


def _engine_damaged(store: Store, meta: Mapping[str, Any]) -> bool:
    try:
        growth.verify_engine(store.folder, meta)
    except IndexDamagedError:
        return True
    return False
