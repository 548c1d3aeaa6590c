"""search(): a query's closest drawings, or its closest patents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any, Literal, get_args, overload

import numpy as np
import numpy.typing as npt
from PIL import Image

from patentzoo.embedding import embed_queries
from patentzoo.errors import EmptyIndexError, QueryError, near_miss
from patentzoo.images import ReadOptions
from patentzoo.index.catalogue import Where, as_ids
from patentzoo.index.index import Index
from patentzoo.results import Embeddings, SearchResult

GroupBy = Literal["patent"]
One = str | PathLike[str] | bytes | bytearray | memoryview | npt.NDArray[Any] | Image.Image
Many = Embeddings | list[Any] | tuple[Any, ...] | Iterator[Any]
Vectors = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
DEFAULT_K = 10


@overload
def search(
    index: Index,
    query: One,
    *,
    k: int | None = ...,
    group_by: GroupBy | None = ...,
    where: Where = ...,
    exclude: str | Iterable[str] | None = ...,
    allow_urls: bool = ...,
    max_pixels: int = ...,
) -> SearchResult: ...
@overload
def search(
    index: Index,
    query: Many,
    *,
    k: int | None = ...,
    group_by: GroupBy | None = ...,
    where: Where = ...,
    exclude: str | Iterable[str] | None = ...,
    allow_urls: bool = ...,
    max_pixels: int = ...,
) -> list[SearchResult]: ...
def search(
    index: Index,
    query: One | Many,
    *,
    k: int | None = 10,
    group_by: GroupBy | None = None,
    where: Where = None,
    exclude: str | Iterable[str] | None = None,
    allow_urls: bool = False,
    max_pixels: int = ReadOptions.max_pixels,
) -> SearchResult | list[SearchResult]:
    """Find the drawings most like a query.

    Args:
        index: From ``build_index`` or ``load_index``.
        query: One image (path, URL, PIL, array, bytes), or one vector: a one-dimensional
            floating-point array of the index's dim, of any length but zero. A two-dimensional
            array is always an image. A list of these, or Embeddings, gives a list. A folder or
            multi-page file is several queries: put it in a list.
        k: How many hits; None for all. Fewer come back only where a filter leaves fewer, or where
            the index holds fewer than the default of 10.
        group_by: ``"patent"``: the best drawing of each patent, k patents. A drawing of no known
            patent counts as one of its own.
        where: Only among drawings whose metadata fit: a dict of field to value or to a collection
            of values (``{"patent": {"USD0848652", "USD0848653"}}``), or a function of the
            metadata dict.
        exclude: Ids left out, e.g. the query's own.
        allow_urls: Fetch a query that begins with http:// or https://.
        max_pixels: Larger query images are refused.

    Returns:
        A SearchResult for one query, a list of them for a list.

    Raises:
        EmptyIndexError: The index holds nothing.
        QueryError: k larger than the index, an unknown field, an impossible vector.
        IndexMismatchError: Embeddings of another model.
        ImageError: A query image that cannot be used.
    """
    if group_by is not None and group_by not in get_args(GroupBy):
        raise QueryError(f"group_by = {group_by!r}. {near_miss(str(group_by), get_args(GroupBy))}")
    if not len(index):
        raise EmptyIndexError("The index holds no drawings. Build it from at least one image.")
    groups = index.catalogue.groups if group_by else None
    wanted = _check_k(k, len(index) if groups is None else int(groups.max()) + 1, group_by)
    allowed = index.catalogue.allowed(where, as_ids(exclude))
    names, vectors = _vectors(index, query, ReadOptions(allow_urls, max_pixels))
    found = _closest(index, vectors, wanted, groups, allowed)
    results = [
        SearchResult(
            name,
            tuple(
                index.catalogue.hit(int(row), rank, float(score))
                for rank, (score, row) in enumerate(zip(*each, strict=True), start=1)
            ),
        )
        for name, each in zip(names, found, strict=True)
    ]
    return results[0] if _is_one(query) else results


def _check_k(k: int | None, available: int, group_by: str | None) -> int:
    if k is None:
        return available
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise QueryError(f"k = {k!r} must be a whole number from 1, or None for all.")
    if k > available and k != DEFAULT_K:
        things = "patents" if group_by else "drawings"
        raise QueryError(
            f"k = {k}, but the index holds {available} {things}. Use k={available} or less, or "
            "k=None for all of them."
        )
    return min(int(k), available)


def _is_one(query: Any) -> bool:
    single = (str, PathLike, bytes, bytearray, memoryview, np.ndarray, Image.Image)
    return isinstance(query, single)


def _vectors(index: Index, query: Any, options: ReadOptions) -> tuple[list[str], Vectors]:
    """Ids and unit vectors of the queries, in order."""
    if isinstance(query, Embeddings):
        index.check_made_by(query.model, query.fingerprint)
        return list(query.ids), query.vectors
    if _is_vector(query):
        return ["vector-0"], _unit(index, query)[None]
    if _is_one(query):
        names, vectors = embed_queries(index.model, query, options)
        if len(names) != 1:
            raise QueryError(
                f"The query {str(query)!r} is {len(names)} images. For a result each, put it in a "
                "list: search(index, [query])."
            )
        return names, vectors
    if not isinstance(query, Iterable):
        raise QueryError(f"A query cannot be a {type(query).__name__}; give an image or a list.")
    items = list(query)
    given = sum(_is_vector(item) for item in items)
    if not items or given == len(items):
        rows = [np.empty((0, index.dim), np.float32), *(_unit(index, each)[None] for each in items)]
        return [f"vector-{i}" for i in range(len(items))], np.concatenate(rows)
    if given:
        raise QueryError("A list of queries holds vectors or images, not both.")
    return embed_queries(index.model, items, options)


def _is_vector(query: Any) -> bool:
    return isinstance(query, np.ndarray) and query.ndim == 1 and query.dtype.kind == "f"


def _unit(index: Index, vector: npt.NDArray[Any]) -> Vectors:
    if vector.shape != (index.dim,):
        raise QueryError(
            f"The query vector has length {len(vector)}, the index's vectors have {index.dim}. "
            f"Embed the query with {index.model_name!r}."
        )
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not (np.isfinite(length) and length > 0):
        raise QueryError("The query vector is zero or holds NaN or infinite values.")
    unit: Vectors = (vector.astype(np.float64) / length).astype(np.float32)
    return unit


def _closest(
    index: Index,
    queries: Vectors,
    k: int,
    groups: npt.NDArray[np.int64] | None,
    allowed: Mask | None,
) -> list[tuple[Vectors, npt.NDArray[np.int64]]]:
    """Scores and rows of each query, at most k."""
    available = len(index) if allowed is None else int(allowed.sum())
    if not len(queries) or not available:
        return [(np.empty(0, np.float32), np.empty(0, np.int64)) for _ in queries]
    if groups is None:
        scores, rows = index.engine.search(queries, min(k, available), allowed)
        return list(zip(scores, rows, strict=True))
    present = len(np.unique(groups if allowed is None else groups[allowed]))
    return [_closest_groups(index, q[None], min(k, present), groups, allowed) for q in queries]


def _closest_groups(
    index: Index, query: Vectors, k: int, groups: npt.NDArray[np.int64], allowed: Mask | None
) -> tuple[Vectors, npt.NDArray[np.int64]]:
    """The best row of each of k groups: look further down until k groups have been met."""
    available = len(index) if allowed is None else int(allowed.sum())
    reach = min(available, max(4 * k, 64))
    while True:
        scores, rows = index.engine.search(query, reach, allowed)
        _, first = np.unique(groups[rows[0]], return_index=True)
        if len(first) >= k or reach == available:
            best = np.sort(first)[:k]
            return scores[0][best], rows[0][best]
        reach = min(available, 4 * reach)
