"""What a user searches for -> names and unit vectors."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from patentzoo.embedding import embed_queries
from patentzoo.errors import QueryError
from patentzoo.images import ReadOptions
from patentzoo.index.engines import Vectors
from patentzoo.index.index import Index
from patentzoo.results import Embeddings


def is_one(query: Any) -> bool:
    """Whether it is one query, which gives one result."""
    single = (str, PathLike, bytes, bytearray, memoryview, np.ndarray, Image.Image)
    return isinstance(query, single)


def query_vectors(
    index: Index, query: Any, options: ReadOptions, *, several: bool = False
) -> tuple[list[str], Vectors]:
    """Ids and unit vectors, float32 (n, dim), of the queries, in order.

    Args:
        index: What is searched.
        query: As for ``search``.
        options: How images are read.
        several: A folder or multi-page file may be given: its images are views of one product.

    Raises:
        QueryError: Something that cannot be searched for.
        IndexMismatchError: Embeddings of another model.
        ImageError: An image that cannot be used.
    """
    if isinstance(query, Embeddings):
        index.check_made_by(query.model, query.fingerprint)
        return list(query.ids), query.vectors
    if _is_vector(query):
        return ["vector-0"], _unit(index, query)[None]
    if is_one(query):
        names, vectors = embed_queries(index.model, query, options)
        if len(names) != 1 and not several:
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
