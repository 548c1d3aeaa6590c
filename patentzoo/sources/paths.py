"""Files, folders and globs -> sources."""

from __future__ import annotations

import dataclasses
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path, PurePath

from patentzoo.errors import ImageError, ImageNotFoundError
from patentzoo.images.content import FileContent, NoContent
from patentzoo.images.decode import SUFFIXES
from patentzoo.images.page import SkippedPage
from patentzoo.options import ReadOptions
from patentzoo.sources.archives import (
    ARCHIVE_SUFFIXES,
    PDF_SUFFIX,
    archive_of_file,
    is_archive_name,
    without_suffix,
)
from patentzoo.sources.distinct import DistinctIds
from patentzoo.sources.grant_forms import Grant
from patentzoo.sources.grant_kinds import not_taken
from patentzoo.sources.grant_xml import read_grant
from patentzoo.sources.grants import Grants, label_of, xml_names
from patentzoo.sources.linked import Linked, files_matching, fixed_part, walk
from patentzoo.sources.names import natural_key
from patentzoo.sources.source import Source
from patentzoo.system.text import printable

FOUND = (*SUFFIXES, PDF_SUFFIX, *ARCHIVE_SUFFIXES)
"""What a folder is searched for, here or in an object store."""


def sources_of_file(
    name: str, path: Path, options: ReadOptions, *, below_root: bool = False, prefix: str = ""
) -> Iterator[Source]:
    """A file's sources: itself, or the members of an archive.

    Args:
        name: Its id.
        path: The file; if it is missing, that shows when it is read.
        options: How to read.
        below_root: It lies in a subfolder of the folder given.
        prefix: Stands before the ids of an archive's members.
    """
    if is_archive_name(path.name):
        yield from archive_of_file(name, path, options, prefix)
        return
    source = Source(name, FileContent(path), str(path), options, below_root)
    found = grant_beside(path, options)
    yield source if found is None else as_sheet(source, found)


def grant_beside(path: Path, options: ReadOptions) -> Grant | None:
    """What the XML beside a grant's sheet says; None where there is none."""
    found = None
    for xml in xml_names(path.name):
        beside = path.with_name(xml)
        with suppress(OSError):  # a name too long for the system
            known = beside.stat()
            if stat.S_ISREG(known.st_mode):
                state = (known.st_ino, known.st_mtime_ns, known.st_size)
                found = _grant(beside.absolute(), options.max_bytes, state)
    return found


@lru_cache(maxsize=16)
def _grant(xml: Path, max_bytes: int, state: tuple[int, ...]) -> Grant:
    """The grant of a file as it is now: its sheets come one by one, and ask for the same one."""
    try:
        return read_grant(_read(xml, max_bytes), xml.name)
    except ImageError:
        return Grant(None)


def folder(root: Path, options: ReadOptions) -> Iterator[Source]:
    """Every image, PDF and archive in a folder or below it, in natural order.

    Linked folders are followed, each folder once; at the end come the links left out for that.

    Raises:
        ImageNotFoundError: There is none, or the folder cannot be read.
    """
    found: list[str] = []
    grants, linked = Grants(), Linked()
    for here, files in walk(root, linked):
        below = "" if here == root else here.relative_to(root).as_posix() + "/"
        for file in files:
            if file.startswith("."):
                continue
            if file.lower().endswith(FOUND):
                found.append(below + file)
            elif file.lower().endswith(".xml"):
                grants.add(below + file, partial(_read, here / file, options.max_bytes))
    if not found:
        raise ImageNotFoundError(
            f"{root}: no images in this folder or below it. Looked for {' '.join(FOUND)}."
        )
    yield from _in_order(found, root, options, grants)
    yield from _left_out(linked, root, options)


def matching(pattern: str, options: ReadOptions) -> Iterator[Source]:
    """The files a glob matches, in natural order, each once however many links lead to it.

    Raises:
        ImageNotFoundError: There is none.
    """
    linked = Linked()
    files = files_matching(pattern, linked)
    if not files:
        within = f"Only folders do; for what they hold: {pattern}/**"
        hint = within if linked.folders else "Check the pattern."
        raise ImageNotFoundError(f"{pattern}: no file matches. {hint}")
    root = fixed_part(pattern)
    names = [path.relative_to(root).as_posix() for path in files]
    yield from _in_order(names, root, options, None)
    yield from _left_out(linked, root, options)


