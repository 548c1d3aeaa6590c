"""What a caller of ``search`` may choose, and that in words; see ``patentzoo.options``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from typing import Any, Literal, TypedDict

import numpy.typing as npt
from PIL import Image

from patentzoo.errors import QueryError
from patentzoo.hit import IndexedDrawing, SearchInfo
from patentzoo.index.query.fusion import Views
from patentzoo.index.query.orient import Orient
from patentzoo.index.query.query_plan import Rerank, RerankOptions
from patentzoo.index.storage.filters import Where
from patentzoo.options import Figures, InputOptions, OnError, Photos
from patentzoo.results import Embeddings
from patentzoo.system.arguments import WHOLE, check_fields

GroupBy = Literal["patent"]
Picture = str | PathLike[str] | bytes | bytearray | memoryview | npt.NDArray[Any] | Image.Image
One = Picture | IndexedDrawing
Many = Embeddings | list[Any] | tuple[Any, ...] | Iterator[Any]
Named = str | PathLike[str] | IndexedDrawing
Exclude = Named | Iterable[Named] | None


@dataclass(frozen=True, kw_only=True)
class SearchOptions(InputOptions):
    """What a search finds, and how its queries are read.

    Attributes:
        k: How many hits; None for all. Fewer come back only where a filter leaves fewer, or where
            the index holds fewer.
        group_by: ``"patent"``: k patents, each by its best drawing, with the best five in
            ``Hit.figures``. A drawing of no known patent counts as one of its own.
        gazette: With ``group_by``: whether the Official Gazette's pictures (``gazette`` in the
            metadata) count where their patent has another drawing that may be found, which they
            nearly repeat.
        where: Only among drawings whose metadata fit: a dict of field to value, to a collection of
            values, or to operators (``{"year": {">=": 2019}}``, ``{"locarno": {"prefix": "06"}}``;
            also ``= != < <= > in``, ``not in`` and ``not prefix``); a list of such dicts, one of
            which must fit; or a function of the metadata dict.
        exclude: Ids or hits left out, e.g. the query's own; a Path that is no id stands for the
            drawings of that file. What names no drawing is told in the log.
        rerank: ``"k-reciprocal"``: order the best again by the neighbours they share.
        query_expansion: Move the query towards so many of its nearest drawings, and search again.
        database_augmentation: Move the best drawings towards so many of their
            nearest, and compare again.
        candidates: So many of the best are compared again.
        photos: How a query is read, as ``EmbedOptions.photos`` says; None: as the index was built,
            but ``"page"`` for an index built with ``"grey"``. What was done stands in
            ``SearchResult.treatment``.
        orient: ``"any"``: each image of the query is tried in its four quarter turns, and held in
            the one that parts its closest drawings best from the others; as it was given, where
            another is hardly better. ``SearchResult.treatment`` says which.
        mirror: Also try each of these mirrored.
        figures: How a query's sheets are cut, as ``ReadOptions.figures`` says; None: as the index
            was built.
        min_score: Hits that score less are left out.
        offset: So many hits at the top are left out, and k that follow come back, with their ranks.
        on_error: ``"skip"``: of a list, queries that cannot be read are left out, each with a line
            in the log.
        text: What is looked for, in words: alone, or beside the query's drawings. Only with models
            that take words (``model.takes_words``).
        text_weight: Of words beside drawings, in [0, 1]: a query becomes the direction of
            (1 - text_weight) * drawing + text_weight * words, both of length 1.
    """

    k: int | None = 10
    group_by: GroupBy | None = None
    where: Where = None
    exclude: Exclude = None
    rerank: Rerank | None = None
    query_expansion: int = 0
    database_augmentation: int = 0
    candidates: int = RerankOptions.candidates
    photos: Photos | None = None
    orient: Orient = "upright"
    mirror: bool = False
    figures: Figures | None = None
    min_score: float | None = None
    offset: int = 0
    gazette: bool = False
    on_error: OnError = "raise"
    text: str | None = None
    text_weight: float = 0.5

    def __post_init__(self) -> None:
        check_fields(self)


class SearchChanges(TypedDict, total=False):
    """Names and types of the options of ``search``."""

    k: int | None
    group_by: GroupBy | None
    where: Where
    exclude: Exclude
    rerank: Rerank | None
    query_expansion: int
    database_augmentation: int
    candidates: int
    photos: Photos | None
    orient: Orient
    mirror: bool
    figures: Figures | None
    min_score: float | None
    offset: int
    gazette: bool
    on_error: OnError
    text: str | None
    text_weight: float
    allow_urls: bool
    max_pixels: int


@dataclass(frozen=True)
class Window:
    """Which places of a ranking become hits.

    Attributes:
        offset: So many at the top are left out; ranks count on.
        min_score: Those below are left out; None: none is.
    """

    offset: int = 0
    min_score: float | None = None

    def end(self, scores: Sequence[float]) -> int:
        """How many of a ranking's scores, which never rise, are high enough."""
        if self.min_score is None:
            return len(scores)
        return sum(score >= self.min_score for score in scores)


