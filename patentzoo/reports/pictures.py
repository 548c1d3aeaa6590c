"""The pictures of queries and hits, found again where they came from and read once."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from patentzoo.errors import PatentZooError
from patentzoo.hit import Hit
from patentzoo.images import Page
from patentzoo.options import ReadOptions
from patentzoo.reports.thumbnails import Grey, data_uri, shrunk
from patentzoo.sources import Source, iter_sources

logger = logging.getLogger(__name__)

Key = tuple[str, int | None, tuple[int, ...]]


class Pictures:
    """Small pictures of one size. What cannot be read (any more) has none, and is no error.

    Attributes:
        size_px: Longest side.
    """

    def __init__(self, size_px: int = 320) -> None:
        self.size_px = size_px
        self._uris: dict[Key, str | None] = {}
        self._sheet: tuple[tuple[str, bool], list[Page]] | None = None

    def grey(self, image: Any, page: int | None = None, box: Sequence[int] = ()) -> Grey | None:
        """A drawing cut to its ink: uint8 (h, w), or None.

        Args:
            image: What ``read_pages`` reads: a path, an array, a PIL image, bytes. The path of an
                archive's member is the archive's and its own. Addresses are not fetched.
            page: Its page, from 1, where the image holds several.
            box: Of a figure cut out of a sheet: its ``metadata["box"]``.
        """
        if image is None or str(image).startswith(("http://", "https://")):
            return None
        try:
            found = _chosen(self._pages(image, bool(box)), page, box)
            return shrunk(found.grey, self.size_px)
        except (PatentZooError, LookupError) as error:
            logger.info("no picture: %s", error)
            return None

    def uri(self, image: Any, page: int | None = None, box: Sequence[int] = ()) -> str | None:
        """The same as a ``data:image/png`` address; that of a file is made once."""
        if not isinstance(image, str | os.PathLike):
            grey = self.grey(image, page, box)
            return None if grey is None else data_uri(grey)
        key: Key = (os.fspath(image), page, tuple(box))
        if key not in self._uris:
            grey = self.grey(image, page, box)
            self._uris[key] = None if grey is None else data_uri(grey)
        return self._uris[key]

    def of_hit(self, hit: Hit) -> str | None:
        """A hit's picture as an address."""
        return self.uri(hit.path, hit.page, box_of(hit.metadata))

    def grey_of_hit(self, hit: Hit) -> Grey | None:
        """A hit's picture: uint8 (h, w)."""
        return self.grey(hit.path, hit.page, box_of(hit.metadata))

    def _pages(self, image: Any, split: bool) -> list[Page]:
        """The pages of an image; those of the last sheet are kept, since its figures follow."""
        if not isinstance(image, str | os.PathLike):
            return _read(image, split)
        key = (os.fspath(image), split)
        if self._sheet is None or self._sheet[0] != key:
            self._sheet = (key, _read(image, split))
        return self._sheet[1]


def box_of(metadata: Mapping[str, Any]) -> tuple[int, ...]:
    """Where on its sheet a figure was cut out, in pixels; empty for a whole page."""
    return tuple(metadata.get("box") or ())


def _read(image: Any, split: bool) -> list[Page]:
    options = ReadOptions(figures="split" if split else "whole")
    return [page for source in _sources(image, options) for page in source.read()]


def _sources(image: Any, options: ReadOptions) -> Iterator[Source]:
    archive = _archive(image)
    for source in iter_sources(image if archive is None else archive, options):
        if archive is None or source.path == os.fspath(image):
            yield source
            if archive is not None:
                return


def _archive(image: Any) -> Path | None:
    """The file that a member's path begins with; None where the path is a file's own."""
    if not isinstance(image, str | os.PathLike):
        return None
    try:
        if Path(image).exists():
            return None
        return next((each for each in Path(image).parents if each.is_file()), None)
    except OSError:  # a name too long for the system
        return None


def _chosen(pages: Sequence[Page], page: int | None, box: Sequence[int]) -> Page:
    if box:
        fits = (p for p in pages if box_of(p.metadata) == tuple(box) and p.page == page)
        found = next(fits, None)
        if found is None:
            raise LookupError(f"no figure at {list(box)}")
        return found
    # By number, not by place: a PDF's pages of text are not among them.
    numbered = {each.page: each for each in reversed(pages)}
    if page not in numbered and page not in (None, 1):
        raise LookupError(f"no page {page}")
    return numbered.get(page, pages[0])
