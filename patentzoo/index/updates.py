"""What ``Index.add``, ``remove``, ``update`` and ``compact`` do."""

from __future__ import annotations

import dataclasses
import logging
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from patentzoo.embedding import embed_batches
from patentzoo.embedding.resumed_runs import UnchangedSources
from patentzoo.errors import ConfigError, QueryError
from patentzoo.index import engine_file, transaction
from patentzoo.index.engines.factory import build_engine, check_engine, choose
from patentzoo.index.state.snapshot import codec_of
from patentzoo.index.storage import catalogue, failures, read_settings, schema
from patentzoo.index.storage.filters import Where, asks_nothing
from patentzoo.index.upsert_batch import UpsertBatch, of_batches, of_embeddings
from patentzoo.options import EmbedOptions
from patentzoo.results import Changes, Embeddings
from patentzoo.sources.changed_fields import none_named, read_changes
from patentzoo.sources.names import stored_path
from patentzoo.system.arguments import TEXT, Rule, check, shown
from patentzoo.system.cells import normal_name

if TYPE_CHECKING:
    from patentzoo.index.index import Index

logger = logging.getLogger(__name__)


def add(index: Index, given: Any, options: EmbedOptions) -> Changes:
    """See ``Index.add``."""
    index.store.check_writable()
    if isinstance(given, Embeddings):
        if options.metadata is not None:
            raise ConfigError("metadata= is for images: Embeddings bring their own. Leave it out.")
        index.check_made_by(given.model, given.fingerprint)
        return commit(index, of_embeddings(given))
    with index.read() as view:
        known = UnchangedSources(transaction.known_hashes(view.connection))
        # Embedding takes long: by the time it is done another index may lie there.
        whose = index.store.whose(view.connection)
        batches = embed_batches(index.model, given, options=options, skip=known)
        if options.photos != index.photos:
            _tell_of_photos(index, options.photos, read_settings.photos_held(view.connection))
    batch = dataclasses.replace(
        of_batches(batches, index.dim), read_settings=read_settings.kept(options)
    )
    done = commit(index, batch, known.paths, since=whose)
    return dataclasses.replace(done, unchanged=known.unchanged)


def commit(
    index: Index,
    batch: UpsertBatch,
    paths: Mapping[str, str] | None = None,
    *,
    since: str | None = None,
) -> Changes:
    """Add drawings in one transaction, and note the ``paths`` of unchanged sources.

    ``since`` is of ``IndexFolder.writing``.
    """
    # A change of its own: a run that finds nothing new still notes where its files lie now.
    moved = set_paths(index, paths or {}, since=since)
    if not len(batch.ids) and not batch.failures:
        index.store.check_still(since)
        return Changes(updated=moved)
    with index.store.writing(since=None if moved else since) as connection:
        return dataclasses.replace(
            transaction.upsert(index.store, connection, batch), updated=moved
        )


def set_paths(index: Index, paths: Mapping[str, str], *, since: str | None = None) -> int:
    """Write down where the files of sources lie now; how many drawings had another path.

    Args:
        index: To be changed.
        paths: By source.
        since: Of ``IndexFolder.writing``.
    """
    if not paths:
        return 0
    with index.read() as view:
        if not catalogue.moved(view.connection, paths):
            return 0
    with index.store.writing(since=since) as connection:
        moved = catalogue.moved(connection, paths)
        transaction.set_metadata(connection, moved)
    return len(moved)


def check_removal(ids: Any, where: Where) -> None:
    """Refuse to remove everything, or by ids and a filter at once.

    Raises:
        ConfigError: What is to go is not said, said twice, or is every drawing.
    """
    if (ids is None) == (where is None):
        raise ConfigError("remove() takes ids, or where=; one of them.")
    if asks_nothing(where):
        raise ConfigError(
            f"where = {shown(where)} fits every drawing. Say which ones to remove; a new index is "
            "made by build_index()."
        )


def remove(index: Index, ids: str | Iterable[str] | None, where: Where) -> Changes:
    """See ``Index.remove``."""
    check_removal(ids, where)
    with index.store.writing() as connection:
        if ids is None:
            rows = catalogue.matching(connection, where)
        else:
            names = names_of(ids)
            rows = catalogue.rows_of_ids(connection, names)
            if len(rows) < len(names):
                found = {record[0] for record in catalogue.records(connection, rows).values()}
                unknown = names - found - failures.delete_ids(connection, names - found)
                failures.delete_lost(connection, names - found - unknown)
                if unknown:
                    raise QueryError(
                        f"The index holds no drawing {min(unknown)!r} "
                        f"({len(unknown)} of {len(names)} ids are unknown). Nothing was removed."
                    )
        transaction.delete_rows(connection, rows)
    return Changes(removed=len(rows))