def _in_order(
    names: Iterable[str], root: Path, options: ReadOptions, grants: Grants | None
) -> Iterator[Source]:
    """The sources of files below a folder, in natural order, no two of one id.

    Args:
        names: Below the folder.
        root: The folder.
        options: How to read.
        grants: The XML of its grants, which labels their sheets; None: they go without.
    """
    ordered = sorted(names, key=natural_key)
    ids = DistinctIds()
    if any(is_archive_name(name) for name in ordered):
        for name in ordered:
            if not is_archive_name(name):
                ids.reserve(printable(name), FileContent(root / name))
    for name in ordered:
        if is_archive_name(name):
            id_ = printable(name)
            prefix = without_suffix(id_) + "/"
            members = archive_of_file(id_, root / name, options, prefix, found=True)
            yield from ids.of_archive(members, id_, prefix)
        else:
            yield from _in_folder(name, root, options, grants)


def _left_out(linked: Linked, root: Path, options: ReadOptions) -> Iterator[Source]:
    """The links that were not followed, and folders a glob matched, as sources left out."""
    for link, target in linked.skipped:
        id_ = printable(link.relative_to(root).as_posix())
        reason = f"{link}: a link to {target}, which is read already"
        note = SkippedPage(id_, reason, "linked folders that are read already")
        content = NoContent(ImageNotFoundError(reason))
        yield Source(id_, content, str(link), options, left_out=note)
    for path in sorted(linked.folders, key=lambda each: natural_key(str(each))):
        id_ = printable(path.relative_to(root).as_posix())
        reason = f"{path}: a folder; for what it holds, end the pattern in /**"
        note = SkippedPage(id_, reason, "folders that match a pattern for files")
        yield Source(id_, NoContent(ImageNotFoundError(reason)), str(path), options, left_out=note)


def _in_folder(
    name: str, root: Path, options: ReadOptions, grants: Grants | None
) -> Iterator[Source]:
    id_ = printable(name)
    path = root / name
    skipped = not_taken(id_, str(path), options.kind)
    if skipped is not None:
        yield Source(id_, FileContent(path), str(path), options, left_out=skipped)
        return
    below = "/" in name
    if grants is None:
        yield from sources_of_file(id_, path, options, below_root=below)
        return
    found = grants.of(name)
    if found is None:
        yield Source(id_, FileContent(path), str(path), options, below)
        return
    xml, grant, problem = found
    if problem is not None:
        content = NoContent(problem)
        yield Source(printable(xml), content, str(root / xml), options, companion=True)
    yield _sheet(id_, path, grant, options, below)


def _sheet(id_: str, path: Path, grant: Grant, options: ReadOptions, below: bool) -> Source:
    label = label_of(grant, path.name)
    source = Source(id_, FileContent(path), str(path), options, below, label)
    skipped = not_taken(id_, str(path), options.kind, grant.patent)
    return dataclasses.replace(as_sheet(source, grant), left_out=skipped)


def as_sheet(source: Source, grant: Grant) -> Source:
    """A source that is known to hold a sheet of a grant."""
    landscape = grant.landscape.get(PurePath(source.path or "").name)
    return dataclasses.replace(source, sheets=True, landscape=landscape, views=grant.views)


def sheets_of_grants(files: Iterable[tuple[str, str]], options: ReadOptions) -> Iterator[Source]:
    """Those of (id, file) that have a grant's XML beside them, as :func:`folder` gives them."""
    beside: dict[Path, Grants] = {}
    for id_, file in files:
        path = Path(file)
        if path.parent not in beside:
            beside[path.parent] = _grants_in(path.parent, options)
        found = beside[path.parent].of(path.name)
        if found is not None:
            yield _sheet(id_, path, found[1], options, "/" in id_)


def _grants_in(here: Path, options: ReadOptions) -> Grants:
    grants = Grants()
    # A folder may let its files be read, but not be listed.
    with suppress(OSError), os.scandir(here) as entries:
        for each in entries:
            if each.name.lower().endswith(".xml") and not each.name.startswith("."):
                grants.add(each.name, partial(_read, here / each.name, options.max_bytes))
    return grants


def _read(path: Path, max_bytes: int) -> bytes:
    with FileContent(path).open() as stream:
        return stream.read(max_bytes)
