"""A damaged index made whole again from what its catalogue says."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from patentzoo.errors import ImageNotFoundError, IndexDamagedError, OutputError
from patentzoo.index import engine_file, updates
from patentzoo.index import transaction as changes
from patentzoo.index.index import Index
from patentzoo.index.repair import lost
from patentzoo.index.repair.lost import LostDrawing
from patentzoo.index.repair.places import locate
from patentzoo.index.repair.reembed import Before, embedded_again
from patentzoo.index.state.snapshot import Rows, codec_of
from patentzoo.index.storage import catalogue, failures, schema
from patentzoo.index.storage.index_folder import IndexFolder
from patentzoo.index.storage.segments import SegmentInfo
from patentzoo.index.upsert_batch import UpsertBatch
from patentzoo.options import EmbedOptions, RepairChanges, changed
from patentzoo.results import Changes, Failure
from patentzoo.system.arguments import PATH, checked
from patentzoo.system.keywords import takes
from patentzoo.zoo.card import Card
from patentzoo.zoo.given import as_model

if TYPE_CHECKING:
    import sqlite3

    from patentzoo.models.retrieval_model import RetrievalModel


@checked(path=PATH)
@takes(RepairChanges, EmbedOptions)
def repair_index(
    path: str | PathLike[str],
    model: RetrievalModel | Card | str | PathLike[str] | None = None,
    images: Any = None,
    *,
    prune: bool = False,
    options: EmbedOptions | None = None,
    **changes: Unpack[RepairChanges],
) -> Changes:
    """Embed again what stood in damaged vector files; the rest of the index stays as it is.

    Each file is read with the ``figures``, ``photos``, ``kind`` and ``limits`` that it was
    read with, and a grant's sheet with the XML beside it if it was read so; patents and metadata
    are those of the catalogue. A file that has changed meanwhile is read again by the next ``add``.
    A drawing whose image is not found cannot be searched, but is not forgotten: a later repair
    that finds the image brings it back, with its metadata. Relative paths, which earlier
    versions stored, become absolute where their files are found. Without ``allow_urls`` a drawing
    that came from an address is not found; ``timings`` is called once for each way of reading.

    Args:
        path: Folder of the index.
        model: As for ``load_index``.
        images: What the index was built from. None: the files the catalogue names; drawings that
            came from archives need these given.
        prune: Remove drawings whose images are not found or cannot be read.
        **changes: Options by name; see ``EmbedOptions``.
        options: Several options together; those given by name replace theirs, and how each file is
            read, the catalogue says.

    Returns:
        ``replaced``: drawings embedded again; ``removed``: drawings that are gone, since their
        file no longer shows them or ``prune`` was given; ``failures``: these, and those whose
        images were not found or could not be read.

    Raises:
        IndexDamagedError: The catalogue itself is damaged: build the index again.
        ImageNotFoundError: Not one image was found, and ``prune`` was not given; nothing is
            changed.
    """
    if model is not None:
        model = as_model(model, "repair_index(path, model, images)", images)
    store = IndexFolder.open(Path(path))
    store.check_writable()
    index = Index(store, model)
    with store.reading() as connection:
        catalogue.verify_catalogue(store.folder, connection)
        meta = schema.read_meta(connection)
        damaged = _damaged(store, connection)
        whole = _rows_of(store, connection, but=damaged)
        rows = np.setdiff1d(catalogue.matching(connection, None), whole)
        drawings = [*lost.of_rows(connection, rows), *lost.kept(connection)]
    before = Before.of(drawings, store.path)
    usual = dataclasses.replace(changed(EmbedOptions(), options, changes), on_error="skip")
    batches = embedded_again(index, images, before, usual)
    outcome = _outcome(before, batches, given=images is not None, prune=prune)
    if len(rows) and not prune and not outcome.found:
        with store.reading() as connection:
            _check_entries(store, connection, damaged)
        raise _nothing_found(store.folder, before)
    _replace(store, meta, damaged, rows, batches, outcome)
    _make_absolute(index)
    index.compact()
    return outcome.changes


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a repair came to.

    Attributes:
        changes: What it returns.
        found: Whether any image was there.
        kept: Drawings that wait for their images.
        gone: Ids of drawings that are removed.
    """

    changes: Changes
    found: bool
    kept: list[LostDrawing]
    gone: list[str]


