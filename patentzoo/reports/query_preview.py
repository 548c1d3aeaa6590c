"""What can be said about a query besides its hits: its picture, its patent."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patentzoo.errors import PatentZooError
from patentzoo.hit import IndexedDrawing
from patentzoo.images import Page
from patentzoo.options import ReadOptions
from patentzoo.reports.pictures import box_of
from patentzoo.reports.query_hits import QueryHits
from patentzoo.sources import iter_sources, read_pages


@dataclass(frozen=True, eq=False)
class QueryPreview:
    """What is shown of a query besides its hits.

    Attributes:
        image: The query's picture: a path, array or bytes; None shows no picture.
        page: Its page, from 1, where the image holds several.
        patent: Its patent, if known: hits of the same patent are marked.
        note: A line beside it, e.g. the rank of its first hit.
        box: Of a figure cut out of a sheet: its ``metadata["box"]``.
        others: Further views of the same product.
    """

    image: Any = None
    page: int | None = None
    patent: str | None = None
    note: str = ""
    box: tuple[int, ...] = ()
    others: tuple[QueryPreview, ...] = ()


def notes_of(images: Any, *, allow_urls: bool = False) -> dict[str, QueryPreview]:
    """The notes of query images: what was given to ``search``, so that reports can show them.

    Args:
        images: What was searched: as for ``embed``.
        allow_urls: As given to ``search``; a fetched query is shown without its picture.

    Raises:
        ImageError: An image that cannot be read.
    """
    pages = read_pages(images, ReadOptions(allow_urls=allow_urls))
    return {page.id: _note(page) for page in pages}


def note_of(result: QueryHits) -> QueryPreview:
    """The note of a result, from what ``search`` was asked; empty where that cannot be read."""
    if not result.query_images:
        return QueryPreview()
    known = [_known(each) for each in result.query_images]
    if all(each is not None for each in known):
        first, *rest = (each for each in known if each is not None)
        return dataclasses.replace(first, others=tuple(rest))
    try:
        pages = query_pages(result.query, result.query_images)
    except PatentZooError:
        return QueryPreview()
    if not pages:
        return QueryPreview()
    first, *rest = map(_note, pages)
    return dataclasses.replace(first, others=tuple(rest))


def query_pages(
    query: str, query_images: Sequence[Any], options: ReadOptions | None = None
) -> Sequence[Page]:
    """Read the pages of one query out of all that was asked with it.

    Those that cannot be read are passed over where others can: a search with ``on_error="skip"``
    left them out, too.

    Args:
        query: The id of the result: of a page, of a sheet, or of several views.
        query_images: Its images, as they were given.
        options: How to read them.

    Raises:
        PatentZooError: None can be read.
    """
    pages: list[Page] = []
    failed: PatentZooError | None = None
    for source in iter_sources(list(query_images), options):
        for _, outcome in source.outcomes():
            if isinstance(outcome, PatentZooError):
                failed = failed or outcome
            else:
                pages.append(outcome)
    if failed is not None and not pages:
        raise failed
    own = [page for page in pages if query in (page.id, _sheet(page))]
    return own or pages


def _sheet(page: Page) -> str:
    """The id of a figure's sheet, as a search names it: "a.tif" of "a.tif:2"."""
    return page.id.rpartition(":")[0] if page.metadata.get("box") else page.id


def note_for(result: QueryHits, notes: Mapping[str, QueryPreview] | None) -> QueryPreview:
    """The note given for a result, or else what it knows itself."""
    given = (notes or {}).get(result.query)
    return note_of(result) if given is None else given


def _known(image: Any) -> QueryPreview | None:
    """The note of a query that was a drawing of an index."""
    if isinstance(image, IndexedDrawing):
        return QueryPreview(image.path, image.page, image.patent, box=box_of(image.metadata))
    return image if isinstance(image, QueryPreview) else None


def _note(page: Page) -> QueryPreview:
    # Without a file to read again the pixels in hand are the picture.
    image = page.grey if page.path is None else page.path
    number = page.page if page.path is not None else None
    box = box_of(page.metadata) if page.path is not None else ()
    return QueryPreview(image, number, page.patent, "", box)
