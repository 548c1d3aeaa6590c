"""The pictures of queries and hits, found again where they came from and read once."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from patentzoo.errors import PatentZooError
from patentzoo.hit import Hit
from patentzoo.images import Page
from patentzoo.options import ReadOptions
from patentzoo.reports.thumbnails import Grey, data_uri, shrunk
from patentzoo.sources.stored_drawings import chosen_page, read_whole

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
        """Return a drawing cut to its ink: uint8 (h, w), 0 black; None where it cannot be read.

        Args:
            image: What ``read_pages`` reads: a path, an array, a PIL image, bytes. The path of an
                archive's member is the archive's and its own. Addresses are not fetched.
            page: Its page, from 1, where the image holds several.
            box: Of a figure cut out of a sheet: its ``metadata["box"]``.
        """
        if image is None or str(image).startswith(("http://", "https://")):
            return None
        try:
            found = chosen_page(str(image)[:80], self._pages(image, bool(box)), page, box)
            return shrunk(found.grey, self.size_px)
        except PatentZooError as error:
            logger.info("no picture: %s", error)
            return None

    def uri(self, image: Any, page: int | None = None, box: Sequence[int] = ()) -> str | None:
        """Return the same as a ``data:image/png`` address, or None; that of a file is made once.

        Args:
            image: As for ``grey``.
            page: As for ``grey``.
            box: As for ``grey``: y0, x0, y1, x1 in pixels of the sheet as stored.
        """
        if not isinstance(image, str | os.PathLike):
            grey = self.grey(image, page, box)
            return None if grey is None else data_uri(grey)
        key: Key = (os.fspath(image), page, tuple(box))
        if key not in self._uris:
            grey = self.grey(image, page, box)
            self._uris[key] = None if grey is None else data_uri(grey)
        return self._uris[key]

    def of_hit(self, hit: Hit) -> str | None:
        """Return a hit's picture as a ``data:image/png`` address; None where it cannot be read."""
        return self.uri(hit.path, hit.page, box_of(hit.metadata))

    def grey_of_hit(self, hit: Hit) -> Grey | None:
        """A hit's picture: uint8 (h, w)."""
        return self.grey(hit.path, hit.page, box_of(hit.metadata))

    def _pages(self, image: Any, split: bool) -> list[Page]:
        """The pages of an image; those of the last sheet are kept, since its figures follow."""
        options = ReadOptions(figures="split" if split else "whole")
        if not isinstance(image, str | os.PathLike):
            return read_whole(image, options)
        key = (os.fspath(image), split)
        if self._sheet is None or self._sheet[0] != key:
            self._sheet = (key, read_whole(image, options))
        return self._sheet[1]


def box_of(metadata: Mapping[str, Any]) -> tuple[int, ...]:
    """Where on its sheet a figure was cut out, in pixels; empty for a whole page."""
    return tuple(metadata.get("box") or ())
