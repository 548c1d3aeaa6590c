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
from patentzoo.hit import IndexedDrawing, Treatment
from patentzoo.index.engines.protocol import Vectors
from patentzoo.index.index import Index
from patentzoo.index.query.indexed import drawings_of
from patentzoo.index.query.orient import QueryBatch, Variant, embed_variants
from patentzoo.options import ReadOptions
from patentzoo.results import Embeddings
from patentzoo.sources.source import STEPS


def is_one(query: Any) -> bool:
    """Whether it is one query, which gives one result."""
    single = (str, PathLike, bytes, bytearray, memoryview, np.ndarray, Image.Image, IndexedDrawing)
    return isinstance(query, single)


def query_batch(
    index: Index,
    query: Any,
    options: ReadOptions,
    variants: tuple[Variant, ...],
    *,
    several: bool = False,
) -> QueryBatch:
    """Embed the queries, in order.

    Args:
        index: What is searched.
        query: As for ``search``.
        options: How images are read.
        variants: How each image is held.
        several: A folder or multi-page file may be given: its images are views of one product.

    Raises:
        QueryError: Something that cannot be searched for.
        IndexMismatchError: Embeddings of another model.
        ImageError: An image that cannot be used.
    """
    if isinstance(query, Embeddings):
        index.check_made_by(query.model, query.fingerprint)
        treatments = [Treatment(str(data.get(STEPS, ""))) for data in query.metadata]
        return _of_vectors(list(query.ids), query.vectors, variants, treatments)
    if drawings := drawings_of(query):
        vectors = np.stack([each.vector for each in drawings])
        return _of_vectors([each.id for each in drawings], vectors, variants)
    if _is_vector(query):
        return _of_vectors(["vector-0"], _unit(index, query)[None], variants)
    if is_one(query):
        batch = _embedded(index, query, options, variants)
        if len(batch.names) != 1 and not several:
            raise QueryError(
                f"The query {str(query)!r} is {len(batch.names)} images. For a result each, put it "
                "in a list: search(index, [query])."
            )
        return batch
    if not isinstance(query, Iterable):
        raise QueryError(f"A query cannot be a {type(query).__name__}; give an image or a list.")
    items = list(query)
    given = sum(_is_vector(item) for item in items)
    if not items or given == len(items):
        rows = [np.empty((0, index.dim), np.float32), *(_unit(index, each)[None] for each in items)]
        names = [f"vector-{i}" for i in range(len(items))]
        return _of_vectors(names, np.concatenate(rows), variants)
    if given:
        raise QueryError("A list of queries holds vectors or images, not both.")
    return _embedded(index, items, options, variants)


def _embedded(
    index: Index, images: Any, options: ReadOptions, variants: tuple[Variant, ...]
) -> QueryBatch:
    if len(variants) > 1:
        return embed_variants(index.model, images, options, variants)
    names, vectors, steps = embed_queries(index.model, images, options)
    return QueryBatch(names, vectors[:, None], [Treatment(each) for each in steps])


def _of_vectors(
    names: list[str],
    vectors: Vectors,
    variants: tuple[Variant, ...],
    treatments: list[Treatment] | None = None,
) -> QueryBatch:
    if len(variants) > 1 and names:
        raise QueryError(
            'orient="any" and mirror=True turn images; a vector cannot be turned, nor a drawing '
            "given by its id: give its file."
        )
    return QueryBatch(names, vectors[:, None], treatments or [Treatment()] * len(names))


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


Asked = tuple[Any, ...]


def asked_with(query: Any, count: int) -> list[Asked]:
    """The images each of ``count`` results was asked with; vectors have none.

    Args:
        query: As for ``search``; no iterator, which would be used up.
        count: One result a query, or one for several views of a product.
    """
    if isinstance(query, Embeddings):
        each = [_of_row(data) for data in query.metadata]
    else:
        each = [(item,) for item in ([query] if is_one(query) else query) if not _is_row(item)]
    if not any(each):
        return [()] * count
    if len(each) != count:  # several views, or a file of several pages
        return [tuple(item for one in each for item in one)] * count
    return each


def _of_row(data: Any) -> Asked:
    """The file of an embedded drawing, where it is one drawing alone."""
    alone = data.get("path") and not data.get("page") and not data.get("box")
    return (data["path"],) if alone else ()


def _is_row(item: Any) -> bool:
    return isinstance(item, np.ndarray) and item.ndim == 1
