"""What a caller of ``search`` may choose; see ``patentzoo.options``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal, TypedDict

import numpy.typing as npt
from PIL import Image

from patentzoo.hit import IndexedDrawing
from patentzoo.index.query.orient import Orient
from patentzoo.index.query.query_plan import Rerank, SecondLook
from patentzoo.index.storage.filters import Where
from patentzoo.options import InputOptions, Photos
from patentzoo.results import Embeddings
from patentzoo.system.arguments import check_fields

GroupBy = Literal["patent"]
Picture = str | PathLike[str] | bytes | bytearray | memoryview | npt.NDArray[Any] | Image.Image
One = Picture | IndexedDrawing
Many = Embeddings | list[Any] | tuple[Any, ...] | Iterator[Any]
Exclude = str | PathLike[str] | Iterable[str | PathLike[str]] | None


@dataclass(frozen=True, kw_only=True)
class SearchOptions(InputOptions):
    """What a search finds, and how its queries are read.

    Attributes:
        k: How many hits; None for all. Fewer come back only where a filter leaves fewer, or where
            the index holds fewer.
        group_by: ``"patent"``: k patents, each by its best drawing, with the best five in
            ``Hit.figures``. A drawing of no known patent counts as one of its own.
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
    """

    k: int | None = 10
    group_by: GroupBy | None = None
    where: Where = None
    exclude: Exclude = None
    rerank: Rerank | None = None
    expand: int = 0
    augment: int = 0
    pool: int = SecondLook.pool
    photos: Photos | None = None
    orient: Orient = "upright"
    mirror: bool = False

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
    allow_urls: bool
    max_pixels: int
