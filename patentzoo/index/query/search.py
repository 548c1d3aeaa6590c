"""search(): a query's closest drawings, or its closest patents."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Any, Literal, Unpack, get_args, overload

import numpy as np

from patentzoo.embedding.words import Words
from patentzoo.errors import ConfigError, EmptyIndexError, QueryError, near_miss
from patentzoo.hit import Treatment
from patentzoo.index.build import is_index, load_index
from patentzoo.index.index import Index
from patentzoo.index.query.fusion import BEST, Fusion, Product, Views, check_fusion, products_of
from patentzoo.index.query.hits import Ranking, of_drawings, of_ranking
from patentzoo.index.query.orient import QueryBatch, variants_of
from patentzoo.index.query.queries import (
    QueryImages,
    is_one,
    query_batch,
    query_images,
    query_options,
    with_drawings,
)
from patentzoo.index.query.query_plan import QueryPlan, RankedGroup, Rerank, RerankOptions
from patentzoo.index.query.search_options import (
    GroupBy,
    Many,
    One,
    SearchChanges,
    SearchOptions,
    ids_of,
    search_info,
    window_of,
)
from patentzoo.index.query.search_result import SearchResult
from patentzoo.options import ReadOptions, changed
from patentzoo.reports.explainer import Explainer
from patentzoo.system.arguments import WHOLE, checked, shown
from patentzoo.system.keywords import takes
from patentzoo.zoo.given import is_model


@overload
def search(
    index: Index | str | PathLike[str],
    query: One | None = ...,
    *,
    options: SearchOptions | None = ...,
    views: Views = ...,
    **changes: Unpack[SearchChanges],
) -> SearchResult: ...
@overload
def search(
    index: Index | str | PathLike[str],
    query: Many,
    *,
    options: SearchOptions | None = ...,
    views: Literal[False] | None = ...,
    **changes: Unpack[SearchChanges],
) -> list[SearchResult]: ...
@overload
def search(
    index: Index | str | PathLike[str],
    query: Many,
    *,
    options: SearchOptions | None = ...,
    views: Literal[True] | Fusion,
    **changes: Unpack[SearchChanges],
) -> SearchResult: ...
@checked()
@takes(SearchChanges, SearchOptions)
def search(
    index: Index | str | PathLike[str],
    query: One | Many | None = None,
    *,
    options: SearchOptions | None = None,
    views: Views = None,
    **changes: Unpack[SearchChanges],
) -> SearchResult | list[SearchResult]:
    """Find the drawings, or the patents, most like a query.

    Args:
        index: From ``build_index`` or ``load_index``; or the folder of one, which is opened for
            this search alone.
        query: One image (path, URL, PIL, array, bytes), or one vector: a one-dimensional
            floating-point array of the index's dim, of any length but zero. A two-dimensional
            array is always an image. Or a drawing of the index: a hit, ``index[id]``, or its id,
            where no file has that name. A list of these, or Embeddings, gives a list. A folder or
            multi-page file is several queries: put it in a list. None where ``text`` says it in
            words alone.
        **changes: Options by name; see ``SearchOptions``.
        views: True: the queries are views of one product, and give one result, fused the best way
            measured; or ``"max"``, ``"mean"`` or ``"rrf"`` (reciprocal ranks). None: figures of one
            sheet are such views, as with True, and sheets are queries of their own. False: every
            figure is a query of its own.
        options: Several options together; those given by name replace theirs.

    Returns:
        A SearchResult for one query, and for several views of one product; a list for a list.

    Raises:
        EmptyIndexError: The index holds nothing.
        QueryError: An unknown field, a filter nothing can fit, an impossible vector, no query.
        ModelError: ``text`` with a model that takes no words; the message names models that do.
        IndexMismatchError: Embeddings of another model.
        ImageError: A query image that cannot be used.
    """
    index = _as_index(index, query)
    query = list(query) if isinstance(query, Iterator) and not is_one(query) else query
    chosen = changed(SearchOptions(), options, changes)
    words = _words(index, query, chosen)
    query = with_drawings(index, query) if query is not None or words is None else words.vector
    _check_group_by(chosen.group_by)
    fusion, reranking = check_fusion(views), _rerank_options(chosen)
    variants = variants_of(chosen.orient, chosen.mirror)
    window = window_of(chosen.offset, chosen.min_score)
    left_out = ids_of(chosen.exclude)
    read = query_options(index, chosen)
    with index.read() as view:
        if not view.snapshot.count:
            raise EmptyIndexError("The index holds no drawings. Build it from at least one image.")
        groups = view.groups if chosen.group_by else None
        wanted = _check_k(chosen.k, groups.count if groups else view.snapshot.count, window.offset)
        filter_mask = view.filter_mask(chosen.where, left_out)
        if groups and not chosen.gazette:
            filter_mask = view.without_gazette(filter_mask)
        batch = query_batch(index, query, read, variants, chosen.on_error)
        batch = batch if words is None else _with_words(batch, words, query)
        products = products_of(batch.names, batch.sheets, views)
        _check_one(query, products)
        images = query_images(query, len(products))
        several = fusion is not None or any(len(each.rows) > 1 for each in products)
        batch = batch.best(view.snapshot, filter_mask)
        if not several and groups is None and not reranking.wanted:
            close = view.snapshot.search(batch.vectors[:, 0], wanted, filter_mask)
            found = of_drawings(view, batch, images, *close, window, cosines=words is None)
        else:
            cosines = fusion in (None, "max") and not reranking.wanted and words is None
            ranking = Ranking(window, groups is not None, cosines)
            task = QueryPlan(
                *(view.snapshot, batch.vectors[:, 0], wanted, filter_mask),
                *(groups, fusion or BEST, reranking),
            )
            found = [
                of_ranking(view, *each, ranking) for each in _ranked(batch, task, products, images)
            ]
    info = search_info(
        (index.model_name, index.place, view.snapshot.count), chosen, left_out, views
    )
    explainer = Explainer(index._model, read, ReadOptions(photos=index.photos))
    found = [each.found_with(info, explainer) for each in found]
    return found[0] if fusion is not None or is_one(query) else found


Index._search = staticmethod(search)


def _as_index(index: Any, query: Any) -> Index:
    """The index that was given, opened where its folder stands for it."""
    usage = "search(index, query)"
    if isinstance(query, Index) or is_model(query):
        what = "an index" if isinstance(query, Index) else "a model"
        raise ConfigError(f"{usage}: {what} was given for the query. The index goes first.")
    if isinstance(index, Index):
        return index
    if not isinstance(index, str | PathLike):
        hint = " A model searches nothing: build_index(model, images)." if is_model(index) else ""
        raise ConfigError(
            f"{usage}: {shown(index)} is no index. Give what build_index() or load_index() gives, "
            f"or its folder.{hint}"
        )
    if not is_index(index) and isinstance(query, str | PathLike) and is_index(query):
        raise ConfigError(f"{usage}: the index, {query!s}, was given for the query. It goes first.")
    return load_index(index)


def _words(index: Index, query: Any, chosen: SearchOptions) -> Words | None:
    """The words of a search, embedded by the index's own model."""
    if chosen.text is not None:
        return Words.of(index.model, chosen.text, chosen.text_weight)
    if query is None:
        raise QueryError("search() needs a query: a drawing, text=, or both.")
    return None


