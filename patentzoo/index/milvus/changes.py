"""What ``add``, ``remove`` and ``update`` do to a collection.

A change is several requests, and no transaction: a search meanwhile may see a part of it. Each
request may be repeated, since ids are primary keys. What is not whole is found again: every drawing
of a file says how many that file has, so that a file of which some are missing counts as new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from patentzoo.errors import ConfigError, QueryError
from patentzoo.index.milvus import rows
from patentzoo.index.milvus.collection import STEP, MilvusCollection
from patentzoo.index.milvus.expressions import among, both, expression_of
from patentzoo.index.milvus.left_out import LeftOut
from patentzoo.index.storage.filters import Where
from patentzoo.index.updates import check_removal, fields_to_change, names_of
from patentzoo.index.upsert_batch import UpsertBatch
from patentzoo.results import Changes
from patentzoo.sources.changed_fields import none_named, read_changes

_FACTS = ("id", "patent", "path")


class KnownSources(Mapping[str, str]):
    """The checksum of each file that is there with all its drawings, asked for one by one."""

    def __init__(self, collection: MilvusCollection) -> None:
        self._collection = collection

    def __getitem__(self, source: str) -> str:
        wanted = among(rows.SOURCE, [rows.to_text(source)])
        fields = [rows.CONTENT, rows.OF_SOURCE]
        found = self._collection.server.query(self._collection.name, wanted, fields)
        told = {(row[rows.CONTENT], row[rows.OF_SOURCE]) for row in found}
        if len(told) != 1 or next(iter(told))[1] != len(found):
            raise KeyError(source)
        return str(next(iter(told))[0])

    def __iter__(self) -> Iterator[str]:
        pages = self._collection.server.all_rows(
            self._collection.name, [rows.SOURCE], f"{rows.SOURCE} is not null"
        )
        met: set[str] = set()
        for page in pages:
            for row in page:
                if row[rows.SOURCE] not in met:
                    met.add(row[rows.SOURCE])
                    yield rows.from_text(row[rows.SOURCE])

    def __len__(self) -> int:
        return sum(1 for _ in self)


def known_sources(collection: MilvusCollection) -> dict[str, str]:
    """The same as a dict, by going through all drawings once."""
    fields = [rows.SOURCE, rows.CONTENT, rows.OF_SOURCE]
    met: dict[str, Counter[tuple[str, int]]] = {}
    asked = collection.server.all_rows(collection.name, fields, f"{rows.SOURCE} is not null")
    for row in (row for page in asked for row in page):
        told = (row[rows.CONTENT], row[rows.OF_SOURCE])
        met.setdefault(rows.from_text(row[rows.SOURCE]), Counter())[told] += 1
    each = ((source, *next(iter(told.items()))) for source, told in met.items() if len(told) == 1)
    return {source: content for source, (content, whole), count in each if whole == count}


def commit(
    collection: MilvusCollection, left_out: LeftOut, batch: UpsertBatch, *, fresh: bool = False
) -> Changes:
    """Add drawings; those of the same id or source are replaced.

    Args:
        collection: That is changed.
        left_out: Beside it.
        batch: The drawings.
        fresh: The collection holds nothing of them, so that nothing has to make way.

    Raises:
        ConfigError: Two drawings of one id, or metadata that cannot be kept; nothing is added.
    """
    _check_ids(batch.ids)
    drawings = list(rows.rows_of(batch))
    collection.note_kinds(
        {rows.field_of(key): rows.from_json(value) for key, value in row[rows.METADATA].items()}
        for row in drawings
    )
    new = {row[rows.ID] for row in drawings}
    held: set[str] = set()
    old: set[str] = set()
    if not fresh:
        held = {row[rows.ID] for row in collection.read_ids(new, [rows.ID])}
        old = _of_sources(collection, batch.sources) - new
    # First what makes way: a file whose drawings are not all there is read again.
    collection.delete(old)
    for start in range(0, len(drawings), STEP):
        collection.upsert(drawings[start : start + STEP])
    left_out.record(batch.ids, list(batch.sources), batch.failures, batch.failed_in)
    replaced = len(held) + len(old)
    added = max(len(drawings) - replaced, 0)
    return Changes(added, replaced, failures=tuple(batch.failures))


def remove(collection: MilvusCollection, left_out: LeftOut, ids: Any, where: Where) -> Changes:
    """See ``Index.remove``."""
    check_removal(ids, where)
    if ids is None:
        wanted = expression_of(where, collection.kinds())
        pages = collection.server.all_rows(collection.name, [rows.ID], wanted)
        found = [row[rows.ID] for page in pages for row in page]
        collection.delete(found)
        return Changes(removed=len(found))
    names = names_of(ids)
    known = collection.read_ids([rows.to_text(name) for name in names], [rows.ID])
    found = [row[rows.ID] for row in known]
    unknown = names - {rows.from_text(name) for name in found}
    unknown -= left_out.delete_ids(unknown)
    if unknown:
        raise QueryError(
            f"The index holds no drawing {min(unknown)!r} "
            f"({len(unknown)} of {len(names)} ids are unknown). Nothing was removed."
        )
    collection.delete(found)
    return Changes(removed=len(found))


def update(collection: MilvusCollection, metadata: Any) -> Changes:
    """See ``Index.update``."""
    key, table = read_changes(metadata)
    wanted = fields_to_change(_drawings(collection, key, table), key, table)
    if not wanted:
        raise none_named(key, table)
    plain = {name: rows.plain_metadata(name, fields) for name, fields in wanted.items()}
    collection.note_kinds(plain.values())
    ids = [rows.to_text(name) for name in wanted]
    for start in range(0, len(ids), STEP):
        changed = []
        for row in collection.read_ids(ids[start : start + STEP], rows.ALL):
            record = rows.record_of(row)
            known = {"patent": record.patent, "path": record.path, "page": record.page}
            new = {**record.metadata, **known, **plain[record.id]}
            changed.append({**row, **rows.described(record.id, new)})
        collection.upsert(changed)
    return Changes(updated=len(wanted))


def set_paths(collection: MilvusCollection, paths: Mapping[str, str]) -> int:
    """Note where unchanged files lie now; of how many drawings that is another place."""
    moved = 0
    for source, path in paths.items():
        text = rows.to_text(path)
        wanted = both(among(rows.SOURCE, [rows.to_text(source)]), f"not ({among('path', [text])})")
        found = collection.server.query(collection.name, wanted, rows.ALL)
        collection.upsert([{**row, "path": text} for row in found])
        moved += len(found)
    return moved


def remove_sources(
    collection: MilvusCollection, left_out: LeftOut, sources: Collection[str]
) -> None:
    """Remove the drawings of files, and what was left out of them."""
    collection.delete(_of_sources(collection, sources))
    left_out.record([], list(sources), (), ())


def _drawings(
    collection: MilvusCollection, key: str, table: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, str | None, str | None]]]:
    """Id, and id, patent and path of the drawings that a table may name."""
    if key == "id":
        asked = [rows.to_text(name) for name in table]
        pages: Iterable[list[Any]] = [collection.read_ids(asked, _FACTS)]
    else:
        pages = collection.server.all_rows(collection.name, _FACTS)
    for page in pages:
        for row in page:
            name, patent, path = (
                None if row[fact] is None else rows.from_text(row[fact]) for fact in _FACTS
            )
            assert name is not None
            yield name, (name, patent, path)


def _of_sources(collection: MilvusCollection, sources: Collection[str]) -> set[str]:
    """What Milvus calls the ids of the drawings of some files."""
    listed, found = [rows.to_text(source) for source in sources], set()
    for start in range(0, len(listed), STEP):
        wanted = among(rows.SOURCE, listed[start : start + STEP])
        for page in collection.server.all_rows(collection.name, [rows.ID], wanted):
            found |= {row[rows.ID] for row in page}
    return found


def _check_ids(ids: Collection[str]) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise ConfigError(f"Ids must differ from one another; {name!r} occurs more than once.")
        if not name:
            raise ConfigError("A drawing's id is empty. Give it a name.")
        seen.add(name)
