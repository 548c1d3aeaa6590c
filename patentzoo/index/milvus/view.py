"""What one search works on: rows that the server gave, numbered as they came.

``search`` counts drawings by position. A server has no positions: each row that comes is given the
next number here, and keeps it as long as the search lasts.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import QueryError
from patentzoo.hit import Hit
from patentzoo.index.milvus import rows
from patentzoo.index.milvus.collection import MilvusCollection
from patentzoo.index.milvus.expressions import (
    MilvusFilter,
    among,
    both,
    expression_of,
    less,
    no_gazette,
)
from patentzoo.index.milvus.rows import Record
from patentzoo.index.milvus.server import MOST
from patentzoo.index.storage.filters import Where
from patentzoo.sources.names import GAZETTE

logger = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]


class MilvusSnapshot:
    """What stands for the vectors of an index in one search.

    Args:
        collection: That is searched.
        meta: What is true of the index as a whole.
        dim: Length of a vector.
    """

    def __init__(self, collection: MilvusCollection, meta: Mapping[str, Any], dim: int) -> None:
        self._collection, self.meta, self._dim = collection, meta, dim
        self._numbers: dict[str, int] = {}
        self.records: list[Record] = []
        self._vectors: dict[int, Vectors] = {}

    @cached_property
    def count(self) -> int:
        """Drawings that can be found."""
        return self._collection.server.count(self._collection.name)

    @property
    def rows(self) -> Positions:
        """A row's number is its position."""
        return np.arange(len(self.records))

    def available(self, filter_mask: MilvusFilter | None) -> int:
        """How many drawings an answer may hold."""
        return min(self.count, MOST)

    def search(
        self, queries: Vectors, k: int, filter_mask: MilvusFilter | None = None
    ) -> tuple[Vectors, Positions]:
        """The k nearest drawings of each query, as ``Snapshot.search``.

        Raises:
            QueryError: More than Milvus compares.
        """
        k = min(k, self.count)
        if k > MOST:
            raise QueryError(
                f"A Milvus server gives at most {MOST:,} drawings of a query; asked for were "
                f"{k:,}. Give a smaller k or offset, or a filter."
            )
        if not k or not len(queries):
            return np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
        chosen = filter_mask or MilvusFilter()
        if not chosen.without_gazette:
            found = self._asked(queries, k, chosen.expression)
        else:
            found = [self._without_gazette(query, k, chosen.expression) for query in queries]
        least = min(map(len, found))
        if max(map(len, found)) > least:  # an approximate index of the server
            logger.warning("The server found fewer drawings for some queries: %d of %d.", least, k)
        kept = [each[:least] for each in found]
        scores = np.array([[s for s, _ in each] for each in kept], np.float32)
        places = np.array([[p for _, p in each] for each in kept], np.int64)
        return scores.reshape(len(kept), least), places.reshape(len(kept), least)

    def _asked(self, queries: Vectors, k: int, expression: str) -> list[list[tuple[float, int]]]:
        """Score and position of each hit, the closest first."""
        answers = self._collection.server.call(
            "search",
            self._collection.name,
            data=[query.tolist() for query in queries],
            anns_field=rows.VECTOR,
            limit=k,
            filter=expression,
            output_fields=rows.SHOWN,
            search_params={"metric_type": "IP"},
        )
        found = []
        for hits in answers:
            each = [(_cosine(hit["distance"]), self.number(hit["entity"])) for hit in hits]
            found.append(sorted(each, key=lambda pair: (-pair[0], self.records[pair[1]].id)))
        return found

    def _without_gazette(self, query: Vectors, k: int, expression: str) -> list[tuple[float, int]]:
        reach = min(2 * k + 16, self.available(None))
        while True:
            (hits,) = self._asked(query[None], reach, expression)
            hidden = self.hidden([place for _, place in hits], expression)
            kept = [hit for hit in hits if hit[1] not in hidden]
            if len(kept) >= k or len(hits) < reach or reach >= self.available(None):
                return kept[:k]
            reach = min(4 * reach, self.available(None))

    def hidden(self, positions: Sequence[int], expression: str) -> set[int]:
        """Of these the Gazette's pictures whose patent has another drawing to be found."""
        gazette = {p for p in positions if self.records[p].metadata.get(GAZETTE) == True}  # noqa: E712
        products = {self.records[p].product for p in gazette}
        if not products:
            return set()
        others = both(expression, among(rows.PRODUCT, sorted(products)), no_gazette())
        found = self._collection.server.query(self._collection.name, others, [rows.PRODUCT])
        shown = {row[rows.PRODUCT] for row in found}
        return {p for p in gazette if self.records[p].product in shown}

    def number(self, row: Mapping[str, Any]) -> int:
        """The position of a row, the next one for one that is new."""
        place = self._numbers.setdefault(row[rows.ID], len(self.records))
        if place == len(self.records):
            self.records.append(rows.record_of(row))
        if rows.VECTOR in row:
            self._vectors[place] = np.asarray(row[rows.VECTOR], np.float32)
        return place

    def vectors(self, positions: Positions) -> Vectors:
        """float32 (n, dim), unit rows, at these positions."""
        wanted = [int(each) for each in positions]
        missing = [each for each in dict.fromkeys(wanted) if each not in self._vectors]
        ids = [rows.to_text(self.records[each].id) for each in missing]
        for row in self._collection.read_ids(ids, [*rows.SHOWN, rows.VECTOR]):
            self.number(row)
        gone = next((each for each in wanted if each not in self._vectors), None)
        if gone is not None:
            raise QueryError(
                f"The drawing {self.records[gone].id!r} was removed while it was searched for. "
                "Search again."
            )
        each_vector = [self._vectors[each] for each in wanted]
        return np.stack(each_vector) if each_vector else np.empty((0, self._dim), np.float32)

    def without(self, filter_mask: MilvusFilter | None, positions: Positions) -> MilvusFilter:
        """A filter that these positions do not pass, either."""
        ids = [rows.to_text(self.records[int(each)].id) for each in positions]
        return less(filter_mask, among(rows.ID, ids))