def _with_words(batch: QueryBatch, words: Words, query: Any) -> QueryBatch:
    """Drawings moved towards words; words that stand alone give the query its name."""
    if query is words.vector:
        return dataclasses.replace(batch, names=[words.text])
    return dataclasses.replace(batch, vectors=words.joined(batch.vectors))


def _check_one(query: Any, products: Sequence[Product]) -> None:
    """Raise QueryError where what was given as one query is several, or shows no drawing."""
    if is_one(query) and len(products) != 1:
        count = sum(len(each.rows) for each in products)
        raise QueryError(
            f"The query {str(query)!r} is {count} images. For a result each, put it in a list: "
            "search(index, [query]). If they show one product: views=True."
        )


def _ranked(
    batch: QueryBatch, task: QueryPlan, products: Sequence[Product], images: Sequence[QueryImages]
) -> Iterator[tuple[str, QueryImages, list[Treatment], list[RankedGroup]]]:
    """What ``of_ranking`` takes of each product."""
    for product, own in zip(products, images, strict=True):
        views = batch.vectors[list(product.rows)].reshape(-1, batch.vectors.shape[-1])
        places = dataclasses.replace(task, views=views).ranked()
        treatments = [batch.treatments[row] for row in product.rows]
        yield product.name, own, treatments, places


def _check_group_by(group_by: str | None) -> None:
    if group_by is not None and group_by not in get_args(GroupBy):
        raise QueryError(f"group_by = {group_by!r}. {near_miss(str(group_by), get_args(GroupBy))}")


def _check_k(k: int | None, available: int, offset: int) -> int:
    """How deep to look: k hits below the first ``offset``."""
    if k is None:
        return available
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise QueryError(f"k = {k!r} must be a whole number from 1, or None for all.")
    return min(int(k) + offset, available)


def _rerank_options(chosen: SearchOptions) -> RerankOptions:
    rerank = chosen.rerank
    if rerank is not None and rerank not in get_args(Rerank):
        raise QueryError(f"rerank = {rerank!r}. {near_miss(str(rerank), get_args(Rerank))}")
    for name, least in (("query_expansion", 0), ("database_augmentation", 0), ("candidates", 2)):
        value = getattr(chosen, name)
        if not WHOLE.fits(value) or value < least:
            raise QueryError(f"{name} = {value!r} must be a whole number from {least}.")
    return RerankOptions(
        chosen.query_expansion, chosen.database_augmentation, rerank, chosen.candidates
    )
