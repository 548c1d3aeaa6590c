"""Drawings in an object store, as ``s3://bucket/folder`` -> sources."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from patentzoo.errors import ImageNotFoundError
from patentzoo.images.content import LazyContent
from patentzoo.images.page import SkippedPage
from patentzoo.options import ReadOptions
from patentzoo.sources.archives import is_archive_name
from patentzoo.sources.names import natural_key
from patentzoo.sources.object_stores import asked, opened, read_store
from patentzoo.sources.paths import FOUND
from patentzoo.sources.source import Source
from patentzoo.system.addresses import shown
from patentzoo.system.text import printable


def sources_in_store(address: str, options: ReadOptions) -> Iterator[Source]:
    """The drawings at an address: one object, those that match a glob, or all below a folder.

    Ids are paths below the folder, or below what a glob leaves fixed. Archives are left out with a
    word, since they would be fetched anew for each of their members.

    Raises:
        ImageNotFoundError: Nothing is there.
        MissingExtraError: The library of this kind of store is not installed.
    """
    system, path = opened(address)
    if any(sign in path for sign in "*?["):
        fixed = path[: min(path.index(sign) for sign in "*?[" if sign in path)]
        root = fixed.rpartition("/")[0]
        found = asked(address, partial(system.glob, path, detail=True))
        names = [name for name, told in found.items() if told["type"] == "file"]
    elif asked(address, partial(system.isfile, path)):
        root, names = path.rpartition("/")[0], [path]
    else:
        root = path.rstrip("/")
        names = asked(address, partial(system.find, root))
    drawings = [name for name in names if name.lower().endswith(FOUND)]
    if not drawings:
        raise ImageNotFoundError(
            f"{shown(address)}: no images there. Looked for {' '.join(FOUND)}. Check the address."
        )
    for name in sorted(drawings, key=natural_key):
        id_ = printable(name.removeprefix(root).lstrip("/"))
        yield _source(id_, system.unstrip_protocol(name), options)


def _source(id_: str, address: str, options: ReadOptions) -> Source:
    content = LazyContent(partial(read_store, address, options.max_bytes))
    left_out = None
    if is_archive_name(address):
        reason = f"{shown(address)}: an archive in an object store. Fetch it, and give the file."
        left_out = SkippedPage(id_, reason, "archives in object stores")
    return Source(id_, content, address, options, "/" in id_, left_out=left_out)