def _outcome(
    before: Before, batches: Sequence[UpsertBatch], *, given: bool, prune: bool
) -> Outcome:
    """Tell what came back from what waits and what is gone."""
    made = {name for each in batches for name in each.ids}
    failures = [failure for each in batches for failure in each.failures]
    failed = {name for each in batches for name in each.failed_in}
    # A file that was read to its end and shows a drawing no more has lost it for good.
    read = {name for each in batches for name in each.sources} - failed
    missing = [each for each in before.drawings if each.id not in made]
    kept = [] if prune else [each for each in missing if each.source not in read]
    waiting = {each.id for each in kept}
    gone = [each.id for each in missing if each.id not in waiting]
    # A file of the catalogue that could not be read was found all the same.
    found = bool(made or read or (failed and not given))
    listed = _missing({each.id: each for each in missing}, failures)
    changes_ = Changes(replaced=len(made), removed=len(gone), failures=tuple(listed))
    return Outcome(changes_, found, kept, gone)


def _nothing_found(folder: Path, before: Before) -> ImageNotFoundError:
    first = next(iter(before.paths.values()), None)
    where = f" (the first: {first})" if first else ""
    return ImageNotFoundError(
        f"{folder}: {len(before.drawings)} drawings have lost their vectors, and not one of their "
        f"images was found{where}. Nothing was changed. Give the images the index was built from, "
        "or start from the folder where it was built; prune=True removes these drawings."
    )


def _make_absolute(index: Index) -> None:
    """Write relative paths, of earlier versions, as absolute ones where their files are found."""
    with index.read() as view:
        found = catalogue.relative_paths(view.connection)
        digests = changes.known_hashes(view.connection) if found else {}
    located = locate(found, digests, index.path)
    updates.set_paths(index, {n: path for n, path in located.items() if Path(path).is_absolute()})


def _replace(
    store: IndexFolder,
    meta: Mapping[str, Any],
    damaged: list[SegmentInfo],
    rows: Rows,
    batches: Iterable[UpsertBatch],
    outcome: Outcome,
) -> None:
    """Take out what is lost and put in what was embedded again, as one change."""
    with store.writing() as connection:
        _check_entries(store, connection, damaged)
        changes.delete_rows(connection, rows)
        for entry in damaged:
            connection.execute("DELETE FROM segment WHERE number = ?", (entry.number,))
        # A tombstone names a row of a segment: those of the segments that went now name none.
        connection.execute("DELETE FROM gone")
        gone = np.setdiff1d(_rows_of(store, connection), catalogue.matching(connection, None))
        connection.executemany("INSERT INTO gone VALUES (?)", ((row,) for row in gone.tolist()))
        for each in batches:
            changes.upsert(store, connection, each)
        failures.delete_lost(connection, outcome.gone)
        _keep(connection, outcome)
        if damaged or _engine_damaged(store, meta):
            changes.drop_engine(connection)


def _check_entries(
    store: IndexFolder, connection: sqlite3.Connection, damaged: list[SegmentInfo]
) -> None:
    """Raise OutputError where the vector files that were looked at are no longer the index's."""
    if not set(damaged) <= set(catalogue.entries(connection)):
        raise OutputError(
            f"{store.folder} was compacted or built anew during the repair. Nothing was "
            "changed. Repair it again if it still is damaged."
        )


def _keep(connection: sqlite3.Connection, outcome: Outcome) -> None:
    """Note drawings that wait for their images, also in the table of what was left out."""
    if not outcome.kept:
        return
    lost.keep(connection, outcome.kept)
    sources = {each.id: each.source for each in outcome.kept}
    listed = [each for each in outcome.changes.failures if each.id in sources]
    failures.record(connection, (), (), listed, [sources[each.id] or "" for each in listed])


def _missing(missing: Mapping[str, LostDrawing], failures: Iterable[Failure]) -> Iterator[Failure]:
    reasons = {each.id: each for each in failures}
    for name in sorted(missing):
        where = missing[name].path or "given as an array, as bytes or as a vector"
        yield reasons.get(name) or Failure(
            name, f"{name}: its vector was damaged, and its image was not found ({where})."
        )


def _damaged(store: IndexFolder, connection: sqlite3.Connection) -> list[SegmentInfo]:
    codec = codec_of(schema.read_meta(connection))
    bad = []
    for entry in catalogue.entries(connection):
        try:
            store.load_segment(entry, codec, verify=True)
        except IndexDamagedError:
            bad.append(entry)
    return bad


def _rows_of(
    store: IndexFolder, connection: sqlite3.Connection, but: Collection[SegmentInfo] = ()
) -> Rows:
    """int64 (n,): the rows whose vectors stand in the segments, some of them left out."""
    codec = codec_of(schema.read_meta(connection))
    entries = [entry for entry in catalogue.entries(connection) if entry not in but]
    each = [store.load_segment(entry, codec).rows for entry in entries]
    return np.concatenate([np.empty(0, np.int64), *each])


def _engine_damaged(store: IndexFolder, meta: Mapping[str, Any]) -> bool:
    try:
        engine_file.verify(store.folder, meta)
    except IndexDamagedError:
        return True
    return False
