"""What a caller of ``search`` may choose; see ``patentzoo.options``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal, TypedDict

from patentzoo.errors import QueryError
from patentzoo.index.query.orient import Orient
from patentzoo.index.query.query_plan import Rerank, RerankOptions
from patentzoo.index.storage.filters import Where
from patentzoo.options import Figures, InputOptions, OnError, Photos
from patentzoo.system.arguments import WHOLE, check_fields

GroupBy = Literal["patent"]
Exclude = str | PathLike[str] | Iterable[str | PathLike[str]] | None


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
        exclude: Ids left out, e.g. the query's own; a Path that is no id stands for the drawings of
            that file. What names no drawing is told in the log.
        rerank: ``"k-reciprocal"``: look again at the best, by the neighbours they share.
        expand: Move the query towards so many of its nearest drawings, and search again.
        augment: Move the best drawings towards so many of their nearest, and compare again.
        pool: So many of the best are looked at again.
        photos: How a query is read, as ``EmbedOptions.photos`` says; None: as the index was built,
            but ``"page"`` for an index built with ``"grey"``. What was done stands in
            ``SearchResult.treatment``.
        orient: ``"any"``: the query in its four quarter turns, and of each drawing the best score
            counts; with ``views``, ``rerank``, ``expand`` or ``augment`` each image is held in the
            one way in which it comes closest to a drawing.
        mirror: Also try each of these mirrored.
        figures: How a query's sheets are cut, as ``ReadOptions.figures`` says; None: as the index
            was built.
        min_score: Hits that score less are left out.
        offset: So many hits at the top are left out, and k that follow come back, with their ranks.
        on_error: ``"skip"``: of a list, queries that cannot be read are left out, each with a line
            in the log.
        max_pixels: Larger query images are refused; where this is the usual number, the limit the
            index was built with counts.
    """

    k: int | None = 10
    group_by: GroupBy | None = None
    where: Where = None
    exclude: Exclude = None
    rerank: Rerank | None = None
    expand: int = 0
    augment: int = 0
    pool: int = RerankOptions.pool
    photos: Photos | None = None
    orient: Orient = "upright"
    mirror: bool = False
    figures: Figures | None = None
    min_score: float | None = None
    offset: int = 0
    gazette: bool = False
    on_error: OnError = "raise"

    def __post_init__(self) -> None:
        check_fields(self)


class SearchChanges(TypedDict, total=False):
    """Names and types of the options of ``search``."""

    k: int | None
    group_by: GroupBy | None
    where: Where
    exclude: Exclude
    rerank: Rerank | None
    expand: int
    augment: int
    pool: int
    photos: Photos | None
    orient: Orient
    mirror: bool
    figures: Figures | None
    min_score: float | None
    offset: int
    gazette: bool
    on_error: OnError
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
    """The ids and paths of ``exclude=``, as a list.

    Raises:
        QueryError: Something else among them.
    """
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
