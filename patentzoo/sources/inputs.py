"""Anything a user calls images -> sources, in order, lazily."""

from __future__ import annotations

import dataclasses
import errno
import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from patentzoo.errors import ConfigError, ImageError, ImageNotFoundError
from patentzoo.images.content import ArrayContent, BytesContent, LazyContent, NoContent, PilContent
from patentzoo.images.page import Page
from patentzoo.options import Label, ReadOptions
from patentzoo.sources.downloads import fetch
from patentzoo.sources.names import path_on_disk
from patentzoo.sources.patent_labels import label_told
from patentzoo.sources.paths import folder, matching, sources_of_file
from patentzoo.sources.source import Source
from patentzoo.sources.store_listing import sources_in_store
from patentzoo.sources.tables import is_table_name, sources_of_table
from patentzoo.system.addresses import is_store, is_url
from patentzoo.system.arguments import TABLE, check
from patentzoo.system.text import printable


def read_pages(source: Any, options: ReadOptions | None = None) -> list[Page]:
    """Read every page of ``source``, whatever it is (see :func:`iter_sources`)."""
    return [page for each in iter_sources(source, options) for page in each.read()]


def iter_sources(images: Any, options: ReadOptions | None = None) -> Iterator[Source]:
    """Yield the images in ``images`` lazily.

    Args:
        images: A file (an image or PDF, an archive of them, a CSV or Parquet table that names
            them), folder (searched recursively, in natural order), glob, URL, PIL image, array,
            bytes, or an iterable of these, of pairs (id, image), of (id, image, fields) with a dict
            of metadata, and of Sources. Ids: within a folder, glob or archive the path relative to
            it; in a table what it names; a single file's name; a URL itself; ``image-<position>``
            otherwise. An integer id is taken as text: 7 is "7".
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
    if isinstance(images, Mapping) or is_open_file(images) or not isinstance(images, Iterable):
        hint = " Give its items(): pairs of (id, image)." if isinstance(images, Mapping) else ""
        raise _no_image("The images", images, hint)
    for position, item in enumerate(images):
        if isinstance(item, Source):
            yield item
        elif isinstance(item, tuple) and len(item) == 2 and _is_id(item[0]):
            yield from _named(str(item[0]), item[1], options)
        elif isinstance(item, tuple) and len(item) == 3 and _is_id(item[0]):
            name = str(item[0])
            yield from map(_with_fields(name, item[2]), _named(name, item[1], options))
        else:
            yield from _expand(item, position, options, top=False)


def is_open_file(value: Any) -> bool:
    """Whether it is a file that was opened, whose lines would be taken for images one by one."""
    return all(callable(getattr(value, name, None)) for name in ("read", "seek"))


def _is_id(value: Any) -> bool:
    """Whether the first of a pair names the second: text, or an integer as databases number."""
    if isinstance(value, bool | np.bool_):
        return False
    return isinstance(value, str | int | np.integer)


def _is_single(images: Any) -> bool:
    kinds = (str, os.PathLike, bytes, bytearray, memoryview, np.ndarray, Image.Image)
    return isinstance(images, kinds)


def _expand(item: Any, position: int, options: ReadOptions, *, top: bool) -> Iterator[Source]:
    """One item: a folder or glob becomes many sources, anything else one."""
    if not isinstance(item, str | os.PathLike):
        yield _in_memory(f"image-{position}", item, options)
        return
    text = _path(item)
    if is_store(text):
        _check_allowed(text, options)
        yield from sources_in_store(text, options)
    elif is_url(text):
        yield _url(text, text, options)
    elif "\0" in text or not text:
        raise ImageNotFoundError(f"{text!r} is no path.")
    elif not _can_exist(text):
        yield _too_long(text if top else f"image-{position}", text, options, top=top)
    elif Path(text).is_dir():
        yield from folder(Path(text), options)
    elif glob.has_magic(text) and not Path(text).exists():
        yield from matching(text, options)
    elif top and not Path(text).exists():
        raise ImageNotFoundError(f"{text}: no such file or folder. Check the path.")
    elif is_table_name(text):
        yield from sources_of_table(Path(text), options)
    else:
        yield from sources_of_file(printable(Path(text).name), Path(text), options)


def _path(item: str | os.PathLike[str]) -> str:
    """A path as the system knows it, also where it is given as an index keeps it."""
    text = os.fspath(item)
    return path_on_disk(text) if text and "\0" not in text and not is_url(text) else text


def _can_exist(text: str) -> bool:
    """Whether the system takes a text for a path at all."""
    try:
        Path(text).exists()
    except (OSError, ValueError) as error:
        return getattr(error, "errno", None) not in (errno.ENAMETOOLONG, errno.EINVAL)
    return True


def _too_long(name: str, text: str, options: ReadOptions, *, top: bool) -> Source:
    """What a path that no system takes becomes: an error, or a source that gives it when read."""
    error = ImageNotFoundError(
        f"{text[:40]!r} … ({len(text):,} characters) is no path: the system takes none so long. "
        "If it is a picture in base64, decode it and give the bytes: base64.b64decode(text)."
    )
    if top:
        raise error
    return Source(name, NoContent(error), None, options)


def _named(name: str, item: Any, options: ReadOptions) -> Iterator[Source]:
    """An item under a given id; what is wrong with it shows when it is read."""
    if not isinstance(item, str | os.PathLike):
        yield _in_memory(name, item, options)
        return
    text = _path(item)
    if is_url(text):
        yield _url(name, text, options)
    elif not _can_exist(text):
        yield _too_long(name, text, options, top=False)
    else:
        yield from sources_of_file(name, Path(text), options, prefix=f"{name}/")


def _with_fields(name: str, fields: Any) -> Callable[[Source], Source]:
    """What adds the fields of a triple (id, image, fields) to a source."""
    check("images", f"the fields of {name!r}", fields, TABLE)
    told = label_told(fields)

    def add(source: Source) -> Source:
        known = source.known_label()
        patent = told.patent if told.patent is not None else known.patent
        return dataclasses.replace(source, known=Label(patent, {**known.metadata, **told.metadata}))

    return add


def _in_memory(name: str, item: Any, options: ReadOptions) -> Source:
    if isinstance(item, bytes | bytearray | memoryview):
        return Source(name, BytesContent(bytes(item)), None, options)
    if isinstance(item, Image.Image):
        return Source(name, PilContent(item), None, options)
    if isinstance(item, np.ndarray):
        return Source(name, ArrayContent(item), None, options)
    return Source(name, NoContent(_no_image(name, item, "")), None, options)


def _check_allowed(name: str, options: ReadOptions) -> None:
    if not options.allow_urls:
        raise ConfigError(
            f"{name}: an address is fetched only with allow_urls=True. Set it if the addresses are "
            "yours; never for text that strangers send."
        )


def _url(name: str, url: str, options: ReadOptions) -> Source:
    _check_allowed(name, options)
    return Source(name, LazyContent(lambda: fetch(url, options.max_bytes)), url, options)


def _no_image(name: str, item: Any, hint: str) -> ImageError:
    if not hint and callable(getattr(item, "image", None)):  # a hit, a drawing of an index
        hint = " Give its picture: .image()."
    elif not hint and callable(getattr(item, "numpy", None)):  # a tensor
        hint = " Give its array: .numpy()."
    elif not hint and is_open_file(item):
        hint = " Of an open file give the content: .read()."
    return ImageError(
        f"{name}: {type(item).__name__} is no image. Give a path, folder, glob, URL, PIL image, "
        f"array, bytes, or an iterable of these.{hint}"
    )