@dataclass(frozen=True, eq=False)
class MilvusGroups:
    """Which drawings belong together; see ``Groups``.

    Attributes:
        snapshot: What is searched.
        collection: Its collection.
    """

    snapshot: MilvusSnapshot
    collection: MilvusCollection

    @property
    def count(self) -> int:
        """At most so many patents."""
        return self.snapshot.count

    @property
    def of(self) -> Positions:
        """int64 (n,): a number for each position, equal for the drawings of one patent."""
        numbers: dict[str, int] = {}
        products = [record.product for record in self.snapshot.records]
        found = [numbers.setdefault(each, place) for place, each in enumerate(products)]
        return np.array(found, np.int64)

    def all_members(self, groups: Positions, filter_mask: MilvusFilter | None) -> Positions:
        """Positions, rising, of the drawings of these groups that may be found."""
        chosen = filter_mask or MilvusFilter()
        products = [self.snapshot.records[int(each)].product for each in groups]
        found: list[int] = []
        for start in range(0, len(products), _PRODUCTS):
            part = among(rows.PRODUCT, products[start : start + _PRODUCTS])
            fields = [*rows.SHOWN, rows.VECTOR]
            expression = both(chosen.expression, part)
            asked = self.collection.server.query(self.collection.name, expression, fields)
            found += [self.snapshot.number(row) for row in asked]
        if chosen.without_gazette:
            hidden = self.snapshot.hidden(found, chosen.expression)
            found = [place for place in found if place not in hidden]
        return np.array(sorted(found), np.int64)

    def without(self, filter_mask: MilvusFilter | None, positions: Positions) -> MilvusFilter:
        """A filter that no drawing of the patents at these positions passes, either."""
        products = sorted({self.snapshot.records[int(each)].product for each in positions})
        return less(filter_mask, among(rows.PRODUCT, products))


_PRODUCTS = 100


@dataclass(frozen=True, eq=False)
class MilvusView:
    """What ``search`` asks of an index; see ``ReadTransaction``.

    Attributes:
        collection: That is searched.
        snapshot: Its vectors.
    """

    collection: MilvusCollection
    snapshot: MilvusSnapshot

    @cached_property
    def groups(self) -> MilvusGroups:
        """The patents."""
        return MilvusGroups(self.snapshot, self.collection)

    def stored(self, positions: Positions) -> MilvusView:
        """What hits at these positions are made of: they have come with the answer."""
        return self

    def hit(self, row: int, rank: int, score: float) -> Hit:
        """The hit that stands for a position."""
        record = self.snapshot.records[row]
        known = (record.patent, record.path, record.page, record.metadata)
        return Hit.unchecked(rank, score, record.id, *known, ())

    def filter_mask(
        self, where: Where, exclude: Collection[str | PathLike[str]]
    ) -> MilvusFilter | None:
        """The filter of a search; None for none.

        Args:
            where: As for ``search``.
            exclude: Ids and paths left out; unknown ones are told in the log.
        """
        if where is None and not exclude:
            return None
        wanted = expression_of(where, self.collection.kinds()) if where is not None else ""
        if not exclude:
            return MilvusFilter(wanted)
        ids, unknown = self._excluded(exclude)
        if unknown:
            text = "exclude= names %d of %d that the index does not hold, the first: %r."
            logger.warning(text, len(unknown), len(exclude), unknown[0])
        return MilvusFilter(both(wanted, f"not ({among(rows.ID, ids)})" if ids else ""))

    def _excluded(self, names: Collection[str | PathLike[str]]) -> tuple[list[str], list[str]]:
        texts = {os.fspath(name): isinstance(name, PathLike) for name in names}
        known = self.collection.read_ids([rows.to_text(text) for text in texts], [rows.ID])
        found = {row[rows.ID] for row in known}
        unknown = []
        for text, is_path in texts.items():
            if rows.to_text(text) in found:
                continue
            files = []
            if is_path or os.sep in text:
                paths = {rows.to_text(each) for each in (text, str(Path(text).resolve()))}
                asked = among("path", sorted(paths))
                files = self.collection.server.query(self.collection.name, asked, [rows.ID])
            found |= {row[rows.ID] for row in files}
            if not files:
                unknown.append(text)
        return sorted(found), unknown

    def without_gazette(self, allowed: MilvusFilter | None) -> MilvusFilter | None:
        """Leave out the Official Gazette's pictures of patents that have another drawing."""
        if self.collection.kinds_of_metadata().get(GAZETTE) not in {"boolean", "integer", "mixed"}:
            return allowed
        return MilvusFilter((allowed or MilvusFilter()).expression, without_gazette=True)


def _cosine(score: Any) -> float:
    return float(np.clip(np.float32(score), -1.0, 1.0))