def window_of(offset: int, min_score: float | None) -> Window:
    """The window that ``search`` was asked for.

    Raises:
        QueryError: A number out of range.
    """
    if not WHOLE.fits(offset) or offset < 0:
        raise QueryError(f"offset = {offset!r} must be a whole number from 0.")
    if min_score is not None and not -1 <= min_score <= 1:
        raise QueryError(f"min_score = {min_score!r} must lie between -1 and 1.")
    return Window(int(offset), min_score)


def ids_of(exclude: Any) -> list[str | PathLike[str]]:
    """The ids and paths of ``exclude=``, as a list; of a hit its id.

    Raises:
        QueryError: Something else among them.
    """
    if exclude is None:
        return []
    several = not isinstance(exclude, str | PathLike) and isinstance(exclude, Iterable)
    given = list(exclude) if several else [exclude]
    names = [each.id if isinstance(each, IndexedDrawing) else each for each in given]
    for name in names:
        if not isinstance(name, str | PathLike):
            raise QueryError(
                f"exclude= takes ids or paths, or hits, one or several, not "
                f"{type(name).__name__}: {name!r}"
            )
    return names


_SIGNS = {
    **{"=": "is", "!=": "is not", "in": "is", "not in": "is not"},
    **{"prefix": "begins with", "not prefix": "does not begin with"},
}
_LISTED = 5
"""Values named one by one; of more the first and how many."""


def search_info(
    searched: tuple[str, object, int],
    options: SearchOptions,
    exclude: Sequence[object],
    views: Views,
) -> SearchInfo:
    """Describe a search.

    Args:
        searched: Name of the model; the folder, None for an index in memory; how many drawings.
        options: Of the search.
        exclude: Ids and paths left out.
        views: As for ``search``.
    """
    model, index, drawings = searched
    filters = [filter_in_words(options.where)] if options.where is not None else []
    if exclude:
        filters.append(f"without {_listed([str(each) for each in exclude])}")
    return SearchInfo(
        model=model,
        drawings=drawings,
        searched_at=datetime.now(UTC).isoformat(timespec="seconds"),
        index=None if index is None else str(index),
        filters="; ".join(filters),
        ways="; ".join(_ways(options, views)),
    )


_WAYS: Mapping[str, str] = {
    "group_by": "the closest drawing of each {}",
    "gazette": "the Official Gazette's pictures, too",
    "min_score": "scores from {}",
    "offset": "without the first {}",
    "rerank": "re-ranked ({})",
    "query_expansion": "the query moved towards its {} nearest",
    "database_augmentation": "each drawing moved towards its {} nearest",
    "orient": "in all four turns",
    "mirror": "also mirrored",
    "text": "in words: {}",
    "text_weight": "words weigh {}",
}


def _ways(options: SearchOptions, views: Views) -> list[str]:
    """What was asked for beyond the usual, in words."""
    usual = SearchOptions()
    given = {name: getattr(options, name) for name in _WAYS}
    said = [
        _WAYS[name].format(value) for name, value in given.items() if value != getattr(usual, name)
    ]
    return (["the queries are views of one product"] if views else []) + said


def filter_in_words(where: Where) -> str:
    """A filter as a sentence: "locarno begins with 06, granted >= 2021-01-01"."""
    if callable(where):
        return "a function of Python"
    if isinstance(where, Mapping):
        return ", ".join(_condition(str(name), wanted) for name, wanted in where.items())
    return " or ".join(f"({filter_in_words(each)})" for each in where or ())


def _condition(name: str, wanted: Any) -> str:
    if not isinstance(wanted, Mapping):
        return f"{name} is {_value(wanted)}"
    return ", ".join(
        f"{name} {_SIGNS.get(sign, sign)} {_value(value)}" for sign, value in wanted.items()
    )


def _value(value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        # The command line reads "06" as the text and as the number it writes: one word for both.
        return _listed(list(dict.fromkeys(map(str, value))), " or ")
    return str(value)


def _listed(names: Sequence[str], between: str = ", ") -> str:
    more = len(names) - _LISTED
    return between.join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")
