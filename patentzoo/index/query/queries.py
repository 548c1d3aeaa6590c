"""What a user searches for -> names and unit vectors."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from patentzoo.embedding import embed_queries
from patentzoo.errors import QueryError
from patentzoo.hit import Drawing, IndexedDrawing, Treatment
from patentzoo.index.engines.protocol import Vectors
from patentzoo.index.query.fusion import number_sheets
from patentzoo.index.query.orient import QueryBatch, Variant, embed_variants
from patentzoo.index.query.search_options import SearchOptions
from patentzoo.index.query.search_result import SearchResult
from patentzoo.options import Figures, Photos, ReadOptions
from patentzoo.results import UNIT_TOLERANCE, Embeddings
from patentzoo.sources.inputs import is_open_file
from patentzoo.sources.source import STEPS
from patentzoo.system.addresses import is_url

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

logger = logging.getLogger(__name__)


class SearchedIndex(Protocol):
    """An ``Index``, as far as its queries are concerned; its attributes are described there."""

    model_name: str
    fingerprint: str
    dim: int
    photos: Photos
    figures: Figures
    read_settings: Mapping[str, Any]

    @property
    def model(self) -> RetrievalModel:
        """The model that made the vectors."""
        ...

    def check_made_by(self, name: str, fingerprint: str) -> None:
        """Raise IndexMismatchError unless the vectors were made by this model."""
        ...

    def drawings(self, names: Iterable[str]) -> list[Drawing]:
        """The drawings of these ids."""
        ...

    def __contains__(self, name: object) -> bool: ...


def is_one(query: Any) -> bool:
    """Whether it is one query, which gives one result."""
    single = (str, PathLike, bytes, bytearray, memoryview, np.ndarray, Image.Image, IndexedDrawing)
    return isinstance(query, single) or is_open_file(query)


def with_drawings(index: SearchedIndex, query: Any) -> Any:
    """Put drawings of the index in place of their ids and of hits.

    A text is an id where no file of that name is there and the index holds a drawing of it.

    Args:
        index: What is searched.
        query: As for ``search``.

    Raises:
        QueryError: A hit whose drawing the index does not hold, or drawings and images in one list.
    """
    several = isinstance(query, list | tuple)
    items = list(query) if several else [query]
    if result := next((each for each in items if isinstance(each, SearchResult)), None):
        raise QueryError(
            f"search(index, query): {result!r} was given for the query. Give one of its hits, as "
            "result[0], or several, as result[:3]."
        )
    wanted = [_known_id(index, item) for item in items]
    names = [name for name in wanted if name is not None]
    if not names:
        return query
    if len(names) < len(items):
        raise QueryError(
            f"A list of queries holds drawings of the index, such as {names[0]!r}, or images, not "
            "both. Search twice."
        )
    drawings = index.drawings(names)
    return drawings if several else drawings[0]


def _drawings_of(query: Any) -> list[Drawing]:
    """The drawings that a query is; empty for one of images or vectors."""
    items = query if isinstance(query, list) else [query]
    return [item for item in items if isinstance(item, Drawing)]


def _known_id(index: SearchedIndex, item: Any) -> str | None:
    if isinstance(item, IndexedDrawing):
        return item.id
    if not isinstance(item, str) or is_url(item) or _is_file(item):
        return None
    return item if item in index else None


def _is_file(name: str) -> bool:
    try:
        return os.path.exists(name)  # noqa: PTH110  # Path.exists raises for a name too long
    except ValueError:  # a NUL
        return True


def query_options(index: SearchedIndex, chosen: SearchOptions) -> ReadOptions:
    """How queries are read: as the index was built, unless told otherwise.

    Paper that is not white is no reason to miss: an index of ``photos="grey"`` is asked with
    ``"page"``, which leaves scans as they are.
    """
    built: dict[str, Any] = {"max_pixels": ReadOptions.max_pixels, **index.read_settings}
    if chosen.max_pixels != ReadOptions.max_pixels:
        built["max_pixels"] = chosen.max_pixels
    usual: Photos = "page" if index.photos == "grey" else index.photos
    return ReadOptions(
        allow_urls=chosen.allow_urls,
        max_pixels=built["max_pixels"],
        figures=chosen.figures or index.figures,
        limits=built.get("limits"),
        photos=chosen.photos or usual,
        without_numerals=(chosen.photos or usual) != "grey",
        note_untold=True,
    )


def query_batch(
    index: SearchedIndex,
    query: Any,
    options: ReadOptions,
    variants: tuple[Variant, ...],
    on_error: str = "raise",
) -> QueryBatch:
    """Embed the queries, in order.

    Args:
        index: What is searched.
        query: As for ``search``.
        options: How images are read.
        variants: How each image is held.
        on_error: As for ``search``.

    Raises:
        QueryError: Something that cannot be searched for.
        IndexMismatchError: Embeddings of another model.
        ImageError: An image that cannot be used.
    """
    if isinstance(query, Embeddings):
        index.check_made_by(query.model, query.fingerprint)
        treatments = [Treatment(str(data.get(STEPS, ""))) for data in query.metadata]
        return _of_vectors(list(query.ids), query.vectors, variants, treatments)
    if drawings := _drawings_of(query):
        vectors = np.stack([each.vector for each in drawings])
        return _of_vectors([each.id for each in drawings], vectors, variants)
    if _is_vector(query):
        return _of_vectors(["vector-0"], _unit(index, query)[None], variants)
    if _is_matrix(index, query):
        raise QueryError(
            f"An array of shape {query.shape} whose rows have length 1 holds vectors. Each is a "
            "query of its own: give a list of them, list(array)."
        )
    if is_one(query):
        return _embedded(index, query, options, variants)
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
    return _embedded(index, items, options, variants, on_error)


def _embedded(
    index: SearchedIndex,
    images: Any,
    options: ReadOptions,
    variants: tuple[Variant, ...],
    on_error: Any = "raise",
) -> QueryBatch:
    if len(variants) > 1:
        return embed_variants(index.model, images, options, variants, on_error)
    names, vectors, known, failures = embed_queries(index.model, images, options, on_error)
    for failure in failures:
        logger.warning("Query left out: %s: %s", failure.id, failure.reason)
    treatments = [Treatment(str(data.get(STEPS, ""))) for data in known]
    return QueryBatch(names, vectors[:, None], treatments, number_sheets(names, known))


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


def _is_matrix(index: SearchedIndex, query: Any) -> bool:
    """Whether a query that could be read as a picture is a matrix of unit vectors."""
    if not (isinstance(query, np.ndarray) and query.ndim == 2 and query.dtype.kind == "f"):
        return False
    if not query.size or query.min() < 0:  # no picture, and refused as one
        return False
    lengths = np.linalg.norm(query, axis=1)
    return query.shape[1] == index.dim and bool((np.abs(lengths - 1) < UNIT_TOLERANCE).all())


def _unit(index: SearchedIndex, vector: npt.NDArray[Any]) -> Vectors:
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


QueryImages = tuple[Any, ...]


def query_images(query: Any, count: int) -> list[QueryImages]:
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


def _of_row(data: Any) -> QueryImages:
    """The file of an embedded drawing, where it is one drawing alone."""
    alone = data.get("path") and not data.get("page") and not data.get("box")
    return (data["path"],) if alone else ()


def _is_row(item: Any) -> bool:
    return isinstance(item, np.ndarray) and item.ndim == 1
