"""search(): a query's closest drawings, or its closest patents."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike
from typing import Any, Literal, Unpack, get_args, overload

import numpy as np

from patentzoo.errors import ConfigError, EmptyIndexError, QueryError, near_miss
from patentzoo.hit import Treatment
from patentzoo.index.build import is_index, load_index
from patentzoo.index.index import Index
from patentzoo.index.query.describe import search_info
from patentzoo.index.query.explain import Explainer
from patentzoo.index.query.fusion import Fusion, check_fusion
from patentzoo.index.query.hits import of_drawings, of_ranking
from patentzoo.index.query.indexed import with_drawings
from patentzoo.index.query.orient import QueryBatch, variants_of
from patentzoo.index.query.queries import Asked, asked_with, is_one, query_batch
from patentzoo.index.query.query_plan import Ranked, Rerank, SecondLook, Task
from patentzoo.index.query.search_options import GroupBy, Many, One, SearchChanges, SearchOptions
from patentzoo.index.query.search_result import SearchResult
from patentzoo.index.read_transaction import View
from patentzoo.options import Photos, ReadOptions, changed
from patentzoo.system.arguments import WHOLE, checked, shown
from patentzoo.system.keywords import takes
from patentzoo.zoo.given import is_model


@overload
def search(
    index: Index | str | PathLike[str],
    query: One,
    *,
    options: SearchOptions | None = ...,
    views: bool | Fusion = ...,
    **changes: Unpack[SearchChanges],
) -> SearchResult: ...
@overload
def search(
    index: Index | str | PathLike[str],
    query: Many,
    *,
    options: SearchOptions | None = ...,
    views: Literal[False] = ...,
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
    query: One | Many,
    *,
    options: SearchOptions | None = None,
    views: bool | Fusion = False,
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
            multi-page file is several queries: put it in a list.
        **changes: Options by name; see ``SearchOptions``.
        views: The queries are views of one product, and give one result. True: fused the best way
            measured; or ``"max"``, ``"mean"`` or ``"rrf"`` (reciprocal ranks).
        options: Several options together; those given by name replace theirs.

    Returns:
        A SearchResult for one query, and for several views of one product; a list for a list.

    Raises:
        EmptyIndexError: The index holds nothing.
        QueryError: An unknown field, a filter nothing can fit, an impossible vector.
        IndexMismatchError: Embeddings of another model.
        ImageError: A query image that cannot be used.
    """
    index = _as_index(index, query)
    query = list(query) if isinstance(query, Iterator) else query
    query = with_drawings(index, query)
    chosen = changed(SearchOptions(), options, changes)
    _check_group_by(chosen.group_by)
    fusion, look = check_fusion(views), _second_look(chosen)
    variants = variants_of(chosen.orient, chosen.mirror)
    left_out = _as_ids(chosen.exclude)
    plain = chosen.group_by is None and chosen.where is None and not left_out
    with index.glance() if plain else index.view() as seen:
        if not seen.snapshot.count:
            raise EmptyIndexError("The index holds no drawings. Build it from at least one image.")
        view = seen if isinstance(seen, View) else None
        groups = view.groups if view and chosen.group_by else None
        wanted = _check_k(chosen.k, groups.count if groups else seen.snapshot.count)
        allowed = view.allowed(chosen.where, left_out) if view else None
        read = _read_options(index, chosen)
        batch = query_batch(index, query, read, variants, several=fusion is not None)
        asked = asked_with(query, len(batch.names) if fusion is None else 1)
        if fusion or look.wanted:
            batch = batch.best(seen.snapshot, allowed)
        if fusion is None and groups is None and not look.wanted and batch.alone:
            close = seen.snapshot.search(batch.vectors[:, 0], wanted, allowed)
            found = of_drawings(seen, batch, asked, *close)
        else:
            task = Task(
                *(seen.snapshot, batch.vectors[:, 0], wanted, allowed),
                *(groups, fusion or "max", look),
            )
            tasks = _one_product(task, batch) if fusion else _each_alone(task, batch)
            found = [
                of_ranking(seen, *each, groups is not None) for each in _ranked(batch, tasks, asked)
            ]
    searched = (index.model_name, index.path, seen.snapshot.count)
    info = search_info(searched, chosen, left_out, views)
    explainer = Explainer(lambda: index.model, read, ReadOptions(photos=index.photos))
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


def _read_options(index: Index, chosen: SearchOptions) -> ReadOptions:
    """How queries are read: as the index was; paper that is not white is no reason to miss."""
    usual: Photos = "page" if index.photos == "grey" else index.photos
    return ReadOptions(
        allow_urls=chosen.allow_urls,
        max_pixels=chosen.max_pixels,
        photos=chosen.photos or usual,
        note_untold=True,
    )


def _each_alone(task: Task, batch: QueryBatch) -> list[tuple[str, Task]]:
    pairs = zip(batch.names, batch.vectors, strict=True)
    return [(name, dataclasses.replace(task, views=variants)) for name, variants in pairs]


def _one_product(task: Task, batch: QueryBatch) -> list[tuple[str, Task]]:
    if not batch.names:
        raise QueryError("views= needs at least one view of the product.")
    return [(" + ".join(batch.names), task)]


def _ranked(
    batch: QueryBatch, tasks: Sequence[tuple[str, Task]], asked: Sequence[Asked]
) -> Iterator[tuple[str, Asked, list[Treatment], list[Ranked]]]:
    """What ``of_ranking`` takes of each task."""
    for number, ((name, task), images) in enumerate(zip(tasks, asked, strict=True)):
        places = task.ranked()
        treatments = [batch.treatments[number]] if len(tasks) > 1 else batch.treatments
        if not batch.alone and places:
            closest = task.snapshot.vectors(np.array(places[0].positions[:1], np.int64))
            treatments = [batch.treatment(number, int((task.views @ closest[0]).argmax()))]
        yield name, images, treatments, places


def _check_group_by(group_by: str | None) -> None:
    if group_by is not None and group_by not in get_args(GroupBy):
        raise QueryError(f"group_by = {group_by!r}. {near_miss(str(group_by), get_args(GroupBy))}")


def _check_k(k: int | None, available: int) -> int:
    if k is None:
        return available
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise QueryError(f"k = {k!r} must be a whole number from 1, or None for all.")
    return min(int(k), available)


def _second_look(chosen: SearchOptions) -> SecondLook:
    rerank = chosen.rerank
    if rerank is not None and rerank not in get_args(Rerank):
        raise QueryError(f"rerank = {rerank!r}. {near_miss(str(rerank), get_args(Rerank))}")
    for name, least in (("expand", 0), ("augment", 0), ("pool", 2)):
        value = getattr(chosen, name)
        if not WHOLE.fits(value) or value < least:
            raise QueryError(f"{name} = {value!r} must be a whole number from {least}.")
    return SecondLook(chosen.expand, chosen.augment, rerank, chosen.pool)


def _as_ids(exclude: Any) -> list[str | PathLike[str]]:
    if exclude is None:
        return []
    several = not isinstance(exclude, str | PathLike) and isinstance(exclude, Iterable)
    names = list(exclude) if several else [exclude]
    for name in names:
        if not isinstance(name, str | PathLike):
            raise QueryError(
                f"exclude= takes ids or paths, one or several, not {type(name).__name__}: {name!r}"
            )
    return names