def update(
    index: Index, metadata: Mapping[str, Mapping[str, Any]] | str | PathLike[str]
) -> Changes:
    """See ``Index.update``."""
    key, table = read_changes(metadata)
    with index.store.writing() as connection:
        wanted = _rows_to_change(connection, key, table)
        if not wanted:
            raise none_named(key, table)
        transaction.set_metadata(connection, wanted)
    return Changes(updated=len(wanted))


def names_of(ids: Any) -> set[str]:
    """Ids as a set.

    Raises:
        ConfigError: Something else.
    """
    several = isinstance(ids, Iterable) and not isinstance(ids, str | bytes)
    names = list(ids) if several else [ids]
    for name in names:
        check("remove", "ids", name, _IDS)
    return set(names)


_IDS = Rule("an id, or several: text", TEXT.fits)


def compact(index: Index, engine: str | None) -> None:
    """See ``Index.compact``."""
    if engine is not None:
        check_engine(engine)
    with index.read() as view:
        count, wanted = view.snapshot.count, engine or str(view.snapshot.meta["engine_wanted"])
    name = choose(wanted, count)
    if name == "ivfpq":  # before the vector files are joined: an error leaves all as it was
        from patentzoo.index.engines.ivfpq import check_count

        check_count(count)
    with index.store.writing() as connection:
        schema.set_meta(connection, engine_wanted=wanted)
        current = catalogue.entries(connection)
        codec = codec_of(schema.read_meta(connection))
        segments = [index.store.load_segment(entry, codec) for entry in current]
        transaction.compact(index.store, connection, segments)
        if name == "flat":
            transaction.drop_engine(connection)
    if name != "flat":
        make_engine(index, name)
    index.store.remove_orphans()


def make_engine(index: Index, name: str) -> None:
    """Build an engine, and make it the index's own unless the index was compacted meanwhile."""
    with index.read() as view:
        segments = view.snapshot.segments
    if not segments:
        return
    # Outside of a transaction: it may take minutes, in which others write.
    engine = build_engine(name, segments)
    if engine is None:
        return
    with index.store.writing() as connection:
        # Another index that took the place of this one meanwhile counts its segments alike.
        built_of = [segment.entry for segment in segments]
        if catalogue.entries(connection)[: len(built_of)] == built_of:
            token = secrets.token_hex(8)
            transaction.set_engine(connection, engine, token)
            if index.store.path is not None:
                engine_file.write(connection, index.store.folder, engine, token)
            index.store.engines[token] = engine


def _tell_of_photos(index: Index, photos: str, held: Collection[str]) -> None:
    """Say that an index comes to hold drawings of both kinds; aloud the first time only."""
    logger.log(
        logging.INFO if photos in held else logging.WARNING,
        "%s was built with photos=%r, and this is added with photos=%r, as asked. Queries are read "
        "with %r unless search is given photos=, too. Leave photos= out of add() to read drawings "
        "as the index was built; if it is meant, go on: this is a warning only the first time.",
        index.path or "The index",
        index.photos,
        photos,
        index.photos,
    )


Place = TypeVar("Place")


def _rows_to_change(
    connection: sqlite3.Connection, key: str, table: Mapping[str, Mapping[str, Any]]
) -> dict[int, Mapping[str, Any]]:
    each = ((row, record[:3]) for row, record in catalogue.all_records(connection))
    return fields_to_change(each, key, table)


def fields_to_change(
    drawings: Iterable[tuple[Place, tuple[str, str | None, str | None]]],
    key: str,
    table: Mapping[str, Mapping[str, Any]],
) -> dict[Place, Mapping[str, Any]]:
    """The fields that change, by drawing.

    Args:
        drawings: Where each stands, with its id, patent and path.
        key: What names drawings in the table: ``"id"``, ``"file"`` or ``"patent"``.
        table: The fields by that name; rows that name no drawing are told in the log.
    """
    found: dict[Place, Mapping[str, Any]] = {}
    met = set()
    typed = {name: name for name in table}
    if key == "file":  # as typed in the working folder, or in full
        typed = {**{stored_path(name) or name: name for name in table}, **typed}
    for place, (name, patent, path) in drawings:
        names: tuple[str | None, ...] = (name,)
        if key == "patent":
            names = (patent,)
        elif key == "file":
            names = (name, path, Path(path).name if path else None)
        known = [each for each in names if each is not None]
        for each in [*known, *map(normal_name, map(str, known))]:
            if each in typed:
                found[place] = table[typed[each]]
                met.add(typed[each])
                break
    if found and len(met) < len(table):
        first = next(each for each in table if each not in met)
        text = "%d of %d rows name no drawing of the index, the first: %s=%r."
        logger.warning(text, len(table) - len(met), len(table), key, first)
    return found
