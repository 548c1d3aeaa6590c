"""Anything a user calls images -> sources, each of which reads its pages when asked.

No pixel is held before that: a generator of 100,000 paths costs one path at a time.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from patentzoo.errors import ConfigError, ImageError, ImageNotFoundError, PatentZooError
from patentzoo.images.arrays import check_shape, grey_from_array
from patentzoo.images.decode import SUFFIXES, pages_of_bytes, pages_of_file, pages_of_pil
from patentzoo.images.fetch import fetch, is_url
from patentzoo.images.labels import default_label
from patentzoo.images.names import natural_key
from patentzoo.images.page import Label, Page, ReadOptions

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Source:
    """One image file, array or address, not yet read.

    Attributes:
        id: The id of its first page; page 2 of a multi-page TIFF is ``<id>#2``, and so on.
        pixels: Opens it and yields its grey pages one at a time.
        path: The file or URL, if any.
        options: How to read it.
        below_root: It lies in a subfolder of the folder given.
    """

    id: str
    pixels: Callable[[], Iterator[Grey]]
    path: str | None
    options: ReadOptions
    below_root: bool = False

    def outcomes(self) -> Iterator[tuple[str, Page | PatentZooError]]:
        """Yield (id, page), and at the end (id, error) if reading fails there."""
        label = self._label()
        number = 1
        try:
            # One page is held back: only when a second one follows is the first numbered.
            waiting: Grey | None = None
            for grey in self.pixels():
                if waiting is not None:
                    yield self._outcome(waiting, number, label)
                    number += 1
                waiting = grey
            if waiting is not None:
                yield self._outcome(waiting, number if number > 1 else None, label)
        except ImageError as error:
            if waiting is not None:
                yield self._outcome(waiting, number, label)
                number += 1
            yield self.page_id(number), error

    def read(self) -> list[Page]:
        """Read every page.

        Raises:
            ImageError: What cannot be read, by name.
        """
        pages = []
        for _, outcome in self.outcomes():
            if isinstance(outcome, PatentZooError):
                raise outcome
            pages.append(outcome)
        return pages

    def page_id(self, number: int | None) -> str:
        """The id of page ``number`` (from 1, or None for the only one)."""
        return self.id if number in (None, 1) else f"{self.id}#{number}"

    def _label(self) -> Label:
        given = self.options.label and self.options.label(self.id, self.path)
        return given or default_label(self.id, self.path, below_root=self.below_root)

    def _outcome(self, grey: Grey, number: int | None, label: Label) -> tuple[str, Page]:
        name = self.page_id(number)
        return name, Page(name, grey, self.path, number, label.patent, dict(label.metadata))


def read_pages(source: Any, options: ReadOptions | None = None) -> list[Page]:
    """Read every page of ``source``, whatever it is (see :func:`iter_sources`)."""
    return [page for each in iter_sources(source, options) for page in each.read()]


def iter_sources(images: Any, options: ReadOptions | None = None) -> Iterator[Source]:
    """Yield the images in ``images`` lazily.

    Args:
        images: A file, folder (searched recursively, in natural order), glob, URL, PIL image,
            array, bytes, or an iterable of these and of (id, image) pairs. Ids: within a folder
            or glob the path relative to it; a single file's name; a URL itself;
            ``image-<position>`` otherwise.
        options: How to read them.

    Raises:
        ImageNotFoundError: A file, folder or glob that names nothing.
        ImageError: Something that is no image at all.
        ConfigError: A URL without ``allow_urls=True``.
    """
    options = options or ReadOptions()
    if _is_single(images):
        yield from _expand(images, 0, options, top=True)
        return
    if isinstance(images, Mapping) or not isinstance(images, Iterable):
        hint = " Give its items(): pairs of (id, image)." if isinstance(images, Mapping) else ""
        raise _no_image("The images", images, hint)
    for position, item in enumerate(images):
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str):
            yield _named(item[0], item[1], options)
        else:
            yield from _expand(item, position, options, top=False)


def _is_single(images: Any) -> bool:
    kinds = (str, os.PathLike, bytes, bytearray, memoryview, np.ndarray, Image.Image)
    return isinstance(images, kinds)


def _expand(item: Any, position: int, options: ReadOptions, *, top: bool) -> Iterator[Source]:
    """One item: a folder or glob becomes many sources, anything else one."""
    if not isinstance(item, str | os.PathLike):
        yield _named(f"image-{position}", item, options)
        return
    text = os.fspath(item)
    if is_url(text):
        yield _url(text, text, options)
    elif "\0" in text or not text:
        raise ImageNotFoundError(f"{text!r} is no path.")
    elif Path(text).is_dir():
        yield from _folder(Path(text), options)
    elif glob.has_magic(text) and not Path(text).exists():
        yield from _glob(text, options)
    elif top and not Path(text).exists():
        raise ImageNotFoundError(f"{text}: no such file or folder. Check the path.")
    else:
        yield _file(Path(text).name, Path(text), options)


def _named(name: str, item: Any, options: ReadOptions) -> Source:
    """A single image under a given id; what is wrong with it shows when it is read."""
    limit = options.max_pixels
    if isinstance(item, str | os.PathLike):
        text = os.fspath(item)
        return _url(name, text, options) if is_url(text) else _file(name, Path(text), options)
    if isinstance(item, bytes | bytearray | memoryview):
        return Source(name, lambda: pages_of_bytes(bytes(item), name, limit), None, options)
    if isinstance(item, Image.Image):
        return Source(name, lambda: pages_of_pil(item, name, limit), None, options)
    if isinstance(item, np.ndarray):
        return Source(name, lambda: iter([_array(name, item)]), None, options)

    def refuse() -> Iterator[Grey]:
        raise _no_image(name, item, "")

    return Source(name, refuse, None, options)


def _array(name: str, array: npt.NDArray[Any]) -> Grey:
    try:
        check_shape(array)
        return grey_from_array(array)
    except ImageError as error:
        raise type(error)(f"{name}: {error}") from None


def _file(name: str, path: Path, options: ReadOptions, *, below_root: bool = False) -> Source:
    def pixels() -> Iterator[Grey]:
        return pages_of_file(path, options.max_pixels)

    return Source(name, pixels, str(path), options, below_root)


def _url(name: str, url: str, options: ReadOptions) -> Source:
    if not options.allow_urls:
        raise ConfigError(
            f"{name}: an address is fetched only with allow_urls=True. Set it if the addresses are "
            "yours; never for text that strangers send."
        )

    def pixels() -> Iterator[Grey]:
        return pages_of_bytes(fetch(url, options.max_bytes), name, options.max_pixels)

    return Source(name, pixels, url, options)


def _folder(root: Path, options: ReadOptions) -> Iterator[Source]:
    found = []
    for folder, _, files in os.walk(root, onerror=_raise_unreadable):
        for file in files:
            if Path(file).suffix.lower() in SUFFIXES and not file.startswith("."):
                found.append(Path(folder, file).relative_to(root))
    if not found:
        raise ImageNotFoundError(
            f"{root}: no images in this folder or below it. Looked for {' '.join(SUFFIXES)}."
        )
    found.sort(key=lambda path: natural_key(path.as_posix()))
    for path in found:
        below = path.parent != PurePath()
        yield _file(path.as_posix(), root / path, options, below_root=below)


def _glob(pattern: str, options: ReadOptions) -> Iterator[Source]:
    found = [Path(name) for name in glob.iglob(pattern, recursive=True)]  # noqa: PTH207
    files = [path for path in found if path.is_file()]
    if not files:
        raise ImageNotFoundError(f"{pattern}: no file matches. Check the pattern.")
    root = _fixed_part(pattern)
    named = sorted(
        ((path.relative_to(root).as_posix(), path) for path in files),
        key=lambda pair: natural_key(pair[0]),
    )
    for name, path in named:
        yield _file(name, path, options, below_root="/" in name)


def _fixed_part(pattern: str) -> Path:
    """The folder before the first part with a wildcard."""
    parts = Path(pattern).parts
    first = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:first])


def _raise_unreadable(error: OSError) -> None:
    raise ImageNotFoundError(
        f"{error.filename}: this folder cannot be read ({error.strerror})."
    ) from error


def _no_image(name: str, item: Any, hint: str) -> ImageError:
    return ImageError(
        f"{name}: {type(item).__name__} is no image. Give a path, folder, glob, URL, PIL image, "
        f"array, bytes, or an iterable of these.{hint}"
    )
