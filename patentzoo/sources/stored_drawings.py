"""A drawing of a catalogue, read again from where it came from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from patentzoo.errors import ImageError, ImageNotFoundError
from patentzoo.images import Page
from patentzoo.options import Photos, ReadOptions
from patentzoo.sources.inputs import iter_sources
from patentzoo.sources.names import path_on_disk, stored_path
from patentzoo.sources.source import Source
from patentzoo.system.addresses import is_url


def read_drawing(
    name: str,
    path: str | None,
    page: int | None = None,
    box: Sequence[int] = (),
    *,
    allow_urls: bool = False,
    photos: Photos = "grey",
) -> Page:
    """Read a drawing again.

    Args:
        name: Its id, for messages.
        path: The file or address it came from; of an archive's member the archive's and its own.
        page: Its page, from 1, where the file holds several.
        box: Where a figure was cut out of its sheet, ``metadata["box"]``; empty for a whole page.
        allow_urls: Fetch addresses.
        photos: How it was read, as for ``embed``.

    Raises:
        ImageError: It came from no file, its file is gone or cannot be read, or no longer holds it.
    """
    if path is None:
        raise ImageNotFoundError(
            f"{name}: it came from no file (an array, bytes or a vector), so that no picture of it "
            "is kept. Index files to have one."
        )
    if is_url(path) and not allow_urls:
        raise ImageNotFoundError(
            f"{name}: it came from {path}, and addresses are fetched only with allow_urls=True."
        )
    options = ReadOptions(allow_urls=allow_urls, photos=photos, figures="split" if box else "whole")
    return chosen_page(name, read_whole(path, options), page, box)


def read_whole(image: Any, options: ReadOptions) -> list[Page]:
    """Read every page of an image; one that lies in an archive by the path of its member.

    Raises:
        ImageError: It is gone, or cannot be read.
    """
    return [page for source in _sources(image, options) for page in source.read()]


def chosen_page(
    name: str, pages: Sequence[Page], page: int | None, box: Sequence[int] = ()
) -> Page:
    """The page, or the figure at a box, that is wanted.

    Raises:
        ImageError: It is not among them.
    """
    if box:
        fits = (each for each in pages if _box(each) == tuple(box) and each.page == page)
        found = next(fits, None)
        if found is None:
            raise ImageError(f"{name}: its sheet shows no figure at {list(box)} any more.")
        return found
    # By number, not by place: a PDF's pages of text are not among them.
    numbered = {each.page: each for each in reversed(pages)}
    if not pages or (page not in numbered and page not in (None, 1)):
        raise ImageError(f"{name}: its file has no page {page or 1} any more.")
    return numbered.get(page, pages[0])


def file_of(path: str | None) -> Path | None:
    """The file on this machine that holds a drawing: of an archive's member the archive.

    None for an address, for no path, and where nothing is.
    """
    if path is None or is_url(path):
        return None
    try:
        known = map(path_on_disk, map(str, (Path(path), *Path(path).parents)))
        return next((each for each in map(Path, known) if each.is_file()), None)
    except (OSError, ValueError):  # a name too long for the system, a NUL
        return None


def _sources(image: Any, options: ReadOptions) -> Iterator[Source]:
    archive = _archive(image)
    for source in iter_sources(image if archive is None else archive, options):
        if archive is None or stored_path(source.path) == stored_path(os.fspath(image)):
            yield source
            if archive is not None:
                return


def _archive(image: Any) -> Path | None:
    """The file that a member's path begins with; None where the path is a file's own."""
    if not isinstance(image, str | os.PathLike):
        return None
    found = file_of(os.fspath(image))
    own = found is None or found == Path(path_on_disk(os.fspath(image)))
    return None if own else found


def _box(page: Page) -> tuple[int, ...]:
    return tuple(page.metadata.get("box") or ())
